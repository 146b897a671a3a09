package framework_test

import (
	"strings"
	"testing"
)

const faasGateway = `apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: openfaas, labels: {app: openfaas, component: gateway, release: of}}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      serviceAccountName: openfaas-controller
      containers:
      - name: gateway
        image: ghcr.io/openfaas/gateway:0.27.9
        env: [{name: function_namespace, value: openfaas-fn}, {name: basic_auth, value: "true"}, {name: secret_mount_path, value: /var/secrets}]
        volumeMounts: [{name: auth, mountPath: /var/secrets}]
      - name: faas-netes
        image: ghcr.io/openfaas/faas-netes:0.18.9
        env: [{name: basic_auth, value: "true"}]
      volumes: [{name: auth, secret: {secretName: basic-auth}}]
---
apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: openfaas}
spec: {selector: {app: gateway}, ports: [{port: 8080, targetPort: 8080}]}
`

const faasNodePort = `apiVersion: v1
kind: Service
metadata: {name: gateway-external, namespace: openfaas}
spec: {type: NodePort, selector: {app: gateway}, ports: [{port: 8080, targetPort: 8080, nodePort: 31112}]}
`

// faasFunction is a function of the label-only mode.
const faasFunction = `apiVersion: apps/v1
kind: Deployment
metadata: {name: figlet, namespace: openfaas-fn, labels: {faas_function: figlet}}
spec:
  selector: {matchLabels: {faas_function: figlet}}
  template:
    metadata: {labels: {faas_function: figlet}}
    spec:
      containers:
      - {name: figlet, image: ghcr.io/openfaas/figlet:latest, env: [{name: fprocess, value: figlet}]}
---
apiVersion: v1
kind: Service
metadata: {name: figlet, namespace: openfaas-fn}
spec: {selector: {faas_function: figlet}, ports: [{port: 8080}]}
`

// declared is a function of the operator, with its gateway.
var declared = strings.NewReplacer("name: faas-netes", "name: operator", "ghcr.io/openfaas/faas-netes", "openfaas/faas-netes").Replace(faasGateway) + `---
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: pay, namespace: openfaas-fn, uid: u1}
spec: {name: pay, image: "pay:1", handler: HANDLER, labels: {faas_function: LABEL}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: pay
  namespace: openfaas-fn
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: pay, uid: u1, controller: true}]
spec:
  selector: {matchLabels: {app: pay, controller: pay}}
  template:
    metadata: {labels: {app: pay, controller: pay, faas_function: LABEL}}
    spec: {containers: [{name: pay, image: "pay:1"}]}
`

func declaredAs(handler, label string) string {
	return strings.NewReplacer("HANDLER", handler, "LABEL", label).Replace(declared)
}

func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

var faas = platform("openfaas", "openfaas", "of")

func TestManagementAPIWithoutPassword(t *testing.T) {
	t.Parallel()
	open := strings.ReplaceAll(faasGateway, `{name: basic_auth, value: "true"}`, `{name: basic_auth, value: "false"}`)
	absent := replace(faasGateway, `, {name: basic_auth, value: "true"}`, ``)
	judge(t, "FW-OF-01", []row{
		{name: "asks", yaml: faasGateway, subject: faas, want: "pass"},
		{name: "in the cluster only", yaml: open, subject: faas, want: "fail high high", says: "port 8080"},
		{name: "on every node", yaml: join(open, faasNodePort), subject: faas, want: "fail critical high", says: "gateway-external"},
		{name: "absent means off", yaml: absent, subject: faas, want: "fail high", says: "container gateway"},
		{name: "another word for true is none", yaml: replace(faasGateway, `{name: function_namespace, value: openfaas-fn}, {name: basic_auth, value: "true"}`,
			`{name: basic_auth, value: "True"}`), subject: faas, want: "fail high"},
		{name: "set elsewhere", yaml: replace(faasGateway, `[{name: basic_auth, value: "true"}]`,
			`[{name: basic_auth, valueFrom: {configMapKeyRef: {name: c, key: k}}}]`), subject: faas, want: "unknown", says: "faas-netes"},
		{name: "identity provider", yaml: replace(open, `{name: function_namespace, value: openfaas-fn}`,
			`{name: function_namespace, value: openfaas-fn}, {name: auth_proxy_url, value: "http://oidc-plugin"}`), subject: faas, want: "na"},
		{name: "another framework", yaml: open, subject: platform("knative", "knative-serving", ""), want: "na"},
		{name: "no gateway", yaml: faasFunction, subject: faas, want: "na"},
	})
}

func TestAPodThatTakesAnotherFunctionsCalls(t *testing.T) {
	t.Parallel()
	const foreign = `apiVersion: KINDS
kind: KIND
metadata: {name: thief, namespace: openfaas-fn}
spec:
  selector: {matchLabels: {app: thief}}
  serviceName: thief
  template: {metadata: {labels: {app: thief, faas_function: figlet}}, spec: {containers: [{name: c, image: i}]}}
`
	const pod = `apiVersion: v1
kind: Pod
metadata: {name: POD, namespace: openfaas-fn, labels: {faas_function: figlet, pod-template-hash: abc}, OWNER}
spec: {containers: [{name: c, image: i}]}
`
	figlet := function("openfaas-fn", "figlet")
	owner := func(rs string) string {
		return "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: " + rs + ", uid: r, controller: true}]"
	}
	judge(t, "FW-OF-04", []row{
		{name: "own pods", yaml: join(faasFunction, replace(pod, "POD", "figlet-abc-1", "OWNER", owner("figlet-abc"))), subject: figlet, want: "pass"},
		{name: "a workload", yaml: join(faasFunction, replace(foreign, "KINDS", "apps/v1", "KIND", "StatefulSet")), subject: figlet, want: "fail high", says: "StatefulSet.apps openfaas-fn/thief"},
		{name: "another Deployment", yaml: join(faasFunction, replace(foreign, "KINDS", "apps/v1", "KIND", "Deployment")), subject: figlet, want: "fail high", says: "thief"},
		{name: "a bare pod", yaml: join(faasFunction, replace(pod, "POD", "lone", "OWNER", "")), subject: figlet, want: "fail high", says: "Pod openfaas-fn/lone"},
		{name: "a pod of another Deployment", yaml: join(faasFunction, replace(pod, "POD", "other-abc-1", "OWNER", owner("other-abc"))), subject: figlet, want: "fail high"},
		{name: "another namespace", yaml: join(faasFunction, replace(pod, "POD", "lone", "OWNER", "", "namespace: openfaas-fn", "namespace: elsewhere")), subject: figlet, want: "pass"},
		{name: "operator, own label", yaml: declaredAs("pay", "pay"), subject: function("openfaas-fn", "pay"), want: "pass"},
		{name: "operator, label of another", yaml: join(declaredAs("pay", "figlet")), subject: function("openfaas-fn", "pay"), want: "fail high high", says: "behind the Service of function figlet"},
		{name: "and its victim", yaml: join(declaredAs("pay", "figlet"), faasFunction), subject: figlet, want: "fail high", says: "Deployment.apps openfaas-fn/pay"},
	})
}

func TestTheCallerPicksTheCommand(t *testing.T) {
	t.Parallel()
	figlet := function("openfaas-fn", "figlet")
	with := func(process string) string { return replace(faasFunction, "value: figlet}", "value: "+process+"}") }
	judge(t, "FW-OF-07", []row{
		{name: "a program", yaml: faasFunction, subject: figlet, want: "pass"},
		{name: "cat is harmless", yaml: with("cat"), subject: figlet, want: "pass"},
		{name: "the environment", yaml: with("env"), subject: figlet, want: "fail medium", says: "env"},
		{name: "with a path", yaml: with("/bin/sh -c date"), subject: figlet, want: "fail medium", says: "runs sh"},
		{name: "callable from outside", yaml: join(with("xargs nmap"), faasGateway, faasNodePort), subject: figlet, want: "fail high"},
		{name: "a name that only begins so", yaml: with("shred"), subject: figlet, want: "pass"},
		{name: "set elsewhere", yaml: replace(faasFunction, "value: figlet}", "valueFrom: {configMapKeyRef: {name: c, key: k}}}"), subject: figlet, want: "unknown"},
		{name: "image of a tool", yaml: replace(faasFunction, "figlet:latest, env: [{name: fprocess, value: figlet}]", "nmap:latest"), subject: figlet, want: "unknown", says: "nmap"},
		{name: "handler", yaml: declaredAs("printenv", "pay"), subject: function("openfaas-fn", "pay"), want: "fail medium", says: "printenv"},
	})
}

func TestDebugSwitchesOfOpenFaaS(t *testing.T) {
	t.Parallel()
	judge(t, "FW-OF-10", []row{
		{name: "none", yaml: faasFunction, subject: function("openfaas-fn", "figlet"), want: "pass"},
		{name: "write_debug", yaml: replace(faasFunction, "{name: fprocess", `{name: write_debug, value: "true"}, {name: fprocess`),
			subject: function("openfaas-fn", "figlet"), want: "fail medium"},
		{name: "platform without", yaml: faasGateway, subject: faas, want: "pass"},
		{name: "profiler", yaml: replace(faasGateway, "env: [{name: basic_auth", `env: [{name: pprof, value: "true"}, {name: basic_auth`), subject: faas, want: "fail medium", says: "faas-netes"},
	})
}

const faasIAM = `apiVersion: iam.openfaas.com/v1
kind: Policy
metadata: {name: deploy, namespace: openfaas}
spec: {statement: [{sid: "1", effect: Allow, action: ["Function:*"], resource: ["RESOURCE"]}]}
---
apiVersion: iam.openfaas.com/v1
kind: Role
metadata: {name: r, namespace: openfaas}
spec:
  policy: [deploy]
  REST
---
apiVersion: iam.openfaas.com/v1
kind: JwtIssuer
metadata: {name: i, namespace: openfaas}
spec: {iss: https://id.example.com, AUD tokenExpiry: EXPIRY}
`

func TestOpenRolesOfOpenFaaS(t *testing.T) {
	t.Parallel()
	with := func(resource, rest, aud, expiry string) string {
		return join(faasGateway, replace(faasIAM, "RESOURCE", resource, "REST", rest, "AUD", aud, "EXPIRY", expiry))
	}
	named := `condition: {StringEqual: {"jwt:sub": ["alice"]}}`
	const aud = "aud: [me],"
	judge(t, "FW-OF-08", []row{
		{name: "named people", yaml: with("*", named, aud, "1h"), subject: faas, want: "pass"},
		{name: "a principal", yaml: with("*", `principal: {"jwt:sub": ["alice"]}`, aud, "1h"), subject: faas, want: "pass"},
		{name: "everybody", yaml: with("*", `condition: {}`, aud, "1h"), subject: faas, want: "fail high", says: "neither principal nor condition"},
		{name: "everybody of an issuer", yaml: with("*", `condition: {StringEqual: {"jwt:iss": ["https://id.example.com"]}}`, aud, "1h"), subject: faas, want: "fail medium", says: "issuer only"},
		{name: "a condition that all meet", yaml: with("*", `condition: {StringLike: {"jwt:email": ["*"]}}`, aud, "1h"), subject: faas, want: "fail high"},
		{name: "one namespace", yaml: with("dev:*", `condition: {}`, aud, "1h"), subject: faas, want: "fail medium"},
		{name: "no audience", yaml: with("*", named, "", "1h"), subject: faas, want: "fail medium", says: "audience"},
		{name: "long tokens", yaml: with("*", named, aud, "24h"), subject: faas, want: "fail medium", says: "12 hours"},
		{name: "not used", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestFunctionLoginNotInForce(t *testing.T) {
	t.Parallel()
	figlet := function("openfaas-fn", "figlet")
	asks := join(faasGateway, replace(faasFunction, "{name: fprocess", `{name: jwt_auth, value: "true"}, {name: fprocess`))
	iam := replace(faasIAM, "RESOURCE", "openfaas-fn:figlet", "Function:*", "Function:Invoke", "REST", "", "AUD", "", "EXPIRY", "1h")
	judge(t, "FW-OF-09", []row{
		{name: "not used", yaml: join(faasGateway, faasFunction), subject: figlet, want: "na"},
		{name: "asks, nobody may", yaml: asks, subject: figlet, want: "fail medium", says: "no JwtIssuer"},
		{name: "asks", yaml: join(asks, iam), subject: figlet, want: "unknown", says: "watchdog"},
		{name: "policy without asking", yaml: join(faasGateway, faasFunction, iam), subject: figlet, want: "fail medium", says: "openfaas-fn:figlet"},
		{name: "policy without asking, exposed", yaml: join(faasGateway, faasNodePort, faasFunction, iam), subject: figlet, want: "fail high"},
		{name: "policy of another function", yaml: join(faasGateway, faasFunction, strings.ReplaceAll(iam, "openfaas-fn:figlet", "openfaas-fn:other")), subject: figlet, want: "na"},
		{name: "no gateway", yaml: faasFunction, subject: figlet, want: "na"},
	})
}
