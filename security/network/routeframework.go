package network

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/mesh"
	"github.com/fn9s/fn9s/security/model"
)

var ruleKind = schema.GroupKind{Group: "gateway.kyma-project.io", Kind: "APIRule"}

// only keeps functions of one framework: for others the running control does not apply.
func only(e *check.Eval, framework string) bool {
	if e.F.Key.Framework == framework {
		return true
	}
	e.NA("not a function of ", framework)
	return false
}

// rules returns the ways through APIRules, one for each rule.
func rules(e *check.Eval) []expose.Route {
	x := expose.Of.Get(e.Reader, e.F.Key)
	var all []expose.Route
	for i := range x.Routes {
		if x.Routes[i].Via.GroupKind() == ruleKind {
			all = append(all, x.Routes[i])
		}
	}
	if len(all) == 0 && e.Need(ruleKind, e.F.Key.Namespace) && e.Need(serviceKind, e.F.Key.Namespace) {
		e.NA("no APIRule leads to it")
	}
	return all
}

func kymaOpen(e *check.Eval) {
	for _, r := range rules(e) {
		what := "rule " + r.Path + " of APIRule " + r.Via.Name
		switch {
		case r.Auth == expose.NoAuth && r.By == "allow":
			e.Fail(at(&r), what+" uses the handler allow: no policy at all stands before the function"+reaching(&r))
		case r.Auth == expose.NoAuth && (r.By == "noAuth" || r.By == "no_auth"):
			e.Fail(at(&r), what+" lets anybody call "+where(&r)+reaching(&r)+"; callers inside the cluster are refused")
		case r.Auth == expose.NoAuth:
			e.Fail(at(&r), what+" asks for a login that is not in force: "+r.By)
		case r.Auth == expose.UnknownAuth:
			e.Undecided(at(&r), "what "+what+" asks for is decided elsewhere: "+r.By)
		default:
		}
	}
}

func unscopedToken(e *check.Eval) {
	x := expose.Of.Get(e.Reader, e.F.Key)
	asked := false
	for i := range x.Routes {
		r := &x.Routes[i]
		if r.Via.GroupKind() != ruleKind {
			continue
		}
		switch {
		case r.By == "jwt" && r.Auth == expose.JWTUnscoped:
			asked = true
			e.Fail(at(r), "rule "+r.Path+" of APIRule "+r.Via.Name+" asks for neither scope nor audience: every token of the issuer opens it")
		case strings.HasPrefix(r.By, "extAuth"):
			asked = true
			if !restricted(e, r) {
				e.Undecided(at(r), "rule "+r.Path+" of APIRule "+r.Via.Name+" leaves it to its authorizer what a token must say")
			}
		case r.By == "jwt" && r.Auth == expose.UnknownAuth:
			asked = true
			e.Undecided(at(r), "Oathkeeper checks the tokens of APIRule "+r.Via.Name+": what it asks for cannot be told")
		case r.By == "jwt":
			asked = true
		}
	}
	if tokens, by := mesh.Login(e.Reader, e.F.Key); tokens != mesh.NoTokens {
		if tokens == mesh.AnyToken && !madeForRule(e, by) {
			e.Fail(check.At{Object: by, Path: "spec.jwtRules"}, "RequestAuthentication "+by.Name+
				" names no audience, and no policy asks for a scope: every token of the issuer opens the function")
		}
		asked = true
	}
	for _, m := range x.Missing {
		if m.Resource == "apirules" {
			e.Unknown(m)
		}
	}
	if !asked {
		e.NA("no token is asked for")
	}
}

// restricted reports whether an authorizer's rule asks for scopes or audiences besides.
func restricted(e *check.Eval, r *expose.Route) bool {
	for _, h := range expose.Handlers(e.Reader, r.Via) {
		if h.Field == r.Field {
			return h.Scoped
		}
	}
	return false
}

// madeForRule reports whether the object was made for an APIRule, which is judged itself.
func madeForRule(e *check.Eval, ref model.Ref) bool {
	o := e.Get(ref)
	return o != nil && o.Head().Labels.Get("apirule.gateway.kyma-project.io/name") != ""
}

// openfaasEdge: basic authentication of the gateway covers its own API, never the calls to functions.
func openfaasEdge(e *check.Eval) {
	if !only(e, "openfaas") {
		return
	}
	x := expose.Of.Get(e.Reader, e.F.Key)
	for _, m := range x.Missing {
		e.Unknown(m)
	}
	for i := range x.Routes {
		r := &x.Routes[i]
		switch {
		case r.Shared == expose.OpenFaaSGateway && r.Direct():
			e.Fail(at(r), "Service "+r.Via.Name+" opens the OpenFaaS gateway"+reaching(r)+": anybody may call /function/"+e.F.Key.Name+" without a login").
				With(check.FrameworkLimit) // no field of a function closes the gateway, nor makes it ask
		case r.Shared != "" && r.Shared != expose.OpenFaaSGateway:
		case r.Direct() || r.Via.Group == "apps" || r.Via.Group == "batch":
		case r.Class > expose.Cluster:
			edgeRoute(e, r)
		}
	}
}

// edgeRoute reports what a route to a function lacks: TLS, a login, or both.
func edgeRoute(e *check.Eval, r *expose.Route) {
	var lacks []string
	if r.TLS == expose.Plain {
		lacks = append(lacks, "TLS")
	}
	if r.Auth == expose.NoAuth {
		lacks = append(lacks, "a login")
	}
	if len(lacks) > 0 {
		f := e.Fail(at(r), r.Via.Kind+" "+r.Via.Name+" leads to the function at "+where(r)+" without "+strings.Join(lacks, " and without "))
		byReach(f, r)
		return
	}
	if r.TLS == expose.UnknownTLS || r.Auth == expose.UnknownAuth {
		e.Undecided(at(r), "what "+r.Via.Kind+" "+r.Via.Name+" asks for is decided elsewhere")
	}
}

func kubelessTrigger(e *check.Eval) {
	if !only(e, "kubeless") {
		return
	}
	for _, r := range perHost(routes(e), func(_, _ *expose.Route) bool { return true }) {
		edgeRoute(e, &r)
	}
}

func knativePublic(e *check.Eval) {
	if !only(e, "knative") {
		return
	}
	if e.F.Key.Group != "serving.knative.dev" {
		e.NA("it runs without Knative Serving")
		return
	}
	k := expose.KnativeSettings.Get(e.Reader, struct{}{})
	x := expose.Of.Get(e.Reader, e.F.Key)
	for i := range x.Routes {
		r := &x.Routes[i]
		if r.Controller != expose.KnativeGateway || r.Class <= expose.Cluster {
			continue
		}
		if r.Via.Kind == "Service" && len(k.Hidden) > 0 {
			e.Unknown(k.Hidden...)
			continue
		}
		text := ""
		switch {
		case r.TLS == expose.Plain:
			text = where(r) + " is public in plain HTTP"
		case r.Beside != "":
			text = where(r) + " is public, and plain HTTP is served beside TLS"
		case r.Auth == expose.NoAuth:
			text = where(r) + " is public without a login"
		default:
			continue
		}
		if r.Assumed != "" {
			text += " (" + r.Assumed + ")"
		}
		f := e.Fail(at(r), text)
		if r.Auth == expose.NoAuth && r.TLS == expose.Plain && r.Class == expose.Internet {
			f.As(check.High)
		}
	}
	for _, m := range x.Missing {
		e.Unknown(m)
	}
}

func fissionTrigger(e *check.Eval) {
	if !only(e, "fission") {
		return
	}
	triggers := expose.Triggers(e.Reader, e.F.Key)
	if len(triggers) > 0 && e.F.Platform.Namespace != "" {
		e.Need(serviceKind, e.F.Platform.Namespace) // where the router is
	}
	if len(triggers) == 0 {
		if e.Need(schema.GroupKind{Group: "fission.io", Kind: "HTTPTrigger"}, e.F.Key.Namespace) {
			e.NA("no HTTPTrigger calls it")
		}
		return
	}
	x := expose.Of.Get(e.Reader, e.F.Key)
	for i := range x.Routes {
		r := &x.Routes[i]
		switch {
		case r.Shared == expose.FissionRouter && r.Direct() && r.Class > expose.Cluster:
			text := "the router's Service " + r.Via.Name + " serves HTTPTrigger " + triggers[0].Name + " in plain HTTP" + reaching(r) + ", whatever its Ingress asks for"
			f := e.Fail(at(r), text)
			byReach(f, r)
		case r.Shared == "" && !r.Direct() && r.Class > expose.Cluster:
			fissionRoute(e, r)
		}
	}
}

func fissionRoute(e *check.Eval, r *expose.Route) {
	var lacks []string
	if r.Host == "" {
		lacks = append(lacks, "for every host")
	}
	if r.TLS == expose.Plain {
		lacks = append(lacks, "without TLS")
	}
	if len(lacks) > 0 {
		byReach(e.Fail(at(r), r.Via.Kind+" "+r.Via.Name+" leads to the trigger "+strings.Join(lacks, " and ")), r)
	}
}

func nuclioTrigger(e *check.Eval) {
	if !only(e, "nuclio") {
		return
	}
	x := expose.Of.Get(e.Reader, e.F.Key)
	for _, m := range x.Missing {
		e.Unknown(m)
	}
	guarded := guardedGateway(e)
	for i := range x.Routes {
		r := &x.Routes[i]
		if r.Shared != "" || r.Class <= expose.Cluster {
			continue
		}
		text := ""
		switch {
		case r.Service == r.Via || r.Via.Kind == "NuclioFunction" && r.Class == expose.Node:
			text = r.Via.Kind + " " + r.Via.Name + " opens the http trigger" + reaching(r)
		case r.TLS == expose.Plain && r.Auth == expose.NoAuth:
			text = r.Via.Kind + " " + r.Via.Name + " leads to the http trigger without TLS and without a login"
		case r.TLS == expose.Plain:
			text = r.Via.Kind + " " + r.Via.Name + " leads to the http trigger without TLS"
		case r.Auth == expose.NoAuth:
			text = r.Via.Kind + " " + r.Via.Name + " leads to the http trigger without a login"
		default:
			continue
		}
		if guarded != "" && r.Auth == expose.NoAuth {
			text += ", past the login of API gateway " + guarded
		}
		byReach(e.Fail(at(r), text), r)
	}
	for _, ref := range expose.Gateways(e.Reader, e.F.Key) {
		if expose.GatewayMode(e.Reader, ref) == "basicAuth" {
			gatewaySecret(e, ref)
		}
	}
}

// guardedGateway is an API gateway of the function that asks for a login: the weakest way in counts all the same.
func guardedGateway(e *check.Eval) string {
	for _, ref := range expose.Gateways(e.Reader, e.F.Key) {
		if m := expose.GatewayMode(e.Reader, ref); m != "" && m != "none" {
			return ref.Name
		}
	}
	return ""
}

// gatewaySecret: without the Secret of the passwords the controller has nothing to ask for. Nuclio makes it with the
// Ingress, so it counts once that is there.
func gatewaySecret(e *check.Eval, gateway model.Ref) {
	namespace := gateway.Namespace
	made := model.Ref{Group: ingressKind.Group, Kind: ingressKind.Kind, Namespace: namespace, Name: "nuclio-agw-" + gateway.Name}
	secret := model.Ref{Kind: secretKind.Kind, Namespace: namespace, Name: made.Name + "-basic-auth"}
	if e.Get(made) == nil || e.Get(secret) != nil || !e.Need(secretKind, namespace) {
		return
	}
	if e.Options().Partial {
		e.Undecided(check.At{Object: gateway, Path: "spec.authenticationMode"}, "Secret "+secret.Name+" may be elsewhere")
		return
	}
	e.Fail(check.At{Object: gateway, Path: "spec.authenticationMode", Value: "basicAuth"},
		"API gateway "+gateway.Name+" asks for a password, and its Secret "+secret.Name+" does not exist")
}
