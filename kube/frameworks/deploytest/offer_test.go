package deploytest_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/deploytest"
	"github.com/fn9s/fn9s/kube/plan"
)

// An offer tells all that a form asks: for each source and type of trigger either that there is one, or why not.
func TestOffersAreWhole(t *testing.T) {
	p := deploytest.Platform(t, "none")
	for _, framework := range []string{"openfaas", "kubeless", "kyma"} {
		o := p.Adapter(framework).(frameworks.Deployer).Offer()
		for _, source := range []string{"image", "code", "git"} {
			assert.NotEqual(t, slices.Contains(o.Sources, source), o.Without[source] != "", "%s: source %s", framework, source)
		}
		for _, kind := range []string{"http", "cron", "queue", "event"} {
			assert.NotEqual(t, slices.Contains(o.Triggers, kind), o.Without[kind] != "", "%s: trigger %s", framework, kind)
		}
		if slices.Contains(o.Sources, "code") {
			assert.NotEmpty(t, o.Runtimes, framework)
		}
		var keys []string
		for _, option := range o.Options {
			assert.NotContains(t, keys, option.Key, framework)
			keys = append(keys, option.Key)
			assert.NotEmpty(t, option.What, "%s: %s", framework, option.Key)
			if len(option.Choices) > 0 && option.Default != "" && !slices.Contains(option.Choices, option.Default) {
				assert.Contains(t, option.Default, " ", "%s: the default of %s is one of its choices, or is told in words", framework, option.Key)
			}
		}
		for field, why := range o.Without {
			assert.NotEmpty(t, why, "%s: %s", framework, field)
		}
	}
}

// A problem makes nothing, and neither do foreseen objects change what they are made of.
func TestForeseeingChangesNothing(t *testing.T) {
	for _, r := range []*plan.DeployRequest{
		{Framework: "openfaas", Namespace: "payments", Source: plan.Source{Image: "a/b:1"}, Options: map[string]string{"read-only-root": "true"}},
		{Framework: "kubeless", Namespace: "media", Runtime: "python3.7", Handler: "a.run", Source: plan.Source{Code: &plan.Code{Files: map[string][]byte{"a.py": []byte("x")}}}},
		{Framework: "kyma", Namespace: "media", Runtime: "python312", Source: plan.Source{Code: &plan.Code{Files: map[string][]byte{"a.py": []byte("x")}}}},
	} {
		r.Name = "made"
		p := deploytest.Platform(t, r.Framework)
		before := deploytest.Objects(t, p.Draft(r))
		again := deploytest.Objects(t, p.Draft(r))
		made := p.Adapter(r.Framework).(frameworks.Foreseer).Foresee(before, p.Around(nil))
		assert.Equal(t, again, before, r.Framework)
		kinds := map[string]bool{}
		for _, o := range made {
			ref, _ := frameworks.NameOf(o)
			kinds[ref.Kind] = true
			assert.Equal(t, r.Namespace, ref.Namespace)
			assert.NotEmpty(t, ref.Name)
		}
		assert.True(t, kinds["Deployment"] && kinds["Service"], "%s: %v", r.Framework, kinds)
		assert.Empty(t, p.Adapter(r.Framework).(frameworks.Foreseer).Foresee([]map[string]any{{"kind": "Function"}}, p.Around(nil)), "of others nothing is made")
	}
}
