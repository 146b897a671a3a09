package framework_test

import "testing"

const nuclioControl = `apiVersion: apps/v1
kind: Deployment
metadata: {name: nuclio-controller, namespace: nuclio}
spec:
  selector: {matchLabels: {nuclio.io/name: c}}
  template:
    metadata: {labels: {nuclio.io/name: c, nuclio.io/class: service, nuclio.io/app: controller}}
    spec: {serviceAccountName: nuclio, containers: [{name: nuclio-controller, image: "quay.io/nuclio/controller:1.14.1-amd64"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nuclio-dashboard, namespace: nuclio}
spec:
  selector: {matchLabels: {nuclio.io/name: d}}
  template:
    metadata: {labels: {nuclio.io/name: d, nuclio.io/class: service, nuclio.io/app: dashboard}}
    spec:
      serviceAccountName: nuclio
      containers: [{name: nuclio-dashboard, image: "quay.io/nuclio/dashboard:VERSION", env: [{name: NUCLIO_AUTH_KIND, value: LOGIN}], ports: [{containerPort: 8070}]}]
      volumes: []
---
apiVersion: v1
kind: Service
metadata: {name: nuclio-dashboard, namespace: nuclio}
spec: {type: TYPE, selector: {nuclio.io/name: d}, ports: [{port: 8070}]}
`

const nuclioFunction = `apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: resize, namespace: media}
spec: {runtime: RUNTIME, image: "resize:1", handler: h}
status: {state: ready}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: nuclio-resize, namespace: media, labels: &l {nuclio.io/class: function, nuclio.io/function-name: resize}, annotations: {nuclio.io/controller-version: CONTROLLER}}
spec:
  selector: {matchLabels: *l}
  template:
    metadata: {labels: *l}
    spec: {containers: [{name: nuclio, image: "resize:1"}]}
`

var (
	nuclioPlane = platform("nuclio", "nuclio", "")
	resize      = function("media", "resize")
)

func nuclioWith(version, auth, kind string) string {
	return replace(nuclioControl, "VERSION", version, "LOGIN", auth, "TYPE", kind)
}

func resizeOn(runtime, controller string) string {
	return replace(nuclioFunction, "RUNTIME", runtime, "CONTROLLER", controller)
}

func TestTheDashboardOfNuclio(t *testing.T) {
	t.Parallel()
	open := nuclioWith("1.17.6", "nop", "ClusterIP")
	socket := replace(open, "volumes: []", "volumes: [{name: docker, hostPath: {path: /var/run/docker.sock}}]")
	judge(t, "FW-NU-01", []row{
		{name: "in the cluster", yaml: open, subject: nuclioPlane, want: "fail high", says: "asks for no login"},
		{name: "on every node", yaml: nuclioWith("1.17.6", "nop", "NodePort"), subject: nuclioPlane, want: "fail critical", says: "every node"},
		{name: "with the node's runtime", yaml: socket, subject: nuclioPlane, want: "fail critical", says: "root on the node"},
		{name: "closed", yaml: join(open, closedIn("nuclio")), subject: nuclioPlane, want: "pass"},
		{name: "closed but for the node's runtime", yaml: join(socket, closedIn("nuclio")), subject: nuclioPlane, want: "pass"},
		{name: "login", yaml: nuclioWith("1.17.6", "iguazio", "NodePort"), subject: nuclioPlane, want: "pass"},
		{name: "absent means none", yaml: replace(open, "env: [{name: NUCLIO_AUTH_KIND, value: nop}], ", ""), subject: nuclioPlane, want: "fail high"},
		{name: "set elsewhere", yaml: replace(open, "value: nop}", "valueFrom: {configMapKeyRef: {name: c, key: k}}}"), subject: nuclioPlane, want: "unknown"},
		{name: "no dashboard", yaml: resizeOn("python:3.11", "1.14.1"), subject: nuclioPlane, want: "na"},
	})
}

func TestTheShellRuntimeOfNuclio(t *testing.T) {
	t.Parallel()
	outside := `apiVersion: v1
kind: Service
metadata: {name: nuclio-resize, namespace: media}
spec: {type: NodePort, selector: {nuclio.io/function-name: resize}, ports: [{port: 8080, nodePort: 31001}]}
`
	judge(t, "FW-NU-02", []row{
		{name: "another runtime", yaml: resizeOn("python:3.11", "1.14.1"), subject: resize, want: "pass"},
		{name: "old", yaml: resizeOn("shell", "1.14.1"), subject: resize, want: "fail high", says: "X-Nuclio-Arguments"},
		{name: "old and callable", yaml: join(resizeOn("shell", "1.14.1"), outside), subject: resize, want: "fail critical"},
		{name: "just before the fix", yaml: resizeOn("shell", "1.15.19"), subject: resize, want: "fail high"},
		{name: "new controller, image of unknown age", yaml: resizeOn("shell", "1.15.20"), subject: resize, want: "unknown", says: "built since"},
		{name: "no version", yaml: resizeOn("shell", "latest"), subject: resize, want: "unknown"},
		{name: "another framework", yaml: join(faasFunction), subject: function("openfaas-fn", "figlet"), want: "na"},
	})
}

const nuclioCron = `apiVersion: batch/v1
kind: CronJob
metadata: {name: nuclio-cron-job-x, namespace: media, labels: &l {nuclio.io/class: function, nuclio.io/function-name: resize}}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        metadata: {labels: {nuclio.io/function-cron-job-pod: "true", nuclio.io/class: function, nuclio.io/function-name: resize}}
        spec:
          restartPolicy: Never
          containers: [{name: function-invocator, image: curl, LINE}]
`

func TestTheCronJobsOfNuclio(t *testing.T) {
	t.Parallel()
	with := func(line string) string {
		return join(resizeOn("python:3.11", "1.14.1"), replace(nuclioCron, "LINE", line))
	}
	judge(t, "FW-NU-03", []row{
		{name: "a shell line", yaml: with(`args: [/bin/sh, -c, "echo x > /tmp/b && curl --data @/tmp/b nuclio-resize"]`), subject: resize, want: "fail medium"},
		{name: "split over command and args", yaml: with(`command: [sh], args: [-c, "curl nuclio-resize"]`), subject: resize, want: "fail medium"},
		{name: "curl itself", yaml: with(`command: [curl], args: [--data, x, nuclio-resize]`), subject: resize, want: "pass"},
		{name: "no cron trigger", yaml: resizeOn("python:3.11", "1.14.1"), subject: resize, want: "pass"},
	})
}

func TestHolesOfTheDashboardOfNuclio(t *testing.T) {
	t.Parallel()
	shut := closedIn("nuclio")
	judge(t, "FW-NU-04", []row{
		{name: "old and open", yaml: join(nuclioWith("1.16.4-amd64", "nop", "ClusterIP"), shut), subject: nuclioPlane, want: "fail high", says: "1.16.5"},
		{name: "old with a login", yaml: join(nuclioWith("1.16.4", "iguazio", "ClusterIP"), shut), subject: nuclioPlane, want: "fail medium"},
		{name: "fixed, may connect to anything", yaml: nuclioWith("1.16.5", "iguazio", "ClusterIP"), subject: nuclioPlane, want: "fail medium", says: "where the dashboard may connect"},
		{name: "fixed and limited", yaml: join(nuclioWith("1.16.5", "nop", "ClusterIP"), shut), subject: nuclioPlane, want: "pass"},
		{name: "by digest", yaml: join(replace(nuclioWith("X", "nop", "ClusterIP"), "dashboard:X", "dashboard@sha256:5f1c2b7a9e0d4c3b8a7f6e5d4c3b2a190f8e7d6c5b4a39281706f5e4d3c2b1a0"), shut), subject: nuclioPlane, want: "unknown"},
	})
}

func TestPlantedSecretsOfNuclio(t *testing.T) {
	t.Parallel()
	const secret = `apiVersion: v1
kind: Secret
metadata: {name: NAME, namespace: media, labels: {nuclio.io/function-name: resize}}
type: TYPE
stringData: {content: x}
`
	own := replace(secret, "NAME", "nuclio-resize-1", "TYPE", "nuclio.io/functionconfig")
	base := resizeOn("python:3.11", "1.14.1")
	writer := `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: w, namespace: media}
rules: [{apiGroups: [""], resources: [secrets], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: w, namespace: media}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: w}
subjects: [{kind: User, name: mallory, apiGroup: rbac.authorization.k8s.io}]
`
	judge(t, "FW-NU-05", []row{
		{name: "its own", yaml: join(base, own), subject: resize, want: "pass"},
		{name: "of another type", yaml: join(base, own, writer, replace(secret, "NAME", "trap", "TYPE", "Opaque")), subject: resize, want: "fail high", says: "User mallory"},
		{name: "two", yaml: join(base, own, replace(secret, "NAME", "nuclio-resize-2", "TYPE", "nuclio.io/functionconfig")), subject: resize, want: "fail high", says: "2 Secrets"},
		{name: "of another function", yaml: join(base, replace(secret, "NAME", "x", "TYPE", "Opaque", "function-name: resize", "function-name: other")), subject: resize, want: "pass"},
	})
}
