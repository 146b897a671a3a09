package knative_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/security/model"
)

func TestStates(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	want := map[string][2]string{
		"waking":       {"deploying", ""},
		"new":          {"no-workload", "nothing has taken it up: no controller of Knative Serving runs in knative-serving"},
		"behind":       {"deploying", "the newest specification has not been taken up yet"},
		"resolving":    {"deploying", "ResolvingDigests: looking up the tag"},
		"no-image":     {"failed", "ContainerMissing: manifest unknown"},
		"going":        {"deleting", `waits for finalizers ["example.com/wait"]`},
		"no-revision":  {"no-workload", "Revision no-revision-00004 has traffic and does not exist"},
		"malformed":    {"unknown", "read Service.serving.knative.dev states/malformed"},
		"hostile":      {"no-workload", "has traffic and does not exist"},
		"bare":         {"idle", "NoTraffic"},
		"resize":       {"idle", ""},
		"cannot-clone": {"failed", "CloneFailed: authentication required"},
		"vanished": {"no-workload", "func-operator says that vanished is deployed, " +
			"and there is neither a Knative Service nor a Deployment"},
		"odd": {"unknown", "read Function.functions.dev states/odd"},
	}
	for _, f := range c.Functions() {
		w, ok := want[f.Name()]
		if !assert.True(t, ok, "%s is no function", f.Name()) {
			continue
		}
		delete(want, f.Name())
		assert.Equal(t, w[0], string(f.State), f.Name())
		if f.State == model.Unknown || f.Name() == "hostile" {
			assert.Contains(t, f.Reason, w[1])
			continue
		}
		assert.Equal(t, w[1], f.Reason, f.Name())
	}
	assert.Empty(t, want, "not found")
}

func TestHostileNumbersAreBounded(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	f := c.Function("states", "hostile")
	require.NotNil(t, f)
	assert.Nil(t, f.Scaling.Min)
	assert.Nil(t, f.Scaling.Max)
	assert.Empty(t, f.Scaling.Note)
	for _, tr := range f.Traffic {
		assert.GreaterOrEqual(t, tr.Percent, int32(0))
	}
}

func TestConfigurationAlone(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	f := c.Function("states", "bare")
	require.NotNil(t, f)
	assert.Equal(t, "Configuration", f.Object.Kind)
	assert.Equal(t, []string{"https://shop.example.com", "https://bare.example.org"}, urls(f, true))
	assert.Equal(t, []model.Traffic{{Revision: "bare-00001", Percent: 100, Latest: true}}, f.Traffic)
	assert.Equal(t, []string{
		"DomainMapping bare.example.org: DomainAlreadyClaimed: claimed by another namespace", "missing: Secret bare-tls",
	}, f.Notes)
}

func TestKedaDeployer(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
	f := c.Function("states", "resize")
	require.NotNil(t, f)
	assert.Equal(t, "func keda", f.Platform.Shape)
	assert.EqualValues(t, 4, *f.Scaling.Max)
	assert.Equal(t, "HTTPScaledObject", f.Scaling.By.Kind)
	assert.Equal(t, []string{"queue kafka images, thumbs"}, triggers(f))
	assert.Equal(t, []string{"Secret kafka password trigger"}, references(f))
	assert.Contains(t, f.Notes, "KafkaSource images: ConnectionFailed: no broker")
	assert.Contains(t, f.Claims, model.Ref{Group: "http.keda.sh", Kind: "HTTPScaledObject", Namespace: "states", Name: "resize"})
}

func TestAvailabilityDecidesWhatMissingMeans(t *testing.T) {
	ksvc := schema.GroupKind{Group: "serving.knative.dev", Kind: "Service"}
	tests := []struct {
		name, function string
		kind           schema.GroupKind
		to             frameworks.Availability
		state          model.State
		reason         string
	}{
		{"Revisions are denied", "no-revision", schema.GroupKind{Group: "serving.knative.dev", Kind: "Revision"},
			frameworks.Denied, model.Unknown, "listing Revisions in states is denied"},
		{"Deployments of the control plane are denied", "new", frameworks.Deployment, frameworks.Denied, model.Unknown,
			"Knative Serving has not taken it up; whether it runs is not known: " +
				"listing Deployments in knative-serving is denied"},
		{"Knative Services are still listed", "vanished", ksvc, frameworks.Loading, model.Unknown,
			"Services are still being listed"},
		{"there is no Serving", "vanished", ksvc, frameworks.Absent, model.NoWorkload,
			"func-operator says that vanished is deployed, and there is neither a Knative Service nor a Deployment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := frameworkstest.Load(t, adapters(), "testdata/states.yaml")
			c.Set(tt.kind, "", tt.to)
			f := c.Function("states", tt.function)
			require.NotNil(t, f)
			assert.Equal(t, tt.state, f.State)
			assert.Equal(t, tt.reason, f.Reason)
		})
	}
}

func TestOrphansAreOnlyWhatCouldHaveBeenSeen(t *testing.T) {
	ksvc := schema.GroupKind{Group: "serving.knative.dev", Kind: "Service"}
	for _, tt := range []struct {
		to    frameworks.Availability
		state model.State
	}{
		{frameworks.Available, model.Orphaned}, {frameworks.Absent, model.Orphaned},
		{frameworks.Denied, model.Unknown}, {frameworks.Loading, model.Unknown},
	} {
		c := frameworkstest.Load(t, adapters(), seed+"/shapes.yaml")
		c.Set(ksvc, "", tt.to)
		f := c.Function("checkout", "loyalty-points")
		require.NotNil(t, f)
		assert.Equal(t, tt.state, f.State, f.Reason)
	}
}

func TestASourceHasItsOwnRowOnlyWhileItHasNoWorkload(t *testing.T) {
	c := frameworkstest.Load(t, adapters(), seed)
	ref := model.Ref{Group: "serving.knative.dev", Kind: "Service", Namespace: "checkout", Name: "cart-pricing"}
	require.Equal(t, ref, c.Function("checkout", "cart-pricing").Object)

	c.Store.Delete(ref)
	c.Settle()
	var rows []string
	for _, f := range c.Functions() {
		if f.Name() == "cart-pricing" {
			rows = append(rows, f.Key.Kind+" "+string(f.State))
		}
	}
	assert.Equal(t, []string{"Function no-workload", "Service orphaned"}, rows)
}
