package kyma_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/kyma"
	"github.com/fn9s/fn9s/security/model"
)

var (
	adapters  = []frameworks.Framework{kyma.New()}
	functions = schema.GroupKind{Group: "serverless.kyma-project.io", Kind: "Function"}
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
		all = append(all, text)
	}
	return all
}

func TestSeed(t *testing.T) {
	c := frameworkstest.Load(t, adapters, "../../samples/seed/kyma")
	assert.Equal(t, []string{
		"checkout/audit-basket kyma failed –/–",
		"checkout/print-label kyma ready 1/1",
		"checkout/take-order kyma ready 2/2",
		"checkout/wrap-gift kyma no-workload –/–",
		"media/moderate-comment kyma ready 1/1",
		"media/publish-podcast kyma idle 0/0",
		"media/sync-subtitles kyma ready 1/1",
		"media/tag-photos kyma failed 0/1",
	}, c.Rows())

	f := get(t, c, "checkout", "take-order")
	assert.Equal(t, []string{
		"http take-order http://take-order.checkout.svc",
		"http take-order https://orders.kyma.example.com/orders/ auth=jwt https://login.example.com",
		"event paid-orders order.paid.v1, order.refunded.v1",
	}, triggers(f))
	assert.Equal(t, "default", f.ServiceAccount)
	assert.Equal(t, model.Platform{Namespace: "kyma-system", Version: "1.13.0", Shape: "buildless"}, f.Platform)
	for _, r := range f.References {
		assert.False(t, r.Missing && !r.Optional, "%+v", r)
	}

	f = get(t, c, "checkout", "print-label")
	assert.Contains(t, triggers(f), "http print-label https://labels.kyma.example.com/")
	assert.Len(t, f.Notes, 2)
	assert.Equal(t, "InvalidFunctionSpec: invalid source.inline.env values: FUNC_PORT is reserved",
		get(t, c, "checkout", "audit-basket").Reason)

	f = get(t, c, "media", "sync-subtitles")
	assert.Equal(t, "git", f.Source.Kind)
	assert.Contains(t, f.Source.Detail, "http://git.example.com/media/subtitles.git@main sync (")
	assert.Contains(t, triggers(f), "http sync-subtitles https://subtitles.kyma.example.com/", "the domain is the gateway's")
	assert.Contains(t, f.Notes, "spec.scaleConfig is ignored: this version of Kyma makes no autoscaler")
	assert.Equal(t, []string{"Subscription new-comments: NATS Subscription not active: no responders available for request"},
		get(t, c, "media", "moderate-comment").Notes)
}

const controller = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: serverless-ctrl-mngr, namespace: kyma-system, labels: {kyma-project.io/module: serverless}}
spec:
  selector: {matchLabels: {app: serverless}}
  template:
    metadata: {labels: {app: serverless}}
    spec: {containers: [{name: manager, image: "r/function-controller:1.13.0"}]}
status: {readyReplicas: 1}
`

func function(spec, conditions string) string {
	return "\n---\napiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata: {name: hello, namespace: fns}\n" +
		"spec: " + spec + "\nstatus: {conditions: [" + conditions + "]}\n"
}

const (
	spec       = `{runtime: nodejs22, source: {inline: {source: "x"}}}`
	configured = "{type: ConfigurationReady, status: 'True', reason: FunctionSpecValidated}"
	running    = configured + ", {type: Running, status: 'True', reason: DeploymentReady}"
	up         = "{readyReplicas: 1, updatedReplicas: 1}"
	labels     = "serverless.kyma-project.io/function-name: hello, serverless.kyma-project.io/managed-by: function-controller"
)

func deployment(name, image, status string) string {
	return `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ` + name + `, namespace: fns, labels: {` + labels + `}}
spec:
  replicas: 1
  selector: {matchLabels: {` + labels + `}}
  template: {metadata: {labels: {` + labels + `}}, spec: {containers: [{name: function, image: "` + image + `"}]}}
status: ` + status
}

func TestStates(t *testing.T) {
	made := deployment("hello-abcde", "r/hello:1", up)
	for _, tc := range []struct {
		name, text string
		state      model.State
		reason     string
	}{
		{"healthy", controller + function(spec, running) + made, model.Ready, ""},
		{"refused", controller + function(spec, "{type: ConfigurationReady, status: 'False', reason: InvalidFunctionSpec, message: bad}"),
			model.Failed, "InvalidFunctionSpec: bad"},
		{"building", controller + function(spec, configured+", {type: BuildReady, status: Unknown, reason: JobRunning}"),
			model.Building, "JobRunning"},
		{"build failed", controller + function(spec, configured+", {type: BuildReady, status: 'False', reason: JobFailed, message: exit 1}"),
			model.Failed, "JobFailed: exit 1"},
		{"Deployment refused", controller + function(spec, configured+", {type: Running, status: 'False', reason: DeploymentFailed, message: quota}"),
			model.Failed, "DeploymentFailed: quota"},
		{"coming up", controller + function(spec, configured+", {type: Running, status: Unknown, reason: DeploymentCreated}"),
			model.Deploying, "DeploymentCreated"},
		{"not looked at", controller + function(spec, ""), model.Deploying, "the controller has not looked at the Function yet"},
		{"workload deleted", controller + function(spec, running), model.NoWorkload, "its Deployment is gone"},
		{"no controller", function(spec, ""), model.NoWorkload, "no controller: nothing acts on this Function"},
		{"Function gone", controller + made, model.Orphaned, "the Function hello is gone"},
		{"deleting", strings.Replace(function(spec, running)+made, "namespace: fns}",
			"namespace: fns, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [f]}", 1), model.Deleting, "waits for finalizers"},
		{"newer specification", controller + strings.NewReplacer("namespace: fns}", "namespace: fns, generation: 3}",
			"status: {cond", "status: {observedGeneration: 2, cond").Replace(function(spec, running)) + made,
			model.Deploying, "the controller has not taken up the newest specification yet"},
		{"malformed source", controller + function("{runtime: nodejs22, source: [1]}", "") + made, model.Unknown, "spec.source"},
		{"malformed environment", controller + function("{env: [{name: {a: b}}]}", "") + made, model.Unknown, "decode Function: json"},
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
	c := frameworkstest.LoadText(t, adapters, function(spec, running))
	c.Set(frameworks.Deployment, "", frameworks.Denied)
	f := get(t, c, "fns", "hello")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "listing Deployments in fns is denied", f.Reason)

	c = frameworkstest.LoadText(t, adapters, deployment("hello-1", "i", up))
	c.Set(functions, "", frameworks.Loading)
	assert.Equal(t, model.Unknown, get(t, c, "fns", "hello").State)
}

func TestGenerations(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	for _, tc := range []struct{ name, text, shape string }{
		{"build condition", function(spec, "{type: BuildReady, status: 'True'}"), "classic"},
		{"status of the new controller", strings.Replace(function(spec, running), "status: {", "status: {observedGeneration: 1, ", 1), "buildless"},
		{"image by digest of the code", function(spec, running) + deployment("hello-1", "r/fns-hello:"+hash, up), "classic"},
		{"nothing tells", function(spec, running) + deployment("hello-1", "r/x:1", up), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := get(t, frameworkstest.LoadText(t, adapters, controller+tc.text), "fns", "hello")
			assert.Equal(t, tc.shape, f.Platform.Shape)
		})
	}
}

func TestABuildJobIsNotTheFunction(t *testing.T) {
	f := get(t, frameworkstest.LoadText(t, adapters, controller+function(spec, running)+deployment("hello-1", "i", up)+`
---
apiVersion: batch/v1
kind: Job
metadata: {name: hello-build-1, namespace: fns, labels: {`+labels+`}}
spec:
  template:
    spec:
      containers: [{name: executor, image: kaniko}]
      volumes: [{name: r, secret: {secretName: serverless-registry-config-default}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hello-x, namespace: fns}
spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, name: hello}}
`), "fns", "hello")
	require.Len(t, f.Workloads, 2)
	assert.Equal(t, model.Run, f.Workloads[0].Role)
	assert.Equal(t, model.Build, f.Workloads[1].Role)
	assert.Equal(t, model.ForBld, f.References[0].How)
	assert.True(t, f.References[0].Missing)
	assert.Equal(t, int32(4), *f.Scaling.Max)
}

func TestTwoDeploymentsAreOneFunction(t *testing.T) {
	owned := strings.Replace(deployment("hello-2", "new", up), "namespace: fns, labels",
		"namespace: fns, ownerReferences: [{apiVersion: serverless.kyma-project.io/v1alpha2, kind: Function, name: hello, controller: true}], labels", 1)
	c := frameworkstest.LoadText(t, adapters, controller+function(spec, running)+deployment("hello-1", "old", up)+owned)
	require.Len(t, c.Functions(), 1)
	f := get(t, c, "fns", "hello")
	assert.Equal(t, "new", f.Image)
	assert.Contains(t, f.Notes, "there are several Deployments of this function")
}

func TestAPIRulesOfAllVersions(t *testing.T) {
	rule := func(version, annotations, spec string) string {
		return "\n---\napiVersion: gateway.kyma-project.io/" + version +
			"\nkind: APIRule\nmetadata: {name: web, namespace: fns, annotations: {" + annotations + "}}\nspec: " + spec + "\n"
	}
	const insecure = `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: plain, namespace: edge}
spec: {servers: [{hosts: ["ns/*.example.org"], port: {number: 80}}]}
`
	for _, tc := range []struct{ name, text, want string }{
		{"open", rule("v2", "", `{hosts: [a.example.com], service: {name: hello}, rules: [{path: "/*", noAuth: true}]}`),
			"http web https://a.example.com/"},
		{"external", rule("v2", "", `{hosts: [a.example.com], rules: [{path: /x, service: {name: hello}, extAuth: {authorizers: [oauth2]}}]}`),
			"http web https://a.example.com/x auth=external oauth2"},
		{"short host at a gateway without TLS", insecure +
			rule("v2", "", `{hosts: [a], gateway: edge/plain, service: {name: hello}, rules: [{path: /, jwt: {}}]}`),
			"http web http://a.example.org/ auth=jwt"},
		{"old", rule("v1beta1", "", `{host: a.example.com, service: {name: hello}, rules: [{path: /.*, accessStrategies: [{handler: noop}]}]}`),
			"http web https://a.example.com/ auth=noop"},
		{"old, read as new", rule("v2", "gateway.kyma-project.io/original-version: v1beta1, gateway.kyma-project.io/v1beta1-spec: "+
			`'{"host":"a.example.com","service":{"name":"hello"},"rules":[{"path":"/y","accessStrategies":[{"handler":"allow"}]}]}'`, "{}"),
			"http web https://a.example.com/y"},
		{"from another namespace", strings.Replace(rule("v2", "",
			`{hosts: [a.example.com], service: {name: hello, namespace: fns}, rules: [{path: /}]}`), "namespace: fns, ann", "namespace: other, ann", 1),
			"http web https://a.example.com/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := frameworkstest.LoadText(t, adapters, controller+function(spec, running)+deployment("hello-1", "i", up)+tc.text)
			assert.Equal(t, []string{tc.want}, triggers(get(t, c, "fns", "hello")))
		})
	}
}

func TestHostileTextsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	c := frameworkstest.LoadText(t, adapters, controller+function("{runtime: "+long+
		", source: {gitRepository: {url: 'https://user:dummy@git.example.com/a?token=dummy', reference: main}}, scaleConfig: {maxReplicas: 99999999999}}",
		"{type: ConfigurationReady, status: 'False', message: "+long+"}"))
	f := get(t, c, "fns", "hello")
	assert.Less(t, len(f.Runtime)+len(f.Reason), 9000)
	assert.Equal(t, "https://git.example.com/a@main", f.Source.Detail, "without user, password and query")
	assert.Equal(t, int32(1<<31-1), *f.Scaling.Max)
}
