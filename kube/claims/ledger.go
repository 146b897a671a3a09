package claims

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// Ledger keeps the candidates of one cluster and settles again only the groups that a change touches. It is not safe
// for concurrent use.
type Ledger struct {
	nodes map[model.FunctionKey]*node
	// claims, objects and owners find the neighbours of a candidate: who claims the same, whose object owns its
	// object, and whose object its object owns.
	claims, objects, owners map[model.Ref][]*node
	dirty                   map[model.FunctionKey]struct{}
	left                    map[model.FunctionKey]*model.Function // rows of candidates that were taken out since
}

type node struct {
	Candidate
	row    *model.Function // nil: it is no row
	claims []model.Ref
	mark   *group
}

// group is the candidates that are settled together.
type group struct{ nodes []*node }

// Change is one row that became another one. Row is nil when the function is no row (any more).
type Change struct {
	Key model.FunctionKey
	Row *model.Function
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		nodes: map[model.FunctionKey]*node{}, claims: map[model.Ref][]*node{}, objects: map[model.Ref][]*node{},
		owners: map[model.Ref][]*node{}, dirty: map[model.FunctionKey]struct{}{},
		left: map[model.FunctionKey]*model.Function{},
	}
}

// Put takes a candidate in, or replaces the one of its key.
func (l *Ledger) Put(c Candidate) {
	key := c.Function.Key
	row := l.left[key]
	if old := l.nodes[key]; old != nil {
		row = old.row
		if old.Function == c.Function && old.Rank == c.Rank {
			return
		}
		if old.Rank == c.Rank && slices.Equal(old.claims, own(c.Function)) &&
			slices.Equal(old.Function.Owners, c.Function.Owners) {
			old.Function = c.Function // no one's neighbour changes
			l.dirty[key] = struct{}{}
			return
		}
		l.unlink(old)
	}
	n := &node{Candidate: c, row: row, claims: own(c.Function)}
	l.nodes[key] = n
	delete(l.left, key)
	for _, ref := range n.claims {
		link(l.claims, ref, n)
	}
	link(l.objects, c.Function.Object, n)
	for _, ref := range n.Function.Owners {
		link(l.owners, ref, n)
	}
	l.dirty[key] = struct{}{}
}

// Delete takes the candidate of the key out.
func (l *Ledger) Delete(key model.FunctionKey) {
	if n := l.nodes[key]; n != nil {
		l.unlink(n)
		delete(l.nodes, key)
		l.dirty[key] = struct{}{}
		if n.row != nil {
			l.left[key] = n.row
		}
	}
}

// unlink removes the candidate from its neighbours, all of which have to be settled again.
func (l *Ledger) unlink(n *node) {
	for _, m := range l.gather(n, &group{}) {
		l.dirty[m.Function.Key] = struct{}{}
	}
	for _, ref := range n.claims {
		unlink(l.claims, ref, n)
	}
	unlink(l.objects, n.Function.Object, n)
	for _, ref := range n.Function.Owners {
		unlink(l.owners, ref, n)
	}
}

func link(index map[model.Ref][]*node, ref model.Ref, n *node) {
	if !ref.IsZero() {
		index[ref] = append(index[ref], n)
	}
}

func unlink(index map[model.Ref][]*node, ref model.Ref, n *node) {
	list := index[ref]
	i := slices.Index(list, n)
	switch {
	case i < 0:
	case len(list) == 1:
		delete(index, ref)
	default:
		index[ref] = slices.Delete(list, i, i+1)
	}
}

// gather marks and returns the candidates that hang together with n.
func (l *Ledger) gather(n *node, g *group) []*node {
	n.mark = g
	g.nodes = append(g.nodes, n)
	visit := func(list []*node) {
		for _, m := range list {
			if m.mark != g {
				m.mark = g
				g.nodes = append(g.nodes, m)
			}
		}
	}
	walked := map[model.Ref]bool{} // claims that many share are walked once
	for i := 0; i < len(g.nodes); i++ {
		m := g.nodes[i]
		for _, ref := range m.claims {
			if sharers := l.claims[ref]; len(sharers) > 1 && !walked[ref] {
				walked[ref] = true
				visit(sharers)
			}
		}
		for _, ref := range m.Function.Owners {
			visit(l.objects[ref])
		}
		if !m.Function.Object.IsZero() {
			visit(l.owners[m.Function.Object])
		}
	}
	return g.nodes
}

// Settle settles what changed since the last call and returns the rows that are others now, in the order of their
// keys.
func (l *Ledger) Settle() []Change {
	var changes []Change
	note := func(key model.FunctionKey, row *model.Function) {
		if n := l.nodes[key]; n != nil && n.row != row {
			n.row = row
			changes = append(changes, Change{key, row})
		}
	}
	done := map[*group]bool{}
	for key := range l.dirty {
		n := l.nodes[key]
		if n == nil {
			if l.left[key] != nil {
				changes = append(changes, Change{key, nil})
			}
			continue
		}
		if n.mark != nil && done[n.mark] {
			continue
		}
		g := &group{}
		l.gather(n, g)
		done[g] = true
		candidates := make([]Candidate, len(g.nodes))
		for i, m := range g.nodes {
			candidates[i] = m.Candidate
		}
		for _, o := range Settle(candidates) {
			note(o.Function.Key, o.Function)
			for _, lost := range o.Merged {
				note(lost, nil)
			}
		}
	}
	l.dirty = map[model.FunctionKey]struct{}{} // clearing a map costs as much as it once held
	clear(l.left)
	slices.SortFunc(changes, func(a, b Change) int { return a.Key.Compare(b.Key) })
	return changes
}

// Row returns the function as it is shown, nil when it is no row.
func (l *Ledger) Row(key model.FunctionKey) *model.Function {
	if n := l.nodes[key]; n != nil {
		return n.row
	}
	return l.left[key]
}
