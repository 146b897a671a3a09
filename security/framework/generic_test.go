package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/check"
)

func TestWorkloadsHiddenFromTheList(t *testing.T) {
	t.Parallel()
	const hidden = `apiVersion: apps/v1
kind: Deployment
metadata: {name: secretive, namespace: shop, labels: {fn9s.io/function: "VALUE"}, managedFields: [{manager: kubectl-label, operation: Update, time: "2026-01-01T00:00:00Z"}]}
spec:
  selector: {matchLabels: {app: s}}
  template: {metadata: {labels: {app: s}}, spec: {containers: [{name: c, image: i}]}}
`
	const door = `apiVersion: v1
kind: Service
metadata: {name: s, namespace: shop}
spec: {type: NodePort, selector: {app: s}, ports: [{port: 80, nodePort: 30080}]}
`
	off := replace(hidden, "VALUE", "false")
	judge(t, "FW-GE-07", []row{
		{name: "listed", yaml: replace(hidden, "VALUE", "true"), subject: shop, want: "pass"},
		{name: "hidden", yaml: off, subject: shop, want: "fail info", says: "kubectl-label"},
		{name: "hidden and callable", yaml: join(off, door), subject: shop, want: "fail medium", says: "from outside"},
		{name: "another namespace", yaml: off, subject: check.Subject{Scope: check.ScopeNamespace, Namespace: "media"}, want: "pass"},
	})
}

func TestSettingsThatReachEveryFunction(t *testing.T) {
	t.Parallel()
	const config = `apiVersion: v1
kind: ConfigMap
metadata: {name: nuclio-platform-config, namespace: nuclio}
data: {platform.yaml: "{}"}
`
	const writes = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: w, namespace: nuclio}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [VERB]NAMES}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: w, namespace: nuclio}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: w}
subjects: [SUBJECT]
`
	world := func(verb, names, subject string) string {
		return join(nuclioWith("1.17.6", "iguazio", "ClusterIP"), config, resizeOn("python:3.11", "1.14.1"), replace(writes, "VERB", verb, "NAMES", names, "SUBJECT", subject))
	}
	group := func(name string) string {
		return "{kind: Group, name: '" + name + "', apiGroup: rbac.authorization.k8s.io}"
	}
	judge(t, "FW-GE-09", []row{
		{name: "a function", yaml: world("patch", "", "{kind: ServiceAccount, name: default, namespace: media}"), subject: nuclioPlane, want: "fail critical", says: "ServiceAccount media/default may change ConfigMap nuclio-platform-config"},
		{name: "every account", yaml: world("update", "", group("system:serviceaccounts")), subject: nuclioPlane, want: "fail critical"},
		{name: "a team", yaml: world("update", "", group("platform-team")), subject: nuclioPlane, want: "fail info", says: "Group platform-team"},
		{name: "readers", yaml: world("get", "", group("system:authenticated")), subject: nuclioPlane, want: "pass"},
		{name: "another ConfigMap", yaml: world("update", ", resourceNames: [other]", group("system:authenticated")), subject: nuclioPlane, want: "pass"},
		{name: "its own account", yaml: world("update", "", "{kind: ServiceAccount, name: nuclio, namespace: nuclio}"), subject: nuclioPlane, want: "pass"},
		{name: "the workloads", yaml: replace(world("update", "", group("system:authenticated")), `apiGroups: [""], resources: [configmaps]`, "apiGroups: [apps], resources: [deployments]"),
			subject: nuclioPlane, want: "fail critical", says: "Deployment nuclio-controller"},
	})
}

func TestSettingsOfDapr(t *testing.T) {
	t.Parallel()
	const control = `apiVersion: apps/v1
kind: Deployment
metadata: {name: dapr-operator, namespace: dapr-system, labels: {app.kubernetes.io/part-of: dapr}}
spec:
  selector: {matchLabels: {app: dapr-operator}}
  template:
    metadata: {labels: {app: dapr-operator, app.kubernetes.io/part-of: dapr}}
    spec: {serviceAccountName: dapr-operator, containers: [{name: dapr-operator, image: "ghcr.io/dapr/operator:1.15.4"}]}
`
	writes := func(namespace, subject string) string {
		return replace(`apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: w, namespace: NS}
rules: [{apiGroups: [dapr.io], resources: [configurations], verbs: [update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: w, namespace: NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: w}
subjects: [SUBJECT]
`, "NS", namespace, "SUBJECT", subject)
	}
	const everybody = "{kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io}"
	plane := platform("dapr", "dapr-system", "")
	app := daprWith("dapr.io/config: strict", "tracing: {}")
	judge(t, "FW-GE-09", []row{
		{name: "of the control plane", yaml: join(control, app, writes("dapr-system", everybody)), subject: plane, want: "fail critical", says: "may change Configuration daprsystem"},
		{name: "of functions", yaml: join(control, app, writes("shop", everybody)), subject: plane, want: "fail critical", says: "may change Configuration strict"},
		{name: "of a namespace where none is used", yaml: join(control, app, writes("other", everybody)), subject: plane, want: "pass"},
		{name: "its own account", yaml: join(control, app, writes("dapr-system", "{kind: ServiceAccount, name: dapr-operator, namespace: dapr-system}")), subject: plane, want: "pass"},
	})
}

func TestHelpersOfFunctions(t *testing.T) {
	t.Parallel()
	base := resizeOn("python:3.11", "1.14.1")
	weak := join(base, replace(nuclioCron, "LINE", "command: [curl]"))
	strong := replace(weak, "restartPolicy: Never", "restartPolicy: Never\n          automountServiceAccountToken: false\n          securityContext: {runAsNonRoot: true}",
		"command: [curl]", "command: [curl], resources: {limits: {memory: 32Mi}}")
	connector := `apiVersion: fission.io/v1
kind: MessageQueueTrigger
metadata: {name: orders, namespace: shop}
spec: {functionref: {type: name, name: pay}, messageQueueType: kafka, topic: orders, mqtkind: keda}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
  ownerReferences: [{apiVersion: fission.io/v1, kind: MessageQueueTrigger, name: orders, controller: true}]
spec:
  selector: {matchLabels: {app: orders}}
  template: {metadata: {labels: {app: orders}}, spec: {containers: [{name: c, image: i, env: [{name: SASL_PASSWORD, value: dummy-not-a-secret}]}]}}
`
	judge(t, "FW-GE-10", []row{
		{name: "none", yaml: base, subject: resize, want: "na"},
		{name: "weak", yaml: weak, subject: resize, want: "fail medium", says: "the token of account default, no security context, no limits; its pods carry the function's labels"},
		{name: "strong", yaml: strong, subject: resize, want: "pass"},
		{name: "a password in the connector", yaml: join(single, connector), subject: function("shop", "pay"), want: "fail high medium", says: "SASL_PASSWORD"},
		{name: "cron job of Kubeless", yaml: join(kubelessControl, kubelessFunction, kubelessService, `apiVersion: batch/v1
kind: CronJob
metadata: {name: trigger-quote, namespace: shop}
spec:
  schedule: "0 2 * * *"
  jobTemplate: {spec: {template: {metadata: {labels: {function: quote}}, spec: {restartPolicy: Never, containers: [{name: trigger, image: u}]}}}}
`), subject: function("shop", "quote"), want: "fail medium", says: "CronJob trigger-quote"},
	})
}

func TestRegistriesThatNobodyChecks(t *testing.T) {
	t.Parallel()
	build := func(flags, registry string) string {
		return replace(resizeOn("python:3.11", "1.14.1"), "handler: h}", "handler: h, build: {flags: ["+flags+"], registry: "+registry+"}}")
	}
	dashboard := nuclioWith("1.17.6", "iguazio", "ClusterIP")
	judge(t, "FW-GE-11", []row{
		{name: "checked", yaml: build("--cache", "registry.example.com/x"), subject: resize, want: "pass"},
		{name: "outside", yaml: build("--insecure", "registry.example.com/x"), subject: resize, want: "fail high"},
		{name: "inside", yaml: build("--skip-tls-verify", "registry.infra.svc:5000/x"), subject: resize, want: "fail medium"},
		{name: "switched off", yaml: build("--insecure=false", "registry.example.com/x"), subject: resize, want: "pass"},
		{name: "for all of Nuclio", yaml: replace(dashboard, "env: [", `env: [{name: NUCLIO_KANIKO_INSECURE_PUSH_REGISTRY, value: "true"}, `), subject: nuclioPlane, want: "fail medium"},
		{name: "none of Nuclio", yaml: dashboard, subject: nuclioPlane, want: "pass"},
		{name: "a build of Nuclio", yaml: join(dashboard, `apiVersion: batch/v1
kind: Job
metadata: {name: nuclio-kanikojob.resize.x, namespace: nuclio}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: fetch-bundle, image: wget, command: [wget, "http://nuclio-dashboard.nuclio.svc:8070/kaniko/x.tar.gz"]}]
      containers: [{name: kaniko-executor, image: kaniko, args: [--insecure, --destination=registry.example.com/x]}]
`), subject: nuclioPlane, want: "fail high medium"},
		{name: "fetcher of Fission", yaml: join(fissionControl, `apiVersion: apps/v1
kind: Deployment
metadata: {name: executor, namespace: fission, labels: {svc: executor}}
spec:
  selector: {matchLabels: {svc: executor}}
  template: {metadata: {labels: {svc: executor}}, spec: {containers: [{name: executor, image: b, env: [{name: FETCHER_ALLOW_INSECURE_REGISTRIES, value: "reg.local:5000"}]}]}}
`), subject: fissionPlane, want: "fail medium"},
		{name: "Kubeless", yaml: join(kubelessControl, `apiVersion: v1
kind: ConfigMap
metadata: {name: kubeless-config, namespace: kubeless}
data: {function-registry-tls-verify: "false"}
`), subject: platform("kubeless", "kubeless", ""), want: "fail medium"},
		{name: "another framework", yaml: faasGateway, subject: faas, want: "na"},
	})
}
