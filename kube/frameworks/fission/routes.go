package fission

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// addresses lists the ways in: every HTTPTrigger is a path at the router, with or without an Ingress of its own,
// and a Deployment of its own has a Service that goes round the router.
func (p *parts) addresses(f *model.Function, x frameworks.Index) {
	for _, h := range p.triggers {
		t, ok := h.FactsOf(Name).(*trigger)
		if !ok {
			continue
		}
		if t.trigger.Type == model.HTTP {
			p.http(f, t)
		} else {
			f.Triggers = append(f.Triggers, t.trigger)
		}
	}
	p.routed(f)
	for _, w := range p.deployments {
		f.URLs = append(f.URLs, frameworks.URLsOf(x, frameworks.GetService(x, w.Namespace, w.Name))...)
	}
	// Up to 1.22 the public listener answers for every function, triggers or not.
	if r := p.plane.router; r != nil && !p.plane.internal && x.Availability(frameworks.Service, r.Namespace) == frameworks.Available {
		path := "/fission-function/" + p.key.Namespace + "/" + p.key.Name
		if p.key.Namespace == "default" {
			path = "/fission-function/" + p.key.Name
		}
		for _, base := range frameworks.ServiceURLs(r) {
			base.URL += path
			f.URLs = append(f.URLs, base)
		}
	}
	f.URLs = frameworks.List(f.URLs)
}

func (p *parts) http(f *model.Function, t *trigger) {
	n := t.trigger
	path := "/" + strings.TrimPrefix(t.path, "/")
	n.Detail = frameworks.Line(strings.Join(slices.DeleteFunc([]string{t.methods, t.host + path, t.share(p.key.Name)},
		func(s string) bool { return s == "" }), " "))
	if p.plane.authenticated {
		n.Auth = "router token"
	}
	f.Triggers = append(f.Triggers, n)
	for _, base := range frameworks.ServiceURLs(p.plane.router) {
		address := base.URL + path
		// The router looks at the Host: from outside only its name leads there.
		if u, err := url.Parse(base.URL); err == nil && base.External && t.host != "" {
			u.Host = t.host
			address = strings.TrimSuffix(u.String(), "/") + path
		}
		f.URLs = append(f.URLs, model.URL{URL: address, External: base.External, Origin: t.trigger.Origin})
	}
}

// routed adds the Ingresses and HTTPRoutes that the router made for the triggers.
func (p *parts) routed(f *model.Function) {
	for _, r := range p.routes {
		for i, rule := range frameworks.List(r.Rules) {
			urls := (frameworks.Routing{Route: r, Rule: rule, Index: i}).URLs("")
			f.URLs = append(f.URLs, urls...)
			f.Triggers = append(f.Triggers, frameworks.HTTPTriggers(urls)...)
		}
	}
}
