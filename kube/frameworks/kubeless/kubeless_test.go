package kubeless_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/kubeless"
	"github.com/fn9s/fn9s/security/model"
)

var (
	adapters  = []frameworks.Framework{kubeless.New()}
	functions = schema.GroupKind{Group: "kubeless.io", Kind: "Function"}
)

func get(t *testing.T, c *frameworkstest.Cluster, namespace, name string) *model.Function {
	t.Helper()
	f := c.Function(namespace, name)
	require.NotNil(t, f, "%s/%s of %v", namespace, name, c.Rows())
	return f
}

func triggers(f *model.Function) []string {
	var all []string
	for _, x := range f.Triggers {
		text := fmt.Sprintf("%s %s %s", x.Type, x.Name, x.Detail)
		if x.Auth != "" {
			text += " auth=" + x.Auth
		}
		if x.Disabled {
			text += " disabled"
		}
		all = append(all, text)
	}
	return all
}

func TestSeed(t *testing.T) {
	c := frameworkstest.Load(t, adapters, "../../samples/seed/kubeless")
	assert.Equal(t, []string{
		"analytics/dedupe-events kubeless ready 1/1",
		"analytics/export-prices kubeless ready 1/1",
		"analytics/import-catalog kubeless idle 0/0",
		"analytics/old-report kubeless orphaned 1/1",
		"analytics/render-charts kubeless building 0/1",
		"checkout/lookup-postcode kubeless no-workload –/–",
		"checkout/quote-shipping kubeless ready 2/2",
	}, c.Rows())

	f := get(t, c, "checkout", "quote-shipping")
	assert.Equal(t, "image", f.Source.Kind)
	assert.Equal(t, "python3.7", f.Runtime)
	assert.Equal(t, "shipping.quote", f.Handler)
	assert.Equal(t, "quote-shipping", f.ServiceAccount)
	assert.Equal(t, model.Platform{Namespace: "kubeless", Version: "v1.0.8"}, f.Platform)
	assert.Equal(t, []string{
		"http quote-shipping http://quote-shipping.checkout.svc:8080",
		"http quote-shipping https://shipping.example.com/quote auth=shipping-users",
	}, triggers(f))
	for _, r := range f.References {
		assert.False(t, r.Missing, "%+v", r)
	}

	f = get(t, c, "analytics", "export-prices")
	assert.Equal(t, []string{
		"http export-prices http://export-prices.analytics.svc:8080",
		"http export-prices http://prices.example.com/",
		"cron export-prices-nightly 0 2 * * *",
	}, triggers(f), "the Ingress has no authentication, whatever the trigger says")
	assert.Contains(t, f.Notes, "HTTPTrigger export-prices asks for basic authentication, its Ingress has none")

	assert.Contains(t, triggers(get(t, c, "analytics", "dedupe-events")), "queue raw-events raw-events")
	assert.NotContains(t, triggers(get(t, c, "analytics", "import-catalog")), "queue raw-events raw-events")
	assert.Equal(t, model.Source{Kind: "url", Detail: "https://releases.example.com/catalog/loader-1.3.zip"},
		get(t, c, "analytics", "import-catalog").Source)

	f = get(t, c, "analytics", "render-charts")
	assert.Equal(t, []model.Role{model.Run, model.Build}, []model.Role{f.Workloads[0].Role, f.Workloads[1].Role})
	assert.Equal(t, "the image is being built by Job build-render-charts-3b1f0c9d2e", f.Reason)
	assert.Equal(t, "no controller: nothing acts on this Function", get(t, c, "checkout", "lookup-postcode").Reason)
}

const controller = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubeless-controller-manager, namespace: kubeless, labels: {kubeless: controller}}
spec:
  selector: {matchLabels: {kubeless: controller}}
  template:
    metadata: {labels: {kubeless: controller}}
    spec: {containers: [{name: kubeless-function-controller, image: "kubeless/function-controller:v1.0.8"}]}
status: {readyReplicas: 1}
`

func function(spec string) string {
	return "\n---\napiVersion: kubeless.io/v1beta1\nkind: Function\n" +
		"metadata: {name: hello, namespace: fns, labels: {created-by: kubeless, function: hello, topic: a}}\nspec: " + spec + "\n"
}

const spec = `{handler: a.b, runtime: python3.8, checksum: "sha256:00", function: "def b(): pass"}`

func deployment(labels, status string) string {
	return `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, namespace: fns, uid: d1, labels: {` + labels + `}}
spec:
  replicas: 1
  selector: {matchLabels: {created-by: kubeless, function: hello}}
  template:
    metadata: {labels: {created-by: kubeless, function: hello}}
    spec:
      containers: [{name: hello, image: "kubeless/python@sha256:00", env: [{name: FUNC_RUNTIME, value: python3.8}]}]
status: ` + status
}

const (
	made = "created-by: kubeless, function: hello"
	up   = "{readyReplicas: 1, updatedReplicas: 1}"
)

func pod(init string) string {
	return `
---
apiVersion: v1
kind: Pod
metadata:
  name: hello-abc-1
  namespace: fns
  labels: {created-by: kubeless, function: hello, pod-template-hash: abc}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: hello-abc, controller: true}]
spec: {initContainers: [{name: prepare}, {name: install}], containers: [{name: hello}]}
status: {phase: Pending, conditions: [{type: PodScheduled, status: 'True'}], initContainerStatuses: [` + init + `]}
`
}

func TestStates(t *testing.T) {
	job := func(status string) string {
		return `
---
apiVersion: batch/v1
kind: Job
metadata: {name: build-hello-1, namespace: fns, labels: {` + made + `}}
spec: {template: {spec: {containers: [{name: build, image: b}]}}}
status: ` + status
	}
	for _, tc := range []struct {
		name, text string
		state      model.State
		reason     string
	}{
		{"healthy", controller + function(spec) + deployment(made, up), model.Ready, ""},
		{"installing", controller + function(spec) + deployment(made, "{updatedReplicas: 1}") +
			pod("{name: install, state: {running: {}}}"), model.Building, "init container install is running"},
		{"dependencies cannot be installed", controller + function(spec) + deployment(made, "{updatedReplicas: 1}") +
			pod("{name: install, state: {waiting: {reason: CrashLoopBackOff, message: back-off}}}"),
			model.Failed, "init container install: CrashLoopBackOff: back-off"},
		{"image being built", controller + function(spec) + deployment(made, "{updatedReplicas: 1}") + job("{active: 1}"),
			model.Building, "the image is being built by Job build-hello-1"},
		{"build failed", controller + function(spec) + deployment(made, "{updatedReplicas: 1}") +
			job("{conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}"),
			model.Failed, "Job build-hello-1: BackoffLimitExceeded"},
		{"old build does not matter", controller + function(spec) + deployment(made, up) +
			job("{conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}"), model.Ready, ""},
		{"nothing made, controller runs", controller + function(spec), model.NoWorkload,
			"there is no Deployment hello; the log of kubeless-function-controller in kubeless says why"},
		{"nothing made, no controller", function(spec), model.NoWorkload, "no controller: nothing acts on this Function"},
		{"nothing made, bad handler", controller + function("{handler: a.b.c}"), model.NoWorkload,
			"there is no Deployment hello; the handler is not FILE.FUNCTION"},
		{"nothing made, bad template", controller + function("{handler: a.b, deployment: {spec: {replicas: many}}}"),
			model.NoWorkload, "spec.deployment: json: cannot unmarshal"},
		{"Deployment of somebody else", controller + function(spec) + deployment("app: hello", up),
			model.NoWorkload, "the Deployment hello was not made by Kubeless and stands in the way"},
		{"Function gone", controller + deployment(made, up), model.Orphaned, "the Function hello is gone"},
		{"stuck in deletion", strings.Replace(function(spec), "namespace: fns,",
			"namespace: fns, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [kubeless.io/function],", 1) + deployment(made, up),
			model.Deleting, `waits for finalizers ["kubeless.io/function"]; no controller removes them`},
		{"malformed", controller + function("[1, 2]") + deployment(made, up), model.Unknown, "decode Function: json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := get(t, frameworkstest.LoadText(t, adapters, tc.text), "fns", "hello")
			assert.Equal(t, tc.state, f.State)
			if tc.reason == "" {
				assert.Empty(t, f.Reason)
			}
			assert.Contains(t, f.Reason, tc.reason)
		})
	}
}

func TestNotSeenIsNotMissing(t *testing.T) {
	c := frameworkstest.LoadText(t, adapters, function(spec))
	c.Set(frameworks.Deployment, "", frameworks.Denied)
	f := get(t, c, "fns", "hello")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "listing Deployments in fns is denied", f.Reason)
	assert.Empty(t, f.Notes, "nothing is known of the controller")

	c = frameworkstest.LoadText(t, adapters, deployment(made, up))
	c.Set(functions, "", frameworks.Denied)
	assert.Equal(t, model.Unknown, get(t, c, "fns", "hello").State)
}

func TestTriggersOfAFunction(t *testing.T) {
	object := func(kind, name, spec string) string {
		return "\n---\napiVersion: kubeless.io/v1beta1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: fns}\nspec: " + spec + "\n"
	}
	c := frameworkstest.LoadText(t, adapters, controller+function(spec)+deployment(made, up)+
		object("HTTPTrigger", "web", "{function-name: hello, host-name: a.example.com, path: x, tls: true}")+
		object("CronJobTrigger", "tick", "{function-name: hello, schedule: '* * * * *'}")+
		object("KafkaTrigger", "mine", "{topic: orders, functionSelector: {matchExpressions: [{key: topic, operator: In, values: [a]}]}}")+
		object("KafkaTrigger", "other", "{topic: orders, functionSelector: {matchLabels: {topic: b}}}")+
		object("NATSTrigger", "nobody", "{topic: all}")+
		object("NATSTrigger", "bad", "{topic: all, functionSelector: {matchExpressions: [{key: a, operator: Near}]}}")+
		object("KinesisTrigger", "stream", "{function-name: hello, stream: s, secret: aws}")+
		object("HTTPTrigger", "stranger", "{function-name: nobody, host-name: b.example.com}"))
	f := get(t, c, "fns", "hello")
	assert.Equal(t, []string{
		"cron tick * * * * * disabled",
		"http web a.example.com/x disabled",
		"queue stream s auth=aws",
		"queue mine orders",
	}, triggers(f))
	assert.Equal(t, []string{
		"CronJobTrigger tick has no CronJob: nothing calls the function",
		"HTTPTrigger web has no Ingress: it exposes nothing",
	}, f.Notes)
	var secrets []string
	for _, r := range f.References {
		assert.Equal(t, model.ForTrig, r.How)
		assert.True(t, r.Missing)
		secrets = append(secrets, r.Name)
	}
	assert.Equal(t, []string{"web-tls", "aws"}, secrets)
	assert.Len(t, c.Functions(), 1, "a trigger alone is no function")

	c.Set(frameworks.Ingress, "", frameworks.Denied)
	assert.Contains(t, triggers(get(t, c, "fns", "hello")), "http web a.example.com/x", "what cannot be seen may be there")
}

func TestDriftIsSaid(t *testing.T) {
	c := frameworkstest.LoadText(t, adapters, controller+function("{handler: a.b, runtime: python3.9, service: {type: LoadBalancer}}")+
		deployment(made, up)+"\n---\napiVersion: v1\nkind: Service\nmetadata: {name: hello, namespace: fns}\nspec: {type: ClusterIP, ports: [{port: 8080}]}\n")
	f := get(t, c, "fns", "hello")
	assert.Equal(t, []string{
		"runs python3.8, the Function says python3.9: a changed runtime alone is not taken up",
		"no checksum: a changed source is not taken up by running pods, and is not verified",
		"the Service is of type ClusterIP, the Function says LoadBalancer: the type of an existing Service is not changed",
	}, f.Notes)
}

func TestACredentialInTheSourceURLIsNotKept(t *testing.T) {
	c := frameworkstest.LoadText(t, adapters, controller+function(
		`{handler: a.b, function-content-type: url+zip, function: "https://u:pw@s3.example.com/a.zip?X-Amz-Signature=dummy"}`))
	f := get(t, c, "fns", "hello")
	assert.Equal(t, model.Source{Kind: "url", Detail: "https://s3.example.com/a.zip"}, f.Source)
	assert.NotContains(t, fmt.Sprintf("%+v", f), "dummy")
}

func TestHostileTextsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	c := frameworkstest.LoadText(t, adapters, controller+function("{runtime: "+long+", handler: "+long+
		", horizontalPodAutoscaler: {metadata: {name: h}, spec: {minReplicas: -4, maxReplicas: 99999999999}}}"))
	f := get(t, c, "fns", "hello")
	assert.Less(t, len(f.Runtime)+len(f.Handler)+len(f.Reason), 13_000)
	assert.Equal(t, int32(0), *f.Scaling.Min)
	assert.Equal(t, int32(1<<31-1), *f.Scaling.Max)
}
