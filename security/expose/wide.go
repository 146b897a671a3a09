package expose

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// AdmitsAll reports whether the listener takes routes of every namespace.
func (d *Door) AdmitsAll(r *snapshot.Reader) bool {
	g, ok := snapshot.FactsOf[*gateway](r.Get(d.Gateway), reader)
	return ok && slices.ContainsFunc(g.listeners, func(l listener) bool { return l.field == d.Field && l.from == "All" })
}

// Exported reports whether a VirtualService says that it is for every namespace.
func Exported(r *snapshot.Reader, ref model.Ref) bool {
	f, ok := snapshot.FactsOf[*routing](r.Get(ref), reader)
	return ok && f.exported
}

// Grant is a ReferenceGrant that lets routes of other namespaces lead to every Service of its own.
type Grant struct {
	model.Ref
	From []string // the namespaces
}

// GrantsOf answers which ReferenceGrants of a namespace do so.
var GrantsOf = snapshot.NewQuery("grants for every Service", func(r *snapshot.Reader, namespace string) []Grant {
	var all []Grant
	for _, o := range r.List(grantKind, namespace) {
		g, ok := snapshot.FactsOf[*grant](o, reader)
		if !ok || !g.any {
			continue
		}
		one := Grant{Ref: o.Head().Ref}
		for _, from := range g.from {
			if from.Group == gatewayGroup && slices.Contains(gatewayRoutes, from.Kind) && from.Namespace != namespace && !slices.Contains(one.From, from.Namespace) {
				one.From = append(one.From, from.Namespace)
			}
		}
		if len(one.From) > 0 {
			all = append(all, one)
		}
	}
	return all
}, func(a, b []Grant) bool {
	return slices.EqualFunc(a, b, func(a, b Grant) bool { return a.Ref == b.Ref && slices.Equal(a.From, b.From) })
})

// aliases answers which Services stand for another one by its external name: NAME.NAMESPACE.
var aliases = service.NewLookup("Services by external name, everywhere", func(r *snapshot.Reader, _ string, add func(string, model.Ref)) {
	for _, o := range r.List(serviceKind, "") {
		if s, ok := o.(*model.Service); ok && s.ExternalName != "" {
			if host, _, found := strings.Cut(s.ExternalName, ".svc"); found {
				add(host, s.Ref)
			}
		}
	}
})

// AliasesOf returns the Services of other namespaces that stand for a Service by its name.
func AliasesOf(r *snapshot.Reader, of model.Ref) []model.Ref {
	return slices.DeleteFunc(slices.Clone(aliases.Get(r, "", of.Name+"."+of.Namespace)), func(a model.Ref) bool { return a.Namespace == of.Namespace })
}

// Interceptor reports whether a host is that of the interceptor of the KEDA HTTP add-on, which routes reach by such names.
func Interceptor(host string) bool { return strings.Contains(host, interceptorName) }
