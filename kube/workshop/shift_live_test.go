package workshop

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
)

var (
	servicesOfKnative  = schema.GroupVersionResource{Group: "serving.knative.dev", Version: "v1", Resource: "services"}
	revisionsOfKnative = schema.GroupVersionResource{Group: "serving.knative.dev", Version: "v1", Resource: "revisions"}
)

// split is a Service of Knative, nine tenths of whose requests go to its first Revision.
type split struct {
	*world
	objects dynamic.Interface
}

func newSplit(t *testing.T) *split {
	t.Helper()
	c := kubetest.Need(t)
	s := &split{world: newWorld(t, 0, c.Admin, change.Options{})}
	admin, _ := kubetest.Connect(t, kubetest.Kubeconfig{Path: c.Admin})
	var err error
	s.objects, err = dynamic.NewForConfigAndClient(admin.Config(), admin.HTTP())
	require.NoError(t, err)
	const container = `{containers: [{image: registry.example.com/price}]}`
	for n := 1; n <= 2; n++ {
		s.place(revisionsOfKnative, fmt.Sprintf(`{apiVersion: serving.knative.dev/v1, kind: Revision,
  metadata: {name: price-0000%d, labels: {serving.knative.dev/service: price}}, spec: %s}`, n, container))
	}
	s.place(servicesOfKnative, `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: price}, spec: {template: {spec: `+container+`},
  traffic: [{revisionName: price-00002, percent: 10, latestRevision: false}, {revisionName: price-00001, percent: 90, latestRevision: false}]}}`)
	require.Eventually(t, func() bool { return len(s.ids()) == 1 && s.fleet.Board().Settled() }, patience, 10*time.Millisecond)
	return s
}

func (s *split) place(kind schema.GroupVersionResource, text string) {
	s.t.Helper()
	o := &unstructured.Unstructured{}
	require.NoError(s.t, yaml.Unmarshal([]byte(text), &o.Object))
	_, err := s.objects.Resource(kind).Namespace(s.namespace).Create(s.t.Context(), o, metav1.CreateOptions{})
	require.NoError(s.t, err)
}

// percent is the share of the second Revision.
func (s *split) percent() int {
	s.t.Helper()
	o, err := s.objects.Resource(servicesOfKnative).Namespace(s.namespace).Get(s.t.Context(), "price", metav1.GetOptions{})
	require.NoError(s.t, err)
	n, _ := plan.Whole(o.Object, "spec.traffic[revisionName=price-00002].percent")
	return n
}

// fail has the second Revision report that it is not ready.
func (s *split) fail() {
	s.t.Helper()
	o, err := s.objects.Resource(revisionsOfKnative).Namespace(s.namespace).Get(s.t.Context(), "price-00002", metav1.GetOptions{})
	require.NoError(s.t, err)
	require.NoError(s.t, unstructured.SetNestedSlice(o.Object, []any{map[string]any{
		"type": "Ready", "status": "False", "reason": "ExitCode1", "message": "the container exited with an error"}}, "status", "conditions"))
	_, err = s.objects.Resource(revisionsOfKnative).Namespace(s.namespace).UpdateStatus(s.t.Context(), o, metav1.UpdateOptions{})
	require.NoError(s.t, err)
}

func (s *split) shifting(interval time.Duration) string {
	s.t.Helper()
	task := &plan.Task{Act: plan.Splitting, Shares: []plan.Share{{Revision: "00002", Percent: 50}}, Canary: &plan.Canary{Step: 10, Interval: interval}}
	d := s.plan(&Order{Context: s.context, Action: string(plan.Splitting), Title: "traffic price", Picks: []Pick{{Function: s.ids()[0]}}, Task: task})
	require.Len(s.t, d.Steps, 1)
	assert.Contains(s.t, d.Notes[0].Text, "this is the step to 20%", "it has 10 already")
	assert.Equal(s.t, 10, s.percent(), "a plan changes nothing")
	return s.start(d)
}

func TestTrafficIsShiftedStepByStep(t *testing.T) {
	s := newSplit(t)
	j := s.ended(s.shifting(time.Millisecond))
	require.Equal(t, journal.Applied, j.Outcome, j.Reason)
	assert.Equal(t, 50, s.percent())
	require.Len(t, j.Way.Changes, 4, "20, 30, 40, 50")
	assert.Len(t, s.Jobs(), 4, "each step is a job")
	for range j.Way.Changes {
		back := s.ended(s.start(s.plan(&Order{Context: s.context, Action: Undo})))
		require.Equal(t, journal.Applied, back.Outcome, back.Reason)
	}
	assert.Equal(t, 10, s.percent(), "each can be undone")
}

func TestTrafficGoesBackWhenARevisionFails(t *testing.T) {
	s := newSplit(t)
	failed := false
	watch := func() {
		if j := s.Jobs(); !failed && len(j) == 2 && !j[0].Running() {
			failed = true
			s.fail()
		}
	}
	s.onNotify.Store(&watch)
	j := s.ended(s.shifting(500 * time.Millisecond))
	assert.Equal(t, journal.Failed, j.Outcome)
	assert.Contains(t, j.Reason, "the requests go where they went before: ")
	assert.Contains(t, j.Reason, "ExitCode1: the container exited with an error")
	assert.True(t, j.Way.Back)
	assert.False(t, j.Undoable())
	assert.Equal(t, 10, s.percent())
	assert.Len(t, s.Jobs(), 2*len(j.Way.Changes), "each step, and its undo")
}

func TestAShiftThatIsStoppedStaysWhereItIs(t *testing.T) {
	s := newSplit(t)
	id := s.shifting(time.Hour)
	require.Eventually(t, func() bool {
		j, _ := s.Job(id)
		return j.Way != nil && !j.Way.Next.IsZero()
	}, patience, 5*time.Millisecond)
	j, _ := s.Job(id)
	assert.Equal(t, Applying, j.Phase, "there is more to be written")
	s.Stop(id)
	j = s.ended(id)
	assert.Equal(t, journal.Failed, j.Outcome)
	assert.Equal(t, "stopped by the operator: the requests stay where they are, 20% of 50% go to 00002", j.Reason)
	assert.Equal(t, 20, s.percent())
	assert.Equal(t, id, j.Undoes())
}
