package knative

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Close makes a Knative Service answer in the cluster only. Domains that are mapped to it stay public: those are
// objects of their own.
func (adapter) Close(w *plan.Wish, route model.Ref) plan.Answer {
	f := w.Function
	switch {
	case route.GroupKind() == mappingKind:
		e := plan.Edit{Verb: plan.Delete, Object: route, APIVersion: frameworks.VersionOf(w, route), Why: w.Why, Asks: "callers of " + route.Name + " lose it"}
		return w.Done(plan.AtOnce, e)
	case f.Object.GroupKind() != serviceKind || route.Kind != "Ingress" && route != f.Object:
		return plan.Answer{}
	}
	e := w.Patch(f.Object, f.APIVersion, plan.Field{Path: `metadata.labels["networking.knative.dev/visibility"]`, Value: "cluster-local"})
	e.Asks = "callers from outside of the cluster lose it"
	a := w.Done(plan.AtOnce, e)
	if o := w.Objects.Get(f.Object); o != nil && o.Head().Labels.Has("function.knative.dev/name") {
		a.Lost = "the next func deploy takes the label away: it is public again"
	}
	return a
}
