package secrets_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func TestSecretsInContainersThatNeedThemNot(t *testing.T) {
	env := "env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: a}}}]"
	beside := func(env string) string {
		return function(env, "initContainers: [{name: wait, image: x, envFrom: [{secretRef: {name: db}}]}]")
	}
	judge(t, []aCase{
		{name: "both", control: "SEC-09", documents: []string{beside(env), secret("db", twoKeys)}, want: "fail", severity: check.Low, says: "container wait gets Secret db too"},
		{name: "the other one alone", control: "SEC-09", documents: []string{beside(""), secret("db", twoKeys)}, want: "pass"},
		{name: "its own", control: "SEC-09", documents: []string{function(env, ""), secret("db", twoKeys)}, want: "pass"},
		{name: "another key", control: "SEC-09", documents: []string{
			function(env, "initContainers: [{name: wait, image: x, env: [{name: B, valueFrom: {secretKeyRef: {name: db, key: b}}}]}]"), secret("db", twoKeys)}, want: "pass"},
		{name: "no Secret", control: "SEC-09", documents: []string{function("", "")}, want: "na"},
	})
}

func TestImmutableSecrets(t *testing.T) {
	uses := function("envFrom: [{secretRef: {name: db}}]", "")
	judge(t, []aCase{
		{name: "immutable", control: "SEC-16", documents: []string{uses, secret("db", twoKeys+"\nimmutable: true")}, want: "fail", severity: check.Info, says: "needs a new Secret"},
		{name: "mutable", control: "SEC-16", documents: []string{uses, secret("db", twoKeys)}, want: "pass"},
		{name: "authorities", control: "SEC-16", documents: []string{uses, secret("db", "stringData: {ca.crt: x}")}, want: "fail", severity: check.Info, says: "whom the function trusts"},
		{name: "fixed authorities", control: "SEC-16", documents: []string{uses, secret("db", "immutable: true\nstringData: {ca.crt: x}")}, want: "pass"},
		{name: "no Secret", control: "SEC-16", documents: []string{function("", "")}, want: "na"},
	})
}

func TestEncryptionAtRest(t *testing.T) {
	server := func(name, args string) string {
		return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: kube-system}, spec: {containers: [{name: a, image: a, command: [kube-apiserver" + args + "]}]}}"
	}
	for name, c := range map[string]struct{ document, want string }{
		"told":       {server("kube-apiserver-a", ", --encryption-provider-config=/etc/e.yaml"), "pass"},
		"not told":   {server("kube-apiserver-a", ""), "fail"},
		"not to see": {server("coredns-a", ""), "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			o := offlinetest.Options()
			o.Manifests = false
			p := offlinetest.With(t, o, c.document).Scope(check.Subject{Scope: check.ScopeCluster})
			require.Equal(t, c.want, offlinetest.Verdict(t, p, "SEC-21"))
		})
	}
	p := offlinetest.Text(t, server("kube-apiserver-a", "")).Scope(check.Subject{Scope: check.ScopeCluster})
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "SEC-21"), "manifests do not show it")
}
