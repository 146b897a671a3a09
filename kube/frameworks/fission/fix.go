package fission

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Fix puts a wish into the Function where that has a pod spec of its own, else into the Environment, which it shares.
func (adapter) Fix(w *plan.Wish) plan.Answer {
	f := w.Function
	o := w.Objects.Get(f.Object)
	if o == nil || f.Object.IsZero() {
		return w.None("its Function is gone: the executor takes what is left away", "")
	}
	facts, ok := o.Head().FactsOf(Name).(*function)
	switch {
	case !ok:
		return w.None("its Function cannot be read", "")
	case w.Intent == check.FixOwnAccount:
		return frameworks.Unplaced(w, "Fission refuses accounts of functions: one namespace for each function comes closest")
	case facts.executor == ownPods:
		return inFunction(w)
	case w.Intent == check.FixNoToken:
		return w.None("its pods need the token to fetch the code; newer versions keep it out of the function's own container", check.FixUpgrade)
	}
	return inEnvironment(w, facts)
}

func inFunction(w *plan.Wish) plan.Answer {
	fields, _ := w.All()
	fields = frameworks.Below("spec.podspec", fields)
	if len(fields) == 0 {
		return frameworks.Unplaced(w, "a Function has no field for annotations of its pods")
	}
	return w.Done(plan.Rollout, w.Patch(w.Function.Object, w.Function.APIVersion, fields...))
}

// dropped are the fields that the executor leaves out when it merges the pod spec of an Environment.
var dropped = []string{"hostNetwork", "hostPID", "hostIPC", "serviceAccountName", "automountServiceAccountToken", "dnsPolicy"}

func inEnvironment(w *plan.Wish, facts *function) plan.Answer {
	o := w.Objects.Get(facts.environment)
	if o == nil {
		return w.None("its Environment "+facts.environment.Name+" is not there", "")
	}
	env := o.Head()
	fields, main := w.All()
	var taken, own []plan.Field
	left := ""
	for _, f := range fields {
		p := f.Part()
		switch {
		case frameworks.InVolume(p):
			left = frameworks.Foreign
		case p.List == "containers" && p.Container == main && p.Rest == "image":
			taken = append(taken, plan.Field{Path: "spec.runtime.image", Value: f.Value})
		case p.List == "containers" && p.Container == main && strings.HasPrefix(p.Rest, "resources."):
			f.Path = "spec." + p.Rest
			if facts.executor != poolManager && !strings.HasSuffix(p.Rest, "ephemeral-storage") {
				own = append(own, f)
			} else {
				taken = append(taken, f)
			}
		case p.List == "" && contains(dropped, p.Rest):
		default:
			taken = append(taken, frameworks.Below("spec.runtime.podspec", []plan.Field{f})...)
		}
	}
	if len(taken)+len(own) == 0 {
		return frameworks.Unplaced(w, "Fission leaves it out of the pod specs of Environments")
	}
	a := w.Done(plan.NextCall)
	a.Left = left
	if facts.executor != poolManager {
		a.Effect = plan.Restart // the executor skips the change of a Deployment that is there
	}
	if len(own) > 0 {
		a.Edits = append(a.Edits, w.Patch(w.Function.Object, w.Function.APIVersion, own...))
	}
	if len(taken) > 0 {
		e := w.Patch(env.Ref, env.APIVersion(), taken...)
		if names := frameworks.Others(w, func(f *model.Function) bool { return uses(w, f, env.Ref) }); names != "" {
			e.Asks = frameworks.Also(e.Asks, "other functions of Environment "+env.Name+" change too", names)
		}
		a.Edits = append(a.Edits, e)
	}
	return a
}

// uses reports whether a function runs in an Environment.
func uses(w *plan.Wish, f *model.Function, env model.Ref) bool {
	o := w.Objects.Get(f.Object)
	if o == nil || f.Key.Framework != Name {
		return false
	}
	facts, ok := o.Head().FactsOf(Name).(*function)
	return ok && facts.environment == env
}

func contains(list []string, name string) bool {
	for _, l := range list {
		if l == name {
			return true
		}
	}
	return false
}

// MaxScale sets the highest number of replicas; a pool has none, and is bounded by how many calls run at once.
func (adapter) MaxScale(w *plan.Wish, most int32) plan.Answer {
	f := w.Function
	o := w.Objects.Get(f.Object)
	if o == nil {
		return w.None("its Function is gone", "")
	}
	path := "spec.InvokeStrategy.ExecutionStrategy.MaxScale"
	if facts, ok := o.Head().FactsOf(Name).(*function); ok && facts.executor == poolManager {
		path = "spec.concurrency"
	}
	return w.Done(plan.AtOnce, w.Patch(f.Object, f.APIVersion, plan.Field{Path: path, Value: int64(most)}))
}
