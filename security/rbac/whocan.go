package rbac

import (
	"cmp"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fn9s/fn9s/security/snapshot"
)

// Able is a subject that may do something, and through what.
type Able struct {
	Holder
	Via []Via
}

// WhoCan lists the subjects that bindings allow something, in the order of Holder, and what could not be read. Groups
// are named as such. What bypasses RBAC, the group system:masters, is among them.
func WhoCan(r *snapshot.Reader, a Attributes) ([]Able, []snapshot.Missing) {
	answer := whoCan.Get(r, a)
	return answer.able, answer.missing
}

type answer struct {
	able    []Able
	missing []snapshot.Missing
}

// whoCan reads each index once, whoever asks the same question.
var whoCan = snapshot.NewQuery("who can", func(r *snapshot.Reader, a Attributes) answer {
	c := collector{reader: r, asked: &a, ways: map[Holder][]Via{}}
	c.ways[Holder{Kind: rbacv1.GroupKind, Name: Masters}] = []Via{{Group: Masters, Rule: -1}}
	c.collect(global.Get(r, struct{}{}))
	if m, hidden := hiddenBindings(r, ClusterRoleBindingKind, ""); hidden {
		c.missing = append(c.missing, m)
	}
	if a.Namespace != "" && a.Path == "" {
		c.collect(local.Get(r, a.Namespace))
		if m, hidden := hiddenBindings(r, RoleBindingKind, a.Namespace); hidden {
			c.missing = append(c.missing, m)
		}
	}
	return c.answer()
}, func(a, b answer) bool {
	return slices.Equal(a.missing, b.missing) && slices.EqualFunc(a.able, b.able, sameAble)
}).Eager()

func sameAble(a, b Able) bool { return a.Holder == b.Holder && slices.Equal(a.Via, b.Via) }

type collector struct {
	reader  *snapshot.Reader
	asked   *Attributes
	ways    map[Holder][]Via
	missing []snapshot.Missing
}

func (c *collector) collect(i index) {
	for h, all := range i {
		for _, b := range all {
			g := Grant{Binding: b.binding, Namespace: b.binding.Namespace, Role: RoleOf.Get(c.reader, b.role)}
			if m := g.Role.Missing; m != nil && !slices.Contains(c.missing, *m) {
				c.missing = append(c.missing, *m)
			}
			if k := g.allows(c.asked); k >= 0 {
				c.ways[h] = append(c.ways[h], Via{Binding: b.binding, Role: b.role, Rule: k})
			}
		}
	}
}

func (c *collector) answer() answer {
	slices.SortFunc(c.missing, compareMissing)
	return answer{able: sortWays(c.ways), missing: c.missing}
}

func compareMissing(a, b snapshot.Missing) int {
	return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Reason, b.Reason))
}

// Having lists the subjects that bindings give any of the powers over all objects, in a namespace (empty: cluster-wide,
// by ClusterRoleBindings alone). What the API server binds by itself is left out.
func Having(r *snapshot.Reader, namespace string, powers Powers) []Able {
	if namespace == "" {
		return everywhere.Get(r, powers)
	}
	return inside.Get(r, question{namespace, powers})
}

type question struct {
	namespace string
	powers    Powers
}

var everywhere = snapshot.NewQuery("subjects with powers everywhere", func(r *snapshot.Reader, p Powers) []Able {
	ways := map[Holder][]Via{}
	empower(r, global.Get(r, struct{}{}), question{"", p}, ways)
	return sortWays(ways)
}, func(a, b []Able) bool { return slices.EqualFunc(a, b, sameAble) }).Eager()

var inside = snapshot.NewQuery("subjects with powers in a namespace", func(r *snapshot.Reader, q question) []Able {
	ways := map[Holder][]Via{}
	for _, a := range everywhere.Get(r, q.powers) {
		ways[a.Holder] = slices.Clone(a.Via)
	}
	empower(r, local.Get(r, q.namespace), q, ways)
	return sortWays(ways)
}, func(a, b []Able) bool { return slices.EqualFunc(a, b, sameAble) }).Eager()

// empower notes who has the powers by the bindings of an index.
func empower(r *snapshot.Reader, i index, q question, ways map[Holder][]Via) {
	for h, all := range i {
		for _, b := range all {
			role := RoleOf.Get(r, b.role)
			if b.boot || !role.all.Any(q.powers) {
				continue
			}
			for k := range role.powers {
				if whole, _ := role.powers[k].in(q.namespace); whole.Any(q.powers) {
					ways[h] = append(ways[h], Via{Binding: b.binding, Role: b.role, Rule: k})
					break
				}
			}
		}
	}
}

func sortWays(ways map[Holder][]Via) []Able {
	var all []Able
	for h, via := range ways {
		slices.SortFunc(via, func(a, b Via) int { return a.Binding.Compare(b.Binding) })
		all = append(all, Able{h, via})
	}
	slices.SortFunc(all, func(a, b Able) int { return a.Holder.Compare(b.Holder) })
	return all
}

// GrantsTo lists what bindings that name exactly this subject give.
func GrantsTo(r *snapshot.Reader, h Holder) []Grant { return part.Get(r, h) }
