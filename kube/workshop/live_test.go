package workshop

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/connectivity"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary stands in plaintext in every function, and must be in no draft, no job and no journal.
const canary = "canary-7f3a91c2d8e4"

// patience is how long the cluster's controllers may take to see a change: on a machine that does much else they come to it
// late, and that is no failure of what is tested.
const patience = 2 * time.Minute

// world is a namespace with functions, and a shop that changes them.
type world struct {
	*Shop
	t         *testing.T
	api       kubernetes.Interface
	fleet     *fleet.Fleet
	context   string
	namespace string
	rang      atomic.Int64
	onNotify  atomic.Pointer[func()]
}

func newWorld(t *testing.T, functions int, kubeconfig string, o change.Options) *world {
	t.Helper()
	c := kubetest.Need(t)
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	api, err := kubernetes.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	ns, err := api.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "workshop-"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = api.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}) })
	w := &world{t: t, api: api, namespace: ns.Name}
	for i := range functions {
		_, err := api.AppsV1().Deployments(ns.Name).Create(t.Context(), deployment(fmt.Sprintf("f%02d", i)), metav1.CreateOptions{})
		require.NoError(t, err)
	}
	w.open(fleet.Options{Kubeconfig: kubetest.Kubeconfig{Path: kubeconfig}, Scope: []string{ns.Name}}, o)
	require.Eventually(t, func() bool {
		rows := w.fleet.Board().Rows()
		for _, r := range rows {
			if r.Posture == nil {
				return false
			}
		}
		return len(rows) == functions && w.fleet.Board().Settled()
	}, patience, 10*time.Millisecond)
	w.context = w.fleet.Board().Clusters[0].Context
	return w
}

// open reads the cluster, and has a shop change it.
func (w *world) open(f fleet.Options, o change.Options) {
	t := w.t
	t.Helper()
	adapters := all.BuiltIn()
	f.Adapters, f.Kinds = adapters, security.Kinds()
	f.Posture = func(string, string) *snapshot.Options {
		return &snapshot.Options{Now: time.Now(), Target: func(string) string { return "restricted" }}
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.fleet = fleet.New(f)
	w.fleet.Start(ctx)
	t.Cleanup(func() { cancel(); w.fleet.Wait() })
	require.NoError(t, w.fleet.Open(""))
	o.Now, o.Journal = time.Now, journal.In(t.TempDir(), time.Now)
	w.Shop = New(Options{Clusters: w.fleet, Adapters: adapters, Journal: o.Journal, Limit: patience, Notify: w.notified,
		Engine: func(c *client.Client, apis *client.APIs) (*change.Engine, error) {
			own := o
			own.Client, own.APIs = c, apis
			return change.New(own), nil
		}})
	t.Cleanup(w.Close)
}

func deployment(name string) *appsv1.Deployment {
	none := int32(0)
	l := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"fn9s.io/function": name}}, Spec: appsv1.DeploymentSpec{
		Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: l},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: l}, Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "main", Image: "registry.example.com/f:1", Env: []corev1.EnvVar{{Name: "DB_PASSWORD", Value: canary}}},
		}}},
	}}
}

func (w *world) notified() {
	w.rang.Add(1)
	if f := w.onNotify.Load(); f != nil {
		(*f)()
	}
}

func (w *world) ids() []model.FunctionID {
	var all []model.FunctionID
	for _, r := range w.fleet.Board().Rows() {
		all = append(all, r.ID)
	}
	return all
}

// order wishes the same for every function.
func (w *world) order(action string, intents ...check.Intent) *Order {
	o := &Order{Context: w.context, Action: action, Title: action + " all"}
	for _, id := range w.ids() {
		o.Picks = append(o.Picks, Pick{Function: id, Intents: intents})
	}
	return o
}

// ended waits until a job is over.
func (w *world) ended(id string) Job {
	w.t.Helper()
	var j Job
	require.Eventually(w.t, func() bool {
		var ok bool
		j, ok = w.Job(id)
		return ok && !j.Running()
	}, patience+time.Minute, 5*time.Millisecond)
	return j
}

func (w *world) plan(o *Order) *Draft {
	w.t.Helper()
	d, err := w.Plan(w.t.Context(), o)
	require.NoError(w.t, err)
	return d
}

func (w *world) start(d *Draft) string {
	w.t.Helper()
	id, err := w.Start(d, d.Confirmations)
	require.NoError(w.t, err)
	return id
}

func TestFixesArePlannedAppliedWatchedAndTakenBack(t *testing.T) {
	w := newWorld(t, 2, kubetest.Need(t).Admin, change.Options{})
	fixes, rest, err := w.Fixes(t.Context(), w.context, w.ids(), nil)
	require.NoError(t, err)
	for len(rest) > 0 {
		var more []Fixes
		more, rest, err = w.Fixes(t.Context(), w.context, rest, nil)
		require.NoError(t, err)
		fixes = append(fixes, more...)
	}
	require.Len(t, fixes, 2)
	assert.NotEmpty(t, fixes[0].Fixes)

	d := w.plan(w.order(Tighten, check.FixSeccomp, check.FixDropCapabilities, check.FixEnvToSecret))
	require.Len(t, d.Steps, 4, "a Secret and a Deployment each")
	assert.Len(t, d.Together[d.Steps[0].Number], 2, "the Secret, and its use")
	for i := range d.Steps {
		assert.NotContains(t, d.Steps[i].Sides.Before+d.Steps[i].Sides.After, canary)
		assert.Empty(t, d.Steps[i].Blocked)
	}
	j := w.ended(w.start(d))
	require.Equal(t, journal.Applied, j.Outcome, j.Reason)
	assert.Equal(t, 4, j.Done)
	require.Len(t, j.Seen, 2)
	assert.Equal(t, change.Idle, j.Seen[0].Verdict)
	live, err := w.api.AppsV1().Deployments(w.namespace).Get(t.Context(), "f00", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Empty(t, live.Spec.Template.Spec.Containers[0].Env[0].Value)

	book, err := w.Book()
	require.NoError(t, err)
	raw, err := json.Marshal(book)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), canary)
	e := Last(book, w.ids()[0])
	require.NotNil(t, e)
	assert.Equal(t, j.ID, e.ID)

	undo := w.plan(&Order{Context: w.context, Action: Undo, Undoes: j.ID})
	assert.True(t, undo.Whole)
	assert.Same(t, undo, w.Without(undo, []int{1}))
	j = w.ended(w.start(undo))
	require.Equal(t, journal.Applied, j.Outcome, j.Reason)
	live, err = w.api.AppsV1().Deployments(w.namespace).Get(t.Context(), "f00", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, canary, live.Spec.Template.Spec.Containers[0].Env[0].Value)
	book, err = w.Book()
	require.NoError(t, err)
	assert.Nil(t, Last(book, w.ids()[0]), "it was taken back")
}

func TestAJobStopsBetweenTwoStepsAndTheRestIsAsItWas(t *testing.T) {
	w := newWorld(t, 8, kubetest.Need(t).Admin, change.Options{Parallel: 1})
	d := w.plan(w.order(Restart))
	require.Len(t, d.Steps, 8)
	stop := func() {
		if j, ok := w.Job(d.ID); ok && j.Done >= 2 {
			w.Stop(d.ID)
		}
	}
	w.onNotify.Store(&stop)
	j := w.ended(w.start(d))
	assert.Equal(t, journal.Failed, j.Outcome)
	assert.Equal(t, "stopped by the operator", j.Reason)
	counts := map[journal.Outcome]int{}
	for i := range j.Progress {
		counts[j.Progress[i].Outcome]++
	}
	assert.GreaterOrEqual(t, counts[journal.Applied], 2)
	assert.Positive(t, counts[journal.Skipped])
	assert.Len(t, j.Progress, counts[journal.Applied]+counts[journal.Skipped])
	restarted := 0
	list, err := w.api.AppsV1().Deployments(w.namespace).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for i := range list.Items {
		if len(list.Items[i].Spec.Template.Annotations) > 0 {
			restarted++
		}
	}
	assert.Equal(t, counts[journal.Applied], restarted, "the job tells what is in the cluster")
	assert.True(t, j.Undoable())
	assert.Zero(t, w.Running())
}

func TestClosingTheShopEndsJobsBetweenTwoSteps(t *testing.T) {
	w := newWorld(t, 6, kubetest.Need(t).Admin, change.Options{Parallel: 1})
	d := w.plan(w.order(Restart))
	id := w.start(d)
	w.Close()
	j, ok := w.Job(id)
	require.True(t, ok)
	assert.False(t, j.Running(), "Close waits")
	book, err := w.Book()
	require.NoError(t, err)
	for _, e := range book.Entries {
		assert.True(t, e.Ended, "the journal knows the end")
	}
	_, err = w.Start(w.plan(w.order(Restart)), nil)
	assert.ErrorContains(t, err, "the program ends")
}

func TestReadOnlyPlansAndBeginsNothing(t *testing.T) {
	w := newWorld(t, 1, kubetest.Need(t).Admin, change.Options{})
	c, _ := w.fleet.Cluster(w.context)
	c.Client().Gate().SetReadOnly(true)
	d := w.plan(w.order(Restart))
	assert.True(t, d.ReadOnly)
	j := w.ended(w.start(d))
	assert.Equal(t, journal.Skipped, j.Outcome)
	assert.Contains(t, j.Reason, "read-only")
	files, left, err := w.Export(d, t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, 2, files)
	assert.Empty(t, left)
}

func TestASecondOperatorIsToldAndNothingIsOverwritten(t *testing.T) {
	w := newWorld(t, 2, kubetest.Need(t).Admin, change.Options{})
	d := w.plan(w.order(Tighten, check.FixSeccomp))
	live, err := w.api.AppsV1().Deployments(w.namespace).Get(t.Context(), "f00", metav1.GetOptions{})
	require.NoError(t, err)
	live.Spec.Template.Spec.SecurityContext = &corev1.PodSecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}}
	_, err = w.api.AppsV1().Deployments(w.namespace).Update(t.Context(), live, metav1.UpdateOptions{FieldManager: "somebody"})
	require.NoError(t, err)
	j := w.ended(w.start(d))
	outcomes := map[string]string{}
	for i := range j.Steps {
		outcomes[j.Steps[i].Ref.Name] = string(j.Progress[i].Outcome) + " " + j.Progress[i].Reason
	}
	assert.True(t, strings.HasPrefix(outcomes["f00"], "conflict"), outcomes["f00"])
	live, err = w.api.AppsV1().Deployments(w.namespace).Get(t.Context(), "f00", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, corev1.SeccompProfileTypeUnconfined, live.Spec.Template.Spec.SecurityContext.SeccompProfile.Type)
}

func TestWhatCannotBePlannedIsSaid(t *testing.T) {
	w := newWorld(t, 1, kubetest.Need(t).Admin, change.Options{})
	assert.Contains(t, w.Refusal("nowhere"), "is not open")
	_, err := w.Plan(t.Context(), &Order{Context: "nowhere", Action: Restart})
	assert.ErrorContains(t, err, "is not open")
	_, err = w.Plan(t.Context(), &Order{Context: w.context, Action: "fly"})
	assert.ErrorContains(t, err, "nobody knows how to fly")
	gone := w.ids()[0]
	gone.Name = "gone"
	d := w.plan(&Order{Context: w.context, Action: Restart, Picks: []Pick{{Function: gone}}})
	assert.Empty(t, d.Steps)
	require.Len(t, d.Notes, 1)
	assert.Equal(t, LeftOut, d.Notes[0].What)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.Plan(ctx, w.order(Tighten, check.FixSeccomp))
	assert.Error(t, err, "planning ends with its context")
}

// A plan with network policies says who reaches whom before and after.
func TestAPlanComparesConnections(t *testing.T) {
	w := newWorld(t, 2, kubetest.Need(t).Admin, change.Options{})
	d := w.plan(w.order(Tighten, check.FixIsolateEgress))
	require.Len(t, d.Connectivity, 2)
	for i := range d.Connectivity {
		assert.True(t, slices.ContainsFunc(d.Connectivity[i].Out, func(l connectivity.Line) bool {
			return l.Before == "all" && l.After == "none" && strings.HasPrefix(l.Peer, "addresses 0.0.0.0-169.254.20.9")
		}), "all but the cache of its node's name server")
	}
	assert.Empty(t, w.plan(w.order(Tighten, check.FixSeccomp)).Connectivity)
}
