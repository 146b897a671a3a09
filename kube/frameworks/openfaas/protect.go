package openfaas

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Protect writes into a FunctionIngress what its Ingress is made of. The operator makes an Ingress anew when the spec is
// another one, and takes no notice of annotations alone: then the Ingress is changed too.
func (a adapter) Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool) {
	at := model.Ref{Group: group, Kind: ingressKind.Kind, Namespace: route.Namespace, Name: route.Name}
	o := w.Objects.Get(at)
	if o == nil || route.GroupKind() != frameworks.Ingress {
		return nil, false
	}
	fields := frameworks.Annotate("metadata.annotations", p.Annotations)
	both = len(fields) > 0
	if kind, name, ok := strings.Cut(p.CertIssuer, "/"); ok {
		fields = append(fields, plan.Field{Path: "spec.tls", Value: map[string]any{
			"enabled": true, "issuerRef": map[string]any{"kind": kind, "name": name},
		}})
	}
	if len(fields) == 0 {
		return nil, false
	}
	return []plan.Edit{w.Patch(at, o.Head().APIVersion(), fields...)}, both
}
