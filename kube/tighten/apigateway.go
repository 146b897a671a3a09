package tighten

import (
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
)

// apiGateway is the API gateway of Nuclio that a route is, or that makes it: whatever is written into the Ingress itself
// its controller takes out again.
func (q *asked) apiGateway(route model.Ref) (model.Ref, bool) {
	if q.f.Key.Framework != "nuclio" {
		return model.Ref{}, false
	}
	all := expose.Gateways(q.r, q.f.Key)
	i := slices.IndexFunc(all, func(g model.Ref) bool {
		made := "nuclio-agw-" + g.Name
		return route == g || route.Kind == "Ingress" && route.Namespace == g.Namespace && (route.Name == made || route.Name == made+"-canary")
	})
	if i < 0 {
		return model.Ref{}, false
	}
	return all[i], true
}

// gatewayLogin has an API gateway ask for a user and a password. It knows no Secret of users that are there already: the
// password stands in the gateway, of which its controller makes one.
func (q *asked) gatewayLogin(p *protected, gateway model.Ref) {
	const user = "caller"
	if m := expose.GatewayMode(q.r, gateway); m != "" && m != "none" {
		p.leave(gateway, "it asks for a login already ("+m+")")
		return
	}
	at := "spec.authentication.basicAuth."
	e := q.Patch(gateway, q.versionOf(gateway),
		plan.Field{Path: "spec.authenticationMode", Value: "basicAuth"}, plan.Field{Path: at + "username", Value: user},
		plan.Field{Path: "status.state", Value: "waitingForProvisioning"}) // its controller looks at no others
	e.Needs = []plan.Need{{Path: at + "password", Generate: "alnum:32"}}
	e.Asks = "callers of all functions behind API gateway " + gateway.Name + " must log in as " + user +
		" with a new password, which whoever may read the gateway reads there"
	p.edits = append(p.edits, e)
}
