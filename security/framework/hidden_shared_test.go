package framework_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestWhatCannotBeReadIsUnknownElsewhere(t *testing.T) {
	t.Parallel()
	kind := func(group, kind string) schema.GroupKind { return schema.GroupKind{Group: group, Kind: kind} }
	fissionAll := join(fissionControl, single, fissionPool, fissionRights)
	nuclioAll := join(nuclioWith("1.17.6", "nop", "ClusterIP"), resizeOn("python:3.11", "1.14.1"))
	for _, c := range []struct {
		id, yaml string
		subject  check.Subject
		kind     schema.GroupKind
	}{
		{"FW-FI-01", fissionAll, shop, kind("rbac.authorization.k8s.io", "RoleBinding")},
		{"FW-FI-02", fissionAll, shop, kind("", "Secret")},
		{"FW-FI-03", fissionAll, fissionPlane, kind("", "Service")},
		{"FW-FI-04", fissionAll, fissionPlane, kind("apps", "Deployment")},
		{"FW-FI-05", mixed, function("shop", "pay"), kind("fission.io", "Environment")},
		{"FW-FI-06", replace(fissionAll, "v1.22.0", "main"), fissionPlane, kind("apiextensions.k8s.io", "CustomResourceDefinition")},
		{"FW-FI-07", fissionAll, fissionPlane, kind("", "Service")},
		{"FW-NU-01", nuclioAll, nuclioPlane, kind("apps", "Deployment")},
		{"FW-NU-01", nuclioAll, nuclioPlane, kind("networking.k8s.io", "NetworkPolicy")},
		{"FW-NU-04", nuclioAll, nuclioPlane, kind("apps", "Deployment")},
		{"FW-NU-05", nuclioAll, resize, kind("", "Secret")},
		{"FW-OW-02", whiskCluster, whiskPlane, kind("apps", "StatefulSet")},
		{"FW-OW-03", whiskCluster, whiskPlane, kind("apps", "StatefulSet")},
		{"FW-OW-04", whiskCluster, whiskPlane, kind("", "Pod")},
		{"FW-OW-10", whiskCluster, whiskPlane, kind("nuvolaris.org", "WhiskUser")},
		{"FW-FN-01", fnCluster, fnPlane, kind("apps", "Deployment")},
		{"FW-FN-02", fnCluster, fnPlane, kind("networking.k8s.io", "NetworkPolicy")},
		{"FW-GE-01", daprWith("", ""), shop, kind("rbac.authorization.k8s.io", "RoleBinding")},
		{"FW-GE-02", daprWith("", ""), dapr, kind("rbac.authorization.k8s.io", "RoleBinding")},
		{"FW-GE-03", daprWith("dapr.io/config: strict", ""), dapr, kind("dapr.io", "Configuration")},
		{"FW-GE-04", daprWith("", ""), dapr, kind("dapr.io", "Component")},
		{"FW-GE-05", kedaControl, platform("keda", "keda", ""), kind("keda.sh", "ClusterTriggerAuthentication")},
		{"FW-GE-07", fissionAll, shop, kind("apps", "Deployment")},
		{"FW-GE-09", nuclioAll, nuclioPlane, kind("rbac.authorization.k8s.io", "RoleBinding")},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			w := offlinetest.Text(t, c.yaml)
			o := offlinetest.Options()
			o.Manifests = false
			r := snapshot.Once(offlinetest.Hide(w.World, c.kind), o)
			p := security.Scope.Get(r, c.subject)
			if c.subject.Scope == check.ScopeFunction {
				p = security.Function.Get(r, w.Find(c.subject.Namespace, c.subject.Release).Key)
			}
			require.Equal(t, "unknown", offlinetest.Verdict(t, p, c.id), "%v", offlinetest.Of(p, c.id))
			assert.Contains(t, offlinetest.Of(p, c.id)[0].Message, "forbidden")
		})
	}
}
