package snapshot

// maxForgotten bounds what is remembered of answers that were forgotten.
const maxForgotten = 1 << 20

// fold makes an answer rest directly on what its own answers rest on, and forgets those: what only one root asked for
// costs more memory than it saves work, because a change of any of it is a change of most of it.
func (r *Reader) fold(n *node) {
	if r.reached == nil || len(r.forgotten) > maxForgotten {
		r.reached, r.forgotten = map[*node]int{}, map[uint64]uint32{}
	}
	reached := r.reached
	var kept, folded []*node
	visit := func(edges []edge) {
		for i := range edges {
			d := r.nodes[edges[i].node]
			reached[d]++
			switch {
			case d.foldable() && reached[d] == len(d.users):
				folded = append(folded, d)
			case reached[d] == 1:
				kept = append(kept, d)
			}
		}
	}
	visit(n.deps)
	for i := 0; i < len(folded); i++ {
		visit(folded[i].deps)
	}
	if len(folded) > 0 {
		rest := kept[:0]
		for _, d := range kept {
			if !d.foldable() || reached[d] < len(d.users) {
				rest = append(rest, d)
			}
		}
		r.link(n, r.sparse(distinct(rest)))
		for _, d := range folded {
			r.forgotten[r.marked(d.self.asks())] = n.id
			r.forget(d)
		}
	}
	clear(reached)
}

// Rest forgets which answers were forgotten: it is called when everything was asked, and gives memory back. At worst one
// that several ask for is computed once more than it need be.
func (r *Reader) Rest() { r.reached, r.forgotten = nil, nil }

// foldable reports whether the answer may be forgotten when nothing but a root rests on it.
func (n *node) foldable() bool {
	if n.root || n.eager || n.shared || n.lasting || n.self == nil || n.state != clean {
		return false
	}
	_, of := n.self.(*bundle)
	return !of
}

// sparse leaves out what one of the bundles among the nodes holds already.
func (r *Reader) sparse(deps []*node) []*node {
	for _, d := range deps {
		if _, ok := d.self.(*bundle); ok {
			for i := range d.deps {
				r.nodes[d.deps[i].node].mark = listed
			}
		}
	}
	out := make([]*node, 0, len(deps))
	for _, d := range deps {
		if d.mark != listed {
			out = append(out, d)
		}
	}
	for _, d := range deps {
		if _, ok := d.self.(*bundle); !ok {
			continue
		}
		for i := range d.deps {
			r.nodes[d.deps[i].node].mark = 0
		}
	}
	return out
}

// marked is a hash of what is asked and about what.
func (r *Reader) marked(q *query, about subject) uint64 {
	return about.hash(r) ^ uint64(q.index)*0x9e3779b97f4a7c15 //#nosec G115 -- counts queries
}

// forget drops an answer, on which nothing may rest any more.
func (r *Reader) forget(n *node) {
	q, about := n.self.asks()
	r.unlink(n)
	r.leave(n)
	n.state = gone
	about.drop(r, q.kind, n)
	if t := q.recent(r); t.last == n {
		t.last = nil
	}
}

// wantedAgain reports whether the answer was forgotten before as one that only another root asked for: several do.
func (r *Reader) wantedAgain(q *query, about subject) bool {
	root, ok := r.forgotten[r.marked(q, about)]
	return ok && (len(r.frames) == 0 || r.frames[0].node == nil || r.frames[0].node.id != root)
}

// tidy folds the roots that were computed, and forgets answers that nothing rests on any more, once nothing is under way
// that may have read them.
func (r *Reader) tidy() {
	if len(r.frames) > 0 {
		return
	}
	for len(r.unfolded)+len(r.loose) > 0 {
		if last := len(r.unfolded) - 1; last >= 0 {
			n := r.unfolded[last]
			r.unfolded = r.unfolded[:last]
			if n.state == clean {
				r.fold(n)
			}
			continue
		}
		last := len(r.loose) - 1
		n := r.loose[last]
		r.loose = r.loose[:last]
		if len(n.users) == 0 && n.state != gone {
			r.forget(n)
		}
	}
}

// left notes a node that lost the last answer that rested on it.
func (r *Reader) left(n *node) {
	if _, of := n.self.(*bundle); !of && n.self != nil && !n.root && !n.lasting {
		r.loose = append(r.loose, n)
	}
}
