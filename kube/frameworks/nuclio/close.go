package nuclio

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Close takes the node port or the Ingress out of the http trigger that makes it.
func (adapter) Close(w *plan.Wish, route model.Ref) plan.Answer {
	o := w.Objects.Get(w.Function.Object)
	if o == nil {
		return plan.Answer{}
	}
	facts, ok := o.Head().FactsOf(Name).(*function)
	if !ok || facts.http == "" || route.Namespace != w.Function.Key.Namespace || route.Name != prefix+w.Function.Key.Name {
		return plan.Answer{}
	}
	at := plan.Keyed("spec.triggers", facts.http) + ".attributes."
	var fields []plan.Field
	switch route.GroupKind() {
	case frameworks.Service:
		fields = []plan.Field{{Path: at + "serviceType", Value: "ClusterIP"}, {Path: "spec.serviceType", Remove: true}}
	case frameworks.Ingress:
		fields = []plan.Field{{Path: at + "ingresses", Remove: true}}
	default:
		return plan.Answer{}
	}
	e := w.Patch(w.Function.Object, w.Function.APIVersion, force(fields)...)
	e.Asks = "callers from outside of the cluster lose it"
	return w.Done(plan.Rollout, e)
}
