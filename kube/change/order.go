package change

import (
	"slices"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// inOrder moves before a group what its wishes have before it, and what takes a value from it: several wishes for one
// object become one step, which must not come before what one of them needs. Where wishes contradict each other the one that
// came first counts. What admits pods to a namespace comes after all that makes them fit for it.
func inOrder(wishes []Wish, groups []*group, byRef map[model.Ref]*group) []*group {
	o := ordering{before: map[*group][]*group{}, seen: make(map[*group]bool, len(groups))}
	for i := range wishes {
		w := &wishes[i]
		for _, n := range w.Needs {
			o.add(byRef[w.Object], byRef[n.From.Object])
		}
	}
	last := map[string]*group{}
	for i := range wishes {
		if w := &wishes[i]; w.Unit != "" {
			o.add(last[w.Unit], byRef[w.Object])
			last[w.Unit] = byRef[w.Object]
		}
	}
	for _, last := range []bool{false, true} {
		for _, g := range groups {
			if g.admits() == last {
				o.visit(g)
			}
		}
	}
	return o.out
}

// admits reports whether the group decides which pods may be in a namespace: every function there is made ready first.
func (g *group) admits() bool {
	return g.ref.Kind == "Namespace" && g.ref.Group == "" && g.verb == plan.Patch
}

// ordering puts groups after those that must come before them.
type ordering struct {
	before map[*group][]*group
	seen   map[*group]bool
	out    []*group
}

// add has one group come before another one, unless that must come before it.
func (o *ordering) add(first, then *group) {
	if first != nil && then != nil && first != then && !slices.Contains(o.before[then], first) && !o.leads(then, first, map[*group]bool{}) {
		o.before[then] = append(o.before[then], first)
	}
}

// leads reports whether one group must come before another one.
func (o *ordering) leads(first, then *group, met map[*group]bool) bool {
	met[then] = true
	return slices.ContainsFunc(o.before[then], func(g *group) bool { return g == first || !met[g] && o.leads(first, g, met) })
}

func (o *ordering) visit(g *group) {
	if o.seen[g] {
		return
	}
	o.seen[g] = true
	for _, p := range o.before[g] {
		o.visit(p)
	}
	o.out = append(o.out, g)
}
