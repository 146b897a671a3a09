package network

import (
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
)

// byName looks for Services that stand for a name, or for addresses that somebody writes by hand.
func byName(e *check.Eval) {
	if !e.Need(serviceKind, e.F.Key.Namespace) {
		return
	}
	x := expose.Of.Get(e.Reader, e.F.Key)
	all := slices.Clone(x.Services)
	for i := range x.Routes {
		to := x.Routes[i].Service
		if s := service.Get(e.Reader, to.Namespace, to.Name); s != nil && to.GroupKind() == serviceKind && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		e.NA("no Service leads to it")
		return
	}
	for _, s := range all {
		name := "Service " + s.Namespace + "/" + s.Name
		switch {
		case len(s.Owners) > 0: // its controller says where it leads
		case s.ExternalName != "":
			if what := inner(s.ExternalName); what != "" && !expose.Interceptor(s.ExternalName) {
				e.Fail(check.At{Object: s.Ref, Path: "spec.externalName", Value: s.ExternalName}, name+" stands for "+s.ExternalName+", "+what)
			}
		case len(s.Selector) == 0:
			e.Undecided(check.At{Object: s.Ref, Path: "spec.selector"}, name+" selects nothing: its addresses are written by hand, and not read")
		}
		for _, alias := range expose.AliasesOf(e.Reader, s.Ref) {
			if o := e.Get(alias); o != nil && len(o.Head().Owners) == 0 {
				e.Fail(check.At{Object: alias, Path: "spec.externalName"}, "Service "+alias.Namespace+"/"+alias.Name+" stands for "+name+
					": routes of namespace "+alias.Namespace+" lead to the function by it")
			}
		}
	}
}

// inner says what an external name inside the cluster or the node is, in words; empty for one outside.
func inner(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := netip.ParseAddr(host); err == nil {
		switch {
		case a.IsLoopback():
			return "whoever resolves it itself"
		case a.IsPrivate() || a.IsLinkLocalUnicast():
			return "a private address"
		}
		return ""
	}
	switch {
	case host == "localhost", strings.HasSuffix(host, ".localhost"):
		return "whoever resolves it itself"
	case strings.HasSuffix(host, ".svc"), strings.HasSuffix(host, ".cluster.local"):
		return "another Service, past the policies of its namespace"
	case strings.HasSuffix(host, ".internal"), strings.HasSuffix(host, ".local"):
		return "a name of the inner network"
	}
	return ""
}

var (
	referenceGrants = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "ReferenceGrant"}
	virtualServices = schema.GroupKind{Group: "networking.istio.io", Kind: "VirtualService"}
)

// acrossNamespaces looks for permissions that reach over namespaces.
func acrossNamespaces(e *check.Eval) {
	var done []model.Ref
	doors := map[string]bool{}
	for _, r := range routes(e) {
		if d := &r.Door; !d.Gateway.IsZero() && !doors[d.Gateway.String()+d.Fixed] && d.AdmitsAll(e.Reader) {
			doors[d.Gateway.String()+d.Fixed] = true
			e.Fail(check.At{Object: d.Gateway, Path: d.Field + ".allowedRoutes.namespaces.from", Fixed: d.Fixed + ".allowedRoutes.namespaces.from", Value: "All"},
				"Gateway "+d.Gateway.Namespace+"/"+d.Gateway.Name+" takes routes of every namespace for "+where(&r)+": anybody who may write one can claim the host")
		}
		if r.Via.GroupKind() == virtualServices && !slices.Contains(done, r.Via) && expose.Exported(e.Reader, r.Via) {
			done = append(done, r.Via)
			e.Fail(check.At{Object: r.Via, Path: "spec.exportTo", Value: "*"}, "VirtualService "+r.Via.Name+" is exported to every namespace")
		}
	}
	namespace := e.F.Key.Namespace
	for _, g := range expose.GrantsOf.Get(e.Reader, namespace) {
		e.Fail(check.At{Object: g.Ref, Path: "spec.to"}, "ReferenceGrant "+g.Name+" lets routes of namespace "+strings.Join(g.From, ", ")+
			" lead to every Service of namespace "+namespace)
	}
	e.Need(referenceGrants, namespace)
}
