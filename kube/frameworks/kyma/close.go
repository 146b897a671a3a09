package kyma

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Close deletes an APIRule that leads to this function alone; its route and policies go with it.
func (adapter) Close(w *plan.Wish, route model.Ref) plan.Answer {
	o := w.Objects.Get(route)
	if o == nil || route.GroupKind() != ruleKind {
		return plan.Answer{}
	}
	r, ok := o.Head().FactsOf(Name).(rule)
	for _, p := range r.paths {
		ok = ok && p.service.Name == w.Function.Key.Name && p.service.Namespace == w.Function.Key.Namespace
	}
	if !ok {
		return plan.Answer{}
	}
	return w.Done(plan.AtOnce, plan.Edit{
		Verb: plan.Delete, Object: route, APIVersion: frameworks.VersionOf(w, route), Why: w.Why,
		Asks: "callers lose " + route.String() + ", and pods in the cluster may call it again",
	})
}
