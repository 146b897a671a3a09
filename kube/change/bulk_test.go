package change

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// counted counts the requests of a connection.
type counted struct {
	kubetest.Kubeconfig
	n *atomic.Int64
}

type counter struct {
	next http.RoundTripper
	n    *atomic.Int64
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.next.RoundTrip(r)
}

func (c counted) Rest(context string) (*rest.Config, string, error) {
	config, name, err := c.Kubeconfig.Rest(context)
	if err == nil {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return counter{next, c.n} })
	}
	return config, name, err
}

// TestFiveHundredFunctionsInOnePlan plans, applies and takes back a change of 500 Deployments.
func TestFiveHundredFunctionsInOnePlan(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 500 Deployments")
	}
	const functions = 500
	b := newBench(t)
	request := Request{Action: "tighten", Title: "all"}
	var making errgroup.Group
	making.SetLimit(16)
	for i := range functions {
		name := fmt.Sprintf("f%03d", i)
		making.Go(func() error {
			labels := map[string]string{"app": name}
			_, err := b.api.AppsV1().Deployments(b.namespace).Create(t.Context(), &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Name: name},
				Spec: appsv1.DeploymentSpec{Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
					ObjectMeta: metav1.ObjectMeta{Labels: labels},
					Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "f", Image: "registry.example.com/f:1"}}},
				}},
			}, metav1.CreateOptions{})
			return err
		})
		id := model.FunctionID{Context: "test", FunctionKey: model.FunctionKey{Framework: "plain", Group: "apps", Kind: "Deployment", Namespace: b.namespace, Name: name}}
		request.Wishes = append(request.Wishes, Wish{Functions: []model.FunctionID{id}, Effect: plan.Rollout, Edit: plan.Edit{
			Verb: plan.Patch, Object: b.ref("apps", "Deployment", name), Fields: []plan.Field{
				{Path: "spec.template.spec.containers[name=f].securityContext.allowPrivilegeEscalation", Value: false},
				{Path: "spec.template.spec.containers[name=f].securityContext.capabilities.drop", Value: []string{"ALL"}},
			}}})
	}
	require.NoError(t, making.Wait())
	var requests atomic.Int64
	b.Engine = b.engine(counted{kubetest.Kubeconfig{Path: b.cluster.Admin}, &requests}, Options{})
	requests.Store(0)
	began := time.Now()
	p, err := b.Plan(t.Context(), request)
	require.NoError(t, err)
	require.Len(t, p.Steps, functions)
	planned := time.Since(began)
	events := 0
	r, err := b.Apply(t.Context(), p, Approval{Confirmed: p.Confirmations()}, func(Event) { events++ })
	require.NoError(t, err)
	took := time.Since(began)
	assert.Equal(t, functions, r.Applied())
	assert.Equal(t, 2*functions, events)
	assert.LessOrEqual(t, requests.Load(), int64(3*functions+20), "each is read, tried and written once")
	assert.Less(t, took, 5*time.Minute, "a loaded machine is no reason to fail; alone it takes seconds")
	t.Logf("planned in %s, applied in %s", planned.Round(time.Millisecond), (took - planned).Round(time.Millisecond))
	began = time.Now()
	undo := b.undo(b.Engine, r.ID)
	assert.Equal(t, journal.Applied, undo.Outcome, undo.Reason)
	assert.Equal(t, functions, undo.Applied())
	t.Logf("taken back in %s", time.Since(began).Round(time.Millisecond))
}
