package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Mode is a way to impersonate with constraints: it says whom, and stands in the verbs.
type Mode string

// The modes.
const (
	AsUser    Mode = "user-info"
	AsAccount Mode = "serviceaccount"
	AsNode    Mode = "arbitrary-node"
	AsOwnNode Mode = "associated-node"
)

// onPrefix is what verbs begin with that say what may be done while impersonating.
const onPrefix = "impersonate-on:"

// Loan is a right that an account borrows by constrained impersonation: what its own rules let it do in the place of
// somebody, as far as that somebody may do it. The role of the grant holds what both have in common.
type Loan struct {
	Grant
	Mode Mode
	From Holder
}

// Powers are those of the loan: over all objects, and over some names only.
func (l *Loan) Powers() (all, named Powers) {
	for i := range l.Role.powers {
		a, n := l.Role.powers[i].in(l.Namespace)
		all, named = all.Or(a), named.Or(n)
	}
	return all, named
}

// Loans are all rights that an account borrows.
type Loans struct {
	All     []Loan
	Missing []snapshot.Missing
}

// set makes a set of what is borrowed.
func (l *Loans) set() *Set {
	grants := make([]Grant, 0, len(l.All))
	for i := range l.All {
		grants = append(grants, l.All[i].Grant)
	}
	return &Set{parts: [][]Grant{grants}}
}

// BorrowedBy answers what an account may do by constrained impersonation. What it may do by itself besides is not in
// the answer. The API server has it from Kubernetes 1.36 on.
var BorrowedBy = snapshot.NewQuery("rights by constrained impersonation", func(r *snapshot.Reader, a Account) *Loans {
	loans := &Loans{}
	rights := RightsOf.Get(r, a)
	if minor := r.Options().ServerMinor; minor > 0 && minor < 36 || !slices.ContainsFunc(rights.Scopes, acts) {
		return loans
	}
	b := &borrower{reader: r, account: a, rights: rights, loans: loans}
	set := Grants.Get(r, a)
	for _, mode := range []Mode{AsUser, AsAccount, AsNode, AsOwnNode} {
		var lenders []lender
		set.All(func(own *Grant) bool {
			for i := range own.Role.Rules {
				if wanted, ok := acting(&own.Role.Rules[i], mode); ok {
					if lenders == nil {
						lenders = b.lenders(mode)
					}
					b.borrow(own, wanted, mode, lenders)
				}
			}
			return true
		})
	}
	return loans
}, func(a, b *Loans) bool {
	return slices.Equal(a.Missing, b.Missing) && slices.EqualFunc(a.All, b.All, func(a, b Loan) bool {
		return a.Mode == b.Mode && a.From == b.From && a.Binding == b.Binding && a.Namespace == b.Namespace && sameRole(a.Role, b.Role)
	})
}).Eager()

// acts reports whether the scope says what may be done while impersonating.
func acts(s Scope) bool { return s.Any.Has(ActConstrained) }

// acting returns what a rule lets somebody do while impersonating. A rule for all verbs gives no more than itself.
func acting(rule *rbacv1.PolicyRule, mode Mode) (rbacv1.PolicyRule, bool) {
	wanted := *rule
	wanted.Verbs = nil
	for _, v := range rule.Verbs {
		if rest, ok := strings.CutPrefix(v, onPrefix); ok {
			if verb, ok := strings.CutPrefix(rest, string(mode)+":"); ok {
				wanted.Verbs = append(wanted.Verbs, verb)
			}
		}
	}
	return wanted, len(wanted.Verbs) > 0
}

// lender is somebody who can be impersonated, with what he may do.
type lender struct {
	who    Holder
	grants []Grant
}

type borrower struct {
	reader  *snapshot.Reader
	account Account
	rights  *Rights
	loans   *Loans
}

// lenders lists who can be impersonated in a mode, groups of his included.
func (b *borrower) lenders(mode Mode) []lender {
	var who []Holder
	switch mode {
	case AsUser:
		who = b.users()
	case AsAccount:
		who = b.accounts()
	case AsNode, AsOwnNode:
		return b.nodes(mode)
	}
	own := ForAccount(b.account.Namespace, b.account.Name)
	mine := own.holders()
	slices.SortFunc(who, Holder.Compare)
	all := make([]lender, 0, len(who)+1)
	for _, h := range slices.Compact(who) {
		if !slices.Contains(mine, h) { // what it may do itself it need not borrow
			all = append(all, lender{h, part.Get(b.reader, h)})
		}
	}
	s := b.rights.Cluster()
	if mode == AsUser && b.reader.Options().Manifests && (s.Any.Has(ConstrainedUsers) || slices.Contains(s.NamesOf(ConstrainedUsers), controllerUser)) {
		all = append(all, lender{Holder{Kind: rbacv1.UserKind, Name: controllerUser}, []Grant{{Role: controllerRole}}})
	}
	return all
}

// controllerUser is there in every cluster, with a strong role; manifests do not show it.
const controllerUser = "system:kube-controller-manager"

var controllerRole = madeRole(bootRef("ClusterRole", controllerUser), []rbacv1.PolicyRule{
	on("create delete get update", "core", "secrets"),
	on("create get update", "core", "serviceaccounts"),
	on("create", "core", "serviceaccounts/token"),
	on("list watch", "*", "*"),
})

// users are those that bindings name, and their groups, as far as they may be impersonated. Groups count only beside a
// user; the administrators' group is refused, and so are accounts and nodes.
func (b *borrower) users() []Holder {
	s := b.rights.Cluster()
	any, names := s.Any.Has(ConstrainedUsers), s.NamesOf(ConstrainedUsers)
	if !any && len(names) == 0 {
		return nil
	}
	anyGroup, groups := s.Any.Has(ConstrainedGroups), s.NamesOf(ConstrainedGroups)
	var who []Holder
	for _, h := range namedHolders.Get(b.reader, struct{}{}) {
		switch h.Kind {
		case rbacv1.UserKind:
			if (any || slices.Contains(names, h.Name)) && !strings.HasPrefix(h.Name, nodePrefix) {
				who = append(who, h)
			}
		case rbacv1.GroupKind:
			if (anyGroup || slices.Contains(groups, h.Name)) && h.Name != Masters {
				who = append(who, h)
			}
		}
	}
	return who
}

// accounts are those that may be impersonated, with the groups that they are in.
func (b *borrower) accounts() []Holder {
	var who []Holder
	add := func(a Account) {
		s := ForAccount(a.Namespace, a.Name)
		who = append(who, s.holders()...)
	}
	for i := range b.rights.Scopes {
		s := &b.rights.Scopes[i]
		if s.Any.Has(ConstrainedAccounts) {
			for _, a := range membersOf(b.reader, target{kind: toNewAccounts, namespace: s.Namespace}) {
				add(a)
			}
		}
		for _, name := range s.NamesOf(ConstrainedAccounts) {
			if s.Namespace != "" {
				add(Account{s.Namespace, name})
				continue
			}
			for _, a := range membersOf(b.reader, target{kind: toNewAccounts}) {
				if a.Name == name {
					add(a)
				}
			}
		}
	}
	return who
}

const (
	nodePrefix = "system:node:"
	nodeGroup  = "system:nodes"
)

// nodeRole is what the authorizer of nodes lets a node do that matters, as far as its pods go.
var nodeRole = madeRole(model.Ref{}, []rbacv1.PolicyRule{
	on("get list watch", "core", "secrets configmaps"),
	on("create", "core", "serviceaccounts/token pods/eviction nodes"),
	on("get list watch delete", "core", "pods"),
	on("update patch", "core", "pods/status nodes nodes/status"),
	on("create", "certificates.k8s.io", "certificatesigningrequests"),
})

func (b *borrower) nodes(mode Mode) []lender {
	s := b.rights.Cluster()
	if mode == AsNode && !s.Any.Has(ConstrainedNodes) && !s.Named.Has(ConstrainedNodes) ||
		mode == AsOwnNode && !s.Any.Has(ConstrainedOwnNode) && !slices.Contains(s.NamesOf(ConstrainedOwnNode), "*") {
		return nil
	}
	group := Holder{Kind: rbacv1.GroupKind, Name: nodeGroup}
	return []lender{{group, append(slices.Clone(part.Get(b.reader, group)), Grant{Role: nodeRole})}}
}

// borrow notes what a right to act has in common with what the lenders may do.
func (b *borrower) borrow(own *Grant, wanted rbacv1.PolicyRule, mode Mode, lenders []lender) {
	for i := range lenders {
		for k := range lenders[i].grants {
			b.grant(own, &wanted, mode, lenders[i].who, &lenders[i].grants[k])
		}
	}
}

func (b *borrower) grant(own *Grant, wanted *rbacv1.PolicyRule, mode Mode, from Holder, theirs *Grant) {
	namespace := own.Namespace
	switch {
	case namespace == "":
		namespace = theirs.Namespace
	case theirs.Namespace != "" && theirs.Namespace != namespace:
		return
	}
	if m := theirs.Role.Missing; m != nil && !slices.Contains(b.loans.Missing, *m) {
		b.loans.Missing = append(b.loans.Missing, *m)
	}
	var common []rbacv1.PolicyRule
	for i := range theirs.Role.Rules {
		if rule, ok := intersection(wanted, &theirs.Role.Rules[i]); ok {
			common = append(common, rule)
		}
	}
	if len(common) > 0 {
		b.loans.All = append(b.loans.All, Loan{
			Grant: Grant{Binding: own.Binding, Namespace: namespace, Group: own.Group, Role: madeRole(own.Role.Ref, common)},
			Mode:  mode, From: from,
		})
	}
}

// madeRole makes a role of rules that stand in no object.
func madeRole(ref model.Ref, rules []rbacv1.PolicyRule) *Role {
	role := &Role{Ref: ref, Rules: rules, Found: true, Whole: true}
	role.weigh()
	return role
}

// intersection is the rule that allows what both rules allow.
func intersection(a, b *rbacv1.PolicyRule) (rbacv1.PolicyRule, bool) {
	both := rbacv1.PolicyRule{
		Verbs:     common(a.Verbs, b.Verbs, narrower),
		APIGroups: common(a.APIGroups, b.APIGroups, narrower),
		Resources: common(a.Resources, b.Resources, narrowerResource),
	}
	switch {
	case len(a.ResourceNames) == 0:
		both.ResourceNames = b.ResourceNames
	case len(b.ResourceNames) == 0:
		both.ResourceNames = a.ResourceNames
	default:
		if both.ResourceNames = common(a.ResourceNames, b.ResourceNames, same); len(both.ResourceNames) == 0 {
			return both, false
		}
	}
	return both, len(both.Verbs) > 0 && len(both.APIGroups) > 0 && len(both.Resources) > 0
}

func common(a, b []string, both func(a, b string) (string, bool)) []string {
	var all []string
	for _, x := range a {
		for _, y := range b {
			if z, ok := both(x, y); ok && !slices.Contains(all, z) {
				all = append(all, z)
			}
		}
	}
	return all
}

func same(a, b string) (string, bool) { return a, a == b }

// narrower is what two words of a rule have in common, of which `*` stands for all.
func narrower(a, b string) (string, bool) {
	if a == "*" {
		return b, true
	}
	return a, b == "*" || a == b
}

// narrowerResource is the same for resources: `*/scale` stands for that subresource of all.
func narrowerResource(a, b string) (string, bool) {
	if both, ok := narrower(a, b); ok {
		return both, true
	}
	under := func(pattern, resource string) bool {
		sub, ok := strings.CutPrefix(pattern, "*")
		return ok && strings.HasPrefix(sub, "/") && strings.HasSuffix(resource, sub)
	}
	if under(a, b) {
		return b, true
	}
	return a, under(b, a)
}
