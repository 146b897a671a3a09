package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/security/report"
)

func scanned(t *testing.T, args ...string) *report.Report {
	t.Helper()
	r := runHere(t, append([]string{"scan", "-o", "json", "--fail-on", "none"}, args...)...)
	require.Equal(t, exitDone, r.code, r.err)
	validate(t, "ScanReport", []byte(r.out))
	var document report.Report
	require.NoError(t, json.Unmarshal([]byte(r.out), &document))
	return &document
}

func TestAScanJudgesTheFunctionsThatAListNames(t *testing.T) {
	c := kubetest.Need(t)
	config := seedConfig(t, c)
	l := listAll(t, "-n", "payments,checkout,media,analytics", "--kubeconfig", c.Admin, "--config", config)
	r := scanned(t, "-n", "payments,checkout,media,analytics", "--kubeconfig", c.Admin, "--config", config)
	var listed, judged []string
	for _, f := range l.Functions {
		listed = append(listed, f.ID)
	}
	for _, f := range r.Functions {
		judged = append(judged, f.ID)
		assert.NotEmpty(t, f.Grade, f.ID)
		assert.NotNil(t, f.Blast, f.ID)
		assert.NotNil(t, f.Exposure, f.ID)
	}
	assert.Equal(t, listed, judged)
	assert.Empty(t, r.Unreadable, "the administrator may read everything")
	platforms := 0
	for _, s := range r.Scopes {
		if s.Kind == "platform" {
			platforms++
		}
	}
	assert.GreaterOrEqual(t, platforms, 6, "each control plane has a row of its own")
}

// The operator of two namespaces gets a whole report of what he may read; the rest is unknown, with what is missing,
// and makes no grade better than B.
func TestTheOperatorOfTwoNamespacesScans(t *testing.T) {
	c := kubetest.Need(t)
	r := scanned(t, "-A", "--kubeconfig", c.Two)
	require.NotEmpty(t, r.Functions)
	assert.Contains(t, r.Unreadable, report.Unreadable{
		Context: c.Name + "-payments", Verb: "list", Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings", Reason: "forbidden",
	})
	admin := map[string]report.Function{}
	for _, f := range scanned(t, "-n", "payments,checkout", "--kubeconfig", c.Admin).Functions {
		admin[f.Framework+"/"+f.Namespace+"/"+f.Name] = f
	}
	for _, f := range r.Functions {
		assert.Contains(t, []string{"payments", "checkout"}, f.Namespace)
		whole, ok := admin[f.Framework+"/"+f.Namespace+"/"+f.Name]
		if f.Opaque || !ok || f.PSS == nil {
			continue // nothing runs, so there is no account to judge
		}
		assert.True(t, f.Capped, "%s: cluster roles cannot be read", f.Name)
		assert.NotEqual(t, "A", f.Pillars.Identity.Grade, f.Name)
		assert.Contains(t, messages(&f, "unknown"), "cannot list clusterrolebindings.rbac.authorization.k8s.io: forbidden", f.Name)
		for _, x := range whole.Findings {
			if x.Status == "fail" && x.Pillar == "pod" && x.Scope == "function" && x.Object != nil && x.Object.Kind == "Deployment" {
				assert.Contains(t, controls(&f), x.Control, "%s: the pod specs can be read by both", f.Name)
			}
		}
	}
}

func messages(f *report.Function, status string) (all []string) {
	for _, x := range f.Findings {
		if x.Status == status {
			all = append(all, x.Message)
		}
	}
	return all
}

func controls(f *report.Function) (all []string) {
	for _, x := range f.Findings {
		if x.Status == "fail" {
			all = append(all, x.Control)
		}
	}
	return all
}

func TestAContextThatDoesNotAnswerIsInTheReport(t *testing.T) {
	c := kubetest.Need(t)
	kubeconfig, _ := breaking(t, c, "/apis/rbac.authorization.k8s.io/")
	r := runHere(t, "scan", "-n", "payments", "-o", "json", "--fail-on", "none", "--kubeconfig", kubeconfig, "--timeout", "20s")
	assert.Equal(t, exitUnreachable, r.code)
	validate(t, "ScanReport", []byte(r.out))
}
