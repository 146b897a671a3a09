package knative

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Protect has the gateway send plain HTTP to HTTPS, and gives a DomainMapping its certificate.
func (adapter) Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool) {
	f := w.Function
	switch {
	case route.GroupKind() == mappingKind && p.TLSSecret != "":
		return []plan.Edit{w.Patch(route, frameworks.VersionOf(w, route), plan.Field{Path: "spec.tls.secretName", Value: p.TLSSecret})}, false
	case f.Object.GroupKind() != serviceKind || route.Kind != "Ingress" || !p.HTTPS:
		return nil, false
	}
	return []plan.Edit{w.Patch(f.Object, f.APIVersion, plan.Field{Path: `metadata.annotations["networking.knative.dev/http-protocol"]`, Value: "redirected"})}, false
}
