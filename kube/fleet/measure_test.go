package fleet_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// measuredIn are the namespaces of the rows that have a usage.
func measuredIn(f *fleet.Fleet) map[string]int {
	found := map[string]int{}
	for _, r := range f.Board().Rows() {
		if r.Usage != nil {
			found[r.ID.Namespace]++
		}
	}
	return found
}

// What a real metrics-server says stands in the rows, once somebody looks.
func TestRowsShowWhatPodsUse(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	f, _ := open(t, kubetest.Kubeconfig{Path: c.Admin}, nil, "")
	require.Eventually(t, func() bool { return f.Board().Complete() }, 20*time.Second, 5*time.Millisecond)
	assert.Empty(t, measuredIn(f), "nobody looks yet")
	stop := f.Look(model.FunctionID{})
	defer stop()
	require.Eventually(t, func() bool { return measuredIn(f)["payments"] >= 3 }, 2*time.Minute, 20*time.Millisecond)
	name := f.Board().Clusters[0].Context
	assert.Equal(t, metrics.Live, f.Measuring(name).Phase)
	for _, r := range f.Board().Rows() {
		if r.Usage == nil {
			continue
		}
		if r.ID.Namespace == "payments" {
			assert.Positive(t, r.Usage.CPU, r.ID)
			assert.Positive(t, r.Usage.Memory, r.ID)
		}
		assert.NotEmpty(t, f.History(r.ID), r.ID)
		assert.LessOrEqual(t, r.Usage.Pods, r.Usage.Of, r.ID)
	}
}

// An operator of two namespaces sees what their functions use, and asks nothing of the cluster.
func TestAnOperatorOfNamespacesSeesTheirUsage(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	f, _ := open(t, kubetest.Kubeconfig{Path: c.Two}, func(o *fleet.Options) { o.Scope = []string{"payments", "checkout"} }, "")
	require.Eventually(t, func() bool { return f.Board().Complete() }, 20*time.Second, 5*time.Millisecond)
	defer f.Look(model.FunctionID{})()
	name := f.Board().Clusters[0].Context
	require.Eventually(t, func() bool {
		phase := f.Measuring(name).Phase
		return phase == metrics.Live || phase == metrics.Denied
	}, time.Minute, 10*time.Millisecond)
	if f.Measuring(name).Phase == metrics.Denied {
		assert.Contains(t, f.Measuring(name).Reason, "pods.metrics.k8s.io")
		assert.Empty(t, measuredIn(f))
		return
	}
	require.Eventually(t, func() bool { return measuredIn(f)["payments"] > 0 }, 2*time.Minute, 20*time.Millisecond)
}

// broken passes all requests to the cluster but those for metrics, which it answers as an API server does.
type broken struct {
	mu     sync.Mutex
	status int
	body   string
	asked  int
	next   http.RoundTripper
}

func (b *broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io/") || !strings.HasSuffix(r.URL.Path, "/pods") {
		return b.next.RoundTrip(r)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	return &http.Response{StatusCode: b.status, Status: http.StatusText(b.status), Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(b.body))}, nil
}

// wrapped is a kubeconfig whose requests go through a RoundTripper.
type wrapped struct {
	kubetest.Kubeconfig
	broken *broken
}

func (w wrapped) Rest(name string) (*rest.Config, string, error) {
	config, name, err := w.Kubeconfig.Rest(name)
	if err == nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { w.broken.next = next; return w.broken })
	}
	return config, name, err
}

// The API without a server behind it, and the API that is not there, are a state with its reason; the rows stay.
func TestWhatCannotBeMeasuredIsSaid(t *testing.T) {
	t.Parallel()
	c := kubetest.Need(t)
	for name, b := range map[string]*broken{
		"metrics-server does not answer":  {status: 503, body: "service unavailable\n"},
		"metrics-server is not installed": {status: 404, body: "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			f := fleet.New(fleet.Options{Kubeconfig: wrapped{kubetest.Kubeconfig{Path: c.Admin}, b}, Adapters: all.BuiltIn()})
			f.Start(ctx)
			defer f.Wait()
			defer cancel()
			require.NoError(t, f.Open(""))
			defer f.Look(model.FunctionID{})()
			require.Eventually(t, func() bool { return len(f.Board().Clusters) == 1 && f.Board().Complete() }, 20*time.Second, 5*time.Millisecond)
			context := f.Board().Clusters[0].Context
			require.Eventually(t, func() bool { return f.Measuring(context).Phase == metrics.Absent }, 20*time.Second, 5*time.Millisecond)
			assert.Contains(t, f.Measuring(context).Reason, name)
			assert.Empty(t, measuredIn(f))
			assert.NotEmpty(t, f.Board().Rows())
		})
	}
}
