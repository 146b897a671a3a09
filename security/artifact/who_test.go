package artifact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

func grant(verbs, groups, resources, subject string) string {
	return `
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: fns}, rules: [{verbs: [` + verbs + `], apiGroups: [` + groups + `], resources: [` + resources + `]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: fns}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}, subjects: [` + subject + `]}`
}

const (
	alice    = `{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}`
	everyone = `{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}`
)

func account(name string) string { return `{kind: ServiceAccount, name: ` + name + `, namespace: fns}` }

func TestWhoMayChange(t *testing.T) {
	other := strings.Replace(function("", "serviceAccountName: other"), "{name: fn, namespace", "{name: other, namespace", 1)
	for name, test := range map[string]struct {
		documents []string
		severity  check.Severity
		names     string
	}{
		"a person":                  {[]string{grant("patch", "apps", "deployments", alice)}, check.Info, "User alice"},
		"by exec":                   {[]string{grant("create", `""`, "pods/exec", alice)}, check.Info, "User alice"},
		"everybody":                 {[]string{grant("update", "apps", "deployments", everyone)}, check.Medium, "system:authenticated"},
		"another function":          {[]string{grant("delete", "apps", "deployments", account("other")), other}, check.Medium, "fns/other"},
		"an account of no function": {[]string{grant("delete", "apps", "deployments", account("deployer"))}, check.Info, "fns/deployer"},
		"reading is no change":      {[]string{grant("get, list", "apps", "deployments", alice)}, check.Info, "system:masters"},
	} {
		t.Run(name, func(t *testing.T) {
			found := offlinetest.Of(judge(t, append(test.documents, function("", ""))...), "AUD-01")
			require.NotEmpty(t, found)
			assert.Equal(t, test.severity, found[0].Severity)
			assert.Contains(t, found[0].Message, test.names)
			if name == "reading is no change" {
				assert.NotContains(t, found[0].Message, "alice")
			}
		})
	}
}

func TestWhoMayReadTheSource(t *testing.T) {
	kyma := `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs22, source: {inline: {source: "module.exports = {}"}}}}`
	for name, test := range map[string]struct {
		document, grant string
		severity        check.Severity
		names           string
	}{
		"the object": {kyma, grant("get", "serverless.kyma-project.io", "functions", alice), check.Info, "User alice"},
		"the pods":   {kyma, grant("list", `""`, "pods", alice), check.Info, "User alice"},
		"by a patch": {kyma, grant("patch", "serverless.kyma-project.io", "functions", alice), check.Info, "User alice"},
		"everybody":  {kyma, grant("get", "serverless.kyma-project.io", "functions", everyone), check.Medium, "system:authenticated"},
	} {
		t.Run(name, func(t *testing.T) {
			found := offlinetest.Of(judge(t, test.document, test.grant), "AUD-08")
			require.NotEmpty(t, found)
			assert.Equal(t, test.severity, found[0].Severity)
			assert.Contains(t, found[0].Message, test.names)
		})
	}
	assert.Equal(t, "na", offlinetest.Verdict(t, judge(t, function("", "")), "AUD-08"))
}
