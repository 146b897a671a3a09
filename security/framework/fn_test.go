package framework_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const fnControl = `apiVersion: apps/v1
kind: Deployment
metadata: {name: fn-fn, namespace: fn, labels: {app: fn-fn, chart: fn-0.1.0, release: fn}}
spec:
  selector: {matchLabels: {role: fn-service}}
  template:
    metadata: {labels: {app: fn-fn, role: fn-service, chart: fn-0.1.0, release: fn}}
    spec:
      containers:
      - {name: api, image: "fnproject/fnserver:0.3.753", env: [{name: FN_NODE_TYPE, value: api}, {name: FN_PORT, value: "80"}], ports: [{containerPort: 80}]}
      - {name: runner-lb, image: "fnproject/fnserver:0.3.753", env: [{name: FN_NODE_TYPE, value: lb}], ports: [{containerPort: 90}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: fn-fn-runner, namespace: fn, labels: {app: fn-fn, chart: fn-0.1.0, release: fn}}
spec:
  selector: {matchLabels: {role: runner}}
  template:
    metadata: {labels: {app: fn-fn, role: runner, chart: fn-0.1.0, release: fn}}
    spec:
      containers:
      - {name: runner, image: "fnproject/fnserver:0.3.753", COMMAND securityContext: {privileged: true}, env: [{name: FN_NODE_TYPE, value: pure-runner}, SANDBOX], ports: [{containerPort: 9191}]}
---
apiVersion: v1
kind: Service
metadata: {name: fn-fn, namespace: fn}
spec: {type: SERVED, selector: {role: fn-service}, ports: [{name: api, port: 80, targetPort: 80}, {name: runner-lb, port: 90, targetPort: 90}]}
`

const fnRecords = `apiVersion: fnproject.io/v2
kind: Connector
metadata: {name: c, namespace: fn}
name: c
phase: live
reached: true
---
apiVersion: fnproject.io/v2
kind: App
metadata: {name: "c:tools", namespace: fn}
config: {APP}
syslog_url: "SYSLOG"
---
apiVersion: fnproject.io/v2
kind: Fn
metadata: {name: "c:tools:export", namespace: fn}
id: f1
image: export:1
config: {CONFIG}
`

var (
	fnPlane   = platform("fn", "fn", "fn")
	fnExport  = function("fn", "tools/export")
	fnCluster = replace(fnControl, "COMMAND ", "", ", SANDBOX", "", "SERVED", "ClusterIP")
)

func fnWith(app, config, syslog string) string {
	return join(fnCluster, replace(fnRecords, "APP", app, "CONFIG", config, "SYSLOG", syslog))
}

func TestTheAPIOfFn(t *testing.T) {
	t.Parallel()
	judge(t, "FW-FN-01", []row{
		{name: "in the cluster", yaml: fnCluster, subject: fnPlane, want: "fail high", says: "port 80"},
		{name: "a load balancer", yaml: replace(fnCluster, "type: ClusterIP", "type: LoadBalancer"), subject: fnPlane, want: "fail critical"},
		{name: "closed", yaml: join(fnCluster, closedIn("fn")), subject: fnPlane, want: "pass"},
		{name: "a load balancer for calls alone", yaml: join(replace(fnCluster, "type: ClusterIP", "type: LoadBalancer", "{name: api, port: 80, targetPort: 80}, ", ""), closedIn("fn")),
			subject: fnPlane, want: "pass"},
		{name: "one node for everything", yaml: replace(fnCluster, "{name: FN_NODE_TYPE, value: api}, {name: FN_PORT, value: \"80\"}", ""), subject: fnPlane, want: "fail high", says: "port 8080"},
		{name: "another framework", yaml: faasGateway, subject: faas, want: "na"},
	})
}

func TestTheDockerDaemonOfFn(t *testing.T) {
	t.Parallel()
	const grpc = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: runner, namespace: fn}
spec:
  podSelector: {matchLabels: {role: runner}}
  policyTypes: [Ingress]
  ingress: [{from: [FROM], ports: [{port: 9191}]}]
`
	judge(t, "FW-FN-02", []row{
		{name: "open", yaml: fnCluster, subject: fnPlane, want: "fail critical", says: "2375"},
		{name: "gRPC for all", yaml: join(fnCluster, replace(grpc, "FROM", "{podSelector: {}}")), subject: fnPlane, want: "fail high", says: "9191"},
		{name: "gRPC for the load balancer", yaml: join(fnCluster, replace(grpc, "FROM", "{podSelector: {matchLabels: {role: fn-service}}}")), subject: fnPlane, want: "pass"},
		{name: "its own entry point", yaml: replace(fnControl, "COMMAND", "command: [./fnserver],", ", SANDBOX", "", "SERVED", "ClusterIP"), subject: fnPlane, want: "pass"},
		{name: "not privileged", yaml: replace(fnCluster, "privileged: true", "privileged: false"), subject: fnPlane, want: "pass"},
	})
}

func TestTheSandboxOfFn(t *testing.T) {
	t.Parallel()
	with := func(env string) string {
		return replace(fnControl, "COMMAND ", "", "SANDBOX", env, "SERVED", "ClusterIP")
	}
	judge(t, "FW-FN-03", []row{
		{name: "up", yaml: fnCluster, subject: fnPlane, want: "pass"},
		{name: "privileges", yaml: with("{name: FN_DISABLE_UNPRIVILEGED_CONTAINERS, value: \"true\"}"), subject: fnPlane, want: "fail high"},
		{name: "writable", yaml: with("{name: FN_DISABLE_READONLY_ROOTFS, value: \"1\"}"), subject: fnPlane, want: "fail medium"},
		{name: "off", yaml: with("{name: FN_DISABLE_READONLY_ROOTFS, value: \"false\"}"), subject: fnPlane, want: "pass"},
		{name: "set elsewhere", yaml: with("{name: FN_DISABLE_READONLY_ROOTFS, valueFrom: {configMapKeyRef: {name: c, key: k}}}"), subject: fnPlane, want: "unknown"},
	})
}

func TestConfigurationOfFnFunctions(t *testing.T) {
	t.Parallel()
	judge(t, "FW-FN-04", []row{
		{name: "ordinary", yaml: fnWith("CURRENCY: EUR", "REGION: DE", ""), subject: fnExport, want: "pass"},
		{name: "of the function", yaml: fnWith("", "DB_PASSWORD: dummy-not-a-secret", ""), subject: fnExport, want: "fail high", says: "configuration DB_PASSWORD"},
		{name: "of the app", yaml: fnWith("S3_SECRET_KEY: dummy-not-a-secret", "", ""), subject: fnExport, want: "fail high", says: "of the app S3_SECRET_KEY"},
		{name: "platform, manifests", yaml: fnCluster, subject: fnPlane, want: "na"},
		{name: "platform without connector", yaml: fnCluster, subject: fnPlane, want: "unknown", options: onCluster},
		{name: "platform with one", yaml: fnWith("", "", ""), subject: fnPlane, want: "pass", options: onCluster},
	})
}

func TestWhereTheOutputOfFnGoes(t *testing.T) {
	t.Parallel()
	judge(t, "FW-FN-05", []row{
		{name: "nowhere", yaml: fnWith("", "", ""), subject: fnExport, want: "pass"},
		{name: "clear text", yaml: fnWith("", "", "tcp://logs.example.net:514"), subject: fnExport, want: "fail medium", says: "clear text"},
		{name: "clear text inside", yaml: fnWith("", "", "udp://syslog.logging.svc:514"), subject: fnExport, want: "fail medium"},
		{name: "outside", yaml: fnWith("", "", "tls://user:dummy@logs.example.net:514"), subject: fnExport, want: "fail medium", says: "logs.example.net, outside"},
		{name: "inside", yaml: fnWith("", "", "tls://syslog.logging.svc:6514"), subject: fnExport, want: "pass"},
		{name: "one of two", yaml: fnWith("", "", "tls://syslog.logging.svc:6514, tcp://x:1"), subject: fnExport, want: "fail medium"},
		{name: "no address", yaml: fnWith("", "", "not an address"), subject: fnExport, want: "unknown"},
	})
}

func TestTheStoresOfFn(t *testing.T) {
	t.Parallel()
	const redis = `apiVersion: apps/v1
kind: Deployment
metadata: {name: fn-redis, namespace: fn}
spec:
  selector: {matchLabels: {app: fn-redis}}
  template: {metadata: {labels: {app: fn-redis}}, spec: {containers: [{name: redis, image: redis, ARGS}]}}
`
	const mysql = `apiVersion: apps/v1
kind: Deployment
metadata: {name: fn-mysql, namespace: fn}
spec:
  selector: {matchLabels: {app: fn-mysql}}
  template: {metadata: {labels: {app: fn-mysql}}, spec: {containers: [{name: m, image: mysql, env: [{name: MYSQL_PASSWORD, valueFrom: {secretKeyRef: {name: fn-mysql, key: mysql-password}}}]}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: fn-mysql, namespace: fn}
stringData: {mysql-password: VALUE}
`
	const shut = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: stores, namespace: fn}
spec:
  podSelector: {matchLabels: {app: STORE}}
  ingress: [{from: [{podSelector: {matchLabels: {role: fn-service}}}]}]
`
	open := replace(redis, "ARGS", "args: []")
	published := replace(mysql, "VALUE", "boom"+"sauce")
	judge(t, "FW-FN-06", []row{
		{name: "none", yaml: fnCluster, subject: fnPlane, want: "pass"},
		{name: "redis", yaml: join(fnCluster, open), subject: fnPlane, want: "fail high", says: "every function reaches it"},
		{name: "redis, kept from runners", yaml: join(fnCluster, open, replace(shut, "STORE", "fn-redis")), subject: fnPlane, want: "fail medium"},
		{name: "redis with a password", yaml: join(fnCluster, replace(redis, "ARGS", "args: [--requirepass, $(P)]")), subject: fnPlane, want: "pass"},
		{name: "published", yaml: join(fnCluster, published), subject: fnPlane, want: "fail high", says: "the chart publishes"},
		{name: "published, kept from runners", yaml: join(fnCluster, published, replace(shut, "STORE", "fn-mysql")), subject: fnPlane, want: "fail medium"},
		{name: "its own", yaml: join(fnCluster, replace(mysql, "VALUE", "dummy")), subject: fnPlane, want: "pass"},
		{name: "asked for the operator's names too", yaml: join(fnCluster, replace(mysql, "VALUE", "dummy")), subject: fnPlane, want: "pass",
			options: func(o *snapshot.Options) { o.CompareSecretValues = true }},
	})
}

// No object of Kubernetes declares a function of Fn: findings name the connector's record of it.
func TestFindingsOnFunctionsOfFnNameTheRecord(t *testing.T) {
	p := offlinetest.Text(t, fnWith("", "", "")).Judge("fn", "tools/export")
	record := model.Ref{Group: "fnproject.io", Kind: "Fn", Namespace: "fn", Name: "c/tools/export"}
	seen := false
	for _, f := range p.Findings {
		if f.Status == check.Fail {
			assert.NotEmpty(t, f.Object().Kind, "%s: %s", f.Control.ID, f.Message)
			seen = seen || f.Object() == record
		}
	}
	assert.True(t, seen)
}
