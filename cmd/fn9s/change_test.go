package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// changing runs commands against a cluster with a journal of their own.
func changing(t *testing.T) (c *kubetest.Cluster, run func(args ...string) ran) {
	t.Helper()
	c = kubetest.Need(t)
	file, state := seedConfig(t, c), t.TempDir()
	return c, func(args ...string) ran {
		return runIn(t, state, append(args, "--kubeconfig", c.Admin, "--config", file)...)
	}
}

func TestRestartUndoAndJournal(t *testing.T) {
	_, run := changing(t)
	r := run("restart", "charge-card", "-n", "payments")
	assert.Equal(t, exitUsage, r.code, "nobody is there to be asked")
	assert.Contains(t, r.out, `+    fn9s.io/restarted-at:`)
	assert.Contains(t, r.err, "nothing was changed")
	assert.Equal(t, exitDone, run("journal").code)

	dry := run("restart", "charge-card", "-n", "payments", "--dry-run", "-o", "json")
	require.Equal(t, exitDone, dry.code, dry.err)
	validate(t, "Plan", []byte(dry.out))
	saved := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(saved, []byte(dry.out), 0o600))

	r = run("apply", saved, "--yes", "--wait=false", "-o", "json")
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "ChangeResult", []byte(r.out))
	var result change.ResultDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	assert.Equal(t, "fn9s undo "+result.ID, result.Undo)
	native := run("get", "charge-card", "-n", "payments", "-o", "native").out
	assert.Contains(t, native, "fn9s.io/restarted-at")
	r = run("apply", saved, "--yes")
	assert.Equal(t, exitFindings, r.code, "a plan is carried out once")
	assert.Contains(t, r.err, "is as wished for already")

	read := run("undo", "--yes", "--read-only")
	assert.Equal(t, exitFindings, read.code)
	assert.Contains(t, read.err, "read-only")
	r = run("undo", "--yes", "--wait=false")
	require.Equal(t, exitDone, r.code, r.err)
	assert.NotContains(t, run("get", "charge-card", "-n", "payments", "-o", "native").out, "fn9s.io/restarted-at")
	r = run("undo", "--yes")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "no change of yours on this cluster")

	r = run("journal", "-o", "json")
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "Journal", []byte(r.out))
	var j journalDocument
	require.NoError(t, json.Unmarshal([]byte(r.out), &j))
	require.Len(t, j.Changes, 2)
	assert.Equal(t, result.ID, j.Changes[0].Undoes)
	assert.Equal(t, j.Changes[0].ID, j.Changes[1].UndoneBy)
	r = run("journal", "prune", "--yes")
	assert.Equal(t, exitDone, r.code, r.err)
}

// TestRestartByTheFrameworksOwnMeans holds which object is written for a function of each framework.
func TestRestartByTheFrameworksOwnMeans(t *testing.T) {
	_, run := changing(t)
	list := run("list", "-A", "-o", "json")
	require.Equal(t, exitDone, list.code, list.err)
	var all functionList
	require.NoError(t, json.Unmarshal([]byte(list.out), &all))
	seen := map[string]bool{}
	for _, f := range all.Functions {
		if f.Opaque || f.State != "ready" || f.Object == nil || seen[f.Framework+"/"+f.Object.Kind] {
			continue
		}
		r := run("restart", f.Framework+"/"+f.Name, "-n", f.Namespace, "--dry-run", "-o", "json")
		if strings.Contains(r.err, "names 2 functions") {
			continue
		}
		seen[f.Framework+"/"+f.Object.Kind] = true
		if r.code != exitDone {
			assert.Contains(t, []string{"fn", "openwhisk"}, f.Framework, r.err)
			assert.Contains(t, r.err, "cannot be restarted: ", f.Framework)
			continue
		}
		var p change.PlanDocument
		require.NoError(t, json.Unmarshal([]byte(r.out), &p))
		require.NotEmpty(t, p.Steps, f.Framework)
		want := map[string]string{
			"openfaas/Function": "Function spec.annotations", "kyma/Function": "Function spec.annotations",
			"kubeless/Function": "Deployment spec.template.metadata.annotations",
			"knative/Service":   "Service spec.template.metadata.annotations", "knative/Deployment": "Deployment spec.template.metadata.annotations",
			"plain/Deployment": "Deployment spec.template.metadata.annotations", "nuclio/NuclioFunction": "Deployment spec.template.metadata.annotations",
		}[f.Framework+"/"+f.Object.Kind]
		if want != "" {
			assert.True(t, strings.HasPrefix(p.Steps[0].Object.Kind+" "+p.Steps[0].Changes[0].Path, want), "%s: %s %s", f.Framework, p.Steps[0].Object.Kind, p.Steps[0].Changes[0].Path)
		}
	}
	for _, name := range []string{"openfaas/Function", "kyma/Function", "kubeless/Function", "knative/Service", "plain/Deployment", "fission/Function", "nuclio/NuclioFunction"} {
		assert.True(t, seen[name], "no function of %s was tried", name)
	}
}

func TestGuardrailsAndOperatorsStopCommands(t *testing.T) {
	c := kubetest.Need(t)
	state, file := t.TempDir(), filepath.Join(t.TempDir(), "guarded.yaml")
	run := func(args ...string) ran { return runIn(t, state, append(args, "--kubeconfig", c.Admin)...) }
	require.NoError(t, os.WriteFile(file, []byte("guardrails:\n- {namespace: payments, action: restart, then: confirm, word: payments, reason: money}\n- {then: deny, reason: freeze}\n"), 0o600))
	guarded := func(args ...string) ran {
		return run(append(args, "--config", file, "--yes", "--wait=false")...)
	}
	r := guarded("restart", "charge-card", "-n", "payments")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "money")
	r = guarded("restart", "charge-card", "-n", "payments", "--confirm", "payments")
	assert.Equal(t, exitDone, r.code, r.err)
	r = guarded("undo")
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.err, "a guardrail forbids it: freeze")
	require.Equal(t, exitDone, run("undo", "--yes", "--wait=false").code)

	r = runHere(t, "restart", "charge-card", "-n", "payments", "--yes", "--kubeconfig", c.ReadOnly)
	assert.Equal(t, exitFindings, r.code)
	assert.Contains(t, r.out, "not checked by the server (403)")
	folder := filepath.Join(t.TempDir(), "fix")
	r = runHere(t, "restart", "charge-card", "-n", "payments", "--export", folder, "--kubeconfig", c.ReadOnly)
	assert.Equal(t, exitDone, r.code, r.err)
	kustomization, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
	require.NoError(t, err)
	assert.Contains(t, string(kustomization), "kind: Component")
	r = runHere(t, "restart", "charge-card", "-n", "payments", "--export", folder, "--kubeconfig", c.ReadOnly)
	assert.Equal(t, exitUsage, r.code, "nothing is written over")
}
