package rbac

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Escalated is how far the rights of an account reach, taken together with those of every account that they lead to.
type Escalated struct {
	// Cluster is the shortest way to everything in the cluster; empty where there is none.
	Cluster []Step
	// Namespaces are those that can be administered. They are not listed where the whole cluster is reached.
	Namespaces []Reached
	// Missing is what could not be read about the account's own rights.
	Missing []snapshot.Missing
}

// Reached is a namespace that can be administered (empty: every one), and the shortest way there.
type Reached struct {
	Namespace string
	Path      []Step
}

// Step is one step of a way: the control that it fails, what it reaches, by which binding, in words.
type Step struct {
	Control string
	To      model.Ref // a ServiceAccount, a Namespace, or nothing for the whole cluster
	Binding model.Ref
	Text    string
}

// String says it in words, with the binding.
func (s Step) String() string {
	if s.Binding.Name == "" {
		return s.Text
	}
	return s.Text + " (" + s.Binding.Kind + " " + s.Binding.Name + ")"
}

// Escalation answers how far the rights of an account reach. Only rights count: what its pods could do besides is not
// in the answer.
func Escalation(r *snapshot.Reader, a Account) *Escalated { return escalation.Get(r, a) }

var escalation = snapshot.NewQuery("escalation of an account", func(r *snapshot.Reader, a Account) *Escalated {
	e := &Escalated{Missing: Grants.Get(r, a).Missing}
	own := edgesOf.Get(r, a)
	if len(own) == 0 {
		return e
	}
	s := &search{reader: r, seen: map[target]bool{{toAccount, a.Namespace, a.Name}: true}}
	for _, edge := range own {
		s.visit(-1, edge, Account{})
	}
	for i := 0; i < len(s.queue); i++ {
		to := s.queue[i].to
		switch to.kind {
		case toCluster:
			return &Escalated{Cluster: s.path(i), Missing: e.Missing}
		case toAdmin:
			e.Namespaces = append(e.Namespaces, Reached{to.namespace, s.path(i)})
			to.kind = toNewAccounts
			s.members(i, to)
		case toAccount:
			for _, edge := range edgesOf.Get(r, Account{to.namespace, to.account}) {
				s.visit(i, edge, Account{})
			}
		default:
			s.members(i, to)
		}
	}
	return e
}, sameEscalation).Eager()

func sameEscalation(a, b *Escalated) bool {
	return slices.Equal(a.Cluster, b.Cluster) && slices.Equal(a.Missing, b.Missing) &&
		slices.EqualFunc(a.Namespaces, b.Namespaces, func(a, b Reached) bool {
			return a.Namespace == b.Namespace && slices.Equal(a.Path, b.Path)
		})
}

// search goes breadth first, so that the first way found is a shortest one.
type search struct {
	reader *snapshot.Reader
	seen   map[target]bool
	queue  []place
}

type place struct {
	edge
	from   int     // in the queue; -1: the start
	member Account // of the class that it came from, whose right the edge is
}

func (s *search) visit(from int, e edge, member Account) {
	if !s.seen[e.to] {
		s.seen[e.to] = true
		s.queue = append(s.queue, place{e, from, member})
	}
}

func (s *search) members(from int, class target) {
	for _, m := range classOf.Get(s.reader, class) {
		s.visit(from, m.edge, m.account)
	}
}

func (s *search) path(i int) []Step {
	var steps []Step
	via := Account{}
	for ; i >= 0; i = s.queue[i].from {
		p := &s.queue[i]
		step := Step{Control: p.control, Text: p.text, Binding: p.by}
		switch {
		case via != Account{}:
			step.To = via.Ref()
		case p.to.kind == toAccount:
			step.To = Account{p.to.namespace, p.to.account}.Ref()
		case p.to.namespace != "":
			step.To = model.Ref{Kind: "Namespace", Name: p.to.namespace}
		}
		via = p.member
		steps = append(steps, step)
	}
	slices.Reverse(steps)
	return steps
}

// membership is what one account of a class can do.
type membership struct {
	edge
	account Account
}

// classOf lists what the accounts of a class lead to, each target once, by the first account that does.
var classOf = snapshot.NewQuery("escalations of a class of accounts", func(r *snapshot.Reader, class target) []membership {
	var all []membership
	seen := map[target]bool{}
	for _, a := range membersOf(r, class) {
		for _, e := range edgesOf.Get(r, a) {
			if !seen[e.to] {
				seen[e.to] = true
				all = append(all, membership{e, a})
			}
		}
	}
	return all
}, slices.Equal[[]membership]).Eager()

func membersOf(r *snapshot.Reader, class target) []Account {
	switch class.kind {
	case toPods:
		return podAccounts(r, class.namespace)
	case toNewAccounts:
		all := append(slices.Clone(Accounts.Get(r, class.namespace)), boundAccounts.Get(r, class.namespace)...)
		slices.SortFunc(all, Account.Compare)
		return slices.Compact(all)
	}
	if _, hidden := r.Hidden(AccountKind, class.namespace); hidden {
		return boundAccounts.Get(r, class.namespace)
	}
	return Accounts.Get(r, class.namespace)
}

// boundAccounts lists the accounts of a namespace (empty: all) that bindings name, there or not.
var boundAccounts = snapshot.NewQuery("accounts that bindings name", func(r *snapshot.Reader, namespace string) []Account {
	var all []Account
	take := func(h Holder) {
		if a, ok := h.Account(); ok && (namespace == "" || a.Namespace == namespace) {
			all = append(all, a)
		}
	}
	for h := range global.Get(r, struct{}{}) {
		take(h)
	}
	for h := range abroad.Get(r, struct{}{}) {
		take(h)
	}
	spaces := []string{namespace}
	if namespace == "" {
		spaces = bindingNamespaces.Get(r, struct{}{})
	}
	for _, ns := range spaces {
		for h := range local.Get(r, ns) {
			take(h)
		}
	}
	slices.SortFunc(all, Account.Compare)
	return slices.Compact(all)
}, slices.Equal[[]Account]).Eager()

// Strongest returns the first account of a namespace (empty: of the cluster) whose rights lead to the whole cluster.
func Strongest(r *snapshot.Reader, namespace string) (Account, bool) {
	a := strongest.Get(r, namespace)
	return a, a != Account{}
}

var strongest = snapshot.NewQuery("strongest account", func(r *snapshot.Reader, namespace string) Account {
	for _, a := range Accounts.Get(r, namespace) {
		if len(escalation.Get(r, a).Cluster) > 0 {
			return a
		}
	}
	return Account{}
}, func(a, b Account) bool { return a == b }).Eager()

// BoundAccounts lists the accounts of a namespace (empty: all) that bindings name, there or not.
func BoundAccounts(r *snapshot.Reader, namespace string) []Account {
	return boundAccounts.Get(r, namespace)
}
