package kubeless

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Protect writes into an HTTPTrigger what its Ingress is made of. The controller writes the annotations of an Ingress
// only once: the Ingress is changed too.
func (adapter) Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool) {
	at := model.Ref{Group: group, Kind: httpKind.Kind, Namespace: route.Namespace, Name: route.Name}
	o := w.Objects.Get(at)
	if o == nil || route.GroupKind() != frameworks.Ingress {
		return nil, false
	}
	var fields []plan.Field
	if p.TLSSecret != "" {
		fields = append(fields, plan.Field{Path: "spec.tls-secret", Value: p.TLSSecret})
	}
	if p.Users != "" {
		fields = append(fields, plan.Field{Path: "spec.basic-auth-secret", Value: p.Users})
	}
	if len(fields) == 0 {
		return nil, false
	}
	return []plan.Edit{w.Patch(at, o.Head().APIVersion(), fields...)}, true
}
