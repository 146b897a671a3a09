package artifact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// with adds lines to the metadata of the function.
func with(metadata string) string {
	return strings.Replace(image("example.com/fn:1"), "namespace: fns, ", "namespace: fns, "+metadata+", ", 1)
}

func cluster(t *testing.T, documents ...string) *security.Posture {
	t.Helper()
	o := offlinetest.Options()
	o.Manifests = false
	return offlinetest.With(t, o, documents...).Judge("fns", "fn")
}

func managed(managers ...string) string {
	var entries []string
	for i, m := range managers {
		entries = append(entries, `{manager: "`+m+`", operation: Update, time: "2026-08-0`+string(rune('1'+i))+`T00:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:x": {}}}}`)
	}
	return `managedFields: [` + strings.Join(entries, ", ") + `]`
}

func TestLastChange(t *testing.T) {
	found := offlinetest.Of(judge(t, with(managed("helm", "kubectl-edit"))), "AUD-02")
	require.Len(t, found, 1)
	assert.Equal(t, check.Info, found[0].Severity)
	assert.Contains(t, found[0].Message, "kubectl-edit at 2026-08-02T00:00:00Z")
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, image("fn:1")), "AUD-02"))

	knative := `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: fn, namespace: fns, annotations: {serving.knative.dev/lastModifier: alice}}, spec: {template: {spec: {containers: [{image: "fn:1"}]}}}}`
	found = offlinetest.Of(judge(t, knative), "AUD-02")
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Message, "alice")
}

func TestUnmanagedChanges(t *testing.T) {
	helm := `annotations: {meta.helm.sh/release-name: fn}, `
	for name, test := range map[string]struct{ metadata, want string }{
		"applied":                   {managed("kubectl-client-side-apply"), "pass"},
		"with a controller":         {managed("kubectl-client-side-apply", "my-operator"), "pass"},
		"applied and edited":        {managed("kubectl-client-side-apply", "kubectl-edit"), "fail"},
		"two that deploy":           {managed("helm", "argocd-controller"), "fail"},
		"helm alone":                {helm + managed("helm"), "pass"},
		"edited over helm":          {helm + managed("helm", "kubectl-patch"), "fail"},
		"edited, helm says so":      {helm + managed("kubectl-edit"), "fail"},
		"edited, nobody deploys it": {managed("kubectl-edit"), "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, offlinetest.Verdict(t, judge(t, with(test.metadata)), "AUD-03"))
		})
	}
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, image("fn:1")), "AUD-03"))
}

func TestProvenance(t *testing.T) {
	for name, test := range map[string]struct{ document, want string }{
		"nothing": {image("example.com/fn:1"), "fail"},
		"digest":  {image("example.com/fn@" + digest), "pass"},
		"helm":    {with(`annotations: {meta.helm.sh/release-name: fn}`), "pass"},
		"argo":    {with(`annotations: {argocd.argoproj.io/tracking-id: "x"}`), "pass"},
		"commit":  {with(`annotations: {org.opencontainers.image.revision: ` + `"` + commit + `"}`), "pass"},
		"by hand": {with(`annotations: {app.kubernetes.io/managed-by: me}`), "fail"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, offlinetest.Verdict(t, judge(t, test.document), "AUD-05"))
		})
	}
}

func TestOwnerlessWorkloads(t *testing.T) {
	fn := with(`creationTimestamp: "2026-01-01T00:00:00Z"`)
	job := func(metadata string) string {
		return `{apiVersion: batch/v1, kind: CronJob, metadata: {name: sync, namespace: fns, ` + metadata + `}, spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: c}]}}}}}}`
	}
	for name, test := range map[string]struct {
		documents []string
		want      string
	}{
		"newer":       {[]string{fn, job(`creationTimestamp: "2026-02-01T00:00:00Z"`)}, "fail"},
		"older":       {[]string{fn, job(`creationTimestamp: "2025-12-01T00:00:00Z"`)}, "pass"},
		"by helm":     {[]string{fn, job(`creationTimestamp: "2026-02-01T00:00:00Z", annotations: {meta.helm.sh/release-name: x}`)}, "pass"},
		"by an owner": {[]string{fn, job(`creationTimestamp: "2026-02-01T00:00:00Z", ownerReferences: [{apiVersion: v1, kind: X, name: x, uid: u}]`)}, "pass"},
		"no times":    {[]string{image("fn:1"), job("labels: {}")}, "na"},
		"no function": {[]string{job(`creationTimestamp: "2026-02-01T00:00:00Z"`)}, "na"},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, test.documents...).Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "fns"})
			assert.Equal(t, test.want, offlinetest.Verdict(t, p, "AUD-11"))
		})
	}
}

func TestReportsOfScanners(t *testing.T) {
	report := func(kind, replicaSet, updated, summary string) string {
		return `{apiVersion: aquasecurity.github.io/v1alpha1, kind: ` + kind + `, metadata: {name: replicaset-` + replicaSet + `-fn, namespace: fns, labels: {trivy-operator.resource.kind: ReplicaSet, trivy-operator.resource.name: ` + replicaSet + `, trivy-operator.container.name: fn}}, report: {updateTimestamp: "` + updated + `", summary: {` + summary + `}}}`
	}
	const old, now = "2026-08-01T00:00:00Z", "2026-08-30T00:00:00Z"
	p := cluster(t, image("fn:1"), report("VulnerabilityReport", "fn-1", old, "criticalCount: 9"), report("VulnerabilityReport", "fn-2", now, "highCount: 2, lowCount: 3"))
	found := offlinetest.Of(p, "IMG-08")
	require.Len(t, found, 1, "the newest report of a container counts")
	assert.Equal(t, check.High, found[0].Severity)
	assert.Contains(t, found[0].Message, "0 critical, 2 high, 0 medium, 3 low; scanned 2 days ago")

	p = cluster(t, image("fn:1"), report("VulnerabilityReport", "fn-2", now, ""))
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "IMG-08"))
	p = cluster(t, image("fn:1"), report("VulnerabilityReport", "other-2", now, ""), report("ExposedSecretReport", "fn-2", now, "criticalCount: 1"))
	require.Len(t, offlinetest.Of(p, "IMG-08"), 2, "secrets in its files, and not scanned for vulnerabilities")
	assert.Equal(t, check.Critical, offlinetest.Of(p, "IMG-08")[0].Severity)
}

func TestTheAPIServersArguments(t *testing.T) {
	server := func(arguments string) string {
		return `{apiVersion: v1, kind: Pod, metadata: {name: kube-apiserver-cp, namespace: kube-system, ownerReferences: [{apiVersion: v1, kind: Node, name: cp, uid: u, controller: true}]}, spec: {containers: [{name: kube-apiserver, image: i, command: [kube-apiserver, ` + arguments + `]}]}}`
	}
	o := offlinetest.Options()
	o.Manifests = false
	scope := check.Subject{Scope: check.ScopeCluster}
	for arguments, want := range map[string]string{
		`"--authorization-mode=Node,RBAC", "--audit-policy-file=/p", "--anonymous-auth=false"`:                    "pass",
		`"--authorization-mode=Node,RBAC", "--anonymous-auth=false"`:                                              "fail",
		`"--authorization-mode=AlwaysAllow", "--audit-policy-file=/p", "--anonymous-auth=false"`:                  "fail",
		`"--authorization-mode=RBAC", "--audit-policy-file=/p", "--anonymous-auth=false", "--token-auth-file=/t"`: "fail",
	} {
		assert.Equal(t, want, offlinetest.Verdict(t, offlinetest.With(t, o, server(arguments)).Scope(scope), "AUD-04"), arguments)
	}
	assert.Equal(t, "unknown", offlinetest.Verdict(t, offlinetest.With(t, o, image("fn:1")).Scope(scope), "AUD-04"), "a managed control plane")
}

func TestLogAgents(t *testing.T) {
	o := offlinetest.Options()
	o.Manifests = false
	agent := `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: logs, namespace: logging}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "cr.fluentbit.io/fluent/fluent-bit:3"}]}}}}`
	scope := check.Subject{Scope: check.ScopeCluster}
	assert.Equal(t, "pass", offlinetest.Verdict(t, offlinetest.With(t, o, agent).Scope(scope), "AUD-07"))
	assert.Equal(t, "fail", offlinetest.Verdict(t, offlinetest.With(t, o, image("fn:1")).Scope(scope), "AUD-07"))
}
