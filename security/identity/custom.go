package identity

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
)

// controllers judges objects that controllers act out: those of well-known ones, and custom resources that hold pods.
func controllers(e *check.Eval) {
	driven.check()(e)
	eachAccount(e, func(a *Account) {
		scopes := rbac.RightsOf.Get(e.Reader, a.Account).Scopes
		said := func(namespace string) bool { // the same rules, or stronger ones, are reported already
			return slices.ContainsFunc(scopes, func(s rbac.Scope) bool {
				return (s.Namespace == "" || s.Namespace == namespace) && s.Any.Or(s.Named).Any(rbac.Of(rbac.DriveControllers, rbac.Everything))
			})
		}
		found := 0
		for _, m := range rbac.MakesPods.Get(e.Reader, a.Account) {
			if said(m.Grant.Namespace) {
				continue
			}
			if found++; found > maxScopes {
				break
			}
			makesPods(e, a, &m)
		}
		unseenCustoms(e, a)
	})
}

func makesPods(e *check.Eval, a *Account, m *rbac.Making) {
	namespace := m.Grant.Namespace
	text := "ServiceAccount " + a.String() + " can write " + m.GroupResource.String() + where(namespace)
	if len(m.Names) > 0 {
		text += ", but only " + short(m.Names)
	}
	text += ", by " + by(&m.Proof) + "; a controller makes pods of them"
	f := e.Fail(at(&m.Proof), text).As(check.High)
	if len(m.Names) == 0 && (namespace == "" || levelOf(e.Reader, namespace) == unheld) {
		f.As(check.Critical)
		f.Message += ", and privileged pods are admitted: they open the node"
	}
	a.weigh(f.After(armed(a, &m.Proof)))
}

// unseenCustoms says what cannot be decided where definitions may not be read: whether a resource of a group that is not
// of Kubernetes holds pods.
func unseenCustoms(e *check.Eval, a *Account) {
	m, hidden := e.Hidden(rbac.DefinitionKind, "")
	if !hidden {
		return
	}
	rbac.Grants.Get(e.Reader, a.Account).All(func(g *rbac.Grant) bool {
		for i := range g.Role.Rules {
			rule := &g.Role.Rules[i]
			if slices.ContainsFunc(rule.APIGroups, func(g string) bool { return strings.Contains(g, ".") && !strings.HasSuffix(g, ".k8s.io") }) &&
				slices.ContainsFunc(rule.Verbs, func(v string) bool { return v == "create" || v == "update" || v == "patch" || v == "*" }) {
				e.Unknown(m)
				return false
			}
		}
		return true
	})
}
