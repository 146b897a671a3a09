package identity

import (
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/rbac"
)

// eachAccount judges the accounts of the function that may do more than every account may, and says what could not be
// read.
func eachAccount(e *check.Eval, judge func(*Account)) {
	id := Of.Get(e.Reader, e.F.Key)
	if !known(e, id) {
		return
	}
	for i := range id.Accounts {
		if id.Accounts[i].Extra {
			judge(&id.Accounts[i])
		}
	}
	e.Unknown(id.Missing...)
}

// way tells a path of escalation: what comes first last.
func way(steps []rbac.Step) string {
	var b strings.Builder
	for i, s := range steps {
		if i > 0 {
			b.WriteString(" → ")
		}
		b.WriteString(s.String())
		if s.To.Kind == "ServiceAccount" {
			b.WriteString(" → " + object(s.To))
		}
	}
	return b.String()
}

// firstAt is where the first step of a path can be taken away.
func firstAt(e *check.Eval, a *Account, steps []rbac.Step, powers rbac.Powers) check.At {
	set := rbac.Grants.Get(e.Reader, a.Account)
	for _, p := range set.Proofs(steps[0].Binding.Namespace, powers) {
		if p.Grant.Binding == steps[0].Binding {
			return at(&p)
		}
	}
	return check.At{Object: steps[0].Binding, Path: "roleRef"}
}

func clusterAdmin(e *check.Eval) {
	eachAccount(e, func(a *Account) {
		path := rbac.Escalation(e.Reader, a.Account).Cluster
		if len(path) == 0 {
			return
		}
		text := "ServiceAccount " + a.String() + " administers the cluster: "
		if len(path) > 1 || path[0].Control != "SA-10" {
			text = "ServiceAccount " + a.String() + " gets to everything in the cluster: "
		}
		a.weigh(e.Fail(firstAt(e, a, path, rbac.Of(rbac.Everything)), text+way(path)))
	})
}

func namespaceAdmin(e *check.Eval) {
	eachAccount(e, func(a *Account) {
		reached := rbac.Escalation(e.Reader, a.Account).Namespaces
		found := 0
		for i := range reached {
			n := &reached[i]
			if governs(e, a, n.Namespace) {
				continue
			}
			if found++; found > maxScopes {
				return
			}
			text := "ServiceAccount " + a.String() + " administers namespace " + n.Namespace + ": "
			if n.Namespace == "" {
				text = "ServiceAccount " + a.String() + " administers every namespace: "
			}
			a.weigh(e.Fail(firstAt(e, a, n.Path, rbac.Of(rbac.Everything, rbac.CreateWorkloads)), text+way(n.Path)))
		}
	})
}

func wildcards(e *check.Eval) {
	eachAccount(e, func(a *Account) {
		set := rbac.Grants.Get(e.Reader, a.Account)
		scopes := rbac.RightsOf.Get(e.Reader, a.Account).Scopes
		if slices.ContainsFunc(scopes, func(s rbac.Scope) bool { return s.Namespace == "" && s.Any.Has(rbac.Everything) }) {
			return
		}
		administered := rbac.Escalation(e.Reader, a.Account).Namespaces
		found := 0
		for i := range scopes {
			s := &scopes[i]
			if !s.Any.Has(rbac.Wildcard) || s.Any.Has(rbac.Everything) {
				continue
			}
			if slices.ContainsFunc(administered, func(n rbac.Reached) bool { return n.Namespace == "" || n.Namespace == s.Namespace }) {
				continue // SA-11 says so already
			}
			for _, p := range set.Proofs(s.Namespace, rbac.Of(rbac.Wildcard)) {
				if found++; found > maxScopes {
					return
				}
				rule := &p.Grant.Role.Rules[p.Rule]
				a.weigh(e.Fail(at(&p), "ServiceAccount "+a.String()+" has "+wild(rule)+where(s.Namespace)+", by "+by(&p)).After(armed(a, &p)))
			}
		}
	})
}

// wild says which part of a rule is a wildcard.
func wild(r *rbacv1.PolicyRule) string {
	var parts []string
	for _, p := range []struct {
		list []string
		text string
	}{{r.Verbs, "all verbs"}, {r.Resources, "all resources"}, {r.APIGroups, "all API groups"}} {
		if slices.Contains(p.list, "*") {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, ", ") + " in a rule for " + short(r.Resources) + groups(r.APIGroups)
}

// groups says of which API groups, unless it is the core group alone.
func groups(names []string) string {
	named := slices.DeleteFunc(slices.Clone(names), func(g string) bool { return g == "" || g == "*" })
	if len(named) == 0 {
		return ""
	}
	return " of " + short(named)
}

func inherited(e *check.Eval) {
	id := Of.Get(e.Reader, e.F.Key)
	if !known(e, id) {
		return
	}
	for i := range id.Accounts {
		a := &id.Accounts[i]
		if !a.Extra {
			continue
		}
		found := 0
		rbac.Grants.Get(e.Reader, a.Account).All(func(g *rbac.Grant) bool {
			if g.Group == "" || !g.Extra() || found >= maxScopes {
				return true
			}
			found++
			f := e.Fail(check.At{Object: g.Binding, Path: "subjects[" + g.Group + "]", Value: g.Group},
				"every member of group "+g.Group+", and so ServiceAccount "+a.String()+", has "+object(g.Role.Ref)+where(g.Namespace))
			a.weigh(f)
			return true
		})
	}
	e.Unknown(id.Missing...)
}

// everyone are the subjects that stand for everybody.
var everyone = []rbac.Holder{
	{Kind: rbacv1.UserKind, Name: rbac.Anonymous},
	{Kind: rbacv1.GroupKind, Name: rbac.Unauthenticated},
	{Kind: rbacv1.GroupKind, Name: rbac.Authenticated},
}

func open(e *check.Eval) {
	for _, h := range everyone {
		grants := rbac.GrantsTo(e.Reader, h)
		for i := range grants {
			openGrant(e, h, &grants[i])
		}
	}
	e.Need(rbac.ClusterRoleBindingKind, "")
	e.Need(rbac.RoleBindingKind, "")
}

func openGrant(e *check.Eval, h rbac.Holder, g *rbac.Grant) {
	if m := g.Role.Missing; m != nil {
		e.Unknown(*m)
		return
	}
	usual, severity, who := rbac.UsualAnonymous, check.Critical, "anybody, without a login"
	if h.Name == rbac.Authenticated {
		usual, severity, who = rbac.Usual, check.High, "everybody with any login"
	}
	worst, rule := check.Info, -1
	for i := range g.Role.Rules {
		r := &g.Role.Rules[i]
		if usual(r) || h.Name == rbac.Authenticated && rbac.UsualAnonymous(r) {
			continue
		}
		s := severity
		if len(r.Resources) == 0 {
			if s = check.Medium; g.Namespace != "" {
				continue // it grants nothing there
			}
		}
		if s > worst {
			worst, rule = s, i
		}
	}
	if rule < 0 {
		return
	}
	e.Fail(check.At{Object: g.Binding, Path: "subjects[" + h.Name + "]", Value: h.Name},
		who+", has "+object(g.Role.Ref)+where(g.Namespace)+": "+ruleText(&g.Role.Rules[rule])+" (rule "+strconv.Itoa(rule)+")").As(worst)
}
