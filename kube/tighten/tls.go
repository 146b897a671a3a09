package tighten

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
)

// Guard is a Source whose objects say how the routes that are made of them are protected. It answers with the edits of
// those objects. Both: the route is changed too, because the framework does not bring the difference there.
type Guard interface {
	Protect(w *plan.Wish, route model.Ref, p plan.Protection) (edits []plan.Edit, both bool)
}

// protected collects what becomes of the routes that findings are about.
type protected struct {
	edits []plan.Edit
	left  []string // what is not changed, and why
	keys  []string // values that would help
}

func (p *protected) leave(ref model.Ref, why string) {
	if text := ref.Kind + " " + ref.Name + ": " + why; !slices.Contains(p.left, text) {
		p.left = append(p.left, text)
	}
}

func (p *protected) want(keys ...string) {
	for _, k := range keys {
		if !slices.Contains(p.keys, k) {
			p.keys = append(p.keys, k)
		}
	}
}

// answer puts it together.
func (q *asked) protect(p *protected, effect plan.Effect) plan.Answer {
	var once []plan.Edit // findings about a route and about its Gateway lead to the same edits
	for _, e := range p.edits {
		if !slices.ContainsFunc(once, func(o plan.Edit) bool { return o.Object == e.Object && slices.EqualFunc(o.Fields, e.Fields, same) }) {
			once = append(once, e)
		}
	}
	p.edits = once
	if q.f.Key.Framework == "nuclio" && slices.ContainsFunc(once, func(e plan.Edit) bool { return e.Object == q.f.Object }) {
		effect = plan.Rollout // the controller deploys the function anew
	}
	switch {
	case len(p.edits) > 0:
		a := q.Done(effect, p.edits...)
		if a.Left = strings.Join(p.left, "; "); len(p.keys) > 0 {
			a.Left = strings.TrimPrefix(a.Left+"; what takes "+strings.Join(p.keys, ", "), "; ")
		}
		return a
	case len(p.keys) > 0:
		why := "nothing in the cluster says which"
		if len(p.left) > 0 {
			why = strings.Join(p.left, "; ")
		}
		return q.wants(why, p.keys...)
	case len(p.left) == 0:
		return q.None("no route of its own is blamed", check.FixReview)
	}
	return q.None(strings.Join(p.left, "; "), check.FixCloseRoute)
}

// blamedRoutes are the objects of findings, each once.
func (q *asked) blamedRoutes() []model.Ref {
	var all []model.Ref
	for i := range q.findings {
		if ref := q.findings[i].Object(); !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// ways are the ways through an object that lead to the function.
func (q *asked) ways(via model.Ref) []expose.Route {
	return slices.DeleteFunc(slices.Clone(expose.Of.Get(q.r, q.f.Key).Routes), func(r expose.Route) bool { return r.Via != via })
}

// routeTLS has every route end TLS, in the object that its controller reads.
func (q *asked) routeTLS() plan.Answer {
	p := &protected{}
	for _, ref := range q.blamedRoutes() {
		switch {
		case ref.Kind == "Ingress" && ref.Group == "networking.k8s.io":
			q.ingressTLS(p, ref)
		case ref.Kind == "Ingress", ref.Kind == "DomainMapping":
			q.sourceTLS(p, ref)
		case ref.Kind == "HTTPProxy":
			q.proxyTLS(p, ref)
		case ref.Kind == "IngressRoute":
			q.traefikTLS(p, ref)
		case ref.Group == "gateway.networking.k8s.io":
			q.gatewayTLS(p, ref)
		case ref.Group == "networking.istio.io":
			q.istioTLS(p, ref)
		case ref.Kind == "Service":
			p.leave(ref, "it is a way in without a route: TLS would have to end in the pod")
		default:
			p.leave(ref, "its gateway ends TLS, which serves others too")
		}
	}
	return q.protect(p, plan.AtOnce)
}

const askTLS = "callers by plain HTTP are sent to HTTPS, or refused; the certificate in "

// tlsSecret is the Secret for these hosts: the one that was given, or one that says so itself; empty where it is wanted.
func (q *asked) tlsSecret(p *protected, ref model.Ref, hosts []any) string {
	name := q.given.Value(TLSSecret)
	if name == "" {
		if name = q.certificate(ref.Namespace, hosts); name == "" {
			p.leave(ref, "no Secret of type kubernetes.io/tls in "+ref.Namespace+" is named for it")
			p.want(TLSSecret)
		}
		return name
	}
	if why := q.absent(ref.Namespace, name); why != "" {
		p.leave(ref, why)
		return ""
	}
	return name
}

// absent says why a Secret cannot be referred to: a route with a name that is not there serves nobody.
func (q *asked) absent(namespace, name string) string {
	if _, hidden := q.r.Hidden(kind("", "Secret"), namespace); !hidden && q.r.Get(model.Ref{Kind: "Secret", Namespace: namespace, Name: name}) == nil {
		return "there is no Secret " + namespace + "/" + name
	}
	return ""
}

func (q *asked) ingressTLS(p *protected, ref model.Ref) {
	r, ok := q.r.Get(ref).(*model.Route)
	hosts := hostsOf(r)
	switch {
	case !ok || len(hosts) == 0:
		p.leave(ref, "it names no host that a certificate could be for")
		return
	case !slices.ContainsFunc(q.ways(ref), func(w expose.Route) bool { return w.TLS == expose.Plain || w.Beside != "" }):
		p.leave(ref, "it ends TLS already")
		return
	case !q.reachable(p, r, plan.Protection{TLSSecret: "x", CertIssuer: "x/x"}):
		return
	case r.TLS && slices.ContainsFunc(q.ways(ref), func(w expose.Route) bool { return w.Beside != "" }):
		e := q.Patch(ref, r.APIVersion(), plan.Field{Path: plan.Keyed("metadata.annotations", nginx+"ssl-redirect"), Value: "true"})
		e.Asks = "callers by plain HTTP are sent to HTTPS"
		p.edits = append(p.edits, e)
		return
	}
	if owner, ok := ownerOf(r, "FunctionIngress"); ok { // the operator has cert-manager make the Secret
		if !q.has(CertIssuer) {
			p.leave(ref, "FunctionIngress "+owner+" has its certificate made")
			p.want(CertIssuer)
			return
		}
		q.guarded(p, r, plan.Protection{CertIssuer: q.given.Value(CertIssuer)}, "callers by plain HTTP are sent to HTTPS", nil)
		return
	}
	name := q.tlsSecret(p, ref, hosts)
	if name == "" {
		return
	}
	q.guarded(p, r, plan.Protection{TLSSecret: name}, askTLS+name+" must be for these hosts",
		[]plan.Field{{Path: "spec.tls", Value: []any{map[string]any{"hosts": hosts, "secretName": name}}}})
}

// guarded changes what a route is made of, and the route itself where it is its own source or the framework leaves it as
// it is.
func (q *asked) guarded(p *protected, r *model.Route, g plan.Protection, asks string, fields []plan.Field) {
	edits, both := q.sourced(r, g)
	if both && len(fields) > 0 {
		edits = append(edits, q.Patch(r.Ref, r.APIVersion(), fields...))
	}
	for i := range edits {
		if edits[i].Asks = strings.TrimPrefix(edits[i].Asks+"; "+asks, "; "); edits[i].Why == "" {
			edits[i].Why = q.Why
		}
	}
	p.edits = append(p.edits, edits...)
}

// sourced are the edits of what a route is made of; both: the route is to be changed too.
func (q *asked) sourced(r *model.Route, g plan.Protection) (edits []plan.Edit, both bool) {
	if s, ok := q.source.(Guard); ok {
		if edits, both = s.Protect(q.Wish, r.Ref, g); len(edits) > 0 {
			return edits, both
		}
	}
	return nil, len(r.Owners) == 0 && r.Namespace == q.f.Key.Namespace
}

// reachable reports whether a route can be protected at all, before anybody is asked for values.
func (q *asked) reachable(p *protected, r *model.Route, g plan.Protection) bool {
	if gateway, made := q.apiGateway(r.Ref); made {
		p.leave(r.Ref, "API gateway "+gateway.Name+" makes it, and TLS of those is one setting of the platform (ingressConfig.tlsSecret)")
		return false
	}
	edits, both := q.sourced(r, g)
	if len(edits) > 0 || both {
		return true
	}
	why := "it serves others too"
	if len(r.Owners) > 0 {
		why = r.Owners[0].Kind + " " + r.Owners[0].Name + " makes it, and has no field for it"
	}
	p.leave(r.Ref, why)
	return false
}

func ownerOf(r *model.Route, kind string) (string, bool) {
	for _, o := range r.Owners {
		if o.Kind == kind {
			return o.Name, true
		}
	}
	return "", false
}

// sourceTLS is for routes that a framework alone makes: Knative's.
func (q *asked) sourceTLS(p *protected, ref model.Ref) {
	g := plan.Protection{HTTPS: true}
	if ref.Kind == "DomainMapping" {
		if g.TLSSecret = q.tlsSecret(p, ref, []any{ref.Name}); g.TLSSecret == "" {
			return
		}
	}
	if served := q.ways(ref); ref.Kind == "Ingress" && slices.ContainsFunc(served, func(w expose.Route) bool { return w.TLS == expose.Plain }) {
		p.leave(ref, "Knative gets no certificates here: external-domain-tls in ConfigMap knative-serving/config-network is off")
		return
	}
	if s, ok := q.source.(Guard); ok {
		if edits, _ := s.Protect(q.Wish, ref, g); len(edits) > 0 {
			for i := range edits {
				edits[i].Asks = "callers by plain HTTP are sent to HTTPS, or refused"
			}
			p.edits = append(p.edits, edits...)
			return
		}
	}
	p.leave(ref, "another object makes it")
}

func (q *asked) proxyTLS(p *protected, ref model.Ref) {
	ways := q.ways(ref)
	if slices.ContainsFunc(ways, func(w expose.Route) bool { return w.TLS == expose.Terminated && w.Beside != "" }) {
		for _, w := range ways {
			if w.Beside != "" {
				e := q.Patch(ref, q.versionOf(ref), plan.Field{Path: w.Field + ".permitInsecure", Remove: true})
				e.Asks = "callers by plain HTTP are sent to HTTPS"
				p.edits = append(p.edits, e)
			}
		}
		return
	}
	if !expose.HasHost(q.r, ref) {
		p.leave(ref, "the HTTPProxy that includes it ends TLS")
		return
	}
	if name := q.tlsSecret(p, ref, hostsIn(ways)); name != "" {
		e := q.Patch(ref, q.versionOf(ref), plan.Field{Path: "spec.virtualhost.tls.secretName", Value: name})
		e.Asks = askTLS + name + " must be for its host"
		p.edits = append(p.edits, e)
	}
}

func (q *asked) traefikTLS(p *protected, ref model.Ref) {
	if name := q.tlsSecret(p, ref, hostsIn(q.ways(ref))); name != "" {
		e := q.Patch(ref, q.versionOf(ref), plan.Field{Path: "spec.tls.secretName", Value: name}, plan.Field{Path: "spec.entryPoints", Value: []any{"websecure"}})
		e.Asks = "callers by plain HTTP get no answer; it listens at the entry point websecure, which Traefik has by default; the certificate in " + name + " must be for its hosts"
		p.edits = append(p.edits, e)
	}
}

func hostsIn(ways []expose.Route) []any {
	var hosts []any
	for _, w := range ways {
		if w.Host != "" && !slices.Contains(hosts, any(w.Host)) {
			hosts = append(hosts, w.Host)
		}
	}
	return hosts
}

// istioTLS has a server of a Gateway redirect, where another one of it has the certificate.
func (q *asked) istioTLS(p *protected, ref model.Ref) {
	ways := expose.Of.Get(q.r, q.f.Key).Routes
	for i := range ways {
		w := &ways[i]
		at := &w.PlainDoor
		if w.Via != ref && w.Door.Gateway != ref || w.Door.Gateway.Group != "networking.istio.io" {
			continue
		}
		if at.Gateway.Group != "networking.istio.io" {
			p.leave(w.Door.Gateway, "it has no server with a certificate for "+w.Host+": one must be added to it, which serves others too")
			continue
		}
		e := q.Patch(at.Gateway, q.versionOf(at.Gateway), plan.Field{Path: at.Field + ".tls.httpsRedirect", Value: true})
		e.Asks = "callers of all hosts of that server of Gateway " + at.Gateway.Name + " are sent to HTTPS"
		p.edits = append(p.edits, e)
	}
	if len(p.edits)+len(p.left) == 0 {
		p.leave(ref, "which Gateway serves it cannot be told")
	}
}
