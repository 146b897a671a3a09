package logs_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/kubelettest"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
)

const patience = 30 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(afterwards{m}) }

// afterwards closes what the tests share before it is asked what they left running.
type afterwards struct{ *testing.M }

func (a afterwards) Run() int {
	code := a.M.Run()
	if shared.close != nil {
		shared.close()
	}
	return code
}

// shared is a namespace that one fleet reads for all tests.
var shared struct {
	sync.Once
	space string
	fleet *fleet.Fleet
	close func()
}

func share(api kubelettest.API, path string, done func()) error {
	shared.space = fmt.Sprintf("logs-test-%x", time.Now().UnixNano()&0xffffffff)
	_, err := api.Send(context.Background(), http.MethodPost, "/api/v1/namespaces", "application/json",
		map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": shared.space}})
	if err != nil {
		return err
	}
	shared.fleet = fleet.New(fleet.Options{Kubeconfig: kubetest.Kubeconfig{Path: path}, Adapters: all.BuiltIn(),
		Scope: []string{shared.space}, Log: status.NewLog(time.Now)})
	ctx, cancel := context.WithCancel(context.Background())
	shared.fleet.Start(ctx)
	shared.close = func() {
		cancel()
		shared.fleet.Wait()
		_, _ = api.Send(context.Background(), http.MethodDelete, "/api/v1/namespaces/"+shared.space, "application/json", map[string]any{})
		done()
	}
	return shared.fleet.Open("")
}

// world is a kubelet of the test's own, and a proxy to the real API server that logs are read through.
type world struct {
	t       *testing.T
	context string
	space   string
	node    string
	api     kubelettest.API
	kubelet *kubelettest.Server
	proxy   *kubetest.Proxy
	client  *client.Client
	fleet   *fleet.Fleet
	opener  logs.Opener
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := kubetest.Need(t)
	admin, name := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api := kubelettest.API{HTTP: admin.HTTP(), Server: admin.Server}
	shared.Do(func() {
		config, name, err := kubetest.Kubeconfig{Path: c.Admin}.Rest("")
		require.NoError(t, err)
		lasting, err := client.New(name, config, client.Options{})
		require.NoError(t, err)
		require.NoError(t, share(kubelettest.API{HTTP: lasting.HTTP(), Server: lasting.Server}, c.Admin, lasting.Close))
	})
	w := &world{t: t, context: name, api: api, space: shared.space, fleet: shared.fleet}
	w.node = fmt.Sprintf("logs-%x", sha256.Sum256([]byte(shared.space+t.Name())))[:20]
	var err error
	w.kubelet, err = kubelettest.New(filepath.Join(c.Dir, "pki", "kubelet.crt"), filepath.Join(c.Dir, "pki", "kubelet.key"))
	require.NoError(t, err)
	require.NoError(t, w.kubelet.Start())
	t.Cleanup(func() { assert.NoError(t, w.kubelet.Stop()) })
	require.NoError(t, kubelettest.Register(t.Context(), w.api, w.node, w.kubelet.Port))
	t.Cleanup(func() { assert.NoError(t, kubelettest.Unregister(context.Background(), w.api, w.node)) })
	w.proxy = kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	config, _, err := w.proxy.Rest("")
	require.NoError(t, err)
	w.client, err = client.New(name, config, client.Options{})
	require.NoError(t, err)
	t.Cleanup(w.client.Close)
	w.opener = logs.New(logs.Deps{Board: w.fleet.Board, Adapters: all.BuiltIn(), Cluster: w.cluster})
	return w
}

// proxied is a cluster whose logs are read through the test's own proxy.
type proxied struct {
	*cluster.Cluster
	client *client.Client
}

func (p proxied) Client() *client.Client { return p.client }

func (w *world) cluster(name string) (logs.Cluster, bool) {
	c, ok := w.fleet.Opened(name)
	return proxied{c, w.client}, ok
}

// pod makes a pod whose containers have these logs, and waits until it runs for the fleet.
func (w *world) pod(name string, containers map[string]kubelettest.Log) {
	w.t.Helper()
	var names []string
	for c, l := range containers {
		names = append(names, c)
		w.kubelet.Set(w.space, name, c, l)
	}
	require.NoError(w.t, kubelettest.Pod(w.t.Context(), w.api, w.node, w.space, name, nil, names...))
	w.until("pod "+name+" runs", func() bool {
		p := w.record(name)
		return p != nil && p.Phase == "Running"
	})
}

func (w *world) record(pod string) *model.Pod {
	c, ok := w.fleet.Opened(w.context)
	if !ok {
		return nil
	}
	p, _ := c.Object(w.ref(pod)).(*model.Pod)
	return p
}

func (w *world) ref(pod string) model.Ref {
	return model.Ref{Kind: "Pod", Namespace: w.space, Name: pod}
}

func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			w.t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// restarted tells the cluster how often a container of a pod has started again.
func (w *world) restarted(pod, container string, times int) {
	w.t.Helper()
	_, err := w.api.Send(w.t.Context(), http.MethodPatch, "/api/v1/namespaces/"+w.space+"/pods/"+pod+"/status", "application/merge-patch+json",
		map[string]any{"status": map[string]any{"containerStatuses": []any{map[string]any{
			"name": container, "image": "registry.example.com/logs:1", "imageID": "", "ready": true, "restartCount": times,
			"state": map[string]any{"running": map[string]any{"startedAt": time.Now().UTC().Format(time.RFC3339)}},
		}}}})
	require.NoError(w.t, err)
}

// taken is what a feed has told so far.
type taken struct {
	t       *testing.T
	feed    logs.Feed
	sources map[int]logs.Source
	lines   []logs.Line
	notices []logs.Notice
}

func (w *world) read(pod string, o logs.Options) *taken {
	w.t.Helper()
	f, err := w.opener.OpenPod(w.context, w.ref(pod), o)
	require.NoError(w.t, err)
	w.t.Cleanup(f.Close)
	return &taken{t: w.t, feed: f, sources: map[int]logs.Source{}}
}

// until reads on until something is so, or the feed ends.
func (k *taken) until(what string, ok func() bool) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	defer cancel()
	for !ok() {
		b, err := k.feed.Next(ctx)
		require.NoError(k.t, err, "never: %s; %d lines, notices %+v", what, len(k.lines), k.notices)
		k.add(b)
	}
}

func (k *taken) end() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	defer cancel()
	for {
		b, err := k.feed.Next(ctx)
		k.add(b)
		if errors.Is(err, logs.ErrEnd) {
			return
		}
		require.NoError(k.t, err)
	}
}

func (k *taken) add(b logs.Batch) {
	for _, s := range b.Sources {
		k.sources[s.ID] = s
	}
	for _, l := range b.Lines {
		assert.Contains(k.t, k.sources, l.Source, "a line came before its source was told")
	}
	k.lines = append(k.lines, b.Lines...)
	k.notices = append(k.notices, b.Notices...)
}

func (k *taken) texts() []string {
	var all []string
	for _, l := range k.lines {
		all = append(all, string(l.Text))
	}
	return all
}

func (k *taken) has(kind logs.NoticeKind) bool {
	for _, n := range k.notices {
		if n.Kind == kind {
			return true
		}
	}
	return false
}

// numbers returns the numbers in the lines of every pod, in their order.
func (k *taken) numbers() map[string][]int {
	found := map[string][]int{}
	for _, l := range k.lines {
		var pod string
		var n int
		_, err := fmt.Sscanf(string(l.Text), "pod=%s seq=%d", &pod, &n)
		require.NoError(k.t, err, "line %q", l.Text)
		found[pod] = append(found[pod], n)
	}
	return found
}

func counted(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
