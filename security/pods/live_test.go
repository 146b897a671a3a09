package pods_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// pod is a running pod of the function fn.
func pod(spec string) string {
	return `
apiVersion: v1
kind: Pod
metadata:
  name: fn-abc-1
  namespace: fns
  labels: {app: fn, pod-template-hash: abc}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: fn-abc, uid: u, controller: true}]
spec: {` + spec + `}
status: {phase: Running}
`
}

func onCluster(t *testing.T, documents ...string) *offlinetest.World {
	o := offlinetest.Options()
	o.Manifests = false
	return offlinetest.With(t, o, documents...)
}

func TestPOD18DebugContainers(t *testing.T) {
	left := pod(`containers: [{name: fn, image: "example.com/fn:1"}], ephemeralContainers: [{name: debugger-x, image: busybox}]`)
	p := onCluster(t, restricted, function(goodPod, goodContainer), left).Judge("fns", "fn")
	found := offlinetest.Of(p, "POD-18")
	require.Len(t, found, 1)
	assert.Equal(t, "spec.ephemeralContainers[debugger-x]", found[0].Fixed)
	p = onCluster(t, restricted, function(goodPod, goodContainer), pod(`containers: [{name: fn, image: i}]`)).Judge("fns", "fn")
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "POD-18"))
	p = offlinetest.Text(t, restricted, function(goodPod, goodContainer), left).Judge("fns", "fn")
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "POD-18"), "manifests do not show it")
}

func TestPOD23RunningPodsWeakerThanTheirTemplate(t *testing.T) {
	good := goodPod + `, containers: [{name: fn, image: "example.com/fn:1", ` + goodContainer + `}]`
	p := onCluster(t, restricted, function(goodPod, goodContainer), pod(good)).Judge("fns", "fn")
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "POD-23"))

	injected := good + `, initContainers: [{name: istio-init, image: i, securityContext: {capabilities: {add: [NET_ADMIN]}}}]`
	p = onCluster(t, restricted, function(goodPod, goodContainer), pod(injected)).Judge("fns", "fn")
	found := offlinetest.Of(p, "POD-23")
	require.NotEmpty(t, found)
	assert.Contains(t, found[0].Message, "capabilities")
	assert.Contains(t, found[0].Message, "istio-init")
	assert.Equal(t, "Pod", found[0].Object().Kind)

	p = onCluster(t, restricted, function("", ""), pod(good)).Judge("fns", "fn")
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "POD-23"), "a pod that is safer than its template is no finding")
}

func TestPOD23StuckRollout(t *testing.T) {
	status := `
status: {replicas: 2, readyReplicas: 1, updatedReplicas: 0, conditions: [{type: Progressing, status: "False", reason: ProgressDeadlineExceeded}]}
`
	p := onCluster(t, restricted, function(goodPod, goodContainer)+status,
		pod(goodPod+`, containers: [{name: fn, image: i, `+goodContainer+`}]`)).Judge("fns", "fn")
	found := offlinetest.Of(p, "POD-23")
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Message, "ProgressDeadlineExceeded")
}

func TestPOD19BuildPods(t *testing.T) {
	fn := `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: resize, namespace: fns}, spec: {serviceAccount: resize}}`
	job := `{apiVersion: batch/v1, kind: Job, metadata: {name: nuclio-kanikojob.resize.abc, namespace: fns}, spec: {template: {spec: {serviceAccountName: resize, containers: [{name: kaniko-executor, image: kaniko, securityContext: {runAsUser: 0}}]}}}}`
	harmless := `{apiVersion: batch/v1, kind: Job, metadata: {name: nuclio-kanikojob.resize.abc, namespace: fns}, spec: {template: {spec: {serviceAccountName: builder, ` + goodPod + `, containers: [{name: kaniko-executor, image: kaniko, ` + goodContainer + `}]}}}}`
	p := offlinetest.Text(t, restricted, fn, job).Judge("fns", "resize")
	found := offlinetest.Of(p, "POD-19")
	require.Len(t, found, 1)
	assert.Equal(t, check.High, found[0].Base)
	assert.Contains(t, found[0].Message, "runs as root")
	p = offlinetest.Text(t, restricted, fn, harmless).Judge("fns", "resize")
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "POD-19"))
	p = offlinetest.Text(t, restricted, fn).Judge("fns", "resize")
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "POD-19"))
}
