package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// TestTheAccountOfFission: what its account may do is the framework's as long as no code of a function holds its token.
func TestTheAccountOfFission(t *testing.T) {
	const world = `
{apiVersion: fission.io/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {environment: {name: go, namespace: fns},
  InvokeStrategy: {ExecutionStrategy: {ExecutorType: newdeploy}}}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: fetcher, namespace: fns}, rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: fetcher, namespace: fns},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: fetcher}, subjects: [{kind: ServiceAccount, name: fission-fetcher, namespace: fns}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: newdeploy-fn
  namespace: fns
  labels: {environmentName: go, environmentNamespace: fns, executorType: newdeploy, functionName: fn, functionNamespace: fns}
spec:
  selector: {matchLabels: {functionName: fn}}
  template:
    metadata: {labels: {functionName: fn}}
    spec:
      serviceAccountName: fission-fetcher
      automountServiceAccountToken: false
      containers:
      - {name: fn, image: "registry.example.com/fn:1", volumeMounts: [OWN]}
      - {name: fetcher, image: "registry.example.com/fetcher:1", volumeMounts: [{name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}
      volumes: [{name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}]
`
	for _, c := range []struct {
		name, own string
		limit     check.Limit
		severity  check.Severity
	}{
		{"its own container holds it", "", check.FrameworkLimit, check.Medium},
		{"the function's code holds it too", "{name: token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}", check.NoLimit, check.High},
	} {
		found := offlinetest.Of(offlinetest.Text(t, strings.Replace(world, "OWN", c.own, 1)).Judge("fns", "fn"), "SA-20")
		require.Len(t, found, 1, c.name)
		assert.Equal(t, c.limit, found[0].Limit, c.name)
		assert.Equal(t, c.severity, found[0].Severity, c.name)
	}
}
