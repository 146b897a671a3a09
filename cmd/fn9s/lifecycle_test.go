package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fn9s/fn9s/kube/change"
)

// lived are functions of the seed, and what is done with them: a command, and what it says when it has no means. The
// cluster's own autoscaler is at work, so that no range asks it to move replicas.
var lived = []struct {
	framework, namespace, function string
	files                          []string
	acts                           [][2]string // a command without the name, and why not; empty: it is carried out
	pauses                         bool
	goes                           []string // what a delete takes, in order
}{
	{"openfaas", "payments", "refund-payment", []string{"openfaas/refund-payment.yaml"}, [][2]string{
		{"scale 3"}, {"scale --min 2 --max 6"}, {"scale 0"}, {"traffic latest=10", "openfaas does not divide requests"}, {"rollback"},
	}, true, []string{"Function refund-payment", "Deployment refund-payment", "Service refund-payment"}},
	{"kubeless", "analytics", "export-prices", []string{"kubeless/export-prices.yaml"}, [][2]string{
		{"scale 3"}, {"scale --min 1 --max 3"}, {"traffic latest=10", "kubeless does not divide requests"}, {"rollback"},
	}, true, nil},
	{"kyma", "media", "sync-subtitles", []string{"kyma/sync-subtitles.yaml"}, [][2]string{
		{"scale 3"}, {"scale --min 1 --max 3"}, {"scale 5", "HorizontalPodAutoscaler sync-subtitles sets its replicas"}, {"rollback"},
	}, true, nil},
	{"fission", "analytics", "geo-enrich", []string{"fission/go-functions.yaml"}, [][2]string{
		{"scale 3", "the pool manager takes a pod for each call"}, {"scale --max 20"}, {"pause", "Fission starts pods for every call"}, {"rollback"},
	}, false, nil},
	{"fission", "media", "exif-strip", []string{"fission/exif-strip.yaml"}, [][2]string{{"scale 3"}, {"scale --min 0 --max 7"}}, false, nil},
	{"nuclio", "media", "watermark", []string{"nuclio/watermark.yaml"}, [][2]string{{"scale 3"}, {"scale --min 1 --max 4"}, {"rollback"}}, true, nil},
	{"knative", "checkout", "cart-pricing", []string{"knative/cart-pricing.yaml"}, [][2]string{
		{"scale 3"}, {"scale 0"}, {"pause", "Knative starts pods for every call"}, {"rollback 00001"}, {"traffic latest=80"},
	}, false, nil},
	{"plain", "payments", "verify-iban", []string{"plain/payments.yaml"}, [][2]string{{"scale 3", "HorizontalPodAutoscaler verify-iban sets its replicas"}, {"scale --max 9"}, {"rollback", "no earlier revision is kept"}}, true, nil},
}

// TestFunctionsLiveAndComeBack scales, pauses, rolls back, divides and deletes copies of functions of the seed, and takes all of it
// back in reverse: object by object as before.
func TestFunctionsLiveAndComeBack(t *testing.T) {
	t.Parallel()
	u := newTurn(t)
	for _, c := range lived {
		t.Run(c.framework+" "+c.function, func(t *testing.T) {
			t.Parallel()
			own := &turn{t: t, cluster: u.cluster, state: u.state, config: u.config, api: u.api, dynamic: u.dynamic}
			l := &life{source: newSource(own, c.namespace, c.files, nil), name: c.framework + "/" + c.function}
			before := l.whole()
			for _, act := range c.acts {
				l.act(act[0], act[1])
			}
			if c.pauses {
				running := l.whole()
				l.act("pause", "")
				l.act("resume", "")
				l.same(running)
			}
			gone := l.deleted()
			assert.GreaterOrEqual(t, len(gone), 2, "what is made of a function goes with it")
			if c.goes != nil {
				assert.Equal(t, c.goes, gone)
			}
			require.EventuallyWithT(t, func(c *assert.CollectT) {
				r := l.run("get", l.name, "-n", l.namespace)
				assert.NotEqual(c, exitDone, r.code, "it is gone: %s", r.out)
			}, 20*time.Second, 300*time.Millisecond)
			for _, id := range slices.Backward(l.changes) {
				l.undo(id)
			}
			l.same(before)
		})
	}
}

// life is one function and what was done with it.
type life struct {
	*source
	name    string
	changes []string
}

// act carries a command out, or has it say why not.
func (l *life) act(text, why string) *change.ResultDocument {
	l.t.Helper()
	words := strings.Fields(text)
	args := slices.Concat(words[:1], []string{l.name}, words[1:], []string{"-n", l.namespace, "--yes", "--override", "*", "--wait=false", "-o", "json"})
	r := l.run(args...)
	if why != "" {
		assert.Equal(l.t, exitFindings, r.code, text)
		assert.Contains(l.t, r.err, why, text)
		return nil
	}
	require.Equal(l.t, exitDone, r.code, "%s\n%s\n%s", text, r.out, r.err)
	var result change.ResultDocument
	require.NoError(l.t, json.Unmarshal([]byte(r.out), &result), r.out)
	require.NotEmpty(l.t, result.Steps, text+": "+r.out)
	l.changes = append(l.changes, result.ID)
	return &result
}

// deleted takes the function away, and lists what went.
func (l *life) deleted() []string {
	l.t.Helper()
	r := l.act("delete --remove-finalizers", "")
	var all []string
	for _, s := range r.Steps {
		all = append(all, s.Object.Kind+" "+s.Object.Name)
	}
	return all
}

// whole is everything in the namespace; that an owner was made anew is no difference.
func (l *life) whole() map[string]map[string]any {
	l.t.Helper()
	all := l.everything()
	for _, o := range all {
		unstructured.RemoveNestedField(o, "metadata", "annotations", "nuclio.io/force-update") // any new value does
		if annotations, ok, _ := unstructured.NestedMap(o, "metadata", "annotations"); ok && len(annotations) == 0 {
			unstructured.RemoveNestedField(o, "metadata", "annotations")
		}
		owners, ok, _ := unstructured.NestedSlice(o, "metadata", "ownerReferences")
		for i := range owners {
			delete(owners[i].(map[string]any), "uid")
		}
		if ok {
			_ = unstructured.SetNestedSlice(o, owners, "metadata", "ownerReferences")
		}
	}
	return all
}

func (l *life) same(before map[string]map[string]any) {
	l.t.Helper()
	after := l.whole()
	for name, o := range before {
		assert.Equal(l.t, o, after[name], name)
		delete(after, name)
	}
	for name, o := range after {
		labels, _, _ := unstructured.NestedMap(o, "metadata", "labels")
		if _, kept := labels[change.ChangeLabel]; !kept {
			assert.Fail(l.t, "it was not there before: "+name)
		}
	}
}
