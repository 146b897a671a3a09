package fission

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Protect writes into an HTTPTrigger what the router makes its Ingress of. The router itself asks for nothing: it must
// not be reached but through the Ingress.
func (adapter) Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool) {
	made := w.Objects.Get(route)
	if made == nil || route.GroupKind() != frameworks.Ingress || p.TLSSecret == "" && len(p.Annotations) == 0 {
		return nil, false
	}
	h := made.Head()
	at := model.Ref{Group: group, Kind: httpKind.Kind, Namespace: h.Labels.Get(labelTrigSpace), Name: h.Labels.Get(labelTrigger)}
	o := w.Objects.Get(at)
	if o == nil {
		return nil, false
	}
	t, ok := o.Head().FactsOf(Name).(*trigger)
	if !ok || len(t.functions) != 1 || t.functions[0].name != w.Function.Key.Name || at.Namespace != w.Function.Key.Namespace {
		return nil, false // other functions are behind it too
	}
	fields := frameworks.Annotate("spec.ingressconfig.annotations", p.Annotations)
	if p.TLSSecret != "" {
		fields = append(fields, plan.Field{Path: "spec.ingressconfig.tls", Value: p.TLSSecret})
	}
	return []plan.Edit{w.Patch(at, o.Head().APIVersion(), fields...)}, false
}
