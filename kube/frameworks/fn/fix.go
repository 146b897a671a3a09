package fn

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix answers for the runners, which run the containers of all functions: what a runner needs it keeps.
func (framework) Fix(w *plan.Wish) plan.Answer {
	switch w.Intent {
	case check.FixNoToken, check.FixOwnAccount, check.FixPullPolicy, check.FixPinImage, check.FixNoHostPath, check.FixNoControlPlane, check.FixNoHostPort:
		a := frameworks.FixWorkloads(w)
		for i := range a.Edits {
			a.Edits[i].Asks = frameworks.Also(a.Edits[i].Asks, "the runners of all functions of this server restart: running calls end", "")
		}
		a.Lost = "the next upgrade of the chart sets it back"
		return a
	case check.FixEnvToSecret:
		return w.None("configuration of functions cannot refer to Secrets: the function must fetch the value when it runs", check.FixRotateSecret)
	case check.FixLimits:
		return w.None("memory and time of a function are set through the API of Fn", check.FixLimitRange)
	}
	return w.None("a runner starts containers and must be privileged for it: give Fn a namespace, and better nodes, of its own", check.FixIsolateIngress)
}

// FixRecord changes the function itself, through the API of Fn.
func (framework) FixRecord(w *plan.Wish, paths []string) plan.Answer {
	if w.Intent == check.FixEnvToSecret && frameworks.OfRecord(w.Function, frameworks.FnGroup, "Fn") {
		return frameworks.WithoutValues(w, "v2", "config", paths)
	}
	return plan.Answer{}
}

// Settings are the configuration of a function. That of its app is for all functions there, and is not a function's own.
func (framework) Settings(f *model.Function, objects plan.Objects) plan.Settings {
	o := objects.Get(f.Record)
	if o == nil || !frameworks.OfRecord(f, frameworks.FnGroup, "Fn") {
		return plan.Settings{}
	}
	facts, ok := o.Head().FactsOf(Name).(*functionFacts)
	if !ok {
		return plan.Settings{}
	}
	return plan.Settings{Object: f.Record, APIVersion: f.Record.Group + "/v2", Names: facts.config, Below: "config/"}
}
