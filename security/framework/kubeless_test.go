package framework_test

import (
	"strings"
	"testing"

	"github.com/fn9s/fn9s/security/snapshot"
)

const kubelessControl = `apiVersion: apps/v1
kind: Deployment
metadata: {name: kubeless-controller-manager, namespace: kubeless, labels: {kubeless: controller}}
spec:
  replicas: 1
  selector: {matchLabels: {kubeless: controller}}
  template:
    metadata: {labels: {kubeless: controller}}
    spec:
      serviceAccountName: controller-acct
      containers: [{name: kubeless-function-controller, image: "kubeless/function-controller:v1.0.8"}]
`

const kubelessFunction = `apiVersion: kubeless.io/v1beta1
kind: Function
metadata: {name: quote, namespace: shop, labels: {function: quote}}
spec:
  handler: quote.make
  runtime: python3.8
  function-content-type: text
  function: "def make(e, c): return 1"
  checksum: ""
  deps: ""
  service: {type: ClusterIP}
`

const kubelessService = `apiVersion: v1
kind: Service
metadata: {name: quote, namespace: shop}
spec: {type: ClusterIP, selector: {function: quote}, ports: [{port: 8080}]}
`

const kubelessTrigger = `apiVersion: kubeless.io/v1beta1
kind: HTTPTrigger
metadata: {name: quote-http, namespace: shop}
spec: {function-name: quote, host-name: q.example.com, gateway: nginx, basic-auth-secret: users}
`

const kubelessIngress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: quote-http
  namespace: shop
  annotations: {kubernetes.io/ingress.class: nginx}
spec: {rules: [{host: q.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: quote, port: {number: 8080}}}}]}}]}
`

func TestKubelessWithoutController(t *testing.T) {
	t.Parallel()
	plane := platform("kubeless", "kubeless", "")
	onServer := func(minor int) func(*snapshot.Options) { return func(o *snapshot.Options) { o.ServerMinor = minor } }
	const status = `status: {conditions: [{type: Available, status: "False"}]}
`
	judge(t, "FW-KL-01", []row{
		{name: "alive, and without maintainer", yaml: join(kubelessControl, kubelessFunction), subject: plane, want: "fail medium", says: "2021"},
		{name: "on an old server", yaml: kubelessControl, subject: plane, want: "fail medium", options: onServer(21)},
		{name: "cannot start", yaml: kubelessControl, subject: plane, want: "fail high", says: "1.22", options: onServer(22)},
		{name: "a fork may start", yaml: replace(kubelessControl, "kubeless/function-controller", "registry.example.com/kubeless/controller"), subject: plane,
			want: "fail medium", options: onServer(30)},
		{name: "does not run", yaml: join(kubelessControl+status, kubelessFunction), subject: plane, want: "fail high", says: "does not run"},
		{name: "scaled to zero", yaml: replace(kubelessControl, "replicas: 1", "replicas: 0"), subject: plane, want: "fail high", says: "scaled to zero"},
		{name: "absent", yaml: kubelessFunction, subject: plane, want: "fail high", says: "no controller"},
		{name: "nothing of it", yaml: kubelessService, subject: plane, want: "pass"},
		{name: "stuck", yaml: join(kubelessControl, replace(kubelessFunction, "labels: {function: quote}",
			`deletionTimestamp: "2026-08-01T00:00:00Z", finalizers: [kubeless.io/function]`)), subject: plane, want: "fail high medium", says: "finalizer"},
		{name: "another framework", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestProtectionOfKubelessThatIsNotInForce(t *testing.T) {
	t.Parallel()
	quote := function("shop", "quote")
	base := join(kubelessFunction, kubelessService)
	judge(t, "FW-KL-03", []row{
		{name: "nothing declared", yaml: base, subject: quote, want: "pass"},
		{name: "in force", yaml: join(base, kubelessTrigger, replace(kubelessIngress, "{kubernetes.io/ingress.class: nginx}",
			"{kubernetes.io/ingress.class: nginx, nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: users}")), subject: quote, want: "pass"},
		{name: "added later", yaml: join(base, kubelessTrigger, kubelessIngress), subject: quote, want: "fail high", says: "only once"},
		{name: "no gateway named", yaml: join(base, replace(kubelessTrigger, "gateway: nginx, ", ""), kubelessIngress), subject: quote, want: "fail high", says: "ignores the Secret"},
		{name: "annotations of the other controller", yaml: join(base, kubelessTrigger, replace(kubelessIngress, "ingress.class: nginx}",
			"ingress.class: traefik, nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: users}")), subject: quote, want: "fail high"},
		{name: "unknown controller", yaml: join(base, kubelessTrigger, replace(kubelessIngress, "class: nginx", "class: haproxy")), subject: quote, want: "unknown"},
		{name: "no Ingress, nothing open", yaml: join(base, kubelessTrigger), subject: quote, want: "pass"},
		{name: "kong makes none", yaml: join(base, replace(kubelessTrigger, "gateway: nginx", "gateway: kong")), subject: quote, want: "fail info"},
		{name: "trigger of another function", yaml: join(base, replace(kubelessTrigger, "function-name: quote", "function-name: other"), kubelessIngress), subject: quote, want: "pass"},
		{name: "open Service", yaml: join(kubelessFunction, replace(kubelessService, "type: ClusterIP", "type: LoadBalancer")), subject: quote, want: "fail high", says: "still is LoadBalancer"},
		{name: "open Service as declared", yaml: join(replace(kubelessFunction, "type: ClusterIP", "type: NodePort"), replace(kubelessService, "type: ClusterIP", "type: NodePort")), subject: quote, want: "pass"},
	})
}

func TestQuotesInShellsOfKubeless(t *testing.T) {
	t.Parallel()
	quote := function("shop", "quote")
	const cron = `apiVersion: kubeless.io/v1beta1
kind: CronJobTrigger
metadata: {name: nightly, namespace: shop}
spec: {function-name: quote, schedule: "0 1 * * *", payload: {text: "TEXT"}}
`
	url := replace(kubelessFunction, "function-content-type: text", "function-content-type: url+zip")
	judge(t, "FW-KL-05", []row{
		{name: "quotes in code are code", yaml: replace(kubelessFunction, "return 1", "return 'x'"), subject: quote, want: "pass"},
		{name: "a URL", yaml: replace(url, `"def make(e, c): return 1"`, `"https://example.com/a.zip"`), subject: quote, want: "pass"},
		{name: "a URL with a quote", yaml: replace(url, `"def make(e, c): return 1"`, `"https://example.com/a';id;'"`), subject: quote, want: "fail medium", says: "spec.function"},
		{name: "a checksum", yaml: replace(kubelessFunction, `checksum: ""`, `checksum: "sha256:'"`), subject: quote, want: "fail medium", says: "spec.checksum"},
		{name: "a payload", yaml: join(kubelessFunction, replace(cron, "TEXT", "it's")), subject: quote, want: "fail medium", says: "nightly"},
		{name: "a payload without", yaml: join(kubelessFunction, cron), subject: quote, want: "pass"},
	})
}

func TestInstallsOfKubeless(t *testing.T) {
	t.Parallel()
	quote := function("shop", "quote")
	const made = `apiVersion: apps/v1
kind: Deployment
metadata: {name: quote, namespace: shop, labels: {created-by: kubeless, function: quote}}
spec:
  selector: {matchLabels: {function: quote}}
  template:
    metadata: {labels: {created-by: kubeless, function: quote}}
    spec:
      initContainers:
      - {name: prepare, image: "kubeless/unzip@sha256:13bf820502ca7e43f3c9865724088681259c7b8a63b76c8e34b8894ba80f73f2"}
      - {name: install, image: "python:3.8", env: [ENV]}
      containers: [{name: quote, image: "kubeless/python:1", env: [ENV]}]
`
	deps := func(text string) string { return replace(kubelessFunction, `deps: ""`, "deps: |\n    "+text) }
	const secret = "{name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}"
	with := func(env string) string { return strings.ReplaceAll(made, "ENV", env) }
	judge(t, "FW-KL-04", []row{
		{name: "installs nothing", yaml: join(kubelessFunction, replace(with(""), `      - {name: install, image: "python:3.8", env: []}
`, "")), subject: quote, want: "pass"},
		{name: "exact versions, no credential", yaml: join(deps("requests==2.31.0"), with("")), subject: quote, want: "fail medium", says: "python:3.8"},
		{name: "exact versions, a credential", yaml: join(deps("requests==2.31.0"), with(secret)), subject: quote, want: "fail medium"},
		{name: "any version, no credential", yaml: join(deps("requests"), with("")), subject: quote, want: "fail medium", says: "requests"},
		{name: "any version, a credential", yaml: join(deps("requests"), with(secret)), subject: quote, want: "fail high", says: "requests"},
		{name: "any version, a literal credential", yaml: join(deps("requests>=2"), with("{name: DB_PASSWORD, value: hunter2horse}")), subject: quote, want: "fail high"},
		{name: "before its workload is made", yaml: deps("requests"), subject: quote, want: "fail medium"},
		{name: "an image of its own", yaml: kubelessFunction + "  deployment: {spec: {template: {spec: {containers: [{image: 'q:1'}]}}}}\n", subject: quote, want: "na"},
	})
}
