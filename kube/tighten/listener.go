package tighten

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
)

// gatewayTLS ties routes to a listener for HTTPS, which is added where the Gateway has none for their host.
func (q *asked) gatewayTLS(p *protected, ref model.Ref) {
	var route *model.Route
	ways := expose.Of.Get(q.r, q.f.Key).Routes
	for i := range ways {
		if w := &ways[i]; w.Via == ref || w.Door.Gateway == ref {
			route, _ = q.r.Get(w.Via).(*model.Route)
			break
		}
	}
	if route == nil || len(route.Parents) == 0 {
		p.leave(ref, "which route leads through it cannot be told")
		return
	}
	if len(route.Owners) > 0 || route.Namespace != q.f.Key.Namespace {
		p.leave(route.Ref, "another object makes it, or it serves others too")
		return
	}
	for i, at := range route.Parents {
		g, ok := q.r.Get(at).(*model.Gateway)
		if !ok {
			p.leave(route.Ref, "its "+at.Kind+" "+at.Name+" cannot be read")
			continue
		}
		name := secure(g, route)
		if name == "" {
			if name = q.listen(p, g, route); name == "" {
				continue
			}
		}
		e := q.Patch(route.Ref, route.APIVersion(), plan.Field{Path: "spec.parentRefs[" + strconv.Itoa(i) + "].sectionName", Value: name})
		e.Asks = "callers by plain HTTP get no answer: it is tied to listener " + name + " of Gateway " + g.Name
		p.edits = append(p.edits, e)
	}
}

// secure names a listener for HTTPS that serves all hosts of the route.
func secure(g *model.Gateway, r *model.Route) string {
	for _, l := range g.Listeners {
		if l.Protocol == "HTTPS" && !slices.ContainsFunc(hostsOf(r), func(h any) bool { return !coversHost(l.Hostname, h.(string)) }) {
			return l.Name
		}
	}
	return ""
}

// coversHost reports whether a listener of that host name takes a host; a wildcard stands for one label or more.
func coversHost(listener, host string) bool {
	return listener == "" || listener == host || strings.HasPrefix(listener, "*.") && strings.HasSuffix(host, listener[1:])
}

// listen adds a listener with a certificate beside the others, and returns its name.
func (q *asked) listen(p *protected, g *model.Gateway, r *model.Route) string {
	hosts := hostsOf(r)
	if len(hosts) != 1 {
		p.leave(r.Ref, "Gateway "+g.Name+" has no listener for HTTPS, and a listener has one host: the route has "+strconv.Itoa(len(hosts)))
		return ""
	}
	secret := q.tlsSecret(p, g.Ref, hosts)
	if secret == "" {
		return ""
	}
	name := "https-" + q.f.Key.Name
	from := map[string]any{"from": "Same"}
	if r.Namespace != g.Namespace {
		from = map[string]any{"from": "Selector", "selector": map[string]any{"matchLabels": map[string]any{nameLabel: r.Namespace}}}
	}
	e := q.Patch(g.Ref, g.APIVersion(), plan.Field{Path: plan.Named("spec.listeners", name), Value: map[string]any{
		"name": name, "port": int64(443), "protocol": "HTTPS", "hostname": hosts[0],
		"tls":           map[string]any{"mode": "Terminate", "certificateRefs": []any{map[string]any{"name": secret}}},
		"allowedRoutes": map[string]any{"namespaces": from},
	}})
	e.Asks = "Gateway " + g.Name + " gets one more listener; the certificate in " + secret + " must be for " + hosts[0].(string)
	p.edits = append(p.edits, e)
	return name
}
