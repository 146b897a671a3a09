package nuclio_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/nuclio"
	"github.com/fn9s/fn9s/security/model"
)

func TestStates(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	type row struct {
		state  model.State
		reason string
	}
	got := map[string]row{}
	for _, f := range c.Functions() {
		got[f.Name()] = row{f.State, f.Reason}
	}
	assert.Contains(t, got["malformed"].reason, "read NuclioFunction.nuclio.io states/malformed")
	delete(got, "malformed")
	assert.Equal(t, map[string]row{
		"waits-for-build":         {model.Building, ""},
		"configuring":             {model.Deploying, "configuringResources"},
		"waking":                  {model.Deploying, "waitingForScaleResourceFromZero"},
		"failing":                 {model.Failed, "Failed to build processor image"},
		"imported":                {model.NoWorkload, "imported and never deployed"},
		"never-deployed":          {model.NoWorkload, "no state is set, so the controller leaves it alone; deploy it with nuctl or the dashboard"},
		"ready-without-workload":  {model.NoWorkload, "Nuclio says ready, and there is no Deployment nuclio-ready-without-workload"},
		"asleep-without-workload": {model.NoWorkload, "Nuclio says scaledToZero, and there is no Deployment nuclio-asleep-without-workload"},
		"unheard-of":              {model.Unknown, "Nuclio says \x1b[31mrolling, which is not known here"},
		"paused":                  {model.Paused, "disabled in the NuclioFunction"},
		"rolling":                 {model.Deploying, "1 of 2 replicas updated"},
		"going":                   {model.Deleting, `waits for finalizers ["example.com/wait"]`},
		"half-readable":           {model.Building, ""},
	}, got)
}

func TestOneMalformedFieldLeavesTheOthers(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	f := c.Function("states", "half-readable")
	require.NotNil(t, f)
	assert.Equal(t, "golang", f.Runtime)
	assert.Nil(t, f.Scaling.Min)
	require.Len(t, f.References, 1)
	assert.Equal(t, "spec.volumes[0].volume.secret", f.References[0].Origin.Path)
	assert.True(t, f.References[0].Missing)
	assert.Len(t, f.Notes, 4, "three fields and the missing Secret: %q", f.Notes)
	assert.Contains(t, f.Triggers, model.Trigger{
		Type: model.Cron, Name: "tick", Detail: "every 30s", Disabled: true,
		Origin: model.Origin{Ref: f.Object, Path: "spec.triggers.tick"},
	})
}

func TestPodsAndGateway(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	f := c.Function("states", "rolling")
	require.NotNil(t, f)
	assert.Empty(t, f.Pods)
	assert.Equal(t, []string{"http http://shop.example.com/rolling oauth2"}, triggers(f))
	assert.Contains(t, f.Notes, "API gateway shop: error: ingress conflict")

	f = c.Function("states", "ready-without-workload")
	require.NotNil(t, f)
	assert.Equal(t, "http://nuclio-ready-without-workload.states.svc.cluster.local:8080", f.URLs[0].URL,
		"from the status, for want of a Service")
}

func TestAvailabilityDecidesWhatMissingMeans(t *testing.T) {
	functions := schema.GroupKind{Group: "nuclio.io", Kind: "NuclioFunction"}
	load := func(kind schema.GroupKind, a frameworks.Availability) *frameworkstest.Cluster {
		c := frameworkstest.Load(t, adapters(), "testdata/states.yaml", seed)
		c.Set(kind, "", a)
		return c
	}
	c := load(frameworks.Deployment, frameworks.Denied)
	assert.Equal(t, model.Unknown, c.Function("states", "ready-without-workload").State)
	assert.Equal(t, "listing Deployments in states is denied", c.Function("states", "ready-without-workload").Reason)
	assert.Equal(t, model.Idle, c.Function("states", "asleep-without-workload").State, "its own word is enough")

	for a, want := range map[frameworks.Availability]model.State{
		frameworks.Denied: model.Unknown, frameworks.Loading: model.Unknown, frameworks.Absent: model.Orphaned,
	} {
		assert.Equal(t, want, load(functions, a).Function("analytics", "legacy-rollup").State)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"spec":{"env":[{"valueFrom":{"secretKeyRef":{"name":"a"}}}],"volumes":[{"volume":null}],"sidecars":[{}]}}`))
	f.Add([]byte(`{"spec":{"triggers":{"a":{"kind":"kafka","attributes":{"brokers":["u:p@h"]}}},"minReplicas":-1e9}}`))
	f.Add([]byte(`{"spec":{"upstreams":[{"nucliofunction":{"name":"x"}}]},"status":{"logs":[null]}}`))
	a := nuclio.New()
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
