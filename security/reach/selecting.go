package reach

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Choosing is a policy that selects a pod, whatever it then says. Unsure: whether it does cannot be told.
type Choosing struct {
	Ref    model.Ref
	Unsure bool
}

// Selecting lists the policies of all kinds that select a pod, in the order of their references.
func Selecting(r *snapshot.Reader, p Pod) []Choosing {
	var found []Choosing
	add := func(ref model.Ref, unsure bool) {
		if !slices.ContainsFunc(found, func(c Choosing) bool { return c.Ref == ref }) {
			found = append(found, Choosing{ref, unsure})
		}
	}
	sides := sidesOf.Get(r, p.class())
	for d := range Direction(2) {
		s := &sides[d]
		for i := range s.entries {
			add(s.entries[i].policy.Ref, s.entries[i].applies == maybe)
		}
		for _, policy := range s.isolated {
			add(policy.Ref, false)
		}
		for _, f := range s.foreign {
			add(f.ref, true)
		}
	}
	slices.SortFunc(found, func(a, b Choosing) int { return a.Ref.Compare(b.Ref) })
	return found
}

// Kind of policies that answers depend on, and whether they lie in no namespace.
type Kind struct {
	schema.GroupKind
	Cluster bool
}

// PolicyKinds lists all kinds of network policies.
func PolicyKinds() []Kind {
	kinds := []Kind{{NetworkPolicies, false}, {adminPolicies, true}, {baselines, true}, {clusterPolicies, true}}
	for i := range foreignKinds {
		kinds = append(kinds, Kind{foreignKinds[i].GroupKind, foreignKinds[i].cluster})
	}
	return kinds
}

// IsolatesOf returns in which directions a NetworkPolicy denies what it does not allow, and how many rules it has.
func IsolatesOf(o model.Object) (isolates [2]bool, rules [2]int, ok bool) {
	p, ok := snapshot.FactsOf[*Policy](o, reader)
	if !ok {
		return isolates, rules, false
	}
	return p.Isolates, [2]int{len(p.Rules[Ingress]), len(p.Rules[Egress])}, true
}
