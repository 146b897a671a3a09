package metrics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// api answers lists as a metrics server does, and notes what it was asked.
type api struct {
	mu        sync.Mutex
	functions []*model.Function
	scope     []string
	cpu       map[string]int // millicores by pod
	fails     map[string]error
	asked     []string
	times     []time.Time
}

func (a *api) Open(_ context.Context, path string, params url.Values, _ string) (io.ReadCloser, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := path
	if s := params.Get("labelSelector"); s != "" {
		at += "?" + s
	}
	a.asked, a.times = append(a.asked, at), append(a.times, time.Now())
	if err := a.fails[path]; err != nil {
		return nil, "", err
	}
	var items []any
	for pod, cpu := range a.cpu {
		namespace, name, _ := strings.Cut(pod, "/")
		if strings.HasSuffix(path, "/v1beta1/pods") || strings.Contains(path, "/namespaces/"+namespace+"/") {
			items = append(items, item(namespace, name, time.Now(), cpu, 64))
		}
	}
	raw, err := json.Marshal(map[string]any{"kind": "PodMetricsList", "items": items})
	return io.NopCloser(strings.NewReader(string(raw))), "application/json", err
}

func item(namespace, name string, at time.Time, cpu, memory int) any {
	return map[string]any{
		"metadata":  map[string]any{"namespace": namespace, "name": name},
		"timestamp": at.UTC().Format(time.RFC3339), "window": "15s",
		"containers": []any{map[string]any{"name": "c", "usage": map[string]any{
			"cpu": fmt.Sprintf("%dm", cpu), "memory": fmt.Sprintf("%dMi", memory)}}},
	}
}

func (a *api) Functions() []*model.Function      { a.mu.Lock(); defer a.mu.Unlock(); return a.functions }
func (a *api) Namespaces() []string              { a.mu.Lock(); defer a.mu.Unlock(); return a.scope }
func (a *api) Selector(f *model.Function) string { return "app=" + f.Key.Name }
func (a *api) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string{}, a.asked...)
}
func (a *api) answers(pod string, millicores int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cpu[pod] = millicores
}
func (a *api) fail(path string, err error) { a.mu.Lock(); defer a.mu.Unlock(); a.fails[path] = err }

// serving makes an API of functions `namespace/name`, of one pod each.
func serving(names ...string) *api {
	a := &api{cpu: map[string]int{}, fails: map[string]error{}}
	for _, n := range names {
		namespace, name, _ := strings.Cut(n, "/")
		a.functions = append(a.functions, &model.Function{
			Key:  model.FunctionKey{Framework: "plain", Namespace: namespace, Name: name},
			Pods: []model.Ref{{Kind: "Pod", Namespace: namespace, Name: name + "-0"}},
			Templates: []model.Template{{Role: model.Run, PodTemplate: model.PodTemplate{Spec: &corev1.PodSpec{Containers: []corev1.Container{{
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("128Mi")}},
			}}}}}},
		})
		a.cpu[namespace+"/"+name+"-0"] = 12
	}
	return a
}

// board keeps the newest usages.
type board struct {
	mu    sync.Mutex
	usage map[string]*metrics.Usage
	told  int
}

func (b *board) publish(all []metrics.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told++
	for _, c := range all {
		b.usage[c.Function.Namespace+"/"+c.Function.Name] = c.Usage
	}
}

func (b *board) of(name string) *metrics.Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.usage[name]
}

// start runs a meter in a bubble of time.
func start(t *testing.T, a *api) (*metrics.Meter, *board) {
	b := &board{usage: map[string]*metrics.Usage{}}
	m := metrics.New(a, metrics.Options{Publish: b.publish})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return m, b
}

const cluster = "/apis/metrics.k8s.io/v1beta1/pods"

func namespace(n string) string { return "/apis/metrics.k8s.io/v1beta1/namespaces/" + n + "/pods" }

var table = []metrics.Look{{}}

func many(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("ns-%d/f-%d", i%20, i))
	}
	return names
}

func TestNothingIsAskedWhileNobodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving("payments/charge")
		m, b := start(t, a)
		time.Sleep(time.Hour)
		assert.Empty(t, a.requests())
		m.SetLooks(table, false)
		synctest.Wait()
		assert.Equal(t, []string{namespace("payments")}, a.requests())
		u := b.of("payments/charge")
		require.NotNil(t, u)
		assert.Equal(t, int64(12), u.Millicores())
		assert.Equal(t, int64(64), u.Mebibytes())
		assert.Equal(t, metrics.Amount{CPU: 100_000, Memory: 128 << 20}, u.Request)
		assert.Zero(t, u.Limit, "no container has a limit")
		m.SetLooks(nil, false)
		synctest.Wait()
		time.Sleep(time.Hour)
		assert.Len(t, a.requests(), 1)
	})
}

func TestANamespaceIsListedEveryFifteenSecondsAndTheClusterEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving(many(40)...)
		m, _ := start(t, a)
		m.SetLooks(table, false)
		time.Sleep(5*time.Minute - time.Second)
		assert.Equal(t, []string{cluster, cluster, cluster, cluster, cluster}, a.requests(), "twenty namespaces are one list")
		a.mu.Lock()
		a.scope, a.functions = []string{"ns-3"}, a.functions[3:4]
		a.mu.Unlock()
		m.Retry()
		time.Sleep(59 * time.Second)
		assert.Equal(t, []string{namespace("ns-3"), namespace("ns-3"), namespace("ns-3"), namespace("ns-3")}, a.requests()[5:])
		m.SetLooks(table, true)
		time.Sleep(5*time.Minute - 2*time.Second)
		assert.LessOrEqual(t, len(a.requests()), 15, "nobody looks at the terminal")
	})
}

func TestNeverMoreThanTwoRequestsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving(many(40)...)
		a.fail(cluster, forbidden())
		m, _ := start(t, a)
		m.SetLooks(append([]metrics.Look{{Function: a.functions[0].Key}}, table...), false)
		for range 10 {
			time.Sleep(7 * time.Second)
			m.Retry()
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		require.Greater(t, len(a.times), 50)
		for i := range a.times[2:] {
			assert.GreaterOrEqual(t, a.times[i+2].Sub(a.times[i]), time.Second)
		}
	})
}

func forbidden() error {
	return apierrors.NewForbidden(schema.GroupResource{Group: "metrics.k8s.io", Resource: "pods"}, "", errors.New("no"))
}

func TestWithoutARightToTheClusterNamespacesAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving(many(40)...)
		a.fail(cluster, forbidden())
		a.fail(namespace("ns-7"), forbidden())
		m, b := start(t, a)
		m.SetLooks(table, false)
		time.Sleep(20 * time.Second)
		assert.NotNil(t, b.of("ns-3/f-3"))
		assert.Nil(t, b.of("ns-7/f-7"), "what may not be read is not known")
		state := m.State()
		assert.Equal(t, metrics.Live, state.Phase)
		assert.Equal(t, []string{"ns-7"}, state.Denied)
	})
}

func TestWhatIsMissingIsAStateAndNeverZero(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		phase  metrics.Phase
		reason string
	}{
		"not installed": {apierrors.NewGenericServerResponse(404, "GET", schema.GroupResource{}, "", "", 0, true), metrics.Absent, "metrics-server is not installed"},
		"down":          {apierrors.NewServiceUnavailable("the server is currently unable to handle the request"), metrics.Absent, "metrics-server does not answer"},
		"denied":        {forbidden(), metrics.Denied, "no list on pods.metrics.k8s.io in payments"},
		"cut":           {errors.New("connection reset"), metrics.Absent, "connection reset"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := serving("payments/charge")
				a.fail(namespace("payments"), c.err)
				m, b := start(t, a)
				m.SetLooks(table, false)
				synctest.Wait()
				assert.Equal(t, c.phase, m.State().Phase)
				assert.Contains(t, m.State().Reason, c.reason)
				assert.Nil(t, b.of("payments/charge"))
			})
		})
	}
}

func TestOldValuesAreMarkedAndThenForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving("payments/charge")
		m, b := start(t, a)
		m.SetLooks(table, false)
		synctest.Wait()
		answered := time.Now()
		a.fail(namespace("payments"), errors.New("connection reset"))
		time.Sleep(16 * time.Second)
		synctest.Wait()
		require.NotNil(t, b.of("payments/charge"))
		assert.True(t, b.of("payments/charge").Stale)
		assert.Equal(t, metrics.Stale, m.State().Phase)
		assert.Equal(t, answered, m.State().At)
		time.Sleep(12 * time.Minute)
		assert.Nil(t, b.of("payments/charge"))
		a.fail(namespace("payments"), nil)
		m.Retry()
		synctest.Wait()
		require.NotNil(t, b.of("payments/charge"))
		assert.False(t, b.of("payments/charge").Stale)
	})
}

func TestOneFunctionIsListedByItsLabels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving(many(40)...)
		m, _ := start(t, a)
		a.answers("ns-5/f-5-0", 10)
		m.SetLooks([]metrics.Look{{Function: a.functions[5].Key}}, false)
		for i := range 40 {
			time.Sleep(15*time.Second - time.Millisecond)
			a.answers("ns-5/f-5-0", 11+i)
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		assert.Equal(t, namespace("ns-5")+"?app=f-5", a.requests()[0])
		history := m.History(a.functions[5].Key)
		assert.Len(t, history, 41)
		assert.Equal(t, int64(50), history[40].Millicores())
		now, before, measured := m.Pod("ns-5", "f-5-0")
		assert.True(t, measured)
		assert.Equal(t, int64(50), now.Millicores())
		assert.Len(t, before, 41)
	})
}

func TestAFunctionThatUsesTheSameIsNotToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving(many(40)...)
		m, b := start(t, a)
		m.SetLooks(table, false)
		time.Sleep(30*time.Minute + time.Second)
		synctest.Wait()
		told := b.told
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		assert.Equal(t, told, b.told)
		a.answers("ns-5/f-5-0", 99)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, told+1, b.told)
		assert.Equal(t, int64(99), b.of("ns-5/f-5").Millicores())
	})
}

func TestWhatServesSeveralFunctionsIsNobodysAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := serving("fission/a", "fission/b", "fission/c")
		a.functions[1].Pods = a.functions[0].Pods
		m, b := start(t, a)
		m.SetLooks(table, false)
		synctest.Wait()
		assert.Nil(t, b.of("fission/a"))
		assert.Nil(t, b.of("fission/b"))
		assert.NotNil(t, b.of("fission/c"))
	})
}
