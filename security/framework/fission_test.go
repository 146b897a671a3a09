package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/check"
)

const fissionControl = `apiVersion: apps/v1
kind: Deployment
metadata: {name: router, namespace: fission, labels: {svc: router, application: fission-router, chart: fission-all-v1.22.0}}
spec:
  selector: {matchLabels: {svc: router}}
  template:
    metadata: {labels: {svc: router, application: fission-router}}
    spec: {containers: [{name: router, image: "fission-bundle:v1.22.0", env: [], ports: [{name: http, containerPort: 8888}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: storagesvc, namespace: fission, labels: {svc: storagesvc, chart: fission-all-v1.22.0}}
spec:
  selector: {matchLabels: {svc: storagesvc}}
  template:
    metadata: {labels: {svc: storagesvc}}
    spec: {containers: [{name: storagesvc, image: "fission-bundle:v1.22.0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: router, namespace: fission, labels: {svc: router, application: fission-router, chart: fission-all-v1.22.0}}
spec: {selector: {svc: router}, ports: [{port: 80, targetPort: 8888}]}
`

const fissionInternal = `apiVersion: v1
kind: Service
metadata: {name: router-internal, namespace: fission}
spec: {selector: {svc: router}, ports: [{port: 8889}]}
`

const fissionFunction = `apiVersion: fission.io/v1
kind: Environment
metadata: {name: node, namespace: shop}
spec:
  version: 3
  allowedFunctionsPerContainer: SHARING
  runtime: {image: node-env}
---
apiVersion: fission.io/v1
kind: Function
metadata: {name: pay, namespace: shop}
spec:
  environment: {namespace: shop, name: node}
  secrets: [{namespace: shop, name: stripe}]
  InvokeStrategy: {ExecutionStrategy: {ExecutorType: poolmgr}}
`

const fissionPool = `apiVersion: apps/v1
kind: Deployment
metadata: {name: poolmgr-node-shop-1, namespace: shop, labels: &l {executorType: poolmgr, environmentName: node, environmentNamespace: shop, managed: "true"}}
spec:
  selector: {matchLabels: *l}
  template:
    metadata: {labels: *l}
    spec:
      serviceAccountName: fission-fetcher
      containers: [{name: node, image: node-env}, {name: fetcher, image: fetcher}]
`

const fissionRights = `apiVersion: v1
kind: ServiceAccount
metadata: {name: fission-fetcher, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: fission-fetcher-role-x, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets, configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: fission-fetcher, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: fission-fetcher-role-x}
subjects: [{kind: ServiceAccount, name: fission-fetcher, namespace: shop}]
`

const closed = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: NS}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`

var (
	fissionPlane = platform("fission", "fission", "")
	shop         = check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}
	single       = replace(fissionFunction, "SHARING", "single")
	mixed        = replace(fissionFunction, "SHARING", "infinite")
)

// closedIn isolates all pods of a namespace.
func closedIn(namespace string) string { return replace(closed, "NS", namespace) }

func TestFissionAccountsReadAllSecrets(t *testing.T) {
	t.Parallel()
	hardened := replace(fissionPool, "serviceAccountName: fission-fetcher", "serviceAccountName: fission-fetcher\n      automountServiceAccountToken: false")
	judge(t, "FW-FI-01", []row{
		{name: "token in user code", yaml: join(fissionRights, fissionPool), subject: shop, want: "fail high", says: "the functions' code holds its token"},
		{name: "token in the fetcher alone", yaml: join(fissionRights, hardened), subject: shop, want: "fail medium", says: "shares files and network"},
		{name: "nothing runs", yaml: fissionRights, subject: shop, want: "fail medium"},
		{name: "the account has no token", yaml: join(replace(fissionRights, "{name: fission-fetcher, namespace: shop}\n---", "{name: fission-fetcher, namespace: shop}\nautomountServiceAccountToken: false\n---"), fissionPool),
			subject: shop, want: "fail medium"},
		{name: "Secrets by name", yaml: join(replace(fissionRights, "verbs: [get]", "verbs: [get], resourceNames: [stripe]"), fissionPool), subject: shop, want: "pass"},
		{name: "builder", yaml: join(replace(fissionRights, "fission-fetcher", "fission-builder"), replace(fissionPool, "fission-fetcher", "fission-builder")), subject: shop,
			want: "fail high", says: "the code that runs at builds"},
		{name: "no Fission", yaml: single, subject: shop, want: "pass"},
	})
}

func TestTheKeyOfFissionBesideFunctions(t *testing.T) {
	t.Parallel()
	const key = `apiVersion: v1
kind: Secret
metadata: {name: fission-internal-auth, namespace: shop}
stringData: {key: x}
`
	const tenant = `apiVersion: fission.io/v1
kind: FissionTenant
metadata: {name: shop}
spec: {namespace: shop}
`
	home := check.Subject{Scope: check.ScopeNamespace, Namespace: "fission"}
	judge(t, "FW-FI-02", []row{
		{name: "functions read it", yaml: join(key, single, fissionRights, fissionPool), subject: shop, want: "fail high", says: "ServiceAccount shop/fission-fetcher"},
		{name: "nobody reads it", yaml: join(key, single), subject: shop, want: "fail medium"},
		{name: "not there", yaml: single, subject: shop, want: "pass"},
		{name: "a tenant", yaml: join(key, single, tenant), subject: shop, want: "unknown", says: "tenant"},
		{name: "at home", yaml: join(fissionControl, replace(key, "namespace: shop", "namespace: fission")), subject: home, want: "na"},
	})
}

func TestEveryFunctionOnThePublicPortOfFission(t *testing.T) {
	t.Parallel()
	public := replace(fissionControl, "spec: {selector: {svc: router}", "spec: {type: NodePort, selector: {svc: router}")
	judge(t, "FW-FI-03", []row{
		{name: "in the cluster", yaml: join(fissionControl, single), subject: fissionPlane, want: "fail high", says: "/fission-function/"},
		{name: "on every node", yaml: join(public, single), subject: fissionPlane, want: "fail critical", says: "every node"},
		{name: "internal port", yaml: join(public, fissionInternal, single), subject: fissionPlane, want: "pass"},
		{name: "closed", yaml: join(fissionControl, single, closedIn("fission")), subject: fissionPlane, want: "pass"},
		{name: "another framework", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestOneTokenForAllFunctionsOfFission(t *testing.T) {
	t.Parallel()
	signed := replace(fissionControl, "env: []", "env: [{name: JWT_SIGNING_KEY, valueFrom: {secretKeyRef: {name: router, key: key}}}]")
	judge(t, "FW-FI-04", []row{
		{name: "no tokens", yaml: join(fissionControl, single), subject: fissionPlane, want: "pass"},
		{name: "one namespace", yaml: join(signed, single), subject: fissionPlane, want: "fail medium"},
		{name: "two namespaces", yaml: join(signed, single, replace(single, "namespace: shop", "namespace: media")), subject: fissionPlane, want: "fail high", says: "2 namespaces"},
	})
}

func TestFunctionsOfFissionThatShareAProcess(t *testing.T) {
	t.Parallel()
	second := `apiVersion: fission.io/v1
kind: Function
metadata: {name: refund, namespace: shop}
spec:
  environment: {namespace: shop, name: node}
  secrets: [{namespace: shop, name: SECRET}]
  InvokeStrategy: {ExecutionStrategy: {ExecutorType: EXECUTOR}}
`
	same := replace(second, "SECRET", "stripe", "EXECUTOR", "poolmgr")
	pay := function("shop", "pay")
	judge(t, "FW-FI-05", []row{
		{name: "alone", yaml: mixed, subject: pay, want: "pass"},
		{name: "the same Secrets", yaml: join(mixed, same), subject: pay, want: "fail medium", says: "refund"},
		{name: "other Secrets", yaml: join(mixed, replace(second, "SECRET", "ledger", "EXECUTOR", "poolmgr")), subject: pay, want: "fail high"},
		{name: "single", yaml: join(single, same), subject: pay, want: "pass"},
		{name: "the other has its own pods", yaml: join(mixed, replace(second, "SECRET", "ledger", "EXECUTOR", "newdeploy")), subject: pay, want: "pass"},
		{name: "pods of its own", yaml: join(mixed, replace(second, "SECRET", "ledger", "EXECUTOR", "newdeploy")), subject: function("shop", "refund"), want: "na"},
		{name: "exposed", yaml: join(mixed, same, replace(fissionControl, "spec: {selector: {svc: router}", "spec: {type: NodePort, selector: {svc: router}"), `apiVersion: fission.io/v1
kind: HTTPTrigger
metadata: {name: pay, namespace: shop}
spec: {relativeurl: /pay, functionref: {type: name, name: pay}}
`), subject: pay, want: "fail high"},
	})
}

func TestWritersOfFissionMayAskForTheNode(t *testing.T) {
	t.Parallel()
	const baseline = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
`
	const webhook = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: fission-validating-webhooks}
`
	const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: environments.fission.io}
spec:
  group: fission.io
  versions: [{name: v1, schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: [{rule: "true"}]}}}]
`
	newer := replace(fissionControl, "v1.22.0", "v1.27.0")
	judge(t, "FW-FI-06", []row{
		{name: "old, no floor", yaml: join(fissionControl, single), subject: fissionPlane, want: "fail high", says: "namespace shop"},
		{name: "old, baseline", yaml: join(fissionControl, single, baseline), subject: fissionPlane, want: "fail low"},
		{name: "old, with rules", yaml: join(fissionControl, single, definition), subject: fissionPlane, want: "pass"},
		{name: "new, with the webhook", yaml: join(newer, single, webhook), subject: fissionPlane, want: "pass"},
		{name: "new, manifests do not show", yaml: join(newer, single), subject: fissionPlane, want: "na"},
	})
}

func TestTheArchiveStoreOfFission(t *testing.T) {
	t.Parallel()
	judge(t, "FW-FI-07", []row{
		{name: "open", yaml: join(fissionControl, single, fissionPool), subject: fissionPlane, want: "fail high", says: "function shop/pay"},
		{name: "closed", yaml: join(fissionControl, single, fissionPool, closedIn("fission")), subject: fissionPlane, want: "pass"},
		{name: "signed", yaml: join(fissionControl, fissionInternal, single, fissionPool), subject: fissionPlane, want: "pass"},
	})
}

func TestTheToolsOfFission(t *testing.T) {
	t.Parallel()
	const endpoint = `apiVersion: apps/v1
kind: Deployment
metadata: {name: mcp, namespace: fission, labels: {svc: mcp}}
spec:
  selector: {matchLabels: {svc: mcp}}
  template:
    metadata: {labels: {svc: mcp}}
    spec: {containers: [{name: mcp, image: b, env: [{name: MCP_ALLOW_INSECURE, value: "true"}]}]}
`
	judge(t, "FW-FI-08", []row{
		{name: "none", yaml: fissionControl, subject: fissionPlane, want: "na"},
		{name: "open", yaml: join(fissionControl, endpoint), subject: fissionPlane, want: "fail high"},
		{name: "with a key", yaml: join(fissionControl, replace(endpoint, "env: [", "env: [{name: JWT_SIGNING_KEY, value: k}, ")), subject: fissionPlane, want: "pass"},
	})
}
