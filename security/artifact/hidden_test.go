package artifact_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	claim := function("", `volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]`)
	fission := `{apiVersion: fission.io/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {environment: {name: python, namespace: fns}, InvokeStrategy: {ExecutionStrategy: {ExecutorType: newdeploy}}}}`
	limited := function("resources: {limits: {memory: 1Gi, cpu: 1}}", "")
	for _, test := range []struct{ control, document, kind, want string }{
		{"RES-01", function("", ""), "LimitRange", "unknown"},
		{"RES-01", limited, "LimitRange", "pass"},
		{"RES-02", function("", ""), "LimitRange", "unknown"},
		{"RES-04", function("", ""), "ResourceQuota", "unknown"},
		{"RES-05", function("", ""), "LimitRange", "unknown"},
		{"IMG-06", fission, "Environment", "unknown"},
		{"AUD-01", function("", ""), "ClusterRoleBinding", "fail"},
		{"POD-02", function("", ""), "Namespace", "unknown"},
		{"POD-03", function("", ""), "Namespace", "unknown"},
		{"POD-05", claim, "PersistentVolumeClaim", "unknown"},
		{"POD-05", function("", ""), "PersistentVolumeClaim", "pass"},
	} {
		w := offlinetest.Text(t, test.document)
		r := snapshot.Once(offlinetest.HideNamed(w.World, test.kind), offlinetest.Options())
		p := security.Function.Get(r, w.Find("fns", "fn").Key)
		assert.Equal(t, test.want, offlinetest.Verdict(t, p, test.control), "%s without %s", test.control, test.kind)
	}
	w := offlinetest.Text(t, function("", ""))
	r := snapshot.Once(offlinetest.HideNamed(w.World, "RoleBinding"), offlinetest.Options())
	p := security.Function.Get(r, w.Find("fns", "fn").Key)
	unknown := slices.ContainsFunc(offlinetest.Of(p, "AUD-01"), func(f check.Finding) bool {
		return f.Status.String() == "unknown" && f.Message == "cannot list rolebindings.rbac.authorization.k8s.io in fns: forbidden"
	})
	assert.True(t, unknown, "who else may change it is said to be unknown")
}
