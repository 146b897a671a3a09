package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// TestOperatorsAreToldWhyTheyCannot has operators with few rights try: they see the plan and the reason, and nothing is sent.
func TestOperatorsAreToldWhyTheyCannot(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	deployment := func() map[string]any { return u.objectOf(gvr("apps", "v1", "deployments"), "payments", "mask-report") }
	before := deployment()
	for _, args := range [][]string{{"scale", "plain/mask-report", "3"}, {"pause", "plain/mask-report"}, {"delete", "plain/mask-report"}} {
		r := u.runWith(u.cluster.ReadOnly, append(args, "-n", "payments", "--yes", "--override", "*")...)
		assert.Equal(t, exitFindings, r.code, args)
		assert.Contains(t, r.out, "cannot be applied: ", args)
		assert.Contains(t, r.err, "the plan cannot be applied: ", args)
		r = u.run(append(args, "-n", "payments", "--yes", "--override", "*", "--read-only")...)
		assert.Equal(t, exitFindings, r.code, args)
	}
	r := u.runWith(u.cluster.Two, "pause", "kyma/sync-subtitles", "-n", "media", "--yes")
	assert.NotEqual(t, exitDone, r.code, "it is in none of his namespaces")
	assert.Equal(t, before, deployment())
}

// TestRequestsGoBackWhenARevisionFails shifts requests by steps, and has the Revision that gets them fail.
func TestRequestsGoBackWhenARevisionFails(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	s := newSource(u, "checkout", []string{"knative/cart-pricing.yaml"}, nil)
	services, revisions := s.resource("serving.knative.dev", "Service"), s.resource("serving.knative.dev", "Revision")
	traffic := func() []any {
		o, err := services.Get(t.Context(), "cart-pricing", metav1.GetOptions{})
		require.NoError(t, err)
		list, _, _ := unstructured.NestedSlice(o.Object, "spec", "traffic")
		return list
	}
	before := traffic()
	args := []string{"traffic", "cart-pricing", "00001=40", "-n", s.namespace, "--progressive", "20:1ms", "--yes", "--wait=false", "--override", "*"}
	r := s.run(args...)
	require.Equal(t, exitDone, r.code, r.err+r.out)
	assert.Equal(t, 2, strings.Count(r.out, "Plan: traffic "), "20, then 40")
	require.Len(t, traffic(), 2, "the tag is that of the Revision")
	assert.EqualValues(t, 40, traffic()[0].(map[string]any)["percent"])
	for range 2 {
		r = s.run("undo", "--yes", "--wait=false", "--override", "*")
		require.Equal(t, exitDone, r.code, r.err)
	}
	assert.Equal(t, before, traffic())

	o, err := revisions.Get(t.Context(), "cart-pricing-00001", metav1.GetOptions{})
	require.NoError(t, err)
	require.NoError(t, unstructured.SetNestedSlice(o.Object, []any{map[string]any{
		"type": "Ready", "status": "False", "reason": "ExitCode1", "message": "the container exited with an error"}}, "status", "conditions"))
	_, err = revisions.UpdateStatus(t.Context(), o, metav1.UpdateOptions{})
	require.NoError(t, err)
	r = s.run(args...)
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "ExitCode1: the container exited with an error")
	assert.Contains(t, r.err, "the requests go where they went before")
	assert.Equal(t, before, traffic())
}

// TestFunctionsOfOtherAPIsGoBack rolls an action back to before a change of the journal, through the API of its framework.
func TestFunctionsOfOtherAPIsGoBack(t *testing.T) {
	u := newTurn(t)
	kubetest.Need(t)
	const name = "openwhisk/guest/report"
	offered := func() int {
		r := u.run("tighten", name, "-n", "openwhisk", "--intent", "close-route", "--dry-run", "-o", "json")
		require.Equal(t, exitDone, r.code, r.err)
		var p change.PlanDocument
		if json.Unmarshal([]byte(r.out), &p) != nil {
			return 0
		}
		return len(p.Steps)
	}
	require.Equal(t, 1, offered(), "by nobody else meanwhile")
	r := u.run("tighten", name, "-n", "openwhisk", "--intent", "close-route", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err)
	assert.Zero(t, offered())
	r = u.run("rollback", name, "-n", "openwhisk", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err+r.out)
	assert.Equal(t, 1, offered(), "as before")
	for act, why := range map[string]string{"pause": "closest comes close-route"} {
		r = u.run(act, name, "-n", "openwhisk", "--yes")
		assert.Equal(t, exitFindings, r.code, act)
		assert.Contains(t, r.err, why)
	}
}
