package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/check"
)

const daprApp = `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: shop, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}, annotations: {dapr.io/enabled: "true", ANNOTATIONS}}
    spec: {serviceAccountName: app, containers: [{name: app, image: "app:1"}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: shop}
AUTOMOUNT
---
apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata: {name: strict, namespace: shop}
spec: {SPEC}
`

const daprRights = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: NAME, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]RESOURCES}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: BINDING, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}
subjects: [{kind: ServiceAccount, name: ACCOUNT}]
`

var dapr = function("shop", "app")

func daprWith(annotations, spec string) string {
	return replace(daprApp, "ANNOTATIONS", annotations, "SPEC", spec, "AUTOMOUNT", "")
}

func TestDaprOpensSecretsToDefault(t *testing.T) {
	t.Parallel()
	rights := replace(daprRights, "NAME", "secret-reader", "BINDING", "dapr-secret-reader", "ACCOUNT", "default", "RESOURCES", "")
	pods := `apiVersion: apps/v1
kind: Deployment
metadata: {name: poor, namespace: shop}
spec:
  selector: {matchLabels: {app: poor}}
  template: {metadata: {labels: {app: poor}}, spec: {containers: [{name: c, image: i}]}}
`
	judge(t, "FW-GE-01", []row{
		{name: "the chart's", yaml: join(rights, pods), subject: shop, want: "fail high", says: "Deployment poor"},
		{name: "nothing runs on it", yaml: rights, subject: shop, want: "fail high"},
		{name: "another binding", yaml: replace(rights, "dapr-secret-reader", "mine"), subject: shop, want: "pass"},
		{name: "an own account", yaml: replace(rights, "name: default", "name: dapr-app"), subject: shop, want: "pass"},
		{name: "another namespace", yaml: rights, subject: check.Subject{Scope: check.ScopeNamespace, Namespace: "media"}, want: "pass"},
	})
}

func TestDaprHandsOutSecrets(t *testing.T) {
	t.Parallel()
	rights := replace(daprRights, "NAME", "r", "BINDING", "b", "ACCOUNT", "app", "RESOURCES", "")
	judge(t, "FW-GE-02", []row{
		{name: "no rights", yaml: daprWith("", ""), subject: dapr, want: "pass"},
		{name: "open", yaml: join(daprWith("", ""), rights), subject: dapr, want: "fail high", says: "localhost:3500"},
		{name: "some Secrets by name", yaml: join(daprWith("", ""), replace(rights, "[get]", "[get], resourceNames: [one]")), subject: dapr, want: "fail high"},
		{name: "with an API token", yaml: join(daprWith("dapr.io/api-token-secret: t", ""), rights), subject: dapr, want: "fail medium"},
		{name: "store off", yaml: join(daprWith(`dapr.io/disable-builtin-k8s-secret-store: "true"`, ""), rights), subject: dapr, want: "pass"},
		{name: "scoped", yaml: join(daprWith("dapr.io/config: strict", "secrets: {scopes: [{storeName: kubernetes, defaultAccess: deny}]}"), rights), subject: dapr, want: "pass"},
		{name: "scoped for another store", yaml: join(daprWith("dapr.io/config: strict", "secrets: {scopes: [{storeName: vault, defaultAccess: deny}]}"), rights), subject: dapr, want: "fail high"},
		{name: "no token", yaml: join(replace(daprApp, "ANNOTATIONS", "", "SPEC", "", "AUTOMOUNT", "automountServiceAccountToken: false"), rights), subject: dapr, want: "pass"},
		{name: "no sidecar", yaml: replace(join(daprWith("", ""), rights), `dapr.io/enabled: "true", `, ""), subject: dapr, want: "na"},
	})
}

func TestDaprCallers(t *testing.T) {
	t.Parallel()
	judge(t, "FW-GE-03", []row{
		{name: "no Configuration", yaml: daprWith("", ""), subject: dapr, want: "fail medium", says: "no Configuration is named"},
		{name: "no list", yaml: daprWith("dapr.io/config: strict", "tracing: {}"), subject: dapr, want: "fail medium", says: "no access control"},
		{name: "allows", yaml: daprWith("dapr.io/config: strict", "accessControl: {defaultAction: allow}"), subject: dapr, want: "fail medium"},
		{name: "denies", yaml: daprWith("dapr.io/config: strict", "accessControl: {defaultAction: deny}"), subject: dapr, want: "pass"},
		{name: "only a list", yaml: daprWith("dapr.io/config: strict", "accessControl: {policies: [{appId: a}]}"), subject: dapr, want: "pass"},
		{name: "open sidecar", yaml: daprWith("dapr.io/config: strict, dapr.io/sidecar-listen-addresses: 0.0.0.0", "accessControl: {defaultAction: deny}"), subject: dapr, want: "fail high"},
		{name: "open sidecar with a token", yaml: daprWith("dapr.io/config: strict, dapr.io/sidecar-listen-addresses: 0.0.0.0, dapr.io/api-token-secret: t", "accessControl: {defaultAction: deny}"), subject: dapr, want: "pass"},
		{name: "loopback", yaml: daprWith(`dapr.io/config: strict, dapr.io/sidecar-listen-addresses: "127.0.0.1,[::1]"`, "accessControl: {defaultAction: deny}"), subject: dapr, want: "pass"},
	})
}

func TestDaprComponents(t *testing.T) {
	t.Parallel()
	component := `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: {name: orders, namespace: shop}
spec: {type: state.redis, version: v1, metadata: [{name: redisPassword, VALUE}]}
SCOPES
`
	with := func(value, scopes string) string {
		return join(daprWith("", ""), replace(component, "VALUE", value, "SCOPES", scopes))
	}
	judge(t, "FW-GE-04", []row{
		{name: "a Secret", yaml: with("secretKeyRef: {name: redis, key: p}", ""), subject: dapr, want: "fail medium", says: "redisPassword"},
		{name: "a literal", yaml: with("value: dummy-not-a-secret", ""), subject: dapr, want: "fail medium"},
		{name: "scoped", yaml: with("value: dummy-not-a-secret", "scopes: [app]"), subject: dapr, want: "pass"},
		{name: "nothing secret", yaml: replace(with("value: redis:6379", ""), "redisPassword", "redisHost"), subject: dapr, want: "pass"},
		{name: "another namespace", yaml: replace(with("value: dummy-not-a-secret", ""), "name: orders, namespace: shop", "name: orders, namespace: media"), subject: dapr, want: "pass"},
	})
}
