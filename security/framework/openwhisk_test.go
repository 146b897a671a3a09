package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/security/snapshot"
)

const whiskControl = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: owdev-controller, namespace: ow, labels: &c {name: owdev-controller, chart: openwhisk-1.0.1, release: owdev}}
spec:
  serviceName: c
  selector: {matchLabels: {name: owdev-controller}}
  template:
    metadata: {labels: *c}
    spec: {containers: [{name: controller, image: "controller:1", env: [STORAGE], ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: owdev-invoker, namespace: ow, labels: &i {name: owdev-invoker, chart: openwhisk-1.0.1, release: owdev}}
spec:
  serviceName: i
  selector: {matchLabels: {name: owdev-invoker}}
  template:
    metadata: {labels: *i}
    spec: {containers: [{name: invoker, image: "invoker:1", env: [STORAGE, {name: CONFIG_whisk_invoker_username, value: own}]}], volumes: []}
---
apiVersion: v1
kind: Service
metadata: {name: owdev-controller, namespace: ow, labels: {name: owdev-controller, chart: openwhisk-1.0.1, release: owdev}}
spec: {selector: {name: owdev-controller}, ports: [{name: http, port: 8080}]}
`

const whiskAction = `apiVersion: openwhisk.apache.org/v1
kind: Action
metadata: {name: "c:guest:shop:checkout", namespace: ow}
exec: {kind: KIND, image: IMAGE}
annotations: [ANNOTATIONS]
parameters: [PARAMETERS]
`

const whiskConnector = `apiVersion: openwhisk.apache.org/v1
kind: Connector
metadata: {name: c, namespace: ow}
name: c
phase: live
reached: true
`

var (
	whiskPlane   = platform("openwhisk", "ow", "owdev")
	checkout     = function("ow", "guest/shop/checkout")
	whiskCluster = replace(whiskControl, "STORAGE", "{name: CONFIG_whisk_parameterStorage_current, value: aes-256}")
)

func whiskWith(annotations, parameters string) string {
	return join(whiskCluster, whiskConnector, replace(whiskAction, "KIND", "python:3", "IMAGE", `""`, "ANNOTATIONS", annotations, "PARAMETERS", parameters))
}

func onCluster(o *snapshot.Options) { o.Manifests = false }

func TestWebActions(t *testing.T) {
	t.Parallel()
	outside := `apiVersion: apps/v1
kind: Deployment
metadata: {name: owdev-nginx, namespace: ow, labels: &l {name: owdev-nginx, chart: openwhisk-1.0.1, release: owdev}}
spec:
  selector: {matchLabels: {name: owdev-nginx}}
  template: {metadata: {labels: *l}, spec: {containers: [{name: nginx, image: nginx}]}}
---
apiVersion: v1
kind: Service
metadata: {name: owdev-nginx, namespace: ow, labels: {name: owdev-nginx, chart: openwhisk-1.0.1, release: owdev}}
spec: {type: NodePort, selector: {name: owdev-nginx}, ports: [{name: https, port: 443, nodePort: 31001}]}
`
	web := "{key: web-export, value: true}"
	shared := `apiVersion: openwhisk.apache.org/v1
kind: Package
metadata: {name: "c:guest:shop", namespace: ow}
publish: true
`
	judge(t, "FW-OW-06", []row{
		{name: "no web action", yaml: whiskWith("", ""), subject: checkout, want: "pass"},
		{name: "open in the cluster", yaml: whiskWith(web, ""), subject: checkout, want: "fail medium"},
		{name: "open outside", yaml: join(whiskWith(web, ""), outside), subject: checkout, want: "fail high"},
		{name: "open through bindings too", yaml: join(whiskWith(web, ""), shared), subject: checkout, want: "fail medium", says: "every binding"},
		{name: "false is open", yaml: whiskWith(web+", {key: require-whisk-auth, value: false}", ""), subject: checkout, want: "fail medium"},
		{name: "any tenant", yaml: join(whiskWith(web+", {key: require-whisk-auth, value: true}", ""), outside), subject: checkout, want: "fail medium", says: "any tenant"},
		{name: "a secret", yaml: whiskWith(web+", {key: require-whisk-auth, value: dummy}", ""), subject: checkout, want: "pass"},
		{name: "a number", yaml: whiskWith(web+", {key: require-whisk-auth, value: 7}", ""), subject: checkout, want: "pass"},
		{name: "nobody", yaml: whiskWith(web+", {key: require-whisk-auth, value: {}}", ""), subject: checkout, want: "pass"},
		{name: "platform, manifests", yaml: whiskCluster, subject: whiskPlane, want: "na"},
		{name: "platform without connector", yaml: whiskCluster, subject: whiskPlane, want: "unknown", says: "no connector", options: onCluster},
		{name: "platform with one", yaml: whiskWith(web, ""), subject: whiskPlane, want: "pass", options: onCluster},
		{name: "platform, never reached", yaml: join(whiskCluster, replace(whiskConnector, "reached: true", "reached: false", "phase: live", "phase: auth-needed\nreason: refused")),
			subject: whiskPlane, want: "unknown", says: "refused", options: onCluster},
		{name: "platform, not all of it", yaml: join(whiskCluster, whiskConnector+"incomplete: a page repeats\n"), subject: whiskPlane, want: "unknown", says: "a page repeats", options: onCluster},
	})
}

func TestKeysInsideActions(t *testing.T) {
	t.Parallel()
	with := func(value string) string { return whiskWith("{key: provide-api-key, value: "+value+"}", "") }
	judge(t, "FW-OW-07", []row{
		{name: "absent means yes", yaml: whiskWith("", ""), subject: checkout, want: "fail high", says: "absent"},
		{name: "true", yaml: with("true"), subject: checkout, want: "fail high", says: "asks for it"},
		{name: "text", yaml: with(`"no"`), subject: checkout, want: "fail high"},
		{name: "false", yaml: with("false"), subject: checkout, want: "pass"},
		{name: "null", yaml: with("null"), subject: checkout, want: "pass"},
		{name: "zero", yaml: with("0"), subject: checkout, want: "pass"},
		{name: "a sequence", yaml: replace(whiskWith("", ""), "kind: python:3", "kind: sequence"), subject: checkout, want: "na"},
	})
}

func TestParametersOfActions(t *testing.T) {
	t.Parallel()
	pkg := `apiVersion: openwhisk.apache.org/v1
kind: Package
metadata: {name: "c:guest:NAME", namespace: ow}
binding: BINDING
parameters: [{key: api_token, value: dummy-not-a-secret-1}]
`
	judge(t, "FW-OW-08", []row{
		{name: "ordinary", yaml: whiskWith("", "{key: currency, value: EUR}"), subject: checkout, want: "pass"},
		{name: "a password", yaml: whiskWith("", "{key: db_password, value: dummy-not-a-secret}"), subject: checkout, want: "fail high", says: "db_password"},
		{name: "as the connector saw it", yaml: whiskWith("", "{key: db_password, credential: value of a sensitive name}"), subject: checkout, want: "fail high"},
		{name: "encrypted", yaml: whiskWith("", "{key: db_password, value: dummy-not-a-secret, encryption: aes-256}"), subject: checkout, want: "pass"},
		{name: "the operator's own name", yaml: whiskWith("", "{key: handover, plausible: true}"), subject: checkout, want: "fail high",
			options: func(o *snapshot.Options) { o.SensitiveNames = []string{"^handover$"} }},
		{name: "nobody's name", yaml: whiskWith("", "{key: handover, plausible: true}"), subject: checkout, want: "pass"},
		{name: "of the package", yaml: join(whiskWith("", ""), replace(pkg, "NAME", "shop", "BINDING", "{}")), subject: checkout, want: "fail high", says: "api_token"},
		{name: "of a binding", yaml: join(whiskWith("", ""), replace(pkg, "NAME", "mine", "BINDING", "{namespace: guest, name: shop}")), subject: checkout, want: "fail high"},
		{name: "of another package", yaml: join(whiskWith("", ""), replace(pkg, "NAME", "other", "BINDING", "{}")), subject: checkout, want: "pass"},
		{name: "platform, encrypted", yaml: whiskCluster, subject: whiskPlane, want: "na"},
		{name: "platform, plain", yaml: replace(whiskControl, "STORAGE, ", "", "STORAGE", ""), subject: whiskPlane, want: "fail low low"},
		{name: "platform, plain and no connector", yaml: replace(whiskControl, "STORAGE, ", "", "STORAGE", ""), subject: whiskPlane, want: "fail low low", options: onCluster},
	})
}

func TestImagesOfActions(t *testing.T) {
	t.Parallel()
	with := func(kind, image string) string {
		return join(whiskCluster, whiskConnector, replace(whiskAction, "KIND", kind, "IMAGE", image, "ANNOTATIONS", "", "PARAMETERS", ""))
	}
	judge(t, "FW-OW-09", []row{
		{name: "a kind of the platform", yaml: with("nodejs:20", `""`), subject: checkout, want: "pass"},
		{name: "a tag", yaml: with("blackbox", "reg.example.com:5000/x:1.2"), subject: checkout, want: "pass"},
		{name: "none, behind a port", yaml: with("blackbox", "reg.example.com:5000/x"), subject: checkout, want: "fail medium", says: "no tag"},
		{name: "a digest", yaml: with("blackbox", "x@sha256:5f1c2b7a9e0d4c3b8a7f6e5d4c3b2a190f8e7d6c5b4a39281706f5e4d3c2b1a0"), subject: checkout, want: "fail medium", says: "drops the digest"},
	})
}

func TestPublishedCredentialsOfOpenWhisk(t *testing.T) {
	t.Parallel()
	const secret = `apiVersion: v1
kind: Secret
metadata: {name: owdev-db.auth, namespace: ow}
stringData: {db_username: whisk, db_password: VALUE}
`
	own := replace(secret, "VALUE", "dummy-not-a-secret")
	judge(t, "FW-OW-01", []row{
		{name: "its own", yaml: join(whiskCluster, own), subject: whiskPlane, want: "pass"},
		{name: "the chart's", yaml: join(whiskCluster, replace(secret, "VALUE", "some_"+"passw0rd")), subject: whiskPlane, want: "fail critical", says: "database of all tenants"},
		{name: "the invoker's", yaml: replace(whiskCluster, ", {name: CONFIG_whisk_invoker_username, value: own}", ""), subject: whiskPlane, want: "fail high"},
		{name: "set elsewhere", yaml: replace(whiskCluster, ", {name: CONFIG_whisk_invoker_username, value: own}]", "], envFrom: [{configMapRef: {name: c}}]"), subject: whiskPlane, want: "unknown"},
	})
}

func TestActionsReachTheStoresOfOpenWhisk(t *testing.T) {
	t.Parallel()
	const redis = `apiVersion: apps/v1
kind: Deployment
metadata: {name: owdev-redis, namespace: ow, labels: &l {name: owdev-redis, chart: openwhisk-1.0.1, release: owdev}}
spec:
  selector: {matchLabels: {name: owdev-redis}}
  template: {metadata: {labels: *l}, spec: {containers: [{name: redis, image: redis}]}}
`
	const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: owdev-backend-np, namespace: ow}
spec:
  podSelector: {matchExpressions: [{key: user-action-pod, operator: DoesNotExist}]}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: PEER}]}]
`
	byAbsence := replace(policy, "PEER", "{matchExpressions: [{key: user-action-pod, operator: DoesNotExist}]}")
	judge(t, "FW-OW-02", []row{
		{name: "open", yaml: join(whiskCluster, redis), subject: whiskPlane, want: "fail high high", says: "owdev-redis on port 6379"},
		{name: "kept out by a label", yaml: join(whiskCluster, redis, byAbsence), subject: whiskPlane, want: "fail medium medium", says: "any pod of namespace ow"},
		{name: "by component", yaml: join(whiskCluster, redis, replace(policy, "PEER", "{matchLabels: {chart: openwhisk-1.0.1}}")), subject: whiskPlane, want: "pass"},
		{name: "actions elsewhere, still let in", yaml: join(replace(whiskCluster, "{name: CONFIG_whisk_invoker_username", "{name: CONFIG_whisk_kubernetes_actionNamespace, value: actions}, {name: CONFIG_whisk_invoker_username"), redis, byAbsence),
			subject: whiskPlane, want: "fail medium medium"},
		{name: "no pods", yaml: replace(join(whiskCluster, redis), "volumes: []", "volumes: [{name: d, hostPath: {path: /var/run/docker.sock}}]"), subject: whiskPlane, want: "na"},
	})
}

func TestNodePowerInOpenWhisk(t *testing.T) {
	t.Parallel()
	lean := replace(whiskCluster, "name: owdev-invoker", "name: owdev-scheduler", "name: invoker", "name: scheduler",
		"image: \"controller:1\"", "image: \"controller:1\", securityContext: {privileged: true}")
	judge(t, "FW-OW-03", []row{
		{name: "pods", yaml: whiskCluster, subject: whiskPlane, want: "pass"},
		{name: "docker", yaml: replace(whiskCluster, "volumes: []", "volumes: [{name: d, hostPath: {path: /var/run/docker.sock}}]"), subject: whiskPlane, want: "fail high", says: "does not see"},
		{name: "lean", yaml: lean, subject: whiskPlane, want: "fail high", says: "runs the actions itself"},
		{name: "lean behind a node port", yaml: replace(lean, "spec: {selector: {name: owdev-controller}", "spec: {type: NodePort, selector: {name: owdev-controller}"), subject: whiskPlane, want: "fail critical"},
	})
}

func TestTheAdministratorOfOpenWhisk(t *testing.T) {
	t.Parallel()
	const pod = `apiVersion: v1
kind: Pod
metadata: {name: owdev-wskadmin, namespace: ow, labels: {name: owdev-wskadmin, chart: openwhisk-1.0.1, release: owdev}}
spec: {containers: [{name: wskadmin, image: u, env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: owdev-db.auth, key: db_password}}}]}]}
`
	const enters = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: x, namespace: ow}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: x, namespace: ow}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: x}
subjects: [{kind: Group, name: developers, apiGroup: rbac.authorization.k8s.io}]
`
	judge(t, "FW-OW-04", []row{
		{name: "none", yaml: whiskCluster, subject: whiskPlane, want: "pass"},
		{name: "administrators only", yaml: join(whiskCluster, pod), subject: whiskPlane, want: "fail medium"},
		{name: "others too", yaml: join(whiskCluster, pod, enters), subject: whiskPlane, want: "fail high", says: "Group developers"},
	})
}

func TestTheKeyOfTheEdgeOfOpenWhisk(t *testing.T) {
	t.Parallel()
	const edge = `apiVersion: apps/v1
kind: Deployment
metadata: {name: owdev-nginx, namespace: ow, labels: &l {name: owdev-nginx, chart: openwhisk-1.0.1, release: owdev}}
spec:
  selector: {matchLabels: {name: owdev-nginx}}
  template: {metadata: {labels: *l}, spec: {containers: [{name: nginx, image: nginx}], volumes: [{name: nginx-certs, configMap: {name: owdev-gen-certs}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: owdev-gen-certs, namespace: ow}
data: {cert.pem: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n", key.pem: "KEY"}
`
	judge(t, "FW-OW-05", []row{
		{name: "a key", yaml: join(whiskCluster, replace(edge, "KEY", `-----BEGIN RSA `+`PRIVATE KEY-----\nMII\n`)), subject: whiskPlane, want: "fail high", says: "private key of the edge"},
		{name: "none", yaml: join(whiskCluster, replace(edge, "KEY", "later", "key.pem", "note")), subject: whiskPlane, want: "pass"},
		{name: "by its name", yaml: join(whiskCluster, replace(edge, "KEY", "later", "key.pem", "tls.key")), subject: whiskPlane, want: "fail high"},
	})
}

func TestPasswordsOfOpenServerlessTenants(t *testing.T) {
	t.Parallel()
	const user = `apiVersion: nuvolaris.org/v1
kind: WhiskUser
metadata: {name: guest, namespace: nuvolaris}
spec: {email: a@example.com, namespace: guest, FIELD}
`
	plane := platform("openwhisk", "nuvolaris", "nuvolaris")
	judge(t, "FW-OW-10", []row{
		{name: "none", yaml: whiskCluster, subject: whiskPlane, want: "na"},
		{name: "a password", yaml: replace(user, "FIELD", "password: dummy"), subject: plane, want: "fail high", says: "spec.password"},
		{name: "nested", yaml: replace(user, "FIELD", "mongodb: {enabled: true, password: dummy}"), subject: plane, want: "fail high", says: "spec.mongodb.password"},
		{name: "the key", yaml: replace(user, "FIELD", "auth: dummy"), subject: plane, want: "fail high"},
		{name: "nothing secret", yaml: replace(user, "FIELD", "password: ''"), subject: plane, want: "pass"},
	})
}
