package nuclio

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Protect writes into the http trigger what the controller makes the Ingress of.
func (adapter) Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool) {
	o := w.Objects.Get(w.Function.Object)
	if o == nil || route.GroupKind() != frameworks.Ingress || route.Namespace != w.Function.Key.Namespace || route.Name != prefix+w.Function.Key.Name {
		return nil, false
	}
	facts, ok := o.Head().FactsOf(Name).(*function)
	if !ok || facts.http == "" {
		return nil, false
	}
	at := plan.Keyed("spec.triggers", facts.http)
	fields := frameworks.Annotate(at+".annotations", p.Annotations)
	if p.TLSSecret != "" {
		for _, key := range facts.ingresses {
			fields = append(fields, plan.Field{Path: plan.Keyed(at+".attributes.ingresses", key) + ".secretName", Value: p.TLSSecret})
		}
	}
	if len(fields) == 0 {
		return nil, false
	}
	return []plan.Edit{w.Patch(w.Function.Object, w.Function.APIVersion, force(fields)...)}, false
}
