package forward

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/security/model"
)

// pods is a Finder whose pod a test chooses.
type pods struct {
	client *client.Client
	mu     sync.Mutex
	now    *model.Pod
	gone   map[string]bool
}

func (p *pods) Find(Target) (*client.Client, *model.Pod, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return nil, nil, errors.New("no pod of it runs")
	}
	return p.client, p.now, nil
}

func (p *pods) Runs(_ Target, pod model.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.gone[pod.Name]
}

func (p *pods) next(pod *model.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now != nil {
		p.gone[p.now.Name] = true
	}
	p.now = pod
}

// twoPods are pods of the seed.
func twoPods(t *testing.T, c *client.Client) []*model.Pod {
	t.Helper()
	api, err := kubernetes.NewForConfigAndClient(c.Config(), c.HTTP())
	require.NoError(t, err)
	list, err := api.CoreV1().Pods("payments").List(t.Context(), metav1.ListOptions{FieldSelector: "status.phase=Running"})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(list.Items), 2)
	var all []*model.Pod
	for _, p := range list.Items[:2] {
		all = append(all, &model.Pod{Header: model.Header{Ref: model.Ref{Kind: "Pod", Namespace: p.Namespace, Name: p.Name}}})
	}
	return all
}

func get(t *testing.T, address string) (string, error) {
	t.Helper()
	h := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	defer h.CloseIdleConnections()
	r, err := h.Get("http://" + address + "/version")
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	return string(body), err
}

func within(t *testing.T) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx.Done()
}

func TestAForwardOutlivesPodsAndTheAPIServer(t *testing.T) {
	cluster := kubetest.Need(t)
	proxy := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: cluster.Admin})
	config, name, err := proxy.Rest("")
	require.NoError(t, err)
	c, err := client.New(name, config, client.Options{})
	require.NoError(t, err)
	defer c.Close()
	all := twoPods(t, c)
	finder := &pods{client: c, now: all[0], gone: map[string]bool{}}
	var mu sync.Mutex
	var said []string
	d := New(Options{Finder: finder, Notify: func(n Notice) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, n.Text)
	}})
	defer d.Close()

	opened, err := d.Open(Target{Title: "verify-iban"}, "", []Port{{Remote: 8080}})
	require.NoError(t, err)
	now, err := d.Wait(opened.ID, within(t))
	require.NoError(t, err)
	require.NotZero(t, now.Ports[0].Local)
	address := now.URL(now.Ports[0])
	body, err := get(t, address)
	require.NoError(t, err)
	assert.Contains(t, body, "version")

	_, err = d.Open(Target{}, "127.0.0.1", []Port{{Local: now.Ports[0].Local, Remote: 80}})
	assert.ErrorContains(t, err, "is in use")

	finder.next(all[1])
	body, err = get(t, address)
	require.NoError(t, err)
	assert.Contains(t, body, "version", "it goes on with the other pod")
	f := d.List()[0]
	assert.Equal(t, all[1].Name, f.Pod)
	assert.Equal(t, 1, f.Moved)
	assert.Positive(t, f.In)
	assert.Positive(t, f.Out)

	proxy.Refuse(true)
	proxy.Cut()
	require.Eventually(t, func() bool { return d.List()[0].State == Waiting }, 20*time.Second, 20*time.Millisecond, "it says that it waits")
	assert.NotEmpty(t, d.List()[0].Reason)
	proxy.Refuse(false)
	require.Eventually(t, func() bool { return d.List()[0].State == Active }, 30*time.Second, 20*time.Millisecond, "it is there again by itself")
	body, err = get(t, address)
	require.NoError(t, err)
	assert.Contains(t, body, "version")
	mu.Lock()
	defer mu.Unlock()
	assert.Contains(t, said, "verify-iban goes on with pod "+all[1].Name)
	assert.Contains(t, said, "verify-iban is reached again")
}

func TestAForwardWithoutRightsSaysSo(t *testing.T) {
	cluster := kubetest.Need(t)
	c, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.ReadOnly})
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: cluster.Admin})
	pod := twoPods(t, admin)[0]
	for want, readOnly := range map[string]bool{"you may not create pods/portforward in payments": false, "read-only": true} {
		use := c
		if readOnly {
			admin.Gate().SetReadOnly(true)
			use = admin
		}
		d := New(Options{Finder: &pods{client: use, now: pod, gone: map[string]bool{}}})
		opened, err := d.Open(Target{Title: "f"}, "", []Port{{Remote: 8080}})
		require.NoError(t, err)
		_, err = d.Wait(opened.ID, within(t))
		assert.ErrorContains(t, err, want)
		d.Close()
	}
}

func TestPortsAreReadAsTyped(t *testing.T) {
	named := func(s string) (int, bool) { return 8012, s == "http" }
	for text, want := range map[string]Port{"8080": {8080, 8080}, "9000:80": {9000, 80}, ":80": {0, 80}, "0:80": {0, 80}, "9000:http": {9000, 8012}, "http": {8012, 8012}} {
		got, err := ParsePort(text, named)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "x", "80:", "0", "70000", "1:2:3", "-1:80", "80:0"} {
		_, err := ParsePort(text, named)
		assert.Error(t, err, text)
	}
}

func TestOnlyAddressesAreListenedOn(t *testing.T) {
	d := New(Options{Finder: &pods{gone: map[string]bool{}}})
	defer d.Close()
	_, err := d.Open(Target{}, "example.com", []Port{{Remote: 80}})
	assert.ErrorContains(t, err, "IP address")
	_, err = d.Open(Target{}, "", nil)
	assert.ErrorIs(t, err, ErrNoPorts)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	_, err = d.Open(Target{}, "", []Port{{Remote: 80}, {Local: taken.Addr().(*net.TCPAddr).Port, Remote: 81}})
	assert.ErrorContains(t, err, "is in use")
	assert.Empty(t, d.List(), "all ports or none")
}

func TestMain(m *testing.M) {
	// The library that carries streams waits for nobody for ten minutes after it closed a connection.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"),
		goleak.IgnoreTopFunction("github.com/moby/spdystream.(*Connection).shutdown"))
}
