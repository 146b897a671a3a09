package tighten

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
)

const (
	istioSecurity = "security.istio.io"
	linkerdPolicy = "policy.linkerd.io"
)

// made is the edit that makes an object of this kind beside the function.
func (q *asked) made(group, version, kind, name string, spec map[string]any) plan.Edit {
	ref := model.Ref{Group: group, Kind: kind, Namespace: q.f.Key.Namespace, Name: name}
	api := group + "/" + version
	return plan.Edit{Verb: plan.Create, Object: ref, APIVersion: api, Why: q.Why, Asks: q.Asks, New: map[string]any{
		"apiVersion": api, "kind": kind, "metadata": map[string]any{"name": name, "namespace": ref.Namespace}, "spec": spec,
	}}
}

// there names an edit whose object is there already, empty for none.
func (q *asked) there(edits []plan.Edit) string {
	for i := range edits {
		if e := &edits[i]; e.Verb == plan.Create && q.r.Get(e.Object) != nil {
			return e.Object.Kind + " " + e.Object.Name
		}
	}
	return ""
}

// meshMTLS has the proxies of its pods refuse what is not encrypted.
func (q *asked) meshMTLS() plan.Answer {
	m := mesh.Of.Get(q.r, q.f.Key)
	if m.Kind != mesh.Sidecar && m.Kind != mesh.Ambient {
		return q.None("its pods have no proxy of Istio that could ask for it", check.FixMeshJoin)
	}
	p := &protected{}
	strict := false
	for i := range q.findings {
		f := &q.findings[i]
		switch {
		case f.Control.ID == "MSH-03" && f.Object().Namespace == q.f.Key.Namespace: // an exception of one port
			path, _ := strings.CutSuffix(f.Path, ".mode")
			port := strings.TrimSuffix(strings.TrimPrefix(path, "spec.portLevelMtls["), "]")
			e := q.Patch(f.Object(), q.versionOf(f.Object()), plan.Field{Path: plan.Keyed("spec.portLevelMtls", port) + ".mode", Value: "STRICT"})
			e.Asks = "callers without a proxy are refused at port " + port
			p.edits = append(p.edits, e)
		case f.Control.ID == "MSH-07":
			p.leave(f.Object(), "which certificate the other side has, nothing here says: without TLS or a CA on purpose, it stays so")
		case f.Object().Kind == "PeerAuthentication" && mesh.SelectsPods(q.r, f.Object()): // of two for a workload the older one wins
			e := q.Patch(f.Object(), q.versionOf(f.Object()), plan.Field{Path: "spec.mtls.mode", Value: "STRICT"})
			e.Asks = "callers without a proxy are refused, of all pods that it selects" + q.plain()
			p.edits = append(p.edits, e)
		case !strict:
			strict = true
			q.strict(p)
		}
	}
	return q.protect(p, plan.AtOnce)
}

// strict makes a policy for the pods of the function alone.
func (q *asked) strict(p *protected) {
	all := q.selections()
	if len(all) == 0 {
		p.leave(q.f.Object, "no labels tell its pods from others")
		return
	}
	q.ask("callers without a proxy are refused" + q.plain())
	for i := range all {
		e := q.made(istioSecurity, "v1", "PeerAuthentication", all[i].name+"-strict", map[string]any{
			"selector": map[string]any{"matchLabels": all[i].labels}, "mtls": map[string]any{"mode": "STRICT"},
		})
		if q.r.Get(e.Object) != nil {
			p.leave(e.Object, "it is there and does not do it")
			continue
		}
		p.edits = append(p.edits, e)
	}
}

// plain names known callers that have no proxy.
func (q *asked) plain() string {
	var names []string
	for _, d := range q.doors() {
		if ns := d.in(q); !q.proxied(ns) {
			names = append(names, ns)
		}
	}
	if names == nil {
		return ""
	}
	return ": those in " + strings.Join(names, ", ") + " are such callers as far as their namespace says"
}

func (d *door) in(q *asked) string {
	if d.namespace != "" {
		return d.namespace
	}
	return q.f.Platform.Namespace
}

// proxied reports whether pods of a namespace have an identity in the mesh: the gateways of Istio do by themselves.
func (q *asked) proxied(ns string) bool {
	if strings.HasPrefix(ns, "istio-") {
		return true
	}
	o := q.r.Get(model.Ref{Kind: "Namespace", Name: ns})
	if o == nil {
		return false
	}
	h := o.Head()
	if h.Labels.Get("istio-injection") == "enabled" || h.Labels.Has("istio.io/rev") || h.Labels.Get("istio.io/dataplane-mode") == "ambient" ||
		slices.Contains([]string{"enabled", "ingress"}, h.Annotations.Get("linkerd.io/inject")) {
		return true
	}
	return slices.ContainsFunc(q.r.List(kind("apps", "Deployment"), ns), func(o model.Object) bool {
		w, ok := o.(*model.Workload)
		return ok && (w.Template.Labels.Get("sidecar.istio.io/inject") == "true" || slices.Contains([]string{"enabled", "ingress"}, w.Template.Annotations.Get("linkerd.io/inject")))
	})
}

// meshAuthz lets those in whom the function is known to be called by, and nobody else.
func (q *asked) meshAuthz() plan.Answer {
	m := mesh.Of.Get(q.r, q.f.Key)
	for i := range q.findings {
		if f := &q.findings[i]; f.Object().Kind == "AuthorizationPolicy" && f.Control.ID == "MSH-05" {
			return q.None("AuthorizationPolicy "+f.Object().Name+" lets them in, and policies only add: take the rule out of it", check.FixReview)
		} else if f.Control.ID == "MSH-13" {
			return q.None("what goes round the waypoint is stopped by a policy for its identity alone, which its own Gateway names", check.FixReview)
		}
	}
	switch {
	case m.Kind == mesh.Outside:
		return q.None("its pods have no proxy that could ask for it", check.FixMeshJoin)
	case len(q.selections()) == 0:
		return q.None("no labels tell its pods from others", check.FixReview)
	case m.Kind == mesh.Linkerd:
		return q.linkerdAuthz()
	}
	sources, kept, refused := q.sources()
	if refused != "" && len(q.given.all(Callers)) == 0 {
		return q.None(refused+" calls it, and has no proxy that says who it is: a policy would refuse it", check.FixMeshJoin)
	}
	if len(sources) == 0 {
		return q.wants("who may call it in the mesh cannot be seen: no gateway leads to it", Callers)
	}
	rule := map[string]any{"from": sources}
	if slices.ContainsFunc(q.findings, func(f check.Finding) bool { return f.Control.ID == "MSH-06" }) {
		for _, s := range sources {
			s.(map[string]any)["source"].(map[string]any)["requestPrincipals"] = []any{"*"}
		}
		q.ask("calls without a token are refused")
	}
	q.ask("calls from anything but " + strings.Join(kept, ", ") + " are refused: other callers cannot be seen")
	return q.policiesOf("allow", func(s *selected) map[string]any {
		return map[string]any{"selector": map[string]any{"matchLabels": s.labels}, "action": "ALLOW", "rules": []any{rule}}
	})
}

// policiesOf makes one AuthorizationPolicy of Istio for each selection of the function's pods.
func (q *asked) policiesOf(suffix string, spec func(*selected) map[string]any) plan.Answer {
	var edits []plan.Edit
	all := q.selections()
	for i := range all {
		edits = append(edits, q.made(istioSecurity, "v1", "AuthorizationPolicy", all[i].name+"-"+suffix, spec(&all[i])))
	}
	if name := q.there(edits); name != "" {
		return q.None(name+" is there and does not do it", check.FixReview)
	}
	return q.Done(plan.AtOnce, edits...)
}

// sources are the callers that are known: gateways and platforms by namespace, those that were given by account. refused
// names a known caller without an identity.
func (q *asked) sources() (sources []any, kept []string, refused string) {
	var namespaces []any
	for _, d := range q.doors() {
		ns := d.in(q)
		switch {
		case slices.Contains(namespaces, any(ns)):
		case q.proxied(ns):
			namespaces, kept = append(namespaces, ns), append(kept, "namespace "+ns)
		case d.namespace == "" || len(doors[q.f.Key.Framework]) > 0 && slices.ContainsFunc(doors[q.f.Key.Framework], func(o door) bool { return o.namespace == d.namespace }):
			refused = "the platform in " + ns
		}
	}
	if namespaces != nil {
		sources = append(sources, map[string]any{"source": map[string]any{"namespaces": namespaces}})
	}
	var principals []any
	for _, a := range q.given.all(Callers) {
		ns, name, _ := strings.Cut(a.(string), "/")
		principals = append(principals, "*/ns/"+ns+"/sa/"+name)
		kept = append(kept, "ServiceAccount "+a.(string))
	}
	if principals != nil {
		sources = append(sources, map[string]any{"source": map[string]any{"principals": principals}})
	}
	return sources, kept, refused
}

// linkerdAuthz makes a Server for each port that findings name, and lets the known callers in.
func (q *asked) linkerdAuthz() plan.Answer {
	var refs []any
	var kept []string
	for _, d := range q.doors() {
		if ns := d.in(q); q.proxied(ns) && !strings.HasPrefix(ns, "istio-") {
			refs, kept = append(refs, map[string]any{"kind": "Namespace", "name": ns}), append(kept, "namespace "+ns)
		}
	}
	for _, a := range q.given.all(Callers) {
		ns, name, _ := strings.Cut(a.(string), "/")
		refs, kept = append(refs, map[string]any{"kind": "ServiceAccount", "name": name, "namespace": ns}), append(kept, "ServiceAccount "+a.(string))
	}
	if len(refs) == 0 {
		return q.wants("who may call it in the mesh cannot be seen: no gateway with a proxy leads to it", Callers)
	}
	q.ask("calls from anything but " + strings.Join(kept, ", ") + " are refused: other callers cannot be seen")
	var edits []plan.Edit
	all := q.selections()
	for i := range all {
		s := &all[i]
		callers := s.name + "-callers"
		edits = append(edits, q.made(linkerdPolicy, "v1alpha1", "MeshTLSAuthentication", callers, map[string]any{"identityRefs": refs}))
		for _, port := range s.open() {
			name := s.name + "-" + port.text
			// The Server comes last: from then on only those are let in whom a policy names.
			edits = append(edits, q.made(linkerdPolicy, "v1alpha1", "AuthorizationPolicy", name, map[string]any{
				"targetRef":                  map[string]any{"group": linkerdPolicy, "kind": "Server", "name": name},
				"requiredAuthenticationRefs": []any{map[string]any{"group": linkerdPolicy, "kind": "MeshTLSAuthentication", "name": callers}},
			}), q.made(linkerdPolicy, "v1beta1", "Server", name, map[string]any{
				"podSelector": map[string]any{"matchLabels": s.labels}, "port": port.number, "proxyProtocol": "unknown",
			}))
		}
	}
	if name := q.there(edits); name != "" {
		return q.None(name+" is there and does not do it", check.FixReview)
	}
	askLast(edits)
	return q.Done(plan.AtOnce, edits...)
}

// askLast leaves the question to the last of several new objects: it is one.
func askLast(edits []plan.Edit) {
	for i := range edits[:len(edits)-1] {
		edits[i].Asks = ""
	}
}

// meshLogin has the proxies of its pods ask for tokens, where no route does.
func (q *asked) meshLogin() plan.Answer {
	if q.f.Key.Framework == "knative" {
		return q.None("Knative has no login of its own, and its own probes carry no token that the mesh could ask for", check.FixCloseRoute)
	}
	if !q.has(Issuer, KeySet) {
		return q.wants("its routes have no field for a login; the proxies of its pods can ask for tokens", Issuer, KeySet)
	}
	issuer := q.given.Value(Issuer)
	q.ask(askToken + issuer + ", those in the cluster too")
	rule := map[string]any{"issuer": issuer, "jwksUri": q.given.Value(KeySet)}
	if s := q.given.all(Audience); s != nil {
		rule["audiences"] = s
	}
	var edits []plan.Edit
	all := q.selections()
	for i := range all {
		s := &all[i]
		selector := map[string]any{"matchLabels": s.labels}
		edits = append(edits,
			q.made(istioSecurity, "v1", "RequestAuthentication", s.name+"-token", map[string]any{"selector": selector, "jwtRules": []any{rule}}),
			q.made(istioSecurity, "v1", "AuthorizationPolicy", s.name+"-token", map[string]any{
				"selector": selector, "action": "DENY", "rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"notRequestPrincipals": []any{"*"}}}}}},
			}))
	}
	if len(edits) == 0 {
		return q.None("no labels tell its pods from others", check.FixReview)
	}
	if name := q.there(edits); name != "" {
		return q.None(name+" is there and does not do it", check.FixReview)
	}
	askLast(edits)
	return q.Done(plan.AtOnce, edits...)
}
