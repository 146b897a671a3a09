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

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	kubelessAll := join(kubelessControl, kubelessFunction, kubelessService)
	knativeAll := join(knativeController, knativeActivator, knativeLocal, taxPods)
	kind := func(group, kind string) schema.GroupKind { return schema.GroupKind{Group: group, Kind: kind} }
	for _, c := range []struct {
		id, yaml string
		subject  check.Subject
		kind     schema.GroupKind
	}{
		{"FW-OF-01", faasGateway, faas, kind("apps", "Deployment")},
		{"FW-OF-02", faasGateway, faas, kind("", "Secret")},
		{"FW-OF-03", faasGateway, faas, kind("rbac.authorization.k8s.io", "ClusterRoleBinding")},
		{"FW-OF-04", faasFunction, function("openfaas-fn", "figlet"), kind("", "Pod")},
		{"FW-OF-05", join(faasGateway, faasFunction), faas, kind("apps", "Deployment")},
		{"FW-OF-06", faasGateway, faas, kind("apps", "Deployment")},
		{"FW-OF-08", faasGateway, faas, kind("iam.openfaas.com", "Role")},
		{"FW-OF-09", join(faasGateway, faasFunction), function("openfaas-fn", "figlet"), kind("iam.openfaas.com", "Policy")},
		{"FW-KL-01", kubelessFunction, platform("kubeless", "kubeless", ""), kind("apps", "Deployment")},
		{"FW-KL-03", kubelessAll, function("shop", "quote"), kind("networking.k8s.io", "Ingress")},
		{"FW-KL-05", kubelessAll, function("shop", "quote"), kind("kubeless.io", "CronJobTrigger")},
		{"FW-KY-01", kymaController, kymaPlane, kind("networking.istio.io", "Gateway")},
		{"FW-KY-02", kymaFunction, function("media", "print"), kind("gateway.kyma-project.io", "APIRule")},
		{"FW-KY-03", kymaFunction, function("media", "print"), kind("", "Secret")},
		{"FW-KY-04", kymaController, kymaPlane, kind("", "Service")},
		{"FW-KY-06", kymaFunction, kymaPlane, kind("apps", "Deployment")},
		{"FW-KN-01", knativeAll, serving, kind("apps", "Deployment")},
		{"FW-KN-02", knativeAll, tax, kind("serving.knative.dev", "Revision")},
		{"FW-KN-04", knativeAll, tax, kind("serving.knative.dev", "DomainMapping")},
		{"FW-KN-05", knativeAll, serving, kind("", "ConfigMap")},
		{"FW-KN-06", knativeAll, serving, kind("", "ConfigMap")},
		{"FW-KN-07", knativeAll, check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}, kind("rbac.authorization.k8s.io", "RoleBinding")},
		{"FW-KN-08", knativeAll, serving, kind("eventing.knative.dev", "Trigger")},
		{"FW-KN-09", knativeAll, tax, kind("sources.knative.dev", "ApiServerSource")},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			w := offlinetest.Text(t, c.yaml)
			r := snapshot.Once(offlinetest.Hide(w.World, c.kind), offlinetest.Options())
			p := security.Scope.Get(r, c.subject)
			if c.subject.Scope == check.ScopeFunction {
				p = security.Function.Get(r, w.Find(c.subject.Namespace, c.subject.Release).Key)
			}
			require.Equal(t, "unknown", offlinetest.Verdict(t, p, c.id))
			assert.Contains(t, offlinetest.Of(p, c.id)[0].Message, "forbidden")
		})
	}
}
