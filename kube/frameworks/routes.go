package frameworks

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// RouteKinds lists the kinds whose records are Routes and that the store reads for everybody.
func RouteKinds() []schema.GroupKind { return []schema.GroupKind{Ingress, HTTPRoute} }

// GetService returns the record of a Service, nil when it is not there.
func GetService(x Index, namespace, name string) *model.Service {
	s, _ := x.Get(model.Ref{Kind: Service.Kind, Namespace: namespace, Name: name}).(*model.Service)
	return s
}

// ServiceURLs returns the addresses of the Service itself, one for each TCP port: in the cluster, and through load
// balancer, external addresses and node ports. A Service that only renames a host has none.
func ServiceURLs(s *model.Service) []model.URL {
	if s == nil || s.Type == "ExternalName" {
		return nil
	}
	var urls []model.URL
	add := func(host string, p *model.ServicePort, port int32, external bool, path string) {
		urls = append(urls, model.URL{
			URL: address(scheme(p), host, port), External: external, Origin: model.Origin{Ref: s.Ref, Path: path},
		})
	}
	for i := range List(s.Ports) {
		p := &s.Ports[i]
		if p.Protocol != "" && p.Protocol != "TCP" {
			continue
		}
		at := fmt.Sprintf("spec.ports[%d]", i)
		add(s.Name+"."+s.Namespace+".svc", p, p.Port, false, at)
		for _, a := range List(s.Addresses) {
			add(a, p, p.Port, true, "status.loadBalancer")
		}
		for j, a := range List(s.ExternalIPs) {
			add(a, p, p.Port, true, fmt.Sprintf("spec.externalIPs[%d]", j))
		}
		if p.NodePort != 0 && len(s.Addresses) == 0 {
			add("NODE", p, p.NodePort, true, at+".nodePort")
		}
	}
	return urls
}

func scheme(p *model.ServicePort) string {
	app := strings.ToLower(p.AppProtocol)
	if app == "https" || p.Port == 443 || app == "" && strings.HasPrefix(p.Name, "https") {
		return "https"
	}
	return "http"
}

// address leaves the usual port of the scheme out and puts IPv6 addresses into brackets.
func address(scheme, host string, port int32) string {
	if port <= 0 || scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// Routing is one rule of a route that leads to a Service.
type Routing struct {
	Route *model.Route
	Rule  model.RouteRule
	Index int // of the rule in Route.Rules
	// Gateways are those that a Gateway API route is attached to, as far as they can be seen.
	Gateways []*model.Gateway
}

// RoutesTo returns the rules of Ingresses and HTTPRoutes that lead to the Service.
func RoutesTo(x Index, service model.Ref) []Routing {
	var found []Routing
	for _, kind := range RouteKinds() {
		for _, route := range Typed[*model.Route](x.Referrers(service, kind)) {
			gateways := gatewaysOf(x, route)
			for i, rule := range List(route.Rules) {
				if rule.Service == service {
					found = append(found, Routing{route, rule, i, gateways})
				}
			}
		}
	}
	return List(found)
}

// URLs returns the addresses of the rule, one for each host; path replaces the rule's own unless it is empty.
func (r Routing) URLs(path string) []model.URL {
	hosts := r.Rule.Hosts
	if len(hosts) == 0 {
		hosts = slices.Clone(r.Route.Addresses)
		for _, g := range r.Gateways {
			hosts = append(hosts, g.Addresses...)
		}
	}
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	var urls []model.URL
	for _, host := range List(hosts) {
		urls = append(urls, model.URL{
			URL:      address(r.scheme(host), host, 0) + literalPath(orElse(path, r.Rule.Path)),
			External: true,
			Origin:   model.Origin{Ref: r.Route.Ref, Path: fmt.Sprintf("spec.rules[%d]", r.Index)},
		})
	}
	return urls
}

func gatewaysOf(x Index, route *model.Route) []*model.Gateway {
	var all []*model.Gateway
	for _, parent := range List(route.Parents) {
		if g, ok := x.Get(parent).(*model.Gateway); ok {
			all = append(all, g)
		}
	}
	return all
}

// scheme is https where the route, or a listener of its Gateway for the host, ends TLS.
func (r Routing) scheme(host string) string {
	for _, g := range r.Gateways {
		for _, l := range g.Listeners {
			if l.Protocol == "HTTPS" && (l.Hostname == "" || covers(l.Hostname, host)) {
				return "https"
			}
		}
	}
	if !r.Route.TLS {
		return "http"
	}
	if len(r.Route.TLSHosts) == 0 || slices.ContainsFunc(r.Route.TLSHosts, func(t string) bool { return covers(t, host) }) {
		return "https"
	}
	return "http"
}

// covers reports whether a host name of a certificate, which may begin with `*.`, is good for the host.
func covers(pattern, host string) bool {
	if strings.EqualFold(pattern, host) {
		return true
	}
	suffix, ok := strings.CutPrefix(pattern, "*")
	_, rest, found := strings.Cut(host, ".")
	return ok && found && strings.EqualFold(suffix, "."+rest)
}

// literalPath is what a caller can type of a path that may be a pattern.
func literalPath(p string) string {
	if i := strings.IndexAny(p, "([*$^"); i >= 0 {
		p = strings.TrimSuffix(p[:i], ".")
	}
	if p == "" || p == "/" {
		return "/"
	}
	return "/" + strings.TrimPrefix(p, "/")
}

// URLsOf returns all addresses of a Service: its own and those of the routes to it.
func URLsOf(x Index, s *model.Service) []model.URL {
	if s == nil {
		return nil
	}
	urls := ServiceURLs(s)
	for _, r := range RoutesTo(x, s.Ref) {
		urls = append(urls, r.URLs("")...)
	}
	return List(urls)
}

// HTTPTriggers returns one trigger for each address.
func HTTPTriggers(urls []model.URL) []model.Trigger {
	var all []model.Trigger
	for _, u := range List(urls) {
		all = append(all, model.Trigger{Type: model.HTTP, Name: u.Origin.Name, Detail: u.URL, Origin: u.Origin})
	}
	return all
}
