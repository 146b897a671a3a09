package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
)

// lasting leaves out the status, by which controllers of some frameworks are asked: here none answers.
func lasting(all []change.TouchDocument) []change.TouchDocument {
	return slices.DeleteFunc(slices.Clone(all), func(d change.TouchDocument) bool { return strings.HasPrefix(d.Path, "status.") })
}

// TestTightenAndUndo makes a badly secured function of each framework more secure at its source, and takes it back: what
// is planned for it afterwards is what was planned before.
func TestTightenAndUndo(t *testing.T) {
	_, run := changing(t)
	list := run("list", "-A", "-o", "json")
	require.Equal(t, exitDone, list.code, list.err)
	var all functionList
	require.NoError(t, json.Unmarshal([]byte(list.out), &all))
	tried, seeded := map[string]bool{}, seedNamespaces(t)
	chosen := map[string][]functionItem{} // by namespace: those of one are not changed at the same time
	for _, f := range all.Functions {
		// One that was taken back before waits for a controller, and there is none.
		if !slices.Contains(seeded, f.Namespace) || f.Opaque || f.Object == nil || f.State != "ready" && f.State != "deploying" || f.Grade != "F" || tried[f.Framework] {
			continue
		}
		tried[f.Framework] = true
		chosen[f.Namespace] = append(chosen[f.Namespace], f)
	}
	for _, name := range []string{"openfaas", "kyma", "kubeless", "knative", "plain", "fission", "nuclio"} {
		assert.True(t, tried[name], "no function of %s was tried", name)
	}
	for namespace, functions := range chosen {
		t.Run(namespace, func(t *testing.T) {
			t.Parallel()
			_, run := changing(t)
			for _, f := range functions {
				tightenAndUndo(t, run, f.Framework+"/"+f.Name, namespace)
			}
		})
	}
}

func tightenAndUndo(t *testing.T, run func(args ...string) ran, name, namespace string) {
	t.Helper()
	intents := "seccomp,no-escalation,drop-capabilities,limits,isolate-ingress,own-account,read-only-root"
	args := []string{"tighten", name, "-n", namespace, "-o", "json", "--override", "*", "--intent", intents}
	planned := func() change.PlanDocument {
		r := run(append(args, "--dry-run")...)
		require.Equal(t, exitDone, r.code, "%s: %s", name, r.err)
		validate(t, "Plan", []byte(r.out))
		var p change.PlanDocument
		require.NoError(t, json.Unmarshal([]byte(r.out), &p))
		return p
	}
	before := planned()
	require.NotEmpty(t, before.Steps, name)
	r := run(append(args, "--yes", "--wait=false")...)
	require.Equal(t, exitDone, r.code, "%s: %s", name, r.err)
	validate(t, "ChangeResult", []byte(r.out))
	again := run(append(args, "--dry-run")...)
	assert.NotEqual(t, r.out, again.out)
	r = run("undo", "--yes", "--wait=false", "--override", "*")
	require.Equal(t, exitDone, r.code, "%s: %s", name, r.err)

	after := planned()
	require.Len(t, after.Steps, len(before.Steps), name)
	for i := range after.Steps {
		a, b := before.Steps[i], after.Steps[i]
		assert.Equal(t, a.Object, b.Object, name)
		assert.Equal(t, a.Verb, b.Verb, name)
		assert.Equal(t, lasting(a.Changes), lasting(b.Changes), name)
	}
}
