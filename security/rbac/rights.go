package rbac

import (
	"cmp"
	"slices"

	"github.com/fn9s/fn9s/security/snapshot"
)

// Rights is what a subject can do, by namespace. It must not be changed.
type Rights struct {
	// Scopes are in the order of their namespaces: cluster-wide rights come first, under no name. A right that holds
	// cluster-wide is not repeated in the namespaces.
	Scopes []Scope
}

// Scope is what a subject can do cluster-wide (no Namespace) or by grants in a namespace.
type Scope struct {
	Namespace string
	// Any are the powers over all objects of a resource, Named those over some names only.
	Any, Named Powers
	// Names lists the names of Named, with the powers over each.
	Names []Named
}

// Named are powers over one object, or over all of one name.
type Named struct {
	Name   string
	Powers Powers
}

// Cluster returns what holds cluster-wide.
func (r *Rights) Cluster() Scope {
	if len(r.Scopes) > 0 && r.Scopes[0].Namespace == "" {
		return r.Scopes[0]
	}
	return Scope{}
}

// In returns the powers over all objects of a namespace, and those over some names, cluster-wide ones included.
func (r *Rights) In(namespace string) (all, named Powers) {
	for i := range r.Scopes {
		if s := &r.Scopes[i]; s.Namespace == "" || s.Namespace == namespace {
			all, named = all.Or(s.Any), named.Or(s.Named)
		}
	}
	return all, named
}

// NamesOf lists the names that the power is limited to.
func (s *Scope) NamesOf(p Power) []string {
	var all []string
	for _, n := range s.Names {
		if n.Powers.Has(p) {
			all = append(all, n.Name)
		}
	}
	return all
}

// RightsOf answers what an account can do.
var RightsOf = snapshot.NewQuery("powers of an account", func(r *snapshot.Reader, a Account) *Rights {
	return Grants.Get(r, a).Rights()
}, sameRights).Passing()

func sameRights(a, b *Rights) bool {
	return slices.EqualFunc(a.Scopes, b.Scopes, func(a, b Scope) bool {
		return a.Namespace == b.Namespace && a.Any == b.Any && a.Named == b.Named && slices.Equal(a.Names, b.Names)
	})
}

// Rights sums up what the subject can do.
func (s *Set) Rights() *Rights {
	rights := &Rights{}
	if s.Subject.masters() {
		rights.scope("").Any = Of(Everything)
	}
	s.All(func(g *Grant) bool {
		if g.Role.all.Empty() {
			return true
		}
		scope := rights.scope(g.Namespace)
		for i := range g.Role.powers {
			scope.add(&g.Role.powers[i], g.Role.Rules[i].ResourceNames)
		}
		return true
	})
	for i := range rights.Scopes {
		slices.SortFunc(rights.Scopes[i].Names, func(a, b Named) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(rights.Scopes, func(a, b Scope) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return rights
}

func (r *Rights) scope(namespace string) *Scope {
	for i := range r.Scopes {
		if r.Scopes[i].Namespace == namespace {
			return &r.Scopes[i]
		}
	}
	r.Scopes = append(r.Scopes, Scope{Namespace: namespace})
	return &r.Scopes[len(r.Scopes)-1]
}

func (s *Scope) add(p *rulePowers, names []string) {
	all, named := p.in(s.Namespace)
	if own := Of(EditNamespaces); s.Namespace != "" && named.Any(own) {
		// A Role names its own Namespace object, or one that it cannot reach.
		named = named.without(own)
		if slices.Contains(names, s.Namespace) {
			all = all.Or(own)
		}
	}
	s.Any = s.Any.Or(all)
	if named.Empty() {
		return
	}
	s.Named = s.Named.Or(named)
	for _, name := range names {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(s.Names, func(n Named) bool { return n.Name == name })
		if i < 0 {
			i, s.Names = len(s.Names), append(s.Names, Named{Name: name})
		}
		s.Names[i].Powers = s.Names[i].Powers.Or(named)
	}
}

// Proof is a rule that gives a power.
type Proof struct {
	Grant *Grant
	Rule  int
	Names []string // that it is limited to; nil: to none
}

// Proofs lists the rules that give any of the powers in a namespace (empty: cluster-wide), in the order of the grants.
func (s *Set) Proofs(namespace string, wanted Powers) []Proof {
	var all []Proof
	s.All(func(g *Grant) bool {
		if g.Namespace != namespace || !g.Role.all.Any(wanted) {
			return true
		}
		for i := range g.Role.powers {
			whole, named := g.Role.powers[i].in(namespace)
			switch {
			case whole.Any(wanted):
				all = append(all, Proof{Grant: g, Rule: i})
			case named.Any(wanted):
				all = append(all, Proof{Grant: g, Rule: i, Names: g.Role.Rules[i].ResourceNames})
			}
		}
		return true
	})
	return all
}
