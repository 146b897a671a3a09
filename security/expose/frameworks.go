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
		c.hidesEntry()
		c.openfaas()
	case "fission":
		c.hides(fissionTrigger, c.f.Key.Namespace)
		c.hidesEntry()
		c.fission()
	case "nuclio":
		c.nuclio()
	case "kubeless":
		c.kubeless()
	case "knative":
		c.knative()
	case "openwhisk":
		c.entry(OpenWhiskEdge, UnknownAuth)
	case "fn":
		c.entry(FnServer, NoAuth)
	}
	c.scaled()
}

// hides notes that objects which lead to the function may not be seen. Without a namespace there is nothing to see.
func (c *collector) hides(kind schema.GroupKind, namespace string) {
	if namespace == "" {
		return
	}
	if m, hidden := c.Hidden(kind, namespace); hidden && !slices.Contains(c.x.Missing, m) {
		c.x.Missing = append(slices.Clone(c.x.Missing), m)
	}
}

// hidesEntry notes what may not be seen of the ways to the entry that all functions of a control plane share.
func (c *collector) hidesEntry() {
	if plane := c.f.Platform.Namespace; plane != "" && plane != c.f.Key.Namespace {
		if more := hidden.Get(c.Reader, plane); len(more) > 0 {
			c.x.Missing = slices.Concat(c.x.Missing, more)
		}
	}
}

// entry adds the ways to the Services of the control plane that serve every function.
func (c *collector) entry(name string, auth Auth) {
	if c.f.Platform.Namespace == "" {
		return
	}
	for _, ref := range entries.Get(c.Reader, c.f.Platform.Namespace, name) {
		s := service.Get(c.Reader, ref.Namespace, ref.Name)
		if s == nil || slices.Contains(c.x.Services, s) {
			continue
		}
		c.direct(s, name, func(r *Route) { r.Auth = auth })
		for _, r := range entryWays.Get(c.Reader, ref).general {
			r.Shared = name
			r.require(auth, name)
			c.add(r)
		}
	}
}

// entries answers which Services of a control plane serve every function, by the name of the entry.
var entries = service.NewLookup("shared entries", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(serviceKind, namespace) {
		s, ok := o.(*model.Service)
		if !ok {
			continue
		}
		if s.Selector.Get("app") == "gateway" {
			add(OpenFaaSGateway, s.Ref)
		}
		if strings.HasSuffix(s.Name, "-nginx") {
			add(OpenWhiskEdge, s.Ref)
		}
		if s.Selector.Get("role") == "fn-service" {
			add(FnServer, s.Ref)
		}
		if s.Selector.Get("nuclio.io/name") == "nuclio-dashboard" || s.Selector.Get("nuclio.io/app") == "dashboard" || s.Name == "nuclio-dashboard" {
			add(NuclioDashboard, s.Ref)
		}
	}
})

// sharedWays are the ways to a shared entry, by what decides for whom they are.
type sharedWays struct {
	general []Route            // for every function
	trigger map[string][]Route // made for an HTTPTrigger of Fission: NAMESPACE/NAME
	host    map[string][]Route // of general, those for one host
	wild    []Route            // of general, the others
}

var entryWays = snapshot.NewQuery("ways to a shared entry", func(r *snapshot.Reader, entry model.Ref) *sharedWays {
	w := &sharedWays{trigger: map[string][]Route{}, host: map[string][]Route{}}
	for _, one := range RoutesTo(r, entry) {
		labels := r.Get(one.Via).Head().Labels
		switch name := labels.Get("triggerName"); {
		case name != "":
			at := labels.Get("triggerNamespace") + "/" + name
			w.trigger[at] = append(w.trigger[at], one)
			continue
		case strings.Contains(one.rewrite, "/function/"):
			continue // for one function of OpenFaaS, found by its name
		}
		w.general = append(w.general, one)
		if strings.Contains(one.Host, "*") || one.Host == "" {
			w.wild = append(w.wild, one)
		} else {
			w.host[one.Host] = append(w.host[one.Host], one)
		}
	}
	return w
}, nil)

// openfaas: whoever reaches the gateway reaches every function. A route that rewrites to one function leads to no other.
func (c *collector) openfaas() {
	k, p := c.f.Key, c.f.Platform.Namespace
	c.entry(OpenFaaSGateway, NoAuth)
	c.x.Routes = slices.DeleteFunc(c.x.Routes, func(r Route) bool { return r.Shared != "" && !r.leadsTo(k) })
	refs := rewritten.Get(c.Reader, "", k.Name+"."+k.Namespace)
	if p != "" {
		refs = append(slices.Clone(refs), rewritten.Get(c.Reader, "", k.Name)...)
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
	for _, ref := range functionIngresses.Get(c.Reader, "", k.Name) {
		o := c.Get(ref)
		t, ok := snapshot.FactsOf[*trigger](o, reader)
		other := t != nil && t.namespace != "" && t.namespace != k.Namespace || p != "" && p != ref.Namespace
		if ok && !other && (!t.bypass || k.Namespace == ref.Namespace) {
			c.declared(o.Head(), t, ref.Name)
		}
	}
}

// rewritten answers which routes lead to one function of OpenFaaS, by NAME.NAMESPACE and by NAME.
var rewritten = service.NewLookup("routes rewritten to a function", func(r *snapshot.Reader, _ string, add func(string, model.Ref)) {
	for _, kind := range routingKinds {
		for _, o := range r.List(kind, "") {
			f, ok := snapshot.FactsOf[*routing](o, reader)
			if !ok {
				continue
			}
			for i := range f.ways {
				_, name, found := strings.Cut(f.ways[i].rewrite, "/function/")
				if name, _, _ = strings.Cut(name, "/"); found && name != "" {
					add(name, o.Head().Ref)
				}
			}
		}
	}
})

var functionIngresses = service.NewLookup("FunctionIngresses", func(r *snapshot.Reader, _ string, add func(string, model.Ref)) {
	triggersBy(r, functionIngress, "", add)
})

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
		Controller: Generic, Assumed: presumed(h.Kind + " " + h.Name),
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
	triggers := Triggers(c.Reader, k)
	router := service.Get(c.Reader, plane, "router")
	open := router != nil && service.Get(c.Reader, plane, "router-internal") == nil
	auth := c.routerLogin(plane)
	if router != nil && (open || len(triggers) > 0) {
		c.direct(router, FissionRouter, func(r *Route) { r.Auth = auth })
	}
	if router != nil {
		for _, r := range entryWays.Get(c.Reader, router.Ref).general {
			if open || len(triggers) > 0 {
				r.Shared = FissionRouter
				r.require(auth, "the router's token")
				c.add(r)
			}
		}
	}
	for _, ref := range triggers {
		made := false
		if router != nil {
			for _, r := range entryWays.Get(c.Reader, router.Ref).trigger[ref.Namespace+"/"+ref.Name] {
				r.require(auth, "the router's token")
				c.add(r)
				made = true
			}
		}
		o := c.Get(ref)
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok && t.ingress && !made && c.Options().Manifests {
			c.declared(o.Head(), t, "")
		}
	}
}

var fissionTriggers = service.NewLookup("HTTPTriggers of Fission", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	triggersBy(r, fissionTrigger, namespace, add)
})

var kubelessTriggers = service.NewLookup("HTTPTriggers of Kubeless", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	triggersBy(r, kubelessTrigger, namespace, add)
})

func triggersBy(r *snapshot.Reader, kind schema.GroupKind, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(kind, namespace) {
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok {
			for _, name := range t.functions {
				add(name, o.Head().Ref)
			}
		}
	}
}

// Triggers returns the HTTPTriggers of Fission that call a function.
func Triggers(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	return fissionTriggers.Get(r, key.Namespace, key.Name)
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
	for _, ref := range kubelessTriggers.Get(c.Reader, k.Namespace, k.Name) {
		o := c.Get(ref)
		if t, ok := snapshot.FactsOf[*trigger](o, reader); ok {
			c.declared(o.Head(), t, ref.Name)
		}
	}
}

// nuclio: the Ingresses of the function and of its API gateways lead to its Service; what they are made from counts
// where they are not among the manifests.
func (c *collector) nuclio() {
	k := c.f.Key
	c.entry(NuclioDashboard, NoAuth)
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

var nuclioGateways = service.NewLookup("API gateways of Nuclio", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, o := range r.List(nuclioGateway, namespace) {
		if g, ok := snapshot.FactsOf[*nuclioFacts](o, reader); ok {
			for _, name := range g.functions {
				add(name, o.Head().Ref)
			}
		}
	}
})

// Gateways returns the API gateways of Nuclio that lead to a function.
func Gateways(r *snapshot.Reader, key model.FunctionKey) []model.Ref {
	return nuclioGateways.Get(r, key.Namespace, key.Name)
}

// GatewayMode is the authenticationMode of an API gateway of Nuclio.
func GatewayMode(r *snapshot.Reader, ref model.Ref) string {
	g, _ := snapshot.FactsOf[*nuclioFacts](r.Get(ref), reader)
	if g == nil {
		return ""
	}
	return g.mode
}
