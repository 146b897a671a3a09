package framework_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/model"
)

const seed = "../../kube/samples/seed"

func TestPlatformsOfTheSeed(t *testing.T) {
	t.Parallel()
	w := offlinetest.Files(t, seed)
	var got []string
	for _, p := range framework.Platforms.Get(w.Reader, struct{}{}) {
		got = append(got, fmt.Sprintf("%s %s %q %q %q: %d workloads, %d services, %d accounts", p.Framework, p.Namespace,
			p.Release, p.Shape, p.Version, len(p.Workloads), len(p.Services), len(p.Accounts)))
	}
	assert.Equal(t, []string{
		`fission fission "" "router LoadBalancer" "v1.27.0": 8 workloads, 5 services, 8 accounts`,
		`fn fn "fn" "split" "0.3.753": 3 workloads, 2 services, 2 accounts`,
		`keda keda "" "" "2.20.2": 2 workloads, 1 services, 2 accounts`,
		`knative func-operator-system "" "" "": 0 workloads, 0 services, 0 accounts`,
		`knative knative-serving "" "kourier" "1.23.0": 10 workloads, 7 services, 8 accounts`,
		`kubeless kubeless "" "" "v1.0.8": 3 workloads, 1 services, 2 accounts`,
		`kyma kyma-system "" "" "1.13.0": 5 workloads, 2 services, 4 accounts`,
		`nuclio nuclio "nuclio" "builds with docker" "1.14.1-amd64": 4 workloads, 2 services, 1 accounts`,
		`openfaas openfaas "openfaas" "pro" "0.5.72": 7 workloads, 4 services, 4 accounts`,
		`openfaas openfaas-ce "openfaas-ce" "ce" "0.18.9": 5 workloads, 5 services, 2 accounts`,
		`openwhisk openwhisk "owdev" "kubernetes" "ef725a6": 10 workloads, 7 services, 3 accounts`,
	}, got)
}

func TestRightsThatComeWithAFramework(t *testing.T) {
	t.Parallel()
	grant := func(role, binding string) []string {
		return []string{
			"{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: " + role + ", rules: []}",
			"{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: " + binding + ", roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: role}, subjects: []}",
		}
	}
	for name, c := range map[string]struct {
		framework, role, binding string
		of, to                   bool // the binding, the role
	}{
		"Kyma, both marked":             {"kyma", "{name: role, labels: {kyma-project.io/module: serverless}}", "{name: binding, labels: {kyma-project.io/module: serverless}}", true, true},
		"Kyma, by name alone":           {"kyma", "{name: role}", "{name: serverless-more}", false, false},
		"Knative, the role marked":      {"knative", "{name: role, labels: {app.kubernetes.io/name: knative-serving}}", "{name: binding}", true, true},
		"Knative, of an old release":    {"knative", "{name: role, labels: {serving.knative.dev/release: v0.7.1}}", "{name: binding}", true, true},
		"Knative, the binding marked":   {"knative", "{name: role}", "{name: binding, labels: {app.kubernetes.io/part-of: knative-eventing}}", true, false},
		"Knative, by name alone":        {"knative", "{name: role}", "{name: knative-serving-extra}", false, false},
		"Kubeless marks nothing":        {"kubeless", "{name: role}", "{name: kubeless-controller-deployer}", true, false},
		"Kubeless, a name like it":      {"kubeless", "{name: role}", "{name: kubeless-extra}", false, false},
		"OpenFaaS has a setting":        {"openfaas", "{name: role, labels: {app.kubernetes.io/part-of: openfaas}}", "{name: openfaas-controller}", false, false},
		"the mark of another framework": {"knative", "{name: role, labels: {kyma-project.io/module: serverless}}", "{name: binding}", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := offlinetest.Text(t, grant(c.role, c.binding)...)
			only := func(kind string) model.Ref {
				for _, o := range w.List(schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: kind}, "") {
					return o.Head().Ref
				}
				return model.Ref{}
			}
			assert.Equal(t, c.of, framework.FixedRights(w.Reader, c.framework, only("ClusterRoleBinding")), "the binding")
			assert.Equal(t, c.to, framework.FixedRights(w.Reader, c.framework, only("ClusterRole")), "the role")
		})
	}
	w := offlinetest.Text(t)
	assert.False(t, framework.FixedRights(w.Reader, "kyma", model.Ref{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "gone"}))
	assert.False(t, framework.FixedRights(w.Reader, "kyma", model.Ref{Kind: "ServiceAccount", Namespace: "kyma-system", Name: "serverless"}))
}

func TestFunctionsNameThePlatformsThatAreThere(t *testing.T) {
	t.Parallel()
	w := offlinetest.Files(t, seed)
	known := map[check.Subject]bool{}
	for _, p := range framework.Platforms.Get(w.Reader, struct{}{}) {
		known[p.Subject] = true
	}
	for _, f := range w.World.Functions("") {
		if s, ok := check.Platform(f); ok {
			assert.True(t, known[s], "%s names %v", f.Key.Name, s)
			assert.Contains(t, framework.Served.Get(w.Reader, s), f.Key)
		}
	}
}
