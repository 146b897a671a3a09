package expose

import (
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Object is a routing object with everything that its surroundings decide.
type Object struct {
	Routes       []Route
	Certificates []Certificate
	// Danger lists its annotations that reach into the controller's configuration.
	Danger []string
	// Controller is that of its class, empty when it is not known.
	Controller string
}

// Resolved answers what a routing object does: an Ingress, HTTPRoute, VirtualService, APIRule and the like.
var Resolved = snapshot.NewQuery("ways of a route", func(r *snapshot.Reader, ref model.Ref) *Object {
	o := r.Get(ref)
	if o == nil {
		return &Object{}
	}
	if rule, ok := snapshot.FactsOf[*ruleFacts](o, reader); ok {
		return resolveRule(r, o.Head(), rule)
	}
	f, ok := snapshot.FactsOf[*routing](o, reader)
	if !ok {
		return &Object{}
	}
	switch {
	case f.header:
		return ingressWays.Get(r, ref)
	case ref.Group == gatewayGroup:
		return resolveGatewayRoute(r, o.Head(), f)
	case ref.GroupKind() == virtualServiceKind:
		return resolveVirtualService(r, o.Head(), f)
	}
	return resolveProxy(r, o.Head(), f)
}, (*Object).equal)

// ingressWays is Resolved for Ingresses, which the other kinds may look at.
var ingressWays = snapshot.NewQuery("ways of an Ingress", func(r *snapshot.Reader, ref model.Ref) *Object {
	o := r.Get(ref)
	f, ok := snapshot.FactsOf[*routing](o, reader)
	if !ok {
		return &Object{}
	}
	return resolveIngress(r, o, f)
}, (*Object).equal)

func (o *Object) equal(b *Object) bool {
	return o.Controller == b.Controller && slices.Equal(o.Routes, b.Routes) && slices.Equal(o.Danger, b.Danger) &&
		slices.EqualFunc(o.Certificates, b.Certificates, Certificate.equal)
}

func (c Certificate) equal(o Certificate) bool {
	return c.Secret == o.Secret && c.Field == o.Field && c.Object == o.Object && c.Issued == o.Issued && c.Unresolved == o.Unresolved && slices.Equal(c.Hosts, o.Hosts)
}

// byService answers which routing objects lead to which Service, for the whole cluster.
var byService = snapshot.NewQuery("routes by Service", func(r *snapshot.Reader, _ struct{}) map[model.Ref][]model.Ref {
	index := map[model.Ref][]model.Ref{}
	for _, kind := range routingKinds {
		for _, o := range r.List(kind, "") {
			f, ok := snapshot.FactsOf[*routing](o, reader)
			if !ok {
				rule, isRule := snapshot.FactsOf[*ruleFacts](o, reader)
				if !isRule {
					continue
				}
				f = &rule.routing
			}
			ref := o.Head().Ref
			for i := range f.ways {
				to := f.ways[i].service
				if all := index[to]; to.Name != "" && (len(all) == 0 || all[len(all)-1] != ref) {
					index[to] = append(all, ref)
				}
			}
		}
	}
	return index
}, func(a, b map[model.Ref][]model.Ref) bool { return maps.EqualFunc(a, b, slices.Equal) })

// Leading answers which routing objects lead to a Service.
var Leading = snapshot.NewQuery("routes to a Service", func(r *snapshot.Reader, service model.Ref) []model.Ref {
	return byService.Get(r, struct{}{})[service]
}, slices.Equal)

// RoutesTo returns the ways to a Service through other objects.
func RoutesTo(r *snapshot.Reader, service model.Ref) []Route {
	var all []Route
	for _, ref := range Leading.Get(r, service) {
		o := Resolved.Get(r, ref)
		for i := range o.Routes {
			if o.Routes[i].Service == service {
				all = append(all, o.Routes[i])
			}
		}
	}
	return all
}

// Service returns from where a Service can be called, by itself and through routes.
func Service(r *snapshot.Reader, s *model.Service) Class {
	c := Look(s).Class
	for _, route := range RoutesTo(r, s.Ref) {
		c = max(c, route.Class)
	}
	return c
}

// route makes the part of a Route that every kind has, once for each host.
func (w *way) routes(h *model.Header, each func(*Route)) []Route {
	var all []Route
	for _, host := range hostsOf(w.hosts) {
		if wide(host) {
			host = ""
		}
		one := Route{
			Via: h.Ref, Field: w.field, Fixed: w.fixed, Host: host, Path: w.path, Service: w.service, Port: w.port,
			Class: Internet, Auth: w.auth, By: w.by, TLS: w.tls, Beside: w.beside, rewrite: w.rewrite,
		}
		each(&one)
		if one.Class != None {
			all = append(all, one)
		}
	}
	return all
}

// presumed are the words for a way of which no address is known.
func presumed(who string) string {
	return "no address of " + who + " is known: it is assumed to be open to the internet"
}

// resolveIngress asks the class for the controller, and the status for the addresses.
func resolveIngress(r *snapshot.Reader, o model.Object, f *routing) *Object {
	h := o.Head()
	route, ok := o.(*model.Route)
	if !ok {
		return &Object{}
	}
	controller := controllerOf(r, route.Class)
	out := &Object{Certificates: f.certs, Danger: f.danger, Controller: controller}
	class, assumed := ingressReach(route, controller)
	for i := range f.ways {
		w := &f.ways[i]
		out.Routes = append(out.Routes, w.routes(h, func(one *Route) {
			one.Class, one.Assumed, one.Controller = class, assumed, controller
			one.middlewares(r, h, f.middlewares)
			if controller == "" {
				one.strange(route.Class)
			}
			if alwaysTLS[controller] && one.TLS == Plain {
				one.TLS = Terminated
			}
		})...)
	}
	return out
}

// strange is a route of a controller that is not known: it may end TLS and ask for a login on its own.
func (r *Route) strange(class string) {
	if r.TLS == Plain {
		r.TLS = UnknownTLS
	}
	if r.Auth == NoAuth {
		r.Auth, r.By = UnknownAuth, "the controller of class "+class+" is not known"
	}
}

// alwaysTLS are controllers that serve nothing but HTTPS.
var alwaysTLS = map[string]bool{"tailscale": true, "ngrok": true, "cloudflare": true}

// controllers are known by a word in their name or in the name of the class.
var controllers = []string{
	"nginx", "traefik", "contour", "haproxy", "kong", "istio", "openshift", "skipper", "cilium", "emissary", "ambassador",
	"apisix", "tailscale", "ngrok", "cloudflare", "alb", "gce", "azure", "application-gateway", "webapprouting", "envoy", "kourier",
}

// Generic is the controller of an Ingress without a class, where no class is the default.
const Generic = "default"

// NginxIngress is the controller ingress-nginx, which is retired. Others have nginx in their names, too.
const NginxIngress = "ingress-nginx"

func controllerOf(r *snapshot.Reader, class string) string {
	name := strings.ToLower(class)
	if class == "" {
		c := defaultClass.Get(r, struct{}{})
		if c == "" {
			return Generic
		}
		return knownController(c)
	}
	if c, ok := snapshot.FactsOf[*ingressClass](r.Get(model.Ref{Group: ingressClassKind.Group, Kind: ingressClassKind.Kind, Name: class}), reader); ok {
		name = strings.ToLower(c.controller)
	} else if class == "nginx" {
		return NginxIngress // its own default name; that of nginx.org has the same and brings its IngressClass
	}
	return knownController(name)
}

func knownController(name string) string {
	if strings.HasPrefix(name, "k8s.io/ingress-nginx") {
		return NginxIngress
	}
	for _, known := range controllers {
		if strings.Contains(name, known) {
			return known
		}
	}
	return ""
}

var defaultClass = snapshot.NewQuery("default ingress class", func(r *snapshot.Reader, _ struct{}) string {
	for _, o := range r.List(ingressClassKind, "") {
		if c, ok := snapshot.FactsOf[*ingressClass](o, reader); ok && c.preferred {
			return strings.ToLower(c.controller)
		}
	}
	return ""
}, func(a, b string) bool { return a == b })

// ingressReach is from where an Ingress can be called.
func ingressReach(o *model.Route, controller string) (Class, string) {
	a := o.Annotations
	var ranges []string
	for _, key := range []string{
		nginx + "whitelist-source-range", nginx + "allowlist-source-range", "alb.ingress.kubernetes.io/inbound-cidrs",
		"haproxy.org/allow-list", "ingress.kubernetes.io/whitelist-source-range",
	} {
		ranges = append(ranges, splitList(a.Get(key))...)
	}
	if all, _ := rangesOf(ranges); all {
		return Private, ""
	}
	scheme, isALB := a.Lookup("alb.ingress.kubernetes.io/scheme")
	switch {
	case scheme == "internet-facing":
		return Internet, ""
	case isALB, controller == "alb", o.Class == "gce-internal", a.Get("appgw.ingress.kubernetes.io/use-private-ip") == "true":
		return Private, ""
	}
	return reachOf(o.Addresses, "Ingress "+o.Name)
}

// reachOf is the worst class of the addresses.
func reachOf(addresses []string, who string) (c Class, assumed string) {
	for _, address := range addresses {
		ac, guess := addressClass(address)
		if ac > c {
			c, assumed = ac, ""
			if guess {
				assumed = who + ": " + address + " is assumed to be public"
			}
		}
	}
	if c == None {
		return Internet, presumed(who)
	}
	return c, assumed
}

// resolveProxy is for the kinds that say everything themselves.
func resolveProxy(r *snapshot.Reader, h *model.Header, f *routing) *Object {
	out := &Object{Certificates: f.certs, Controller: f.controller}
	ways := f.ways
	if f.child {
		ways = included(r, h.Ref, f.ways, 0)
	}
	for i := range ways {
		out.Routes = append(out.Routes, ways[i].routes(h, func(one *Route) {
			one.Controller = f.controller
			if f.class != None {
				one.Class = f.class
			} else {
				one.Assumed = presumed(h.Kind + " " + h.Name)
			}
			one.middlewares(r, h, ways[i].middlewares)
			if f.controller == "emissary" {
				one.emissary(r)
			}
		})...)
	}
	return out
}

// emissary: one AuthService is asked for every Mapping that does not go round it.
func (r *Route) emissary(s *snapshot.Reader) {
	if r.By == "AuthService" && len(s.List(authService, "")) > 0 {
		r.Auth = External
		return
	}
	r.By = ""
}

// includers answers which HTTPProxies include another one.
var includers = snapshot.NewQuery("including HTTPProxies", func(r *snapshot.Reader, _ struct{}) map[model.Ref][]model.Ref {
	index := map[model.Ref][]model.Ref{}
	for _, o := range r.List(httpProxyKind, "") {
		if f, ok := snapshot.FactsOf[*routing](o, reader); ok {
			for _, child := range f.includes {
				index[child] = append(index[child], o.Head().Ref)
			}
		}
	}
	return index
}, func(a, b map[model.Ref][]model.Ref) bool { return maps.EqualFunc(a, b, slices.Equal) })

// included gives the ways of an HTTPProxy without a host of its own those of the proxies that include it. One that
// nobody includes leads nowhere.
func included(r *snapshot.Reader, child model.Ref, ways []way, depth int) []way {
	var all []way
	if depth > 4 {
		return nil
	}
	for _, ref := range includers.Get(r, struct{}{})[child] {
		f, ok := snapshot.FactsOf[*routing](r.Get(ref), reader)
		if !ok {
			continue
		}
		if f.child {
			all = append(all, included(r, ref, ways, depth+1)...)
			continue
		}
		for _, w := range ways {
			w.hosts, w.tls = f.root.hosts, f.root.tls
			if w.auth == NoAuth {
				w.auth, w.by = f.root.auth, f.root.by
			}
			if w.tls != Terminated {
				w.beside = ""
			} else if w.insecure {
				w.beside = "permitInsecure is true"
			}
			all = append(all, w)
		}
	}
	return bounded(all)
}
