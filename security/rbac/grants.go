package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Grant is one binding to one role, as it counts for a subject.
type Grant struct {
	Binding   model.Ref
	Namespace string // where it holds; empty: everywhere
	Group     string // the group that it comes through; empty where it names the subject himself
	Role      *Role
	BuiltIn   bool // made by the API server when it started
}

// Via is what allows something.
type Via struct {
	Binding, Role model.Ref
	Group         string
	Rule          int // index in the role's rules; -1: the subject bypasses RBAC
}

// Set is everything that a subject may do by RBAC.
type Set struct {
	Subject Subject
	// Missing is what could not be read: there may be more rights.
	Missing []snapshot.Missing
	parts   [][]Grant // shared between subjects; own ones first, then by group
}

// All calls visit with each grant until it returns false.
func (s *Set) All(visit func(*Grant) bool) {
	for _, part := range s.parts {
		for i := range part {
			if !visit(&part[i]) {
				return
			}
		}
	}
}

// Extra reports whether the subject may do anything that not every account may do.
func (s *Set) Extra() bool {
	extra := s.Subject.masters()
	s.All(func(g *Grant) bool { extra = extra || g.Extra(); return !extra })
	return extra
}

// Extra reports whether the grant gives anything beyond what every account has. URLs that are no resources are not
// granted in a namespace.
func (g *Grant) Extra() bool {
	for i, usual := range g.Role.Usual {
		if !usual && (g.Namespace == "" || len(g.Role.Rules[i].Resources) > 0) {
			return true
		}
	}
	return false
}

// Allows answers a question, and says through what. The first way found is enough.
func (s *Set) Allows(a Attributes) (bool, []Via) { return s.ask(&a, false) }

// Ways is Allows with all ways.
func (s *Set) Ways(a Attributes) (bool, []Via) { return s.ask(&a, true) }

func (s *Set) ask(a *Attributes, all bool) (bool, []Via) {
	if s.Subject.masters() {
		return true, []Via{{Group: Masters, Rule: -1}}
	}
	var ways []Via
	s.All(func(g *Grant) bool {
		if i := g.allows(a); i >= 0 {
			ways = append(ways, Via{Binding: g.Binding, Role: g.Role.Ref, Group: g.Group, Rule: i})
			return all
		}
		return true
	})
	return len(ways) > 0, ways
}

// allows returns the first rule of the grant that answers with yes, or -1.
func (g *Grant) allows(a *Attributes) int {
	if g.Namespace != "" && (a.Path != "" || g.Namespace != a.Namespace) {
		return -1
	}
	return slices.IndexFunc(g.Role.Rules, func(rule rbacv1.PolicyRule) bool { return allows(&rule, a) })
}

// part lists what bindings that name exactly this subject give.
var part = snapshot.NewQuery("grants to a subject", func(r *snapshot.Reader, h Holder) []Grant {
	var all []Grant
	for _, b := range boundTo.Get(r, h) {
		g := Grant{Binding: b.binding, Namespace: b.binding.Namespace, BuiltIn: b.boot, Role: RoleOf.Get(r, b.role)}
		if h.Kind == rbacv1.GroupKind {
			g.Group = h.Name
		}
		all = append(all, g)
	}
	return all
}, slices.Equal[[]Grant])

// Grants answers what a ServiceAccount may do.
var Grants = snapshot.NewQuery("permissions of an account", func(r *snapshot.Reader, a Account) *Set {
	return For(r, ForAccount(a.Namespace, a.Name))
}, sameSet)

// For answers what any subject may do.
func For(r *snapshot.Reader, s Subject) *Set {
	set := &Set{Subject: s}
	for _, h := range s.holders() {
		if grants := part.Get(r, h); len(grants) > 0 {
			set.parts = append(set.parts, grants)
		}
	}
	set.Missing = missing(r, s.Namespace)
	set.All(func(g *Grant) bool {
		if m := g.Role.Missing; m != nil && !slices.Contains(set.Missing, *m) {
			set.Missing = append(set.Missing, *m)
		}
		return true
	})
	return set
}

// missing names the lists of bindings that may not be read: those of all namespaces count, the subject's own first.
func missing(r *snapshot.Reader, namespace string) []snapshot.Missing {
	var all []snapshot.Missing
	if m, hidden := hiddenBindings(r, ClusterRoleBindingKind, ""); hidden {
		all = append(all, m)
	}
	if m, hidden := hiddenBindings(r, RoleBindingKind, namespace); hidden && namespace != "" {
		all = append(all, m)
	}
	if m, hidden := hiddenBindings(r, RoleBindingKind, ""); hidden {
		all = append(all, m)
	}
	return all
}

func sameSet(a, b *Set) bool {
	return slices.Equal(a.Missing, b.Missing) && slices.EqualFunc(a.parts, b.parts, slices.Equal[[]Grant])
}

// Unsure names what could not be read and might answer a question with yes.
func (s *Set) Unsure(r *snapshot.Reader, a Attributes) []snapshot.Missing {
	var all []snapshot.Missing
	if m, hidden := hiddenBindings(r, ClusterRoleBindingKind, ""); hidden {
		all = append(all, m)
	}
	if a.Namespace != "" && a.Path == "" {
		if m, hidden := hiddenBindings(r, RoleBindingKind, a.Namespace); hidden {
			all = append(all, m)
		}
	}
	s.All(func(g *Grant) bool {
		m := g.Role.Missing
		if m != nil && (g.Namespace == "" || g.Namespace == a.Namespace && a.Path == "") && !slices.Contains(all, *m) {
			all = append(all, *m)
		}
		return true
	})
	return all
}
