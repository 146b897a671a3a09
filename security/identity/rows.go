package identity

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/rbac"
)

// row judges one kind of right: the powers that fail the control, and how bad they are in a scope.
type row struct {
	powers rbac.Powers
	// able says what can be done, after `can`.
	able string
	// judge returns how bad it is, and further words; ok is false when it is nothing. Nil: the control's base.
	judge func(*asked) (s check.Severity, more string, ok bool)
}

// asked is one scope of one account in which the powers were found.
type asked struct {
	*check.Eval
	account *Account
	rights  *rbac.Rights
	scope   *rbac.Scope
	powers  rbac.Powers
	// all and named are the powers in the scope, cluster-wide ones included.
	all, named rbac.Powers
}

// wide reports whether the scope is the whole cluster.
func (a *asked) wide() bool { return a.scope.Namespace == "" }

// unlimited reports whether the row's powers are not limited to names.
func (a *asked) unlimited() bool { return a.scope.Any.Any(a.powers) }

// names lists the names that the row's powers are limited to.
func (a *asked) names() []string {
	var all []string
	for _, n := range a.scope.Names {
		if n.Powers.Any(a.powers) {
			all = append(all, n.Name)
		}
	}
	return all
}

// maxScopes bounds the findings of one control on one function: who has a right in a hundred namespaces has it.
const maxScopes = 10

// check makes the control's check of the row.
func (w row) check() func(*check.Eval) {
	return func(e *check.Eval) {
		id := Of.Get(e.Reader, e.F.Key)
		if !known(e, id) {
			return
		}
		if id.powers.Any(w.powers) {
			for i := range id.Accounts {
				w.account(e, &id.Accounts[i])
			}
		}
		e.Unknown(id.Missing...)
	}
}

// known says that the control does not apply where nothing tells as whom the function runs.
func known(e *check.Eval, id *Identity) bool {
	if len(id.Accounts) == 0 {
		e.NA("nothing says as which ServiceAccount it runs")
		return false
	}
	return true
}

func (w row) account(e *check.Eval, account *Account) {
	rights := rbac.RightsOf.Get(e.Reader, account.Account)
	found := 0
	for i := range rights.Scopes {
		scope := &rights.Scopes[i]
		if !scope.Any.Any(w.powers) && !scope.Named.Any(w.powers) || governs(e, account, scope.Namespace) {
			continue
		}
		a := &asked{Eval: e, account: account, rights: rights, scope: scope, powers: w.powers}
		a.all, a.named = rights.In(scope.Namespace)
		if found++; found > maxScopes {
			return
		}
		w.scope(a)
	}
}

func (w row) scope(a *asked) {
	var severity check.Severity
	var more string
	if w.judge != nil {
		ok := false
		if severity, more, ok = w.judge(a); !ok {
			return
		}
	}
	proofs := rbac.Grants.Get(a.Reader, a.account.Account).Proofs(a.scope.Namespace, w.powers)
	if len(proofs) == 0 {
		return
	}
	p := best(proofs)
	var b strings.Builder
	b.WriteString("ServiceAccount " + a.account.String() + " can " + w.able)
	b.WriteString(where(a.scope.Namespace))
	if !a.unlimited() {
		b.WriteString(", but only " + short(a.names()))
	}
	b.WriteString(", by " + by(p))
	if more != "" {
		b.WriteString("; " + more)
	}
	f := a.Fail(at(p), b.String())
	if w.judge != nil {
		f.As(severity)
	}
	f.After(cmp.Or(causeOf(a.scope), armed(a.account, p)))
	a.account.weigh(f)
}

// weigh applies the rule for accounts of which the function's own container holds no token.
func (a *Account) weigh(f *check.Finding) {
	if a.Forced {
		f.With(check.FrameworkLimit)
	}
	if a.Down != "" {
		f.Down(a.Down)
	}
}

// causeOf names the control that stands for all that a strong role holds.
func causeOf(s *rbac.Scope) string {
	switch {
	case s.Any.Has(rbac.Everything) && s.Namespace == "":
		return "SA-10"
	case s.Any.Has(rbac.Everything) || s.Any.All(rbac.EditLike):
		return "SA-11"
	}
	return ""
}

// armed names FW-KN-07 where the right is what func's operator gives to the account default of a namespace.
func armed(a *Account, p *rbac.Proof) string {
	if p.Grant != nil && a.Name == "default" && p.Grant.Role.Name == "func-operator-deploy-function" && p.Grant.Role.Kind == "ClusterRole" && p.Grant.Namespace != "" {
		return "FW-KN-07"
	}
	return ""
}

func where(namespace string) string {
	if namespace == "" {
		return " in every namespace and cluster-wide"
	}
	return " in namespace " + namespace
}

// best prefers a rule without names, and one that names the account itself.
func best(proofs []rbac.Proof) *rbac.Proof {
	chosen := &proofs[0]
	for i := range proofs {
		if p := &proofs[i]; (p.Names == nil) && chosen.Names != nil {
			chosen = p
		}
	}
	return chosen
}

// by names the binding and the role.
func by(p *rbac.Proof) string {
	g := p.Grant
	if g == nil {
		return "group " + rbac.Masters
	}
	text := object(g.Binding) + " to " + object(g.Role.Ref)
	if g.Group != "" {
		text += " for group " + g.Group
	}
	return text
}

func object(ref model.Ref) string {
	if ref.Namespace != "" {
		return ref.Kind + " " + ref.Namespace + "/" + ref.Name
	}
	return ref.Kind + " " + ref.Name
}

// at is where a rule can be changed: in its role, or in the binding where the role is the API server's own, or is made
// of others.
func at(p *rbac.Proof) check.At {
	g := p.Grant
	if g.Role.BuiltIn || g.Role.Whole {
		return check.At{Object: g.Binding, Path: "roleRef", Value: g.Role.Name}
	}
	return check.At{Object: g.Role.Ref, Path: "rules[" + strconv.Itoa(p.Rule) + "]", Value: ruleText(&g.Role.Rules[p.Rule])}
}

func ruleText(r *rbacv1.PolicyRule) string {
	text := short(r.Verbs) + " " + short(slices.Concat(r.Resources, r.NonResourceURLs))
	if len(r.ResourceNames) > 0 {
		text += " named " + short(r.ResourceNames)
	}
	return text
}

// short lists a few names.
func short(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}
