package generic_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/security/model"
)

// explain explains one object of a cluster that holds the documents.
func explain(t testing.TB, entries []generic.Entry, i int, object model.Ref, text string) generic.Explanation {
	t.Helper()
	var e generic.Explanation
	frameworkstest.LoadText(t, generic.New(entries), text).Store.Ask(func(x frameworks.Index) {
		e = generic.Explain(entries, i, object, x)
	})
	return e
}

func TestExplain(t *testing.T) {
	entries := entriesOf(t, tasks)
	const text = `
apiVersion: example.com/v1
kind: Task
metadata: {name: a, namespace: ns}
spec: {image: i}
status: {phase: Building, message: step 2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a-x, namespace: ns, ownerReferences: [{apiVersion: example.com/v1, kind: Task, name: a, controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i}]}}}
`
	at := func(name string) model.Ref {
		return model.Ref{Group: "example.com", Kind: "Task", Namespace: "ns", Name: name}
	}
	e := explain(t, entries, 0, at("a"), text)
	require.NotNil(t, e.Function)
	rules := map[string]string{}
	for _, c := range e.Cells {
		rules[c.Cell] = fmt.Sprintf("%s ← %s (%d)", c.Value, c.Rule, c.Line)
	}
	assert.Equal(t, map[string]string{
		"workload":       "Deployment.apps ns/a-x ← by: owner (5)",
		"name":           " ← default: .metadata.name (0)",
		"image":          "i ← .spec.image (4)",
		"serviceAccount": "default ← default: the pod template of Deployment.apps ns/a-x (0)",
		"state":          "building ← state[0] (7)",
	}, rules)

	e = explain(t, entries, 0, at("b"), text)
	assert.Nil(t, e.Function)
	assert.Equal(t, "Task.example.com ns/b is not there", e.Skipped)
	e = explain(t, entries, 0, model.Ref{Kind: "Pod", Namespace: "ns", Name: "a"}, text)
	assert.Equal(t, "Pod ns/a is no Task.example.com", e.Skipped)
}

func TestExplainSaysWhyAnObjectIsNoFunction(t *testing.T) {
	entries := entriesOf(t, `
- name: gold
  function: {group: example.com, kind: Task, versions: [v1], names: ['!x'], where: [{path: .spec.tier, equals: gold}]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
- name: rest
  function: {group: example.com, kind: Task, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
`)
	object := func(ns, name, tier string) string {
		return fmt.Sprintf("---\napiVersion: example.com/v1\nkind: Task\nmetadata: {name: %s, namespace: %s}\nspec: {tier: %s}\n", name, ns, tier)
	}
	text := object("ns", "a", "gold") + object("ns", "b", "tin") + object("ns", "x", "gold") + object("keda", "a", "gold")
	why := func(entry int, ns, name string) string {
		return explain(t, entries, entry, model.Ref{Group: "example.com", Kind: "Task", Namespace: ns, Name: name}, text).Skipped
	}
	assert.Empty(t, why(0, "ns", "a"))
	assert.Equal(t, `the earlier framework "gold" has it`, why(1, "ns", "a"))
	assert.Equal(t, "its fields are not selected (function.fields, function.where)", why(0, "ns", "b"))
	assert.Equal(t, "its name is not selected", why(0, "ns", "x"))
	assert.Equal(t, "namespace keda holds a control plane", why(0, "keda", "a"))
}
