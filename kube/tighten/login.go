package tighten

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
)

const nginx = "nginx.ingress.kubernetes.io/"

const (
	askUsers = "callers must log in as one of the users in Secret "
	askToken = "callers must send a token of "
)

// routeAuth has every route ask for a login: for users of a Secret, or for tokens of an issuer, whichever its controller
// knows.
func (q *asked) routeAuth() plan.Answer {
	p := &protected{}
	for _, ref := range q.blamedRoutes() {
		gateway, made := q.apiGateway(ref)
		switch {
		case made:
			q.gatewayLogin(p, gateway)
		case ref.Kind == "APIRule":
			q.ruleLogin(p, ref)
		case ref.Kind == "HTTPProxy":
			q.proxyLogin(p, ref)
		case ref.Kind == "IngressRoute":
			q.traefikLogin(p, ref)
		case ref.Kind == "Ingress" && ref.Group == "networking.k8s.io":
			q.ingressLogin(p, ref)
		case ref.Kind == "HTTPTrigger" && q.f.Key.Framework == "kubeless": // its Ingress is what counts
			q.ingressLogin(p, model.Ref{Group: "networking.k8s.io", Kind: "Ingress", Namespace: ref.Namespace, Name: ref.Name})
		case ref.Kind == "Service":
			p.leave(ref, "it is a way in without a route: nothing on it asks for a login")
		case ref.Group == "gateway.networking.k8s.io":
			p.leave(ref, "Gateway API has no field for a login that every Gateway knows")
		case ref.Kind == "HTTPScaledObject":
			p.leave(ref, "the interceptor of KEDA asks nobody who he is: the route before it must")
		case ref.Kind == "Ingress", ref.Kind == "DomainMapping":
			p.leave(ref, "Knative has no login of its own")
		default:
			p.leave(ref, "it has no field for a login that fn9s knows")
		}
	}
	if len(p.edits) == 0 && len(p.keys) == 0 && mesh.Of.Get(q.r, q.f.Key).Kind == mesh.Sidecar {
		return q.meshLogin()
	}
	return q.protect(p, plan.AtOnce)
}

// ruleLogin has rules of an APIRule ask for a token.
func (q *asked) ruleLogin(p *protected, ref model.Ref) {
	if !q.has(Issuer, KeySet) {
		p.leave(ref, "it asks for no token, and nothing in the cluster says of which issuer")
		p.want(Issuer, KeySet)
		return
	}
	jwt := map[string]any{"authentications": []any{map[string]any{"issuer": q.given.Value(Issuer), "jwksUri": q.given.Value(KeySet)}}}
	asks := askToken + q.given.Value(Issuer)
	if a := q.scoped(); a != nil {
		jwt["authorizations"] = []any{a}
		asks += " with the scopes and audiences that were given"
	}
	var fields []plan.Field
	for _, h := range expose.Handlers(q.r, ref) {
		switch {
		case h.Old:
			p.leave(ref, "it was made as v1beta1: it must be migrated to v2 first")
			return
		case h.Name == "noAuth":
			fields = append(fields, plan.Field{Path: h.Field + ".noAuth", Remove: true}, plan.Field{Path: h.Field + ".jwt", Value: jwt})
		}
	}
	if len(fields) == 0 {
		p.leave(ref, "its rules ask for a login: whether it is in force, its gateway and the sidecars of the pods decide")
		return
	}
	e := q.Patch(ref, q.versionOf(ref), fields...)
	e.Asks = asks
	p.edits = append(p.edits, e)
}

// scoped is what a token must carry, nil where nothing was given.
func (q *asked) scoped() map[string]any {
	a := map[string]any{}
	if s := q.given.all(Scopes); s != nil {
		a["requiredScopes"] = s
	}
	if s := q.given.all(Audience); s != nil {
		a["audiences"] = s
	}
	if len(a) == 0 {
		return nil
	}
	return a
}

// routeScopes has rules that take every token of an issuer ask for scopes, or for an audience.
func (q *asked) routeScopes() plan.Answer {
	p := &protected{}
	for _, ref := range q.blamedRoutes() {
		switch ref.Kind {
		case "APIRule":
			q.ruleScopes(p, ref)
		case "RequestAuthentication":
			q.tokenScopes(p, ref)
		default:
			p.leave(ref, "it has no field for scopes that fn9s knows")
		}
	}
	return q.protect(p, plan.AtOnce)
}

func (q *asked) ruleScopes(p *protected, ref model.Ref) {
	a := q.scoped()
	if a == nil {
		p.leave(ref, "which scopes its callers' tokens carry, their issuer knows")
		p.want(Scopes)
		return
	}
	var fields []plan.Field
	for _, h := range expose.Handlers(q.r, ref) {
		switch {
		case h.Old:
			p.leave(ref, "it was made as v1beta1: it must be migrated to v2 first")
			return
		case h.Name == "jwt" && !h.Scoped:
			fields = append(fields, plan.Field{Path: h.Field + ".jwt.authorizations", Value: []any{a}})
		}
	}
	if len(fields) == 0 {
		p.leave(ref, "none of its rules takes tokens without a scope")
		return
	}
	e := q.Patch(ref, q.versionOf(ref), fields...)
	e.Asks = "tokens without these scopes and audiences are refused"
	p.edits = append(p.edits, e)
}

// provider names what fn9s adds to lists of providers.
const provider = "fn9s"

// proxyLogin has an HTTPProxy check tokens. Contour does so where it ends TLS only.
func (q *asked) proxyLogin(p *protected, ref model.Ref) {
	ways := q.ways(ref)
	switch {
	case !expose.HasHost(q.r, ref):
		p.leave(ref, "the HTTPProxy that includes it checks tokens")
		return
	case slices.ContainsFunc(ways, func(w expose.Route) bool { return w.TLS != expose.Terminated }):
		p.leave(ref, "Contour checks tokens only where it ends TLS: route-tls comes first")
		return
	case !q.has(Issuer, KeySet):
		p.leave(ref, "it asks for no token, and nothing in the cluster says of which issuer")
		p.want(Issuer, KeySet)
		return
	}
	of := map[string]any{"issuer": q.given.Value(Issuer), "remoteJWKS": map[string]any{"uri": q.given.Value(KeySet)}}
	if s := q.given.all(Audience); s != nil {
		of["audiences"] = s
	}
	fields := []plan.Field{{Path: plan.Named("spec.virtualhost.jwtProviders", provider), Value: of}}
	for _, w := range ways {
		if w.Auth == expose.NoAuth && !slices.ContainsFunc(fields, func(f plan.Field) bool { return strings.HasPrefix(f.Path, w.Field+".") }) {
			fields = append(fields, plan.Field{Path: w.Field + ".jwtVerificationPolicy", Value: map[string]any{"require": provider}})
		}
	}
	e := q.Patch(ref, q.versionOf(ref), fields...)
	e.Asks = askToken + q.given.Value(Issuer)
	p.edits = append(p.edits, e)
}

// users is the Secret that was given, in the namespace; empty where it is wanted.
func (q *asked) users(p *protected, ref model.Ref) string {
	name := cmp.Or(q.given.Value(AuthSecret), q.namedUsers(ref))
	if name == "" {
		p.leave(ref, "it asks for no login, and nothing in the cluster says for whose")
		p.want(AuthSecret)
		return ""
	}
	if why := q.absent(ref.Namespace, name); why != "" {
		p.leave(ref, why)
		return ""
	}
	return name
}

// namedUsers is the Secret with users that the trigger of a route names, although the route does not ask for them.
func (q *asked) namedUsers(ref model.Ref) string {
	for _, r := range q.f.References {
		if r.How == model.ForTrig && r.Origin.Name == ref.Name && r.Origin.Namespace == ref.Namespace && r.Origin.Path == "spec.basic-auth-secret" {
			return r.Name
		}
	}
	return ""
}

// middleware makes what Traefik asks for users with, where it is not there.
func (q *asked) middleware(group, namespace, users string) (string, []plan.Edit) {
	ref := model.Ref{Group: group, Kind: "Middleware", Namespace: namespace, Name: q.f.Key.Name + "-login"}
	if q.r.Get(ref) != nil {
		return ref.Name, nil
	}
	version := group + "/v1alpha1"
	return ref.Name, []plan.Edit{{Verb: plan.Create, Object: ref, APIVersion: version, Why: q.Why, New: map[string]any{
		"apiVersion": version, "kind": ref.Kind, "metadata": map[string]any{"name": ref.Name, "namespace": namespace},
		"spec": map[string]any{"basicAuth": map[string]any{"secret": users}},
	}}}
}

func (q *asked) traefikLogin(p *protected, ref model.Ref) {
	users := q.users(p, ref)
	if users == "" {
		return
	}
	name, edits := q.middleware(ref.Group, ref.Namespace, users)
	var fields []plan.Field
	for _, w := range q.ways(ref) {
		path := plan.Named(w.Field+".middlewares", name)
		if w.Auth == expose.NoAuth && !slices.ContainsFunc(fields, func(f plan.Field) bool { return f.Path == path }) {
			fields = append(fields, plan.Field{Path: path, Value: map[string]any{}})
		}
	}
	e := q.Patch(ref, q.versionOf(ref), fields...)
	e.Asks = askUsers + users
	p.edits = append(append(p.edits, edits...), e)
}

// asksAll reports whether no way lets anybody in.
func asksAll(ways []expose.Route) bool {
	return !slices.ContainsFunc(ways, func(w expose.Route) bool { return w.Auth == expose.NoAuth })
}

// ingressLogin writes what the controller of an Ingress reads.
func (q *asked) ingressLogin(p *protected, ref model.Ref) {
	r, ok := q.r.Get(ref).(*model.Route)
	ways := q.ways(ref)
	switch {
	case !ok || len(ways) == 0:
		p.leave(ref, "it cannot be read")
		return
	case asksAll(ways):
		p.leave(ref, "it asks for a login already")
		return
	case !q.reachable(p, r, plan.Protection{Users: "x", Annotations: map[string]string{"x": "x"}}):
		return
	}
	controller := strings.ToLower(ways[0].Controller + " " + r.Class)
	traefik := strings.Contains(controller, "traefik")
	if !traefik && (!strings.Contains(controller, "nginx") || strings.Contains(controller, "nginx.org")) {
		p.leave(ref, "how its controller ("+strings.TrimSpace(controller)+") asks for a login is not known")
		return
	}
	users := q.users(p, ref)
	if users == "" {
		return
	}
	g := plan.Protection{Users: users}
	var made []plan.Edit
	if traefik {
		const key = "traefik.ingress.kubernetes.io/router.middlewares"
		var name string
		name, made = q.middleware("traefik.io", ref.Namespace, users)
		list := ref.Namespace + "-" + name + "@kubernetescrd"
		if old := r.Annotations.Get(key); old != "" {
			list = old + "," + list
		}
		g.Annotations = map[string]string{key: list}
	} else {
		g.Annotations = map[string]string{nginx + "auth-type": "basic", nginx + "auth-secret": users, nginx + "auth-realm": "Log in"}
	}
	var fields []plan.Field
	for _, k := range slices.Sorted(maps.Keys(g.Annotations)) {
		fields = append(fields, plan.Field{Path: plan.Keyed("metadata.annotations", k), Value: g.Annotations[k]})
	}
	n := len(p.edits)
	if q.guarded(p, r, g, askUsers+users, fields); len(p.edits) > n {
		p.edits = slices.Insert(p.edits, n, made...)
	}
}
