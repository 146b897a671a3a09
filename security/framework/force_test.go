package framework_test

import "testing"

const hardenedNode = `apiVersion: fission.io/v1
kind: Environment
metadata: {name: node, namespace: shop}
spec:
  version: 3
  resources: {limits: {memory: 128Mi}}
  runtime:
    image: node-env
    podspec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - {name: node, securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}
      - {name: fetcher, securityContext: {allowPrivilegeEscalation: false}}
---
apiVersion: fission.io/v1
kind: Function
metadata: {name: pay, namespace: shop}
spec:
  environment: {namespace: shop, name: node}
  InvokeStrategy: {ExecutionStrategy: {ExecutorType: newdeploy, MinScale: 1, MaxScale: 1}}
`

const payDeployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: newdeploy-pay-shop-1, namespace: shop, labels: &l {executorType: newdeploy, environmentName: node, environmentNamespace: shop, functionName: pay, functionNamespace: shop}}
spec:
  selector: {matchLabels: *l}
  template:
    metadata: {labels: *l}
    spec:
      POD
      containers:
      - {name: node, image: node-env, MAIN}
      - {name: fetcher, image: fetcher, FETCHER}
`

func TestHardeningOfFissionThatIsNotInForce(t *testing.T) {
	t.Parallel()
	pod := "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}"
	main := "resources: {limits: {memory: 128Mi}}, securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}"
	fetcher := "securityContext: {allowPrivilegeEscalation: false, runAsUser: 10001}"
	with := func(pod, main, fetcher string) string {
		return join(hardenedNode, replace(payDeployment, "POD", pod, "MAIN", main, "FETCHER", fetcher))
	}
	pay := function("shop", "pay")
	judge(t, "FW-GE-08", []row{
		{name: "in force", yaml: with(pod, main, fetcher), subject: pay, want: "pass"},
		{name: "nothing of it", yaml: with("nodeName: ''", "resources: {}", "resources: {}"), subject: pay,
			want: "fail medium medium medium medium medium medium medium medium medium"},
		{name: "one field", yaml: with(pod, replace(main, "readOnlyRootFilesystem: true, ", ""), fetcher), subject: pay, want: "fail medium", says: "a read-only root file system"},
		{name: "the fetcher", yaml: with(pod, main, "resources: {}"), subject: pay, want: "fail medium", says: "not to gain privileges"},
		{name: "the container says otherwise", yaml: with(pod, replace(main, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: true, runAsNonRoot: false"), fetcher), subject: pay, want: "fail medium", says: "not to run as root"},
		{name: "nothing runs", yaml: hardenedNode, subject: pay, want: "na"},
	})
}

func TestHardeningOfNuclioThatIsNotInForce(t *testing.T) {
	t.Parallel()
	declare := func(fields string) string {
		return replace(resizeOn("python:3.11", "1.14.1"), "handler: h}", "handler: h, "+fields+"}")
	}
	runs := func(text, spec string) string {
		return replace(text, "spec: {containers: [{name: nuclio", "spec: {"+spec+"containers: [{name: nuclio")
	}
	judge(t, "FW-GE-08", []row{
		{name: "nothing said", yaml: resizeOn("python:3.11", "1.14.1"), subject: resize, want: "pass"},
		{name: "patched while unhealthy", yaml: declare("securityContext: {runAsNonRoot: true}"), subject: resize, want: "fail medium", says: "not to run as root"},
		{name: "in force", yaml: runs(declare("securityContext: {runAsNonRoot: true}"), "securityContext: {runAsUser: 1000}, "), subject: resize, want: "pass"},
		{name: "the node's IPC stays", yaml: runs(declare("hostIPC: false"), "hostIPC: true, "), subject: resize, want: "fail high"},
		{name: "the node's IPC is asked for", yaml: runs(declare("hostIPC: true"), "hostIPC: true, "), subject: resize, want: "pass"},
		{name: "another account", yaml: runs(declare("serviceAccount: narrow"), "serviceAccountName: wide, "), subject: resize, want: "fail medium", says: "run as wide"},
		{name: "a cleared account", yaml: runs(declare("serviceAccount: ''"), "serviceAccountName: wide, "), subject: resize, want: "fail medium", says: "names no account any more"},
	})
}

func TestHardeningOfOthersThatIsNotInForce(t *testing.T) {
	t.Parallel()
	print := function("media", "print")
	const printPods = `apiVersion: apps/v1
kind: Deployment
metadata: {name: print-x, namespace: media, labels: {serverless.kyma-project.io/function-name: print, serverless.kyma-project.io/managed-by: function-controller}}
spec:
  selector: {matchLabels: {app: print}}
  template:
    metadata: {labels: {app: print, serverless.kyma-project.io/function-name: print, serverless.kyma-project.io/managed-by: function-controller}}
    spec: {containers: [{name: function, image: i}]}
`
	kymaSays := func(fields string) string { return replace(kymaFunction, "spec:\n", "spec:\n  "+fields+"\n") }
	profile := `apiVersion: openfaas.com/v1
kind: Profile
metadata: {name: strict, namespace: openfaas}
spec: {podSecurityContext: {runAsNonRoot: true}}
`
	asks := replace(declaredAs("pay", "pay"), "handler: pay,", "handler: pay, annotations: {com.openfaas.profile: strict},")
	pay := function("openfaas-fn", "pay")
	judge(t, "FW-GE-08", []row{
		{name: "Kyma", yaml: join(kymaSays("containerSecurityContext: {allowPrivilegeEscalation: false}"), printPods), subject: print, want: "fail medium"},
		{name: "Kyma, pruned", yaml: join(printPods, replace(kymaFunction, "name: print, namespace: media", `name: print, namespace: media, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"containerSecurityContext":{"allowPrivilegeEscalation":false}}}'}`)),
			subject: print, want: "fail medium"},
		{name: "Profile", yaml: join(asks, profile), subject: pay, want: "fail medium", says: "Profile strict"},
		{name: "no Profile", yaml: asks, subject: pay, want: "fail medium", says: "which is not in namespace openfaas"},
		{name: "Profile in force", yaml: replace(join(asks, profile), "spec: {containers: [{name: pay", "spec: {securityContext: {runAsNonRoot: true}, containers: [{name: pay"), subject: pay, want: "pass"},
		{name: "asks for none", yaml: join(declaredAs("pay", "pay"), profile), subject: pay, want: "na"},
		{name: "Knative", yaml: join(knativeController, replace(knativeService, `000"}]`, `000", securityContext: {allowPrivilegeEscalation: false}}]`), taxPods), subject: tax, want: "fail medium"},
		{name: "Knative, nothing said", yaml: join(knativeController, knativeService, taxPods), subject: tax, want: "na"},
		{name: "plain", yaml: replace(plainFunction, "NS", "shop", "HOSTS", ""), subject: function("shop", "card"), want: "na"},
	})
}

func TestRevisionsOfKnativeThatAreOlderThanTheirHardening(t *testing.T) {
	t.Parallel()
	template := replace(knativeService, `000"}]`, `000", securityContext: {allowPrivilegeEscalation: false}}]`)
	strict := "containers: [{name: user-container, image: tax, securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}]"
	loose := "containers: [{name: side, image: s}, {name: user-container, image: tax, ports: [{containerPort: 8080}]}]"
	judge(t, "FW-GE-08", []row{
		{name: "pinned to an older one", yaml: join(template, revision("tax-00002", "", loose)), subject: tax, want: "fail medium",
			says: "the template asks for pods not to gain privileges, and Revision tax-00002, which has traffic, was made without"},
		{name: "in force", yaml: join(template, revision("tax-00002", "", strict)), subject: tax, want: "pass"},
		{name: "without traffic", yaml: join(template, revision("tax-00002", "", strict), revision("tax-00001", "", loose)), subject: tax, want: "pass"},
		{name: "the Deployment says it already", yaml: join(knativeController, template, taxPods, revision("tax-00002", "", loose)), subject: tax, want: "fail medium", says: "Deployment"},
		{name: "older than the flag", yaml: join(knativeService, config("config-features", "secure-pod-defaults: enabled"), revision("tax-00002", "", loose)), subject: tax,
			want: "fail medium medium medium medium", says: "secure-pod-defaults gives pods not to run as root"},
		{name: "root is allowed", yaml: join(knativeService, config("config-features", "secure-pod-defaults: AllowRootBounded"), revision("tax-00002", "", loose)), subject: tax,
			want: "fail medium medium medium"},
		{name: "younger than the flag", yaml: join(knativeService, config("config-features", "secure-pod-defaults: enabled"), revision("tax-00002", "", strict)), subject: tax, want: "pass"},
		{name: "said otherwise on purpose", yaml: join(knativeService, config("config-features", "secure-pod-defaults: enabled"),
			revision("tax-00002", "", replace(strict, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"))), subject: tax, want: "pass"},
		{name: "flag off", yaml: join(knativeService, config("config-features", "secure-pod-defaults: disabled"), revision("tax-00002", "", loose)), subject: tax, want: "pass"},
	})
}

func TestPodTemplateOfOpenWhiskThatIsNotInForce(t *testing.T) {
	t.Parallel()
	const said = "{spec: {securityContext: {runAsNonRoot: true}, automountServiceAccountToken: false, containers: [{name: user-action}]}}"
	const file = `apiVersion: v1
kind: ConfigMap
metadata: {name: action-pod, namespace: ow}
data: {pod.yaml: "TEXT"}
`
	invoker := func(value, volumes string) string {
		return replace(whiskCluster, "value: own}]}], volumes: []", `value: own}, {name: CONFIG_whisk_kubernetes_podTemplate, value: "`+value+`"}], volumeMounts: [{name: t, mountPath: /etc/ow}]}], volumes: [`+volumes+`]`)
	}
	pod := func(spec string) string {
		return `apiVersion: v1
kind: Pod
metadata: {name: wskowdev-invoker-00-5-guest-hello, namespace: ow, labels: {user-action-pod: "true", invoker: invoker0, release: owdev, openwhisk/action: hello, openwhisk/namespace: guest}}
spec: {` + spec + `containers: [{name: user-action, image: i}]}
status: {phase: Running}
`
	}
	hello := function("ow", "guest/hello")
	mounted := invoker("file:/etc/ow/pod.yaml", "{name: t, configMap: {name: action-pod}}")
	judge(t, "FW-GE-08", []row{
		{name: "no template", yaml: join(whiskCluster, pod("")), subject: hello, want: "pass"},
		{name: "as text", yaml: join(invoker(said, ""), pod("")), subject: hello, want: "fail medium medium",
			says: "the pod template of invoker owdev-invoker asks for pods not to run as root"},
		{name: "in force", yaml: join(invoker(said, ""), pod("securityContext: {runAsUser: 1000}, automountServiceAccountToken: false, ")), subject: hello, want: "pass"},
		{name: "as a file", yaml: join(mounted, replace(file, "TEXT", said), pod("")), subject: hello, want: "fail medium medium"},
		{name: "as another file", yaml: join(replace(mounted, "file:/etc/ow/pod.yaml", "file:/etc/ow/other.yaml"), replace(file, "TEXT", said), pod("")), subject: hello, want: "pass"},
		{name: "a file that says nothing", yaml: join(mounted, replace(file, "TEXT", "{spec: {containers: [{name: user-action}]}}"), pod("")), subject: hello, want: "pass"},
		{name: "no template at all", yaml: join(invoker("nonsense user-action", ""), pod("")), subject: hello, want: "pass"},
	})
}
