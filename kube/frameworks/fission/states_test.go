package fission_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/fission"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/security/model"
)

func states(t *testing.T) *frameworkstest.Cluster {
	return frameworkstest.Load(t, adapters(), "testdata/states.yaml")
}

func TestStates(t *testing.T) {
	type row struct {
		state  model.State
		reason string
	}
	got := map[string]row{}
	for _, f := range states(t).Functions() {
		got[f.Name()] = row{f.State, f.Reason}
	}
	assert.Contains(t, got["malformed"].reason, "read Function.fission.io states/malformed")
	delete(got, "malformed")
	assert.Equal(t, map[string]row{
		"building":       {model.Building, "package running is running"},
		"no-environment": {model.Failed, "Environment nowhere does not exist"},
		"no-package":     {model.Failed, "Package nowhere does not exist"},
		"pool-gone":      {model.NoWorkload, "Environment env has no pool: the executor does not run, or the pool was deleted"},
		"cold":           {model.Idle, "no pod, and no pool: the next call waits for a pod to start"},
		"in-a-crowd":     {model.Ready, "shares the pods of Environment crowd"},
		"to-zero":        {model.Idle, "scaled to zero; the router wakes it"},
		"going":          {model.Deleting, `waits for finalizers ["fission.io/function-cleanup"]`},
		"left-behind":    {model.Orphaned, "its Function left-behind is gone"},
	}, got)
}

func TestRouterOfOldReleases(t *testing.T) {
	f := states(t).Function("states", "cold")
	require.NotNil(t, f)
	assert.Equal(t, model.Platform{Namespace: "faas", Version: "v1.22.0", Shape: "router ClusterIP"}, f.Platform)
	assert.Equal(t, []string{
		"http://router.faas.svc/split", "http://router.faas.svc/fission-function/states/cold",
	}, urls(f, false))
	assert.Equal(t, []string{"http GET /split 90% router token"}, triggers(f))
	assert.Equal(t, "https://files.example.com/a.zip", f.Source.Detail)
	assert.Equal(t, []string{"HTTPTrigger split: RouteConflict: another trigger has this path", "missing: Secret shared"}, f.Notes)
	require.Len(t, f.References, 1)
	assert.Equal(t, "spec.runtime.container.env[0].valueFrom.secretKeyRef", f.References[0].Origin.Path)
	assert.Equal(t, "Environment", f.References[0].Origin.Kind)
}

func TestTheWorkloadMayLieElsewhere(t *testing.T) {
	f := states(t).Function("states", "to-zero")
	require.NotNil(t, f)
	assert.Equal(t, "elsewhere", f.Workloads[0].Namespace)
	assert.Equal(t, []string{"Deployment newdeploy-to-zero run", "Deployment a-newdeploy-to-zero-v1 run"}, workloads(f),
		"what the Function says now, then published versions")
	assert.Equal(t, "env", f.Templates[0].Container, "containers have no order")
	assert.Equal(t, "example.com/env:1", f.Image)
}

func TestAvailabilityDecidesWhatMissingMeans(t *testing.T) {
	kind := func(name string) schema.GroupKind { return schema.GroupKind{Group: "fission.io", Kind: name} }
	tests := []struct {
		name, function string
		kind           schema.GroupKind
		to             frameworks.Availability
		state          model.State
		reason         string
	}{
		{"Environments are denied", "no-environment", kind("Environment"), frameworks.Denied,
			model.Idle, "no pod; one is taken from the pool at the next call"},
		{"Packages are loading", "no-package", kind("Package"), frameworks.Loading,
			model.Idle, "no pod, and no pool: the next call waits for a pod to start"},
		{"pods are denied", "cold", frameworks.Pod, frameworks.Denied,
			model.Unknown, "listing Pods in states is denied"},
		{"Deployments are denied", "pool-gone", frameworks.Deployment, frameworks.Denied,
			model.Unknown, "listing Deployments in states is denied"},
		{"Functions are denied", "left-behind", kind("Function"), frameworks.Denied,
			model.Unknown, "its Function is not known: listing Functions in states is denied"},
		{"Fission is gone", "left-behind", kind("Function"), frameworks.Absent,
			model.Orphaned, "its Function left-behind is gone: the server does not serve Function.fission.io"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := states(t)
			c.Set(tt.kind, "", tt.to)
			f := c.Function("states", tt.function)
			require.NotNil(t, f)
			assert.Equal(t, tt.state, f.State)
			assert.Equal(t, tt.reason, f.Reason)
		})
	}
}

func TestAChangeOfTheEnvironmentReachesItsFunctions(t *testing.T) {
	c := states(t)
	require.Equal(t, model.NoWorkload, c.Function("states", "pool-gone").State)
	c.Store.Delete(model.Ref{Group: "fission.io", Kind: "Environment", Namespace: "states", Name: "env"})
	c.Settle()
	assert.Equal(t, "Environment env does not exist", c.Function("states", "pool-gone").Reason)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"spec":{"secrets":[null],"podspec":{"containers":[{}]},"InvokeStrategy":{"ExecutionStrategy":{"MaxScale":1}}}}`))
	f.Add([]byte(`{"spec":{"functionref":{"functionweights":{"a":-1}},"methods":[null],"runtime":{"podspec":null}}}`))
	f.Add([]byte(`{"spec":{"deployment":{"literal":7,"oci":{"imagePullSecrets":[{}]}}},"status":{"buildlog":"\n\n"}}`))
	a := fission.New()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range a.Resources() {
			h := &model.Custom{Header: model.Header{Ref: model.Ref{Group: r.Group, Kind: r.Kind, Namespace: "n", Name: "o"}}}
			value, err := a.Decode(&frameworks.Raw{Header: &h.Header, JSON: data})
			if err == nil && value != nil {
				h.Facts = []model.Facts{{Framework: a.Name(), Value: value}}
			}
			if len(a.Keys(h)) > frameworks.MaxList {
				t.Fatal("too many keys")
			}
		}
	})
}
