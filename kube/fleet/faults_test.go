package fleet_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
)

const patience = 30 * time.Second

func phase(f *fleet.Fleet) status.Phase {
	b := f.Board()
	if len(b.Clusters) == 0 {
		return ""
	}
	return b.Clusters[0].Connection.Phase
}

func waitFor(t *testing.T, f *fleet.Fleet, want status.Phase, limit time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool { return phase(f) == want }, limit, 10*time.Millisecond,
		"never %s; now %+v", want, f.Board().Clusters)
}

func waitSettled(t *testing.T, f *fleet.Fleet) {
	t.Helper()
	require.Eventually(t, func() bool { return f.Board().Settled() && phase(f) == status.Live }, patience, 10*time.Millisecond)
}

// quiet are namespaces in which no other test makes or deletes functions meanwhile.
var quiet = map[string]bool{"analytics": true, "checkout": true, "media": true, "payments": true}

// rows are the functions there, and how they fare.
func rows(f *fleet.Fleet) map[model.FunctionID]model.State {
	all := map[model.FunctionID]model.State{}
	for _, r := range f.Board().Rows() {
		if quiet[r.ID.Namespace] {
			all[r.ID] = r.Function.State
		}
	}
	return all
}

// note makes a ConfigMap in payments that is this test's own, and returns how to change and remove it.
func note(t *testing.T, c *kubetest.Cluster, name string) (change func(value string), remove func()) {
	t.Helper()
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api, err := kubernetes.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	maps := api.CoreV1().ConfigMaps("payments")
	_, err = maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	require.NoError(t, err)
	remove = func() {
		err := maps.Delete(context.Background(), name, metav1.DeleteOptions{})
		if err != nil && !strings.Contains(err.Error(), "not found") {
			assert.NoError(t, err)
		}
	}
	t.Cleanup(remove)
	return func(value string) {
		_, err := maps.Patch(t.Context(), name, types.MergePatchType, []byte(`{"data":{"`+value+`":""}}`), metav1.PatchOptions{})
		require.NoError(t, err)
	}, remove
}

// keys returns the keys of the test's ConfigMap as the store knows them.
func keys(f *fleet.Fleet, name string) []string {
	c, ok := f.Cluster(f.Board().Clusters[0].Context)
	if !ok {
		return nil
	}
	m, _ := c.Object(model.Ref{Kind: "ConfigMap", Namespace: "payments", Name: name}).(*model.ConfigMap)
	if m == nil {
		return nil
	}
	return m.Keys
}

func TestACutConnectionResumesWithNothingLost(t *testing.T) {
	c := kubetest.Need(t)
	change, remove := note(t, c, "cut-connection")
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	f, log := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	before := rows(f)
	require.NotEmpty(t, before)

	p.Refuse(true)
	p.Cut()
	waitFor(t, f, status.Stale, patience)
	assert.Equal(t, before, rows(f), "the data stay on screen")
	assert.NotEmpty(t, f.Board().Clusters[0].Connection.Reason)
	change("while-away")
	p.Refuse(false)
	healed := time.Now()
	waitFor(t, f, status.Live, patience)
	assert.Less(t, time.Since(healed), 5*time.Second, "live again")
	require.Eventually(t, func() bool { return len(keys(f, "cut-connection")) == 1 }, patience, 10*time.Millisecond,
		"what changed meanwhile is seen")
	assert.Len(t, rows(f), len(before), "nothing lost, nothing doubled")
	assert.Positive(t, entries(log, "connection"), "the loss is told")
	assert.LessOrEqual(t, entries(log, "connection"), 2, "once, and once why there is no new one: not for each kind that is watched")
	remove()
	require.Eventually(t, func() bool { return keys(f, "cut-connection") == nil }, patience, 10*time.Millisecond)
}

func TestASwallowedConnectionIsStaleWithin15Seconds(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	f, _ := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	p.Swallow(true)
	start := time.Now()
	waitFor(t, f, status.Stale, patience)
	assert.Less(t, time.Since(start), 15*time.Second)
	p.Swallow(false)
	p.Cut()
	start = time.Now()
	waitFor(t, f, status.Live, patience)
	assert.Less(t, time.Since(start), 5*time.Second)
}

func TestAForgottenVersionIsListedAnew(t *testing.T) {
	c := kubetest.Need(t)
	change, remove := note(t, c, "gone-version")
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	f, log := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	before := rows(f)
	var gone atomic.Int32
	p.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("watch") == "true" && r.URL.Query().Get("sendInitialEvents") == "" {
			gone.Add(1)
			kubetest.Answer(w, http.StatusGone, "Expired", "too old resource version")
			return true
		}
		return false
	})
	p.Cut()
	require.Eventually(t, func() bool { return gone.Load() > 5 }, patience, 10*time.Millisecond)
	change("after-the-list")
	require.Eventually(t, func() bool { return len(keys(f, "gone-version")) == 1 }, patience, 10*time.Millisecond)
	remove()
	require.Eventually(t, func() bool { return keys(f, "gone-version") == nil }, patience, 10*time.Millisecond)
	waitFor(t, f, status.Live, patience)
	assert.Len(t, rows(f), len(before))
	assert.Len(t, log.Entries(), entries(log, "connection"), "a list that is read anew is no error")
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	var refused atomic.Int32
	p.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("watch") == "true" && refused.Add(1) <= 6 {
			kubetest.Answer(w, http.StatusTooManyRequests, "TooManyRequests", "please try again later")
			return true
		}
		return false
	})
	f, log := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	assert.NotEmpty(t, f.Board().Rows())
	assert.Empty(t, log.Entries(), "a server that has just started refuses most watches once")
	refused.Store(0)
	p.Cut()
	require.Eventually(t, func() bool { return refused.Load() > 6 }, patience, 10*time.Millisecond)
	waitSettled(t, f)
	assert.Len(t, log.Entries(), entries(log, "connection"), "and one that was started again, too")
}

func TestAServerThatStaysBusyIsSaid(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	var free atomic.Bool
	p.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("watch") == "true" && strings.HasSuffix(r.URL.Path, "/pods") && !free.Load() {
			kubetest.Answer(w, http.StatusTooManyRequests, "TooManyRequests", "please try again later")
			return true
		}
		return false
	})
	f, log := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	require.Eventually(t, func() bool { return len(log.Entries()) > 0 }, patience, 10*time.Millisecond)
	free.Store(true)
	waitSettled(t, f)
}

func TestASlowServerLoadsWithCounts(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	hold := make(chan struct{})
	p.Fail(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/pods") {
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		}
		return false
	})
	f, _ := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	require.Eventually(t, func() bool { return len(f.Board().Rows()) > 0 }, patience, 10*time.Millisecond,
		"rows are there before the slowest list is")
	assert.False(t, f.Board().Complete())
	assert.Equal(t, status.Connecting, phase(f))
	close(hold)
	waitSettled(t, f)
}

func TestExpiredCredentialsAreSaid(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	f, _ := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	before := len(rows(f))
	p.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
		kubetest.Answer(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
		return true
	})
	p.Cut()
	waitFor(t, f, status.AuthNeeded, patience)
	assert.Len(t, rows(f), before)
	p.Fail(nil)
	waitFor(t, f, status.Live, patience)
}

// reviews counts the questions what the operator may do.
func reviews(n *atomic.Int64, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews") {
		n.Add(1)
	}
}

func TestWhoMayListEverythingIsAskedOnce(t *testing.T) {
	c := kubetest.Need(t)
	for path, few := range map[string]bool{c.Admin: true, c.ReadOnly: false} {
		p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: path})
		var asked atomic.Int64
		p.Fail(func(_ http.ResponseWriter, r *http.Request) bool { reviews(&asked, r); return false })
		f, _ := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
		waitSettled(t, f)
		assert.NotEmpty(t, f.Board().Rows())
		if few {
			assert.EqualValues(t, 2, asked.Load(), "list and watch of everything")
		} else {
			assert.Greater(t, asked.Load(), int64(10), "each kind")
			assert.NotEmpty(t, f.Board().Clusters[0].Refusals)
		}
	}
}

// TestOneDeniedKindLeavesTheRestLive also has each kind asked about, because one was denied although everything may be
// listed.
func TestOneDeniedKindLeavesTheRestLive(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	var asked atomic.Int64
	p.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		reviews(&asked, r)
		if strings.HasSuffix(r.URL.Path, "/secrets") {
			kubetest.Answer(w, http.StatusForbidden, "Forbidden", "secrets is forbidden")
			return true
		}
		return false
	})
	f, log := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitFor(t, f, status.Live, patience)
	require.Eventually(t, func() bool { return f.Board().Settled() }, patience, 10*time.Millisecond)
	assert.NotEmpty(t, f.Board().Rows())
	assert.Greater(t, asked.Load(), int64(10))
	var said bool
	for _, e := range log.Entries() {
		said = said || strings.Contains(e.Message, "secrets is forbidden")
	}
	assert.True(t, said)
}

func TestTheOperatorOfTwoNamespacesSeesThem(t *testing.T) {
	c := kubetest.Need(t)
	f, _ := open(t, kubetest.Kubeconfig{Path: c.Two}, nil, "")
	waitSettled(t, f)
	seen := map[string]bool{}
	for _, r := range f.Board().Rows() {
		seen[r.ID.Namespace] = true
	}
	assert.Equal(t, map[string]bool{"payments": true, "checkout": true}, seen)
	st := f.Board().Clusters[0]
	assert.False(t, st.NamespacesListed)
	assert.NotEmpty(t, st.Refusals, "what is denied is said")
	names := map[string]string{}
	for _, n := range st.Namespaces {
		names[n.Name] = n.Denied
	}
	assert.Equal(t, map[string]string{"payments": "", "checkout": ""}, names)

	f.SetScope([]string{"media"})
	require.Eventually(t, func() bool {
		for _, n := range f.Board().Clusters[0].Namespaces {
			if n.Name == "media" && n.Denied != "" {
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, "a namespace typed by name is probed, and denied with the reason")
	assert.Empty(t, f.Board().Rows())
	f.SetScope(nil)
	require.Eventually(t, func() bool { return len(f.Board().Rows()) > 0 }, patience, 10*time.Millisecond)
}

func TestNoSecretValueCrossesTheWire(t *testing.T) {
	c := kubetest.Need(t)
	p := kubetest.NewProxy(t, kubetest.Kubeconfig{Path: c.Admin})
	var plain atomic.Int32
	p.Fail(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/secrets") && !strings.Contains(r.Header.Get("Accept"), "as=Table") {
			plain.Add(1)
		}
		return false
	})
	f, _ := open(t, kubetest.Kubeconfig{}, func(o *fleet.Options) { o.Kubeconfig = p }, "")
	waitSettled(t, f)
	assert.Zero(t, plain.Load())
	for _, g := range f.Board().Clusters[0].Progress {
		if g.Kind == frameworks.Secret.Kind {
			assert.NotZero(t, g.Objects)
		}
	}
}

// entries counts what a source wrote to the errors screen, repetitions included.
func entries(log *status.Log, source string) int {
	n := 0
	for _, e := range log.Entries() {
		if e.Source == source {
			n += e.Count
		}
	}
	return n
}
