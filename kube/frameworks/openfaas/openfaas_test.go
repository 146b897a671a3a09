package openfaas_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/openfaas"
	"github.com/fn9s/fn9s/security/model"
)

var (
	adapters  = []frameworks.Framework{openfaas.New()}
	functions = schema.GroupKind{Group: "openfaas.com", Kind: "Function"}
)

func load(t *testing.T, installation, text string) *frameworkstest.Cluster {
	t.Helper()
	if installation != "" {
		platform, err := os.ReadFile("testdata/" + installation + ".yaml")
		require.NoError(t, err)
		text = string(platform) + "\n---\n" + text
	}
	return frameworkstest.LoadText(t, adapters, text)
}

func get(t *testing.T, c *frameworkstest.Cluster, namespace, name string) *model.Function {
	t.Helper()
	f := c.Function(namespace, name)
	require.NotNil(t, f, "%s/%s of %v", namespace, name, c.Rows())
	return f
}

func urls(f *model.Function) []string {
	var all []string
	for _, u := range f.URLs {
		all = append(all, u.URL)
	}
	return all
}

func function(name, rest string) string {
	return "\n---\napiVersion: openfaas.com/v1\nkind: Function\nmetadata: {name: " + name + ", namespace: fns}\n" + rest
}

const spec = "spec: {name: hello, image: 'example/hello:1'}\n"

// deployment is what the operator makes for spec.name hello; owner is the name of the Function, if any.
func deployment(owner, status string) string {
	owners := ""
	if owner != "" {
		owners = "\n  ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: " + owner + ", controller: true}]"
	}
	return `
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
  namespace: fns
  annotations: {com.openfaas.function.spec: '{"name":"hello"}'}` + owners + `
spec:
  replicas: 1
  selector: {matchLabels: {app: hello, controller: hello}}
  template:
    metadata: {labels: {faas_function: hello, app: hello, controller: hello}}
    spec: {containers: [{name: hello, image: "example/hello:1", env: [{name: fprocess, value: cat}]}]}
status: ` + status
}

const up = "{readyReplicas: 1, updatedReplicas: 1}"

func TestStatesOfFunctions(t *testing.T) {
	for _, tc := range []struct {
		name, installation, text string
		state                    model.State
		reason                   string
	}{
		{"healthy", "operator", function("hello", spec) + deployment("hello", up), model.Ready, ""},
		{"coming up", "operator", function("hello", spec) + deployment("hello", "{updatedReplicas: 1}"),
			model.Deploying, "0 of 1 replicas are ready"},
		{"stalled", "operator", function("hello", spec+
			"status: {conditions: [{type: Stalled, status: 'True', reason: X, message: cannot apply}]}\n") + deployment("hello", up),
			model.Failed, "X: cannot apply"},
		{"no Deployment yet", "operator", function("hello", spec+
			"status: {conditions: [{type: Reconciling, status: 'True', reason: Working}]}\n"), model.Deploying, "Working"},
		{"no Deployment, Secret missing", "operator",
			function("hello", "spec: {name: hello, image: i, secrets: [key, key2]}\n"),
			model.NoWorkload, "there is no Deployment hello; missing: Secret key, Secret key2"},
		{"no Deployment, in the operator's words", "operator", function("hello", spec+
			"status: {conditions: [{type: Ready, status: 'False', reason: Nope, message: 'it is so'}]}\n"),
			model.NoWorkload, "Nope: it is so"},
		{"inert under the Community Edition", "community", function("hello", spec),
			model.NoWorkload, "no controller: no OpenFaaS operator acts on this namespace"},
		{"nothing installed", "", function("hello", spec),
			model.NoWorkload, "no controller: there is no OpenFaaS operator in this cluster"},
		{"Deployment of another Function", "operator",
			function("hello", spec) + function("hello2", spec) + deployment("hello2", up),
			model.NoWorkload, "the Deployment hello is not this Function's"},
		{"being deleted", "operator", strings.Replace(function("hello", spec)+deployment("hello", up),
			"namespace: fns}", "namespace: fns, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [x/y]}", 1),
			model.Deleting, `waits for finalizers ["x/y"]`},
		{"malformed", "operator", function("hello", "spec: {name: 7, secrets: no}\n") + deployment("hello", up),
			model.Unknown, "json: cannot unmarshal"},
		{"Function gone", "operator", deployment("", up), model.Orphaned, "the Function hello is gone, its workload still runs"},
		{"Function gone, garbage not collected", "operator", deployment("hello", up),
			model.Orphaned, "the Function hello is gone, its workload still runs"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := get(t, load(t, tc.installation, tc.text), "fns", "hello")
			assert.Equal(t, tc.state, f.State)
			if tc.reason == "" {
				assert.Empty(t, f.Reason)
			} else {
				assert.Contains(t, f.Reason, tc.reason)
			}
			assert.Equal(t, model.FunctionKey{
				Framework: "openfaas", Group: "openfaas.com", Kind: "Function", Namespace: "fns", Name: "hello",
			}, f.Key)
		})
	}
}

func TestNotSeenIsNotMissing(t *testing.T) {
	c := load(t, "operator", function("hello", spec))
	c.Set(frameworks.Deployment, "", frameworks.Denied)
	f := get(t, c, "fns", "hello")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "listing Deployments in fns is denied", f.Reason)

	c = load(t, "operator", deployment("hello", up))
	c.Set(functions, "", frameworks.Loading)
	f = get(t, c, "fns", "hello")
	assert.Equal(t, model.Unknown, f.State)
	assert.Equal(t, "Functions are still being listed", f.Reason)
	c.Set(functions, "", frameworks.Absent)
	assert.Equal(t, model.Orphaned, get(t, c, "fns", "hello").State, "the definition is gone, and the Function with it")
}

func TestRoutesOfAFunction(t *testing.T) {
	f := get(t, load(t, "operator", function("hello", spec)+deployment("hello", up)+`
---
apiVersion: v1
kind: Service
metadata: {name: hello, namespace: fns}
spec: {selector: {faas_function: hello}, ports: [{port: 8080}]}
`), "fns", "hello")
	assert.Equal(t, []string{
		"http://gateway.openfaas.svc:8080/function/hello",
		"https://fn.example.com/function/hello",
		"http://hello.fns.svc:8080",
		"http://hello.example.com/",
	}, urls(f))
	assert.True(t, f.URLs[1].External)
	assert.Equal(t, model.Platform{Namespace: "openfaas", Release: "of", Version: "0.5.72", Shape: "pro"}, f.Platform)
	assert.Equal(t, "cat", f.Handler)
}

func TestNamespaceIsPartOfThePathElsewhere(t *testing.T) {
	text := strings.ReplaceAll(function("hello", spec)+deployment("hello", up), "namespace: fns", "namespace: other")
	f := get(t, load(t, "operator", text), "other", "hello")
	assert.Equal(t, []string{
		"http://gateway.openfaas.svc:8080/function/hello.other",
		"https://fn.example.com/function/hello.other",
	}, urls(f), "the route to /function/hello leads to namespace fns")
}

func TestFunctionIngress(t *testing.T) {
	ingress := func(more string) string {
		return "\n---\napiVersion: openfaas.com/v1\nkind: FunctionIngress\nmetadata: {name: web, namespace: openfaas}\n" +
			"spec: {domain: a.example.com, function: hello, functionNamespace: fns" + more + "}\n"
	}
	base := function("hello", spec) + deployment("hello", up)

	f := get(t, load(t, "operator", base+ingress("")), "fns", "hello")
	assert.Equal(t, []string{"FunctionIngress web has no Ingress: it exposes nothing"}, f.Notes)

	f = get(t, load(t, "operator", base+ingress(", bypassGateway: true")), "fns", "hello")
	assert.Equal(t, []string{"FunctionIngress web is ignored: bypassGateway works only inside its own namespace"}, f.Notes)

	f = get(t, load(t, "operator", base+ingress(", tls: {enabled: true}")+`
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: openfaas
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /function/hello.fns/$1}
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: FunctionIngress, name: web, controller: true}]
spec:
  tls: [{hosts: [a.example.com]}]
  rules:
  - host: a.example.com
    http: {paths: [{path: /(.*), pathType: ImplementationSpecific, backend: {service: {name: gateway, port: {number: 8080}}}}]}
`), "fns", "hello")
	assert.Empty(t, f.Notes)
	assert.Contains(t, urls(f), "https://a.example.com/")
	require.Len(t, f.References, 1)
	assert.Equal(t, "a.example.com-cert", f.References[0].Name)
	assert.Equal(t, "openfaas", f.References[0].Namespace)
	assert.True(t, f.References[0].Missing)
}
