package pods_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

const nuclioFunction = `{apiVersion: nuclio.io/v1beta1, kind: NuclioFunction, metadata: {name: fn, namespace: fns}, spec: {}}`

func controller(spec string) string {
	return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: nuclio-controller, namespace: nuclio, labels: {app: nuclio, nuclio.io/app: controller, release: nuclio}}
spec:
  selector: {matchLabels: {nuclio.io/app: controller}}
  template:
    metadata: {labels: {app: nuclio, nuclio.io/app: controller, nuclio.io/class: service, release: nuclio}}
    spec: {serviceAccountName: nuclio, containers: [{name: nuclio-controller, image: "quay.io/nuclio/controller:1.14.1-amd64"` + spec + `}]}
`
}

func TestPOD20ControlPlanes(t *testing.T) {
	admin := `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: everything}, rules: [{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: everything}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}, subjects: [{kind: ServiceAccount, name: nuclio, namespace: nuclio}]}`
	for name, test := range map[string]struct {
		documents []string
		want      string
	}{
		"harmless":   {[]string{controller("")}, ""},
		"privileged": {[]string{controller(", securityContext: {privileged: true}")}, "component nuclio-controller runs privileged"},
		"mighty":     {[]string{controller(""), admin}, "ServiceAccount nuclio/nuclio leads to the whole cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			w := offlinetest.Text(t, append(test.documents, nuclioFunction)...)
			subject, ok := check.Platform(w.Find("fns", "fn"))
			require.True(t, ok)
			found := offlinetest.Of(w.Scope(subject), "POD-20")
			if test.want == "" {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Contains(t, found[0].Message, test.want)
			assert.GreaterOrEqual(t, found[0].Severity, check.High)
		})
	}
}

func TestIsolatedFunctionsWeighLess(t *testing.T) {
	policy := func(types string) string {
		return `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: fns}, spec: {podSelector: {}, policyTypes: [` + types + `]}}`
	}
	for types, want := range map[string]check.Severity{"Ingress, Egress": check.Low, "Ingress": check.Medium} {
		p := offlinetest.Text(t, restricted, function("", ""), policy(types)).Judge("fns", "fn")
		for _, id := range []string{"POD-09", "POD-10", "POD-11"} {
			assert.Equal(t, want, offlinetest.Of(p, id)[0].Severity, "%s with %s", id, types)
		}
	}
	p := offlinetest.Text(t, restricted, function("hostNetwork: true", ""), policy("Ingress, Egress")).Judge("fns", "fn")
	assert.Equal(t, check.Medium, offlinetest.Of(p, "POD-09")[0].Severity, "policies do not hold on the node's network")
}

func TestWhatAFrameworkCannotReachIsItsLimit(t *testing.T) {
	p := offlinetest.Text(t, namespace("pod-security.kubernetes.io/enforce: baseline"), nuclioFunction).Judge("fns", "fn")
	assert.Equal(t, check.FrameworkLimit, offlinetest.Of(p, "POD-02")[0].Limit)
	p = offlinetest.Text(t, namespace(""), nuclioFunction).Judge("fns", "fn")
	assert.Equal(t, check.NoLimit, offlinetest.Of(p, "POD-02")[0].Limit, "baseline would do")

	deployment := strings.NewReplacer(`labels: {fn9s.io/function: "true"}`, `labels: {nuclio.io/function-name: fn, nuclio.io/class: function}`,
		"name: fn, namespace", "name: nuclio-fn, namespace", "labels: {app: fn}}\n    spec", "labels: {app: fn, nuclio.io/function-name: fn, nuclio.io/class: function}}\n    spec",
		"name: fn, image", "name: nuclio, image").Replace(function("", ""))
	p = offlinetest.Text(t, restricted, nuclioFunction, deployment).Judge("fns", "fn")
	found := offlinetest.Of(p, "POD-10")
	require.NotEmpty(t, found)
	assert.Equal(t, check.FrameworkLimit, found[0].Limit, "no field reaches the container")
	assert.Equal(t, check.NoLimit, offlinetest.Of(p, "POD-09")[0].Limit, "the pod's user can be set")
}

func TestLimitOfTheNamespacesLevelGoesByTheFrameworksFields(t *testing.T) {
	const kyma = `{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: nodejs20, source: SOURCE}STATUS}`
	inline, git := "{inline: {source: x}}", "{gitRepository: {url: https://git.example.com/a, reference: main, baseDir: /}}"
	write := func(source, status string) string {
		return strings.NewReplacer("SOURCE", source, "STATUS", status).Replace(kyma)
	}
	for name, c := range map[string]struct {
		function, level string
		want            check.Limit
	}{
		"nuclio":           {nuclioFunction, "baseline", check.FrameworkLimit},
		"nuclio, no level": {nuclioFunction, "privileged", check.NoLimit},
		"kubeless": {`{apiVersion: kubeless.io/v1beta1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {runtime: python3.9, handler: a.b, function: x}}`,
			"baseline", check.FrameworkLimit},
		"kyma":                     {write(inline, ""), "baseline", check.NoLimit},
		"kyma from git":            {write(git, ""), "baseline", check.FrameworkLimit},
		"kyma, old way of build":   {write(inline, `, status: {conditions: [{type: BuildReady, status: "True"}]}`), "baseline", check.VersionLimit},
		"openfaas, edition hidden": {`{apiVersion: openfaas.com/v1, kind: Function, metadata: {name: fn, namespace: fns}, spec: {name: fn, image: "a:1"}}`, "baseline", check.NoLimit},
		"knative": {`{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: fn, namespace: fns}, spec: {template: {spec: {containers: [{image: "a:1"}]}}}}`,
			"baseline", check.NoLimit},
	} {
		t.Run(name, func(t *testing.T) {
			p := offlinetest.Text(t, namespace("pod-security.kubernetes.io/enforce: "+c.level), c.function).Judge("fns", "fn")
			found := offlinetest.Of(p, "POD-02")
			require.Len(t, found, 1)
			assert.Equal(t, c.want.String(), found[0].Limit.String())
		})
	}
}

func TestLimitsOfControlPlanes(t *testing.T) {
	const fn = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: fns, labels: {chart: fn-1.0.0, release: r}}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME, chart: fn-1.0.0, release: r}}
    spec: {containers: [{name: NAME, image: "fnproject/fnserver:0.3", securityContext: {privileged: true}, env: [{name: FN_NODE_TYPE, value: KIND}]}]}
`
	node := func(name, kind string) string { return strings.NewReplacer("NAME", name, "KIND", kind).Replace(fn) }
	subject := check.Subject{Scope: check.ScopePlatform, Namespace: "fns", Framework: "fn", Release: "r"}
	api, runner := node("api", "api"), node("runner", "pure-runner")
	p := offlinetest.Text(t, api, runner).Scope(subject)
	for _, id := range []string{"POD-04", "POD-10", "POD-20"} {
		found := offlinetest.Of(p, id)
		require.Len(t, found, 2, id)
		for _, f := range found {
			assert.Equal(t, f.Object().Name == "runner", f.Limit == check.FrameworkLimit, "%s: a runner starts containers, the API does not", id)
		}
	}
	level := func(documents ...string) check.Limit {
		found := offlinetest.Of(offlinetest.Text(t, documents...).Scope(subject), "POD-02")
		require.Len(t, found, 1)
		return found[0].Limit
	}
	assert.Equal(t, check.FrameworkLimit, level(api, runner), "the runner needs it of the namespace that both are in")
	assert.Equal(t, check.NoLimit, level(api))
}

func TestLimitOfAControllersRights(t *testing.T) {
	const plane = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubeless-controller-manager, namespace: fns, labels: {kubeless: controller}}
spec:
  selector: {matchLabels: {kubeless: controller}}
  template: {metadata: {labels: {kubeless: controller}}, spec: {serviceAccountName: acct, containers: [{name: kubeless-function-controller, image: "a:1"}]}}
`
	rights := func(name string) string {
		return strings.ReplaceAll(`
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: NAME}, rules: [{verbs: [get], apiGroups: [""], resources: [secrets]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: NAME}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAME}, subjects: [{kind: ServiceAccount, name: acct, namespace: fns}]}`, "NAME", name)
	}
	subject := check.Subject{Scope: check.ScopePlatform, Namespace: "fns", Framework: "kubeless"}
	for name, c := range map[string]struct {
		documents []string
		want      check.Limit
	}{
		"as it comes": {[]string{rights("kubeless-controller-deployer")}, check.FrameworkLimit},
		"added":       {[]string{rights("read-all")}, check.NoLimit},
		"both":        {[]string{rights("kubeless-controller-deployer"), rights("read-all")}, check.NoLimit},
	} {
		t.Run(name, func(t *testing.T) {
			found := offlinetest.Of(offlinetest.Text(t, append(c.documents, plane)...).Scope(subject), "POD-20")
			require.Len(t, found, 1)
			assert.Equal(t, c.want.String(), found[0].Limit.String())
		})
	}
}
