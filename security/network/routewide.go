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
		case len(s.Owners) > 0 && len(s.Selector) == 0: // its controller says where it leads
		case s.ExternalName != "":
			if what := inner(s.ExternalName); what != "" && !expose.Interceptor(s.ExternalName) {
				e.Fail(check.At{Object: s.Ref, Path: "spec.externalName", Value: s.ExternalName}, name+" stands for "+s.ExternalName+", "+what)
			}
		default:
			writtenByHand(e, s, name)
		}
		for _, alias := range expose.AliasesOf(e.Reader, s.Ref) {
			if o := e.Get(alias); o != nil && len(o.Head().Owners) == 0 {
				e.Fail(check.At{Object: alias, Path: "spec.externalName"}, "Service "+alias.Namespace+"/"+alias.Name+" stands for "+name+
					": routes of namespace "+alias.Namespace+" lead to the function by it")
			}
		}
	}
}

// writtenByHand looks at addresses of a Service that the cluster's own controller did not write: beside its selector, or
// instead of one.
func writtenByHand(e *check.Eval, s *model.Service, name string) {
	seen := e.Need(service.SliceKind, s.Namespace)
	written := service.Written(e.Reader, s)
	if len(s.Selector) == 0 && len(written) == 0 && seen && e.Options().Manifests {
		e.Undecided(check.At{Object: s.Ref, Path: "spec.selector"}, name+" selects nothing, and its addresses are not among the manifests")
	}
	for _, slice := range written {
		at := check.At{Object: slice.Ref, Path: "endpoints"}
		to := innerEnd(slice)
		switch {
		case slice.Writer != "":
			e.Fact(at, slice.Writer+" writes addresses of "+name)
		case len(s.Selector) > 0:
			e.Fail(at, "somebody adds addresses to "+name+" by hand, beside the pods that it selects: they get a part of its calls")
		case to != "":
			e.Fail(at, name+" selects nothing: somebody wrote by hand that it leads to "+to+", and no controller takes that back")
		}
	}
}

// innerEnd names the first address of a slice that is none of the outside world: a pod, or an inner address.
func innerEnd(s *service.Slice) string {
	for _, one := range s.Endpoints {
		if !one.Pod.IsZero() {
			return "pod " + one.Pod.Namespace + "/" + one.Pod.Name
		}
		if what := inner(one.Address); what != "" {
			return one.Address + ", " + what
		}
	}
	return ""
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
