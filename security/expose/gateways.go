package expose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// serving is a listener that serves a host of a route.
type serving struct {
	*listener
	at      model.Ref // the object that has the listener
	gateway *gateway
}

// serve finds the listeners of the parents that serve the host. seen is false when a parent is not there.
func serve(r *snapshot.Reader, h *model.Header, parents []parent, host string) (found []serving, seen bool) {
	seen = len(parents) > 0
	for _, p := range parents {
		g, ok := snapshot.FactsOf[*gateway](r.Get(p.Ref), reader)
		if !ok {
			seen = false
			continue
		}
		top := g
		if !g.parent.IsZero() {
			if top, ok = snapshot.FactsOf[*gateway](r.Get(g.parent), reader); !ok {
				seen = false
				continue
			}
		}
		for i := range g.listeners {
			l := &g.listeners[i]
			if p.section != "" && p.section != l.name || p.port != 0 && p.port != l.port {
				continue
			}
			if !l.serves(r, p.Ref, h, host) {
				continue
			}
			found = append(found, serving{listener: l, at: p.Ref, gateway: top})
		}
	}
	return found, seen
}

// serves reports whether the listener takes calls for the host to the route.
func (l *listener) serves(r *snapshot.Reader, gateway model.Ref, h *model.Header, host string) bool {
	if gateway.Group == istioGroup {
		return slices.ContainsFunc(l.hosts, func(pattern string) bool { return meets(pattern, host) })
	}
	if !l.admits(r, gateway.Namespace, h.Namespace) || !meets(l.hostname, host) {
		return false
	}
	switch l.protocol {
	case "HTTP":
		return h.Kind == "HTTPRoute" || h.Kind == "GRPCRoute"
	case "HTTPS":
		return h.Kind == "HTTPRoute" || h.Kind == "GRPCRoute"
	case "TLS":
		return h.Kind == "TLSRoute" || h.Kind == "TCPRoute"
	case "TCP":
		return h.Kind == "TCPRoute"
	case "UDP":
		return h.Kind == "UDPRoute"
	}
	return true
}

// verdict is what one listener does for privacy.
func (s *serving) verdict() TLS {
	switch {
	case s.mode == "PASSTHROUGH" || s.mode == "AUTO_PASSTHROUGH" || s.mode == "Passthrough":
		return Passthrough
	case s.at.Group == istioGroup:
		if s.redirect {
			return Redirect
		}
		if s.mode != "" {
			return Terminated
		}
		return Plain
	case s.protocol == "HTTPS" || s.protocol == "TLS":
		return Terminated
	case s.protocol == "HTTP":
		return Plain
	}
	return UnknownTLS
}

// problem says why a listener is not safe: an empty string when it is.
func (s *serving) problem(v TLS) string {
	secure := s.protocol == "HTTPS" || s.protocol == "TLS"
	switch {
	case v == Passthrough || v == Redirect:
		return ""
	case secure && s.mode == "":
		return "has no tls settings"
	case s.noCert:
		return "names no certificate"
	case v == Plain:
		return "serves plain HTTP"
	}
	return ""
}

// apply gives the way its TLS verdict, and the certificates that the listeners show.
func (r *Route) apply(found []serving, redirects bool, out *Object) {
	verdicts := map[TLS]*serving{}
	for i := range found {
		s := &found[i]
		v := s.verdict()
		if v == Plain && redirects {
			v = Redirect
		}
		if verdicts[v] == nil {
			verdicts[v] = s
		}
		if s.mtls && r.Auth == NoAuth {
			r.Auth, r.By = MTLS, "client certificates of "+s.at.Name
		}
		for _, c := range s.certs {
			out.certificate(c, r.Host, s)
		}
	}
	for _, v := range []TLS{Terminated, Passthrough, Plain, Redirect, UnknownTLS} {
		if s := verdicts[v]; s != nil {
			r.TLS = v
			r.Door = Door{Gateway: s.at, Field: s.field, Fixed: s.fixed, Protocol: s.protocol, Problem: s.problem(v)}
			break
		}
	}
	if p := verdicts[Plain]; p != nil && r.TLS != Plain {
		r.PlainDoor = Door{Gateway: p.at, Field: p.field, Fixed: p.fixed, Protocol: p.protocol, Problem: p.problem(Plain)}
		r.Beside = fmt.Sprintf("listener %s of %s %s serves it in plain HTTP, too", p.name, p.at.Kind, p.at.Name)
	}
}

func (o *Object) certificate(secret model.Ref, host string, s *serving) {
	c := Certificate{Secret: secret, Object: s.at, Field: s.field + ".tls", Fixed: s.fixed + ".tls", Unresolved: s.unresolved}
	if host != "" {
		c.Hosts = []string{host}
	}
	for i := range o.Certificates {
		if known := &o.Certificates[i]; known.Secret == secret && known.Object == s.at {
			if !slices.Contains(known.Hosts, host) {
				known.Hosts = append(known.Hosts, c.Hosts...)
			}
			return
		}
	}
	o.Certificates = append(o.Certificates, c)
}

func resolveGatewayRoute(r *snapshot.Reader, h *model.Header, f *routing) *Object {
	out := &Object{}
	for i := range f.ways {
		w := &f.ways[i]
		if w.service.Name != "" && !granted(r, h, w.service) {
			continue
		}
		out.Routes = append(out.Routes, w.routes(h, func(one *Route) {
			found, seen := serve(r, h, f.parents, one.Host)
			if len(found) == 0 && seen {
				one.Class = None // no listener takes it
				return
			}
			one.apply(found, w.redirects, out)
			one.Class, one.Assumed = gatewayReach(found, f.parents)
			one.middlewares(r, h, f.middlewares)
			one.middlewares(r, h, w.middlewares)
			one.gatewayLogin(r, h, found, f.parents)
			out.Controller = one.Controller
		})...)
	}
	return out
}

// granted reports whether a route may lead to a Service of another namespace.
func granted(r *snapshot.Reader, h *model.Header, to model.Ref) bool {
	if to.Namespace == h.Namespace || r.Coverage(grantKind, to.Namespace) == snapshot.Denied {
		return true
	}
	from := model.Ref{Group: h.Group, Kind: h.Kind, Namespace: h.Namespace}
	for _, o := range r.List(grantKind, to.Namespace) {
		g, ok := snapshot.FactsOf[*grant](o, reader)
		if ok && slices.Contains(g.from, from) && (g.any || slices.Contains(g.to, to.Name)) {
			return true
		}
	}
	return false
}

// gatewayReach is the worst class of the Gateways that serve the way.
func gatewayReach(found []serving, parents []parent) (c Class, assumed string) {
	for i := range found {
		gc, guess := found[i].reach()
		if gc > c {
			c, assumed = gc, guess
		}
	}
	if c == None {
		name := "the gateway"
		if len(parents) > 0 {
			name = "Gateway " + parents[0].Namespace + "/" + parents[0].Name
		}
		return Internet, presumed(name)
	}
	return c, assumed
}

func (s *serving) reach() (Class, string) {
	g := s.gateway
	switch {
	case g.service == "ClusterIP", g.class == "istio-waypoint":
		return Cluster, ""
	case g.internal, strings.HasPrefix(g.class, "gke-l7-rilb"), strings.Contains(g.class, "-internal-"):
		return Private, ""
	case g.service == "NodePort":
		return Node, ""
	}
	return reachOf(g.addresses, "Gateway "+s.at.Name)
}

// gatewayControllers are implementations whose ways of asking for a login are all read here.
var gatewayControllers = []string{"istio.io/", "gateway.envoyproxy.io/", "cilium", "traefik", "konghq.com", "projectcontour.io"}

// gatewayLogin looks for policies that are attached to the route or its Gateways.
func (r *Route) gatewayLogin(s *snapshot.Reader, h *model.Header, found []serving, parents []parent) {
	known := len(found) > 0
	for i := range found {
		name := found[i].gateway.class
		class, ok := snapshot.FactsOf[*ingressClass](s.Get(model.Ref{Group: gatewayGroup, Kind: gatewayClassKind.Kind, Name: name}), reader)
		if ok {
			name = class.controller
		} else if name == "istio" {
			name = "istio.io/"
		}
		r.Controller = name
		known = known && slices.ContainsFunc(gatewayControllers, func(c string) bool { return strings.Contains(name, c) })
	}
	r.policy(s, h.Ref)
	for _, p := range parents {
		r.policy(s, p.Ref)
	}
	for _, p := range parents {
		if by, ok := mesh.GuardsGateway(s, p.Ref); ok && r.Auth == NoAuth {
			r.Auth, r.By = Declared, by
		}
	}
	if r.Auth == NoAuth && !known {
		r.Auth, r.By = UnknownAuth, "the implementation of its Gateway is not known"
	}
}

// policy takes the policies that are attached to an object, which lie beside it.
func (r *Route) policy(s *snapshot.Reader, target model.Ref) {
	for _, ref := range policiesOf.Get(s, target.Namespace, target.Kind+"/"+target.Name) {
		if p, ok := snapshot.FactsOf[*attached](s.Get(ref), reader); ok {
			r.require(p.auth, ref.Kind+" "+ref.Name)
		}
	}
}

var policiesOf = service.NewLookup("policies of gateways", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, kind := range policyKinds {
		for _, o := range r.List(kind, namespace) {
			if p, ok := snapshot.FactsOf[*attached](o, reader); ok {
				for _, t := range p.targets {
					add(t.Kind+"/"+t.Name, o.Head().Ref)
				}
			}
		}
	}
})
