package framework_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/snapshot"
)

const faasSecret = `apiVersion: v1
kind: Secret
metadata:
  name: basic-auth
  namespace: openfaas
  managedFields:
  - {manager: helm, operation: Update, time: "WRITTEN", fieldsType: FieldsV1, fieldsV1: {"f:data": {"f:basic-auth-password": {}}}}
type: Opaque
data: {basic-auth-password: eA==}
`

// grant binds a ClusterRole of these rules: cluster-wide, or in a namespace.
func grant(namespace, rules, subject string) string {
	const role = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: granted}
rules: [RULES]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: BINDING
metadata: {name: grantedMETA}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: granted}
subjects: [SUBJECT]
`
	kind, meta := "ClusterRoleBinding", ""
	if namespace != "" {
		kind, meta = "RoleBinding", ", namespace: "+namespace
	}
	return replace(role, "RULES", rules, "BINDING", kind, "META", meta, "SUBJECT", subject)
}

func rule(group, resource, verbs string) string {
	return `{apiGroups: ["` + group + `"], resources: [` + resource + `], verbs: [` + verbs + `]}`
}

const (
	everybody    = "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: system:authenticated}"
	gatewayUser  = "{kind: ServiceAccount, name: openfaas-controller, namespace: openfaas}"
	functionUser = "{kind: ServiceAccount, name: default, namespace: openfaas-fn}"
)

func TestThePasswordOfTheGateway(t *testing.T) {
	t.Parallel()
	written := func(at string) string { return join(faasGateway, replace(faasSecret, "WRITTEN", at)) }
	fresh := written("2026-08-20T00:00:00Z")
	read := rule("", "secrets", "get")
	live := func(o *snapshot.Options) { o.Manifests = false }
	cleared := join(faasGateway, `apiVersion: v1
kind: Secret
metadata: {name: basic-auth, namespace: openfaas, creationTimestamp: "2024-01-01T00:00:00Z"}
`)
	judge(t, "FW-OF-02", []row{
		{name: "fresh", yaml: fresh, subject: faas, want: "pass"},
		{name: "over the policy", yaml: written("2026-05-01T00:00:00Z"), subject: faas, want: "fail medium", says: "held by gateway"},
		{name: "over a year", yaml: written("2025-05-01T00:00:00Z"), subject: faas, want: "fail high", says: "days old"},
		{name: "no record on manifests", yaml: cleared, subject: faas, want: "fail high"},
		{name: "no record on a cluster", yaml: cleared, subject: faas, want: "unknown", says: "no write", options: live},
		{name: "read by its controller", yaml: join(fresh, grant("openfaas", read, gatewayUser)), subject: faas, want: "pass"},
		{name: "read by a person", yaml: join(fresh, grant("openfaas", read, "{kind: User, name: alice}")), subject: faas, want: "pass"},
		{name: "read by a function", yaml: join(fresh, faasFunction, grant("openfaas", read, functionUser)), subject: faas, want: "fail high", says: "openfaas-fn/default"},
		{name: "read by everybody", yaml: join(fresh, grant("", rule("", "secrets", "list"), everybody)), subject: faas, want: "fail high", says: "system:authenticated"},
		{name: "a dry run of a patch reads", yaml: join(fresh, grant("", rule("", "secrets", "patch"), everybody)), subject: faas, want: "fail high"},
		{name: "no password asked for", yaml: replace(fresh, `namespace: openfaas-fn`, "", `{name: basic_auth, value: "true"}, {name: secret_mount_path`, `{name: secret_mount_path`), subject: faas, want: "na"},
		{name: "no Secret", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestRightsOfTheGatewaysPod(t *testing.T) {
	t.Parallel()
	deploy := rule("apps", "deployments", "create, update")
	judge(t, "FW-OF-03", []row{
		{name: "none", yaml: faasGateway, subject: faas, want: "pass"},
		{name: "in the function namespace", yaml: join(faasGateway, grant("openfaas-fn", deploy, gatewayUser)), subject: faas, want: "fail info", says: "namespace openfaas-fn"},
		{name: "everywhere", yaml: join(faasGateway, grant("", deploy, gatewayUser)), subject: faas, want: "fail high", says: "run any pod"},
		{name: "everywhere, callers on every node", yaml: join(faasGateway, faasNodePort, grant("", deploy, gatewayUser)), subject: faas, want: "fail critical", says: "gateway-external"},
		{name: "through a group", yaml: join(faasGateway, grant("", rule("", "secrets", "get"), "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: system:serviceaccounts:openfaas}")),
			subject: faas, want: "fail high", says: "read Secrets"},
		{name: "by another account", yaml: join(faasGateway, grant("", deploy, functionUser)), subject: faas, want: "pass"},
		{name: "harmless rights", yaml: join(faasGateway, grant("", rule("", "pods", "get, list"), gatewayUser)), subject: faas, want: "pass"},
	})
}

const faasQueue = `apiVersion: apps/v1
kind: Deployment
metadata: {name: nats, namespace: openfaas, labels: {release: of}}
spec:
  selector: {matchLabels: {app: nats}}
  template: {metadata: {labels: {app: nats}}, spec: {containers: [{name: nats, image: "nats:2", args: [ARGS]}], volumes: [{name: v, configMap: {name: nats}}]}}
`

const faasWorker = `apiVersion: apps/v1
kind: Deployment
metadata: {name: queue-worker, namespace: openfaas, labels: {release: of}}
spec:
  selector: {matchLabels: {app: queue-worker}}
  template: {metadata: {labels: {app: queue-worker}}, spec: {containers: [{name: queue-worker, image: q}]}}
`

// policy is a NetworkPolicy for pods with the label app.
func policy(namespace, app, spec string) string {
	return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: ` + namespace + `}
spec: {podSelector: {matchLabels: {app: ` + app + `}}, ` + spec + `}
`
}

func TestTheQueueOfOpenFaaS(t *testing.T) {
	t.Parallel()
	queue := func(args string) string { return join(faasGateway, faasFunction, replace(faasQueue, "ARGS", args)) }
	const inside = "ingress: [{from: [{podSelector: {}}]}]"
	judge(t, "FW-OF-05", []row{
		{name: "open", yaml: queue("--store, memory"), subject: faas, want: "fail medium", says: "openfaas-fn/figlet reaches"},
		{name: "a login", yaml: queue("--user, u, --pass, p"), subject: faas, want: "pass"},
		{name: "a login in one word", yaml: queue("--auth=x"), subject: faas, want: "pass"},
		{name: "a configuration", yaml: replace(queue("-c, /etc/nats.conf"), "args:", "volumeMounts: [{name: v, mountPath: /etc/nats}], args:"), subject: faas, want: "pass"},
		{name: "closed by policy", yaml: join(queue(""), policy("openfaas", "nats", inside)), subject: faas, want: "pass"},
		{name: "a policy that lets functions in", yaml: join(queue(""), policy("openfaas", "nats", "ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 4222}]}]")), subject: faas, want: "fail medium"},
		{name: "a policy for another port", yaml: join(queue(""), policy("openfaas", "nats", "ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 8222}]}]")), subject: faas, want: "pass"},
		{name: "a foreign policy", yaml: join(queue(""), `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: openfaas}
spec: {endpointSelector: {matchLabels: {app: nats}}, ingress: [{}]}
`), subject: faas, want: "unknown"},
		{name: "no queue", yaml: join(faasGateway, faasFunction), subject: faas, want: "na"},
	})
}

func TestCallbacksToAnyAddress(t *testing.T) {
	t.Parallel()
	base := join(faasGateway, faasWorker)
	balancer := strings.NewReplacer("NodePort", "LoadBalancer", ", nodePort: 31112", "").Replace(faasNodePort)
	egress := func(to string) string {
		return policy("openfaas", "queue-worker", "policyTypes: [Egress], egress: ["+to+"]")
	}
	judge(t, "FW-OF-06", []row{
		{name: "open", yaml: base, subject: faas, want: "fail medium", says: "metadata service"},
		{name: "open to the internet too", yaml: join(base, balancer), subject: faas, want: "fail high"},
		{name: "limited", yaml: join(base, egress("{to: [{namespaceSelector: {}}]}")), subject: faas, want: "pass"},
		{name: "everywhere but metadata", yaml: join(base, balancer, egress("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}")), subject: faas, want: "fail medium", says: "internet"},
		{name: "no worker", yaml: faasGateway, subject: faas, want: "na"},
	})
	worker := `apiVersion: v1
kind: Pod
metadata: {name: queue-worker-5d9-x, namespace: openfaas, labels: {app: queue-worker}OWNER}
spec: {containers: [{name: queue-worker, image: q}]}
`
	const owner = ", ownerReferences: [{apiVersion: apps/v1, kind: KIND, name: queue-worker, uid: u, controller: true}]"
	found := func(meta string) int {
		return len(offlinetest.Of(offlinetest.Text(t, base, replace(worker, "OWNER", meta)).Scope(faas), "FW-OF-06"))
	}
	assert.Equal(t, 1, found(replace(owner, "KIND", "Deployment")), "the pods of a Deployment are judged with it")
	assert.Equal(t, 2, found(""), "a pod that nothing made is judged itself")
}

func TestWhoMayChangeTheCodeOfKubeless(t *testing.T) {
	t.Parallel()
	quote := function("shop", "quote")
	change := rule("", "configmaps", "update")
	judge(t, "FW-KL-02", []row{
		{name: "administrators only", yaml: kubelessFunction, subject: quote, want: "fail medium", says: "administrators only"},
		{name: "a person", yaml: join(kubelessFunction, grant("shop", change, "{kind: User, name: alice}")), subject: quote, want: "fail medium", says: "alice"},
		{name: "everybody", yaml: join(kubelessFunction, grant("shop", change, everybody)), subject: quote, want: "fail high", says: "system:authenticated"},
		{name: "the controller is expected to", yaml: join(kubelessFunction, kubelessControl, grant("", change, "{kind: ServiceAccount, name: controller-acct, namespace: kubeless}")),
			subject: quote, want: "fail medium", says: "administrators only"},
		{name: "a checksum", yaml: replace(kubelessFunction, `checksum: ""`, "checksum: sha256:aa"), subject: quote, want: "pass"},
		{name: "a URL", yaml: replace(kubelessFunction, "content-type: text", "content-type: url"), subject: quote, want: "na"},
		{name: "an image of its own", yaml: kubelessFunction + "  deployment: {spec: {template: {spec: {containers: [{image: 'q:1'}]}}}}\n", subject: quote, want: "na"},
	})
}

func TestTheSourceThatKymaGivesOut(t *testing.T) {
	t.Parallel()
	base := join(kymaController, kymaFunction, `apiVersion: apps/v1
kind: Deployment
metadata: {name: print-x, namespace: media, labels: {serverless.kyma-project.io/function-name: print, serverless.kyma-project.io/managed-by: function-controller}}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: function, image: i}]}}
`)
	judge(t, "FW-KY-06", []row{
		{name: "open", yaml: base, subject: kymaPlane, want: "fail high", says: "media/print"},
		{name: "closed", yaml: join(base, policy("kyma-system", "serverless", "policyTypes: [Ingress]")), subject: kymaPlane, want: "pass"},
		{name: "without functions yet", yaml: kymaController, subject: kymaPlane, want: "fail high", says: "any pod"},
		{name: "no controller", yaml: kymaFunction, subject: kymaPlane, want: "na"},
	})
}
