package openfaas

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// routes fills in the URLs and the triggers of kind HTTP: the gateway's, the function's own Service, and the domains.
func (b *builder) routes() {
	if g := b.gateway; g != nil {
		for _, name := range []string{"gateway", "gateway-external"} {
			b.throughGateway(frameworks.GetService(b.x, g.ref.Namespace, name))
		}
	}
	own := frameworks.URLsOf(b.x, frameworks.GetService(b.x, b.f.Key.Namespace, b.name))
	b.f.URLs = append(b.f.URLs, own...)
	b.rewritten()
	b.f.Triggers = append(b.f.Triggers, frameworks.HTTPTriggers(b.f.URLs)...)
	if g := b.gateway; g != nil && g.async {
		path := strings.Replace(g.path(b.name, b.f.Key.Namespace), "/function/", "/async-function/", 1)
		b.f.Triggers = append(b.f.Triggers, model.Trigger{
			Type: model.Queue, Name: "async", Detail: path, Origin: model.Origin{Ref: g.ref},
		})
	}
	b.functionIngresses()
}

// throughGateway adds the addresses of the gateway's Service. Whoever reaches the gateway reaches every function.
func (b *builder) throughGateway(s *model.Service) {
	if s == nil {
		return
	}
	path := b.gateway.path(b.name, b.f.Key.Namespace)
	for _, u := range frameworks.ServiceURLs(s) {
		if s.Name == "gateway-external" && !u.External {
			continue // the same pods under a second name
		}
		u.URL += path
		b.f.URLs = append(b.f.URLs, u)
	}
	for _, r := range frameworks.RoutesTo(b.x, s.Ref) {
		if r.Route.FactsOf(Name) != nil {
			continue // leads to the functions that it rewrites to, and to no other
		}
		base := strings.TrimSuffix(frameworks.Text(r.Rule.Path), "/")
		if base != "" && !strings.HasPrefix(path, base+"/") {
			continue // the path does not let /function/ through
		}
		b.f.URLs = append(b.f.URLs, r.URLs(path)...)
	}
}

// rewritten adds the routes to the gateway that are rewritten to this function.
func (b *builder) rewritten() {
	byDefault := b.gateway != nil && b.gateway.functions == b.f.Key.Namespace
	targets := []model.Ref{routeTarget(b.f.Key.Namespace, b.name)}
	if byDefault {
		targets = append(targets, routeTarget("", b.name))
	}
	for _, target := range targets {
		for _, kind := range frameworks.RouteKinds() {
			for _, route := range frameworks.Typed[*model.Route](b.x.Referrers(target, kind)) {
				to, ok := route.FactsOf(Name).(rewrites)
				if !ok || !to.has(b.name, b.f.Key.Namespace, byDefault) {
					continue
				}
				for i, rule := range frameworks.List(route.Rules) {
					if rule.Service.Name == "gateway" || rule.Service.Name == "gateway-external" {
						r := frameworks.Routing{Route: route, Rule: rule, Index: i}
						b.f.URLs = append(b.f.URLs, r.URLs("")...)
					}
				}
			}
		}
	}
}

// functionIngresses says which FunctionIngresses name the function, and which of them came to nothing.
func (b *builder) functionIngresses() {
	targets := []model.Ref{routeTarget(b.f.Key.Namespace, b.name)}
	if b.gateway != nil && b.gateway.functions == b.f.Key.Namespace {
		targets = append(targets, routeTarget("", b.name))
	}
	for _, target := range targets {
		for _, o := range b.x.Referrers(target, ingressKind) {
			h := o.Head()
			i, ok := h.FactsOf(Name).(ingress)
			if !ok {
				continue
			}
			b.functionIngress(h, i)
		}
	}
}

func (b *builder) functionIngress(h *model.Header, i ingress) {
	if i.tls && i.domain != "" {
		b.f.References = append(b.f.References, model.Reference{
			Kind: frameworks.Secret.Kind, Namespace: h.Namespace, Name: i.domain + "-cert", How: model.ForTrig,
			Origin: model.Origin{Ref: h.Ref, Path: "spec.tls"},
		})
	}
	made := b.x.Get(model.Ref{
		Group: frameworks.Ingress.Group, Kind: frameworks.Ingress.Kind, Namespace: h.Namespace, Name: h.Name,
	})
	if made != nil && made.Head().OwnedBy(h) {
		return // its URL and trigger are those of the Ingress
	}
	t := model.Trigger{
		Type: model.HTTP, Name: h.Name, Detail: frameworks.Text(i.domain + i.path), Disabled: true,
		Origin: model.Origin{Ref: h.Ref, Path: "spec.domain"},
	}
	switch {
	case frameworks.Unseen(b.x, frameworks.Ingress, h.Namespace) != "":
		t.Disabled = false
		b.note("FunctionIngress " + h.Name + ": whether its Ingress exists cannot be seen")
	case i.bypass && i.namespace != h.Namespace:
		b.note("FunctionIngress " + h.Name + " is ignored: bypassGateway works only inside its own namespace")
	default:
		b.note("FunctionIngress " + h.Name + " has no Ingress: it exposes nothing")
	}
	b.f.Triggers = append(b.f.Triggers, t)
}
