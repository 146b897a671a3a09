package expose

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// The names of the shared entries.
const (
	OpenFaaSGateway  = "OpenFaaS gateway"
	FissionRouter    = "Fission router"
	KnativeGateway   = "Knative gateway"
	KEDAInterceptor  = "KEDA HTTP interceptor"
	OpenWhiskEdge    = "OpenWhisk edge"
	FnServer         = "Fn server"
	NuclioDashboard  = "Nuclio dashboard"
	knativeNamespace = "knative-serving"
)

// framework adds the ways that only the function's framework has: its shared entry, and what its own objects declare.
func (c *collector) framework() {
	switch c.f.Key.Framework {
	case "openfaas":
		c.openfaas()
	case "fission":
		c.fission()
	case "nuclio":
		c.nuclio()
	case "kubeless":
		c.kubeless()
	case "knative":
		c.knative()
	case "openwhisk":
		c.entry(OpenWhiskEdge, UnknownAuth, func(s *model.Service) bool { return strings.HasSuffix(s.Name, "-nginx") })
	case "fn":
		c.entry(FnServer, NoAuth, func(s *model.Service) bool {
			return s.Selector.Get("role") == "fn-service" || s.Selector.Get("app") != "" && s.Selector.Get("role") == ""
		})
	}
	c.scaled()
}

// entry adds the ways to the Services of the control plane that serve every function.
func (c *collector) entry(name string, auth Auth, match func(*model.Service) bool) {
	p := c.f.Platform.Namespace
	if p == "" {
		return
	}
	for _, o := range c.List(serviceKind, p) {
		s, ok := o.(*model.Service)
		if !ok || !match(s) || slices.Contains(c.x.Services, s) {
			continue
		}
		c.direct(s, name, func(r *Route) { r.Auth = auth })
		c.through(s.Ref, name, func(r *Route) bool { r.require(auth, name); return true })
	}
}

// openfaas: whoever reaches the gateway reaches every function. A route that rewrites to one function leads to no other.
func (c *collector) openfaas() {
	k, p := c.f.Key, c.f.Platform.Namespace
	c.entry(OpenFaaSGateway, NoAuth, func(s *model.Service) bool { return s.Selector.Get("app") == "gateway" })
	c.x.Routes = slices.DeleteFunc(c.x.Routes, func(r Route) bool { return r.Shared != "" && !r.leadsTo(k) })
	index := rewritten.Get(c.Reader, struct{}{})
	refs := index[k.Name+"."+k.Namespace]
	if p != "" {
		refs = append(slices.Clone(refs), index[k.Name]...)
	}
	for _, ref := range refs {
		if ref.Namespace != p && p != "" {
			continue
		}
		for _, r := range Resolved.Get(c.Reader, ref).Routes {
			c.add(r)
		}
	}
	if !c.Options().Manifests {
		return // on a cluster the Ingress that the operator made is what counts
	}
	for _, ref := range functionIngresses.Get(c.Reader, struct{}{})[k.Name] {
		o := c.Get(ref)
		t, ok := snapshot.FactsOf[*trigger](o, reader)
		other := t != nil && t.namespace != "" && t.namespace != k.Namespace || p != "" && p != ref.Namespace
		if ok && !other && (!t.bypass || k.Namespace == ref.Namespace) {
			c.declared(o.Head(), t, ref.Name)
		}
	}
}

// rewritten answers which routes lead to one function of OpenFaaS, by NAME.NAMESPACE and by NAME.
var rewritten = snapshot.NewQuery("routes rewritten to a function", func(r *snapshot.Reader, _ struct{}) map[string][]model.Ref {
	index := map[string][]model.Ref{}
	for _, kind := range routingKinds {
		for _, o := range r.List(kind, "") {
			f, ok := snapshot.FactsOf[*routing](o, reader)
			if !ok {
				continue
			}
			ref := o.Head().Ref
			for i := range f.ways {
				_, name, found := strings.Cut(f.ways[i].rewrite, "/function/")
				name, _, _ = strings.Cut(name, "/")
				if all := index[name]; found && name != "" && (len(all) == 0 || all[len(all)-1] != ref) {
					index[name] = append(all, ref)
				}
			}
		}
	}
	return index
}, nil)

var functionIngresses = snapshot.NewQuery("FunctionIngresses", func(r *snapshot.Reader, _ struct{}) map[string][]model.Ref {
	index := map[string][]model.Ref{}
	for _, o := range r.List(functionIngress, "") {
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok {
			index[t.functions[0]] = append(index[t.functions[0]], o.Head().Ref)
		}
	}
	return index
}, nil)

// leadsTo reports whether the route at the gateway lets calls to functions through. Those that are rewritten lead to
// one function and are found by its name.
func (r *Route) leadsTo(k model.FunctionKey) bool {
	if strings.Contains(r.rewrite, "/function/") {
		return false
	}
	base := strings.TrimRight(r.Path, "/*.()")
	name, one := strings.CutPrefix(strings.Replace(base, "/async-function/", "/function/", 1), "/function/")
	if one {
		name, _, _ = strings.Cut(name, "/")
		return name == k.Name || name == k.Name+"."+k.Namespace
	}
	return base == "" || strings.HasPrefix("/function", base) || strings.HasPrefix("/async-function", base)
}

// declared is the way of a trigger whose Ingress is not among the manifests: its controller will make it.
func (c *collector) declared(h *model.Header, t *trigger, ingress string) {
	if c.Get(model.Ref{Group: ingressKind.Group, Kind: ingressKind.Kind, Namespace: h.Namespace, Name: ingress}) != nil {
		return
	}
	r := Route{
		Via: h.Ref, Field: t.fields.host, Fixed: t.fields.host, Host: t.host, Path: t.path, Class: Internet, TLS: Plain,
		Controller: Generic, Assumed: h.Kind + " " + h.Name + ": " + presumed,
	}
	if wide(t.host) {
		r.Host = ""
	}
	if t.tls != "" {
		r.TLS = Terminated
	}
	if t.login {
		r.Auth, r.By = Declared, h.Kind+" "+h.Name
	}
	c.add(r)
}

// fission: every trigger is a path at the router, with or without a route of its own. Without a Service for internal
// calls the router's public port takes calls to every function.
func (c *collector) fission() {
	k, plane := c.f.Key, c.f.Platform.Namespace
	triggers := fissionTriggers.Get(c.Reader, k.Namespace)[k.Name]
	router := service.Get(c.Reader, plane, "router")
	open := router != nil && service.Get(c.Reader, plane, "router-internal") == nil
	auth := c.routerLogin(plane)
	if router != nil && (open || len(triggers) > 0) {
		c.direct(router, FissionRouter, func(r *Route) { r.Auth = auth })
	}
	made := map[string]bool{}
	if router != nil {
		c.through(router.Ref, FissionRouter, func(r *Route) bool {
			labels := c.Get(r.Via).Head().Labels
			trigger := labels.Get("triggerName")
			if trigger == "" {
				r.require(auth, "the router's token")
				return open || len(triggers) > 0
			}
			if labels.Get("triggerNamespace") != k.Namespace || !slices.Contains(triggers, trigger) {
				return false
			}
			made[trigger] = true
			r.Shared = ""
			r.require(auth, "the router's token")
			return true
		})
	}
	for _, name := range triggers {
		o := c.Get(model.Ref{Group: fissionTrigger.Group, Kind: fissionTrigger.Kind, Namespace: k.Namespace, Name: name})
		t, ok := snapshot.FactsOf[*trigger](o, reader)
		if !ok {
			continue
		}
		if t.ingress && !made[name] && c.Options().Manifests {
			c.declared(o.Head(), t, "")
		}
	}
}

// fissionTriggers answers which HTTPTriggers of a namespace call which function.
var fissionTriggers = snapshot.NewQuery("HTTPTriggers of Fission", func(r *snapshot.Reader, namespace string) map[string][]string {
	return triggersBy(r, fissionTrigger, namespace)
}, nil)

var kubelessTriggers = snapshot.NewQuery("HTTPTriggers of Kubeless", func(r *snapshot.Reader, namespace string) map[string][]string {
	return triggersBy(r, kubelessTrigger, namespace)
}, nil)

func triggersBy(r *snapshot.Reader, kind schema.GroupKind, namespace string) map[string][]string {
	index := map[string][]string{}
	for _, o := range r.List(kind, namespace) {
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok {
			for _, name := range t.functions {
				index[name] = append(index[name], o.Head().Name)
			}
		}
	}
	return index
}

// Triggers returns the HTTPTriggers of Fission that call a function.
func Triggers(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	var all []model.Ref
	for _, name := range fissionTriggers.Get(r, key.Namespace)[key.Name] {
		all = append(all, model.Ref{Group: fissionTrigger.Group, Kind: fissionTrigger.Kind, Namespace: key.Namespace, Name: name})
	}
	return all
}

// routerLogin: one key for all triggers, without scope or audience.
func (c *collector) routerLogin(plane string) Auth {
	w, ok := c.Get(model.Ref{Group: "apps", Kind: "Deployment", Namespace: plane, Name: "router"}).(*model.Workload)
	if !ok || w.Template.Spec == nil {
		return NoAuth
	}
	for i := range w.Template.Spec.Containers {
		for _, e := range w.Template.Spec.Containers[i].Env {
			if e.Name == "JWT_SIGNING_KEY" && (e.Value != "" || e.ValueFrom != nil) {
				return JWTUnscoped
			}
		}
	}
	return NoAuth
}

// kubeless: the Ingress is judged where it is there, never the HTTPTrigger.
func (c *collector) kubeless() {
	k := c.f.Key
	if !c.Options().Manifests {
		return
	}
	for _, name := range kubelessTriggers.Get(c.Reader, k.Namespace)[k.Name] {
		o := c.Get(model.Ref{Group: kubelessTrigger.Group, Kind: kubelessTrigger.Kind, Namespace: k.Namespace, Name: name})
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok {
			c.declared(o.Head(), t, name)
		}
	}
}

// nuclio: the Ingresses of the function and of its API gateways lead to its Service; what they are made from counts
// where they are not among the manifests.
func (c *collector) nuclio() {
	k := c.f.Key
	c.entry(NuclioDashboard, NoAuth, func(s *model.Service) bool {
		return s.Selector.Get("nuclio.io/name") == "nuclio-dashboard" || s.Selector.Get("nuclio.io/app") == "dashboard" || s.Name == "nuclio-dashboard"
	})
	f, ok := snapshot.FactsOf[*nuclioFacts](c.Get(c.f.Object), reader)
	if !ok {
		return
	}
	if f.login != "" && f.login != "none" {
		for i := range c.x.Routes {
			if r := &c.x.Routes[i]; r.Shared == "" {
				r.require(UnknownAuth, f.loginAt)
			}
		}
	}
	if !c.Options().Manifests {
		return
	}
	if f.serviceType == "NodePort" && service.Get(c.Reader, k.Namespace, "nuclio-"+k.Name) == nil {
		c.add(Route{Via: c.f.Object, Field: f.serviceField, Fixed: f.serviceField, Class: Node, TLS: Plain})
	}
	h := c.Get(c.f.Object).Head()
	for _, d := range f.ingresses {
		c.declared(h, d.trigger(), "nuclio-"+k.Name)
	}
	for _, ref := range Gateways(c.Reader, k) {
		g, _ := snapshot.FactsOf[*nuclioFacts](c.Get(ref), reader)
		t := g.gateway.trigger()
		t.login = g.mode != "" && g.mode != "none"
		c.declared(c.Get(ref).Head(), t, "nuclio-agw-"+ref.Name)
	}
}

func (d nuclioDoor) trigger() *trigger {
	t := &trigger{host: d.host, path: d.path, tls: d.secret}
	t.fields.host = d.field
	return t
}

var nuclioGateways = snapshot.NewQuery("API gateways of Nuclio", func(r *snapshot.Reader, namespace string) map[string][]string {
	index := map[string][]string{}
	for _, o := range r.List(nuclioGateway, namespace) {
		if g, ok := snapshot.FactsOf[*nuclioFacts](o, reader); ok {
			for _, name := range g.functions {
				index[name] = append(index[name], o.Head().Name)
			}
		}
	}
	return index
}, nil)

// Gateways returns the API gateways of Nuclio that lead to a function.
func Gateways(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	var all []model.Ref
	for _, name := range nuclioGateways.Get(r, key.Namespace)[key.Name] {
		all = append(all, model.Ref{Group: nuclioGateway.Group, Kind: nuclioGateway.Kind, Namespace: key.Namespace, Name: name})
	}
	return all
}

// GatewayMode is the authenticationMode of an API gateway of Nuclio.
func GatewayMode(r *snapshot.Reader, ref model.Ref) string {
	g, _ := snapshot.FactsOf[*nuclioFacts](r.Get(ref), reader)
	if g == nil {
		return ""
	}
	return g.mode
}
