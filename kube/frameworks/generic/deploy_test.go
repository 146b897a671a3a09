package generic_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/frameworkstest"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/plan"
)

func number(n int) *int { return &n }

func deployer(t *testing.T, name string) frameworks.Deployer {
	t.Helper()
	data, err := os.ReadFile("testdata/deploy/frameworks.yaml")
	require.NoError(t, err)
	var node yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &node))
	entries, problems := generic.Parse("frameworks.yaml", &node)
	require.Empty(t, problems)
	for _, f := range generic.New(entries) {
		if f.Name() == name {
			return f.(frameworks.Deployer)
		}
	}
	require.Fail(t, "there is no "+name)
	return nil
}

func requests() map[string]plan.DeployRequest {
	return map[string]plan.DeployRequest{
		"spin": {
			Framework: "spin", Namespace: "media", Name: "geo", Source: plan.Source{Image: "registry.example.com/media/geo:3"},
			Labels: map[string]string{"team": "media"}, Requests: map[string]string{"cpu": "20m"}, Limits: map[string]string{"cpu": "200m", "memory": "64Mi"},
		},
		"openfunction": {
			Framework: "openfunction", Namespace: "media", Name: "greet", Source: plan.Source{Image: "registry.example.com/media/greet:3"},
			ServiceAccount: "greet", Min: number(0), Max: number(5), Options: map[string]string{"engine": "keda"},
			Env: []plan.Variable{{Name: "MOOD", Value: "${namespace}"}, {Name: "KEY", Secret: "greet", Key: "key"}},
		},
		"keda": {
			Framework: "keda", Namespace: "media", Name: "loader", Source: plan.Source{Image: "registry.example.com/media/loader:3"},
			Min: number(0), Max: number(5), Options: map[string]string{"topic": "a: [b", "brokers": "kafka:9092"},
		},
	}
}

func TestADraftIsTheTemplateFilled(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			d := deployer(t, name).Deploy(&r, plan.Surroundings{})
			frameworkstest.Drafted(t, "testdata/deploy/"+name+".yaml", d)
		})
	}
}

func TestAnOfferIsWhatTheTemplateHasAPlaceFor(t *testing.T) {
	o := deployer(t, "openfunction").Offer()
	assert.Equal(t, []string{"image"}, o.Sources)
	assert.Equal(t, plan.Option{Key: "port", What: "port that it listens on", Default: "8080"}, o.Options[1])
	assert.NotContains(t, o.Without, "env")
	assert.NotContains(t, o.Without, "min")
	assert.Contains(t, o.Without, "requests")
	o = deployer(t, "spin").Offer()
	assert.Contains(t, o.Without, "env")
	assert.NotContains(t, o.Without, "requests")
	assert.Empty(t, deployer(t, "bare").Offer().Sources)
}

func TestWhatATemplateCannotDoIsSaidAtTheField(t *testing.T) {
	for name, c := range map[string]struct {
		framework string
		change    func(r *plan.DeployRequest)
		served    func(group, kind string) []string
		want      string
	}{
		"no template":         {"bare", func(*plan.DeployRequest) {}, nil, "framework: the configuration of bare has no deploy.template: copy a function that is there"},
		"no function":         {"stray", func(*plan.DeployRequest) {}, nil, "framework: the template of stray makes no CronJob.batch"},
		"no image":            {"openfunction", func(r *plan.DeployRequest) { r.Source.Image = "" }, nil, "image: the function is made of an image"},
		"spaces in an image":  {"openfunction", func(r *plan.DeployRequest) { r.Source.Image = "a b" }, nil, `image: "a b" has spaces`},
		"a field is needed":   {"openfunction", func(r *plan.DeployRequest) { r.Options = nil }, nil, "engine: it is needed"},
		"a field is a number": {"openfunction", func(r *plan.DeployRequest) { r.Options["port"] = "eighty" }, nil, `port: "eighty" is no number`},
		"no place for it":     {"openfunction", func(r *plan.DeployRequest) { r.Runtime = "go" }, nil, "runtime: the template of this framework has no place for it"},
		"a name of a path":    {"openfunction", func(r *plan.DeployRequest) { r.Name = "../x" }, nil, `name: "../x" is no name of an object`},
		"not served":          {"openfunction", func(*plan.DeployRequest) {}, func(string, string) []string { return nil }, "framework: the cluster has no Function of core.openfunction.io"},
		"not that version":    {"openfunction", func(*plan.DeployRequest) {}, func(string, string) []string { return []string{"v1beta1"} }, "framework: the cluster has Function of core.openfunction.io as v1beta1, and not as v1beta2"},
	} {
		t.Run(name, func(t *testing.T) {
			r := requests()["openfunction"]
			c.change(&r)
			found := frameworkstest.Problems(t, deployer(t, c.framework).Deploy(&r, plan.Surroundings{Served: c.served}))
			assert.Contains(t, found, c.want)
		})
	}
}
