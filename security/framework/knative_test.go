package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/check"
)

const knativeController = `apiVersion: apps/v1
kind: Deployment
metadata: {name: controller, namespace: knative-serving, labels: {app.kubernetes.io/name: knative-serving, app.kubernetes.io/version: 1.23.0}}
spec:
  selector: {matchLabels: {app: controller}}
  template: {metadata: {labels: {app: controller}}, spec: {serviceAccountName: controller, containers: [{name: controller, image: c}]}}
`

func config(name, data string) string {
	return `apiVersion: v1
kind: ConfigMap
metadata: {name: ` + name + `, namespace: knative-serving}
data: {` + data + `}
`
}

const knativeService = `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: tax, namespace: shop, labels: {}}
spec:
  template: {spec: {containers: [{image: "tax@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}
  traffic: [{latestRevision: true, percent: 100}]
status:
  traffic: [{revisionName: tax-00002, percent: 100}]
`

var knativeLocal = replace(knativeService, "labels: {}", "labels: {networking.knative.dev/visibility: cluster-local}")

const (
	digest   = "@sha256:0000000000000000000000000000000000000000000000000000000000000000"
	safe     = "{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}"
	safeUser = "containers: [{image: tax" + digest + ", securityContext: " + safe + "}]"
)

// revision is a Revision of tax.
func revision(name, annotations, containers string) string {
	return `apiVersion: serving.knative.dev/v1
kind: Revision
metadata: {name: ` + name + `, namespace: shop, labels: {serving.knative.dev/service: tax}, annotations: {` + annotations + `}}
spec: {` + containers + `}
`
}

var (
	tax     = function("shop", "tax")
	serving = platform("knative", "knative-serving", "")
)

func TestOldRevisions(t *testing.T) {
	t.Parallel()
	now := join(knativeService, revision("tax-00002", "", safeUser))
	old := func(containers string) string { return join(now, revision("tax-00001", "", containers)) }
	judge(t, "FW-KN-02", []row{
		{name: "none", yaml: now, subject: tax, want: "na"},
		{name: "as safe", yaml: old(safeUser), subject: tax, want: "pass"},
		{name: "weaker", yaml: old("containers: [{image: tax" + digest + "}]"), subject: tax, want: "fail medium", says: "may run as root"},
		{name: "a credential", yaml: old(replace(safeUser, "[{image", "[{env: [{name: DB_PASSWORD, value: hunter2horse}], image")), subject: tax, want: "fail high", says: "plaintext credential"},
		{name: "kept for ever", yaml: join(now, revision("tax-00001", `serving.knative.dev/no-gc: "true"`, "containers: [{image: tax}]")), subject: tax, want: "fail medium", says: "no-gc"},
		{name: "as weak as what serves", yaml: join(knativeService, revision("tax-00002", "", "containers: [{image: t}]"), revision("tax-00001", "", "containers: [{image: t}]")), subject: tax, want: "pass"},
		{name: "with traffic of its own", yaml: join(replace(knativeService, "[{revisionName: tax-00002, percent: 100}]",
			"[{revisionName: tax-00002, percent: 90}, {revisionName: tax-00001, percent: 10}]"), revision("tax-00002", "", safeUser), revision("tax-00001", "", "containers: [{image: t}]")),
			subject: tax, want: "na"},
		{name: "another framework", yaml: faasFunction, subject: function("openfaas-fn", "figlet"), want: "na"},
	})
}

func TestTagsArePublicHosts(t *testing.T) {
	t.Parallel()
	tagged := func(service string) string {
		return replace(service, "{latestRevision: true, percent: 100}", "{latestRevision: true, percent: 100}, {revisionName: tax-00001, tag: test, percent: 0}",
			"[{revisionName: tax-00002, percent: 100}]", "[{revisionName: tax-00002, percent: 100}, {revisionName: tax-00001, tag: test, percent: 0}]")
	}
	const local = `apiVersion: v1
kind: Service
metadata: {name: test-tax, namespace: shop, labels: {networking.knative.dev/visibility: cluster-local}}
spec: {type: ExternalName, externalName: x}
`
	judge(t, "FW-KN-03", []row{
		{name: "no tag", yaml: knativeService, subject: tax, want: "na"},
		{name: "a tag", yaml: tagged(knativeService), subject: tax, want: "fail medium", says: "test-tax"},
		{name: "a private function", yaml: tagged(knativeLocal), subject: tax, want: "pass"},
		{name: "a private tag", yaml: join(tagged(knativeService), local), subject: tax, want: "pass"},
		{name: "to a weaker revision", yaml: join(tagged(knativeService), revision("tax-00002", "", safeUser), revision("tax-00001", "", "containers: [{image: t}]")), subject: tax, want: "fail high"},
		{name: "to a revision as safe", yaml: join(tagged(knativeService), revision("tax-00002", "", safeUser), revision("tax-00001", "", safeUser)), subject: tax, want: "fail medium"},
		{name: "no public domain", yaml: join(tagged(knativeService), config("config-domain", `svc.cluster.local: ""`)), subject: tax, want: "pass"},
		{name: "a public domain", yaml: join(tagged(knativeService), config("config-domain", `fn.example.com: "", _example: x`)), subject: tax, want: "fail medium"},
		{name: "a domain for others", yaml: join(tagged(knativeService), config("config-domain", `fn.example.com: "selector:\n  app: web\n"`)), subject: tax, want: "pass"},
	})
}

func TestDomainsOfPrivateFunctions(t *testing.T) {
	t.Parallel()
	const domain = `apiVersion: serving.knative.dev/v1beta1
kind: DomainMapping
metadata: {name: tax.example.com, namespace: shop}
spec: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: tax}}
`
	judge(t, "FW-KN-04", []row{
		{name: "public anyway", yaml: join(knativeService, domain), subject: tax, want: "na"},
		{name: "private", yaml: knativeLocal, subject: tax, want: "pass"},
		{name: "reopened", yaml: join(knativeLocal, domain), subject: tax, want: "fail high", says: "tax.example.com"},
		{name: "domain of another", yaml: join(knativeLocal, replace(domain, "name: tax}", "name: other}")), subject: tax, want: "pass"},
		{name: "through the Service that Knative makes of it", yaml: join(knativeLocal, replace(domain, "apiVersion: serving.knative.dev/v1, kind", "apiVersion: v1, kind")), subject: tax, want: "fail high"},
	})
}

func TestSwitchesOfKnative(t *testing.T) {
	t.Parallel()
	features := func(data string) string { return join(knativeController, config("config-features", data)) }
	const operator = `apiVersion: operator.knative.dev/v1beta1
kind: KnativeServing
metadata: {name: knative-serving, namespace: knative-serving}
spec: {config: {features: {kubernetes.podspec-hostnetwork: enabled, secure-pod-defaults: enabled}}}
`
	judge(t, "FW-KN-06", []row{
		{name: "hardened", yaml: features("secure-pod-defaults: enabled"), subject: serving, want: "pass"},
		{name: "the default", yaml: join(features(""), knativeService), subject: serving, want: "fail info", says: "1 functions"},
		{name: "only an example", yaml: features(`secure-pod-defaults: AllowRootBounded, _example: "kubernetes.podspec-hostpid: enabled"`), subject: serving, want: "pass"},
		{name: "files of the node", yaml: features("secure-pod-defaults: enabled, kubernetes.podspec-volumes-hostpath: Enabled"), subject: serving, want: "fail high"},
		{name: "allowed is on", yaml: features("secure-pod-defaults: enabled, kubernetes.containerspec-addcapabilities: Allowed"), subject: serving, want: "fail medium"},
		{name: "init containers", yaml: features("secure-pod-defaults: enabled, kubernetes.podspec-init-containers: enabled"), subject: serving, want: "fail low"},
		{name: "by the operator", yaml: join(knativeController, operator), subject: serving, want: "fail high", says: "node's network"},
		{name: "not there", yaml: knativeController, subject: serving, want: "na"},
		{name: "another framework", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestFuncOperatorArmsTheDefaultAccount(t *testing.T) {
	t.Parallel()
	shop := check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}
	const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deploy-function-default, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: func-operator-deploy-function}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
`
	const holder = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
`
	judge(t, "FW-KN-07", []row{
		{name: "bound", yaml: binding, subject: shop, want: "fail high", says: "no workload"},
		{name: "held", yaml: join(binding, holder), subject: shop, want: "fail high", says: "Deployment web"},
		{name: "no token", yaml: join(binding, replace(holder, "spec: {containers", "spec: {automountServiceAccountToken: false, containers")), subject: shop, want: "fail high", says: "no workload"},
		{name: "another account", yaml: replace(binding, "name: default,", "name: deployer,"), subject: shop, want: "pass"},
		{name: "the same name elsewhere", yaml: replace(binding, "name: default, namespace: shop", "name: default, namespace: other"), subject: shop, want: "pass"},
		{name: "no binding", yaml: holder, subject: shop, want: "pass"},
	})
}
