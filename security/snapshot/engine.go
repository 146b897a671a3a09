package snapshot

import (
	"fmt"
	"slices"
)

// node is one input or one derived answer, with what it was computed from and who was computed from it.
type node struct {
	self    refresher // nil for inputs
	next    *node     // another answer about the same subject
	within  *node     // the list that a function is in: a change of the function is one of the list
	deps    []edge
	users   []edge
	since   uint64 // when the answer became what it is
	known   uint64 // when the answer was last found to be true; zero: never computed
	mark    uint64 // the computation that noted this node last
	id      uint32 // of Reader.nodes
	state   state
	root    bool
	eager   bool
	shared  bool // many answers rest on it
	lasting bool // an answer about a namespace or all: it is kept when nothing rests on it
	marks   bool // an input that stands for marks
	touchup bool // nothing but marks changed below: the answer may be mended instead of computed
}

// edge is one end of a dependency: which node of Reader.nodes is at the other end, and the index of that end in its list.
// It is no pointer, because there are a million edges, and the collector would follow each.
type edge struct {
	node uint32
	back int32
}

type state uint8

const (
	fresh    state = iota // never computed
	clean                 // true
	doubtful              // something below it changed
	checking              // whether something below it is another one
	running
	gone // forgotten: nothing may rest on it
)

// refresher computes an answer again and says whether it is another one.
type refresher interface {
	refresh(*Reader) (changed bool)
	// asks returns the query, and what it is about: nil for bundles, which are of no query.
	asks() (*query, subject)
}

// frame is one computation that is under way; of an answer that is only passing it has no node.
type frame struct {
	node *node
	deps []*node
	id   uint64
}

// enter gives a node a number that no other has, and returns it. Without tracking there are no edges to find it by.
func (r *Reader) enter(n *node) *node {
	if !r.tracked {
		return n
	}
	if last := len(r.vacant) - 1; last >= 0 {
		n.id, r.vacant = r.vacant[last], r.vacant[:last]
		r.nodes[n.id] = n
		return n
	}
	n.id = uint32(len(r.nodes)) //#nosec G115 -- memory ends sooner
	r.nodes = append(r.nodes, n)
	return n
}

// leave takes the number of a node back. It has no edges any more, and gets none.
func (r *Reader) leave(n *node) {
	if r.tracked {
		r.nodes[n.id] = nil
		r.vacant = append(r.vacant, n.id)
	}
}

// begin opens a frame and returns its depth.
func (r *Reader) begin(n *node) (depth int) {
	var spare []*node
	if k := len(r.spare); k > 0 {
		spare, r.spare = r.spare[k-1][:0], r.spare[:k-1]
	}
	r.computations++
	r.frames = append(r.frames, frame{node: n, deps: spare, id: r.computations})
	return len(r.frames) - 1
}

// end closes the frame and returns what was noted in it, which must be given back by release.
func (r *Reader) end(depth int) []*node {
	deps := r.frames[depth].deps
	r.frames[depth] = frame{}
	r.frames = r.frames[:depth]
	return deps
}

func (r *Reader) release(deps []*node) {
	if cap(deps) > 0 {
		r.spare = append(r.spare, deps)
	}
}

// Guard runs a part of a computation that may panic, and returns what it panicked with. What was read until then counts
// as read.
func (r *Reader) Guard(part func()) (cause any) {
	depth := len(r.frames)
	defer func() {
		if cause = recover(); cause == nil {
			return
		}
		for len(r.frames) > depth {
			top := len(r.frames) - 1
			if n := r.frames[top].node; n != nil {
				n.state, n.known = fresh, 0
			}
			deps := r.end(top)
			r.noteAll(deps)
			r.release(deps)
		}
	}()
	part()
	return nil
}

// note remembers that the running computation read the node.
func (r *Reader) note(n *node) {
	if !r.tracked || len(r.frames) == 0 {
		return
	}
	f := &r.frames[len(r.frames)-1]
	if n.mark == f.id {
		return
	}
	n.mark = f.id
	f.deps = append(f.deps, n)
}

func (r *Reader) noteAll(deps []*node) {
	for _, n := range deps {
		r.note(n)
	}
}

// settle makes the node's answer true.
func (r *Reader) settle(n *node) {
	switch n.state {
	case clean:
		return
	case running:
		q, _ := n.self.asks()
		panic(fmt.Sprintf("posture query %s depends on itself", q.title))
	case checking: // what is below has come to rest on it: it is computed, whatever else is below
	case doubtful:
		if !r.outdated(n) {
			n.state, n.known = clean, r.clock
			return
		}
	}
	if b, ok := n.self.(*bundle); ok {
		b.renew(r)
		return
	}
	r.compute(n)
}

// outdated reports whether something that the node was computed from is another one now, and notes whether that is marks
// and nothing else.
func (r *Reader) outdated(n *node) bool {
	n.state, n.touchup = checking, false
	marked := false
	for i := 0; i < len(n.deps); i++ {
		d := r.nodes[n.deps[i].node]
		if d.self != nil && d.state != clean {
			if r.Guard(func() { r.settle(d) }) != nil {
				return true // whoever asks for it is told
			}
			if n.state == clean {
				return false // computed meanwhile
			}
		}
		switch {
		case d.since <= n.known:
		case d.marks && n.root:
			marked = true
		default:
			return true
		}
	}
	n.touchup = marked
	return marked
}

func (r *Reader) compute(n *node) {
	before := n.state
	n.state = running
	depth := r.begin(n)
	changed := n.self.refresh(r)
	deps := r.end(depth)
	if !r.tracked {
		n.state, n.known = clean, r.clock
		r.release(deps)
		return
	}
	if n.touchup {
		r.widen(n, deps)
	} else {
		r.relink(n, deps)
	}
	r.release(deps)
	n.touchup = false
	r.clock++
	n.state, n.known = clean, r.clock
	if changed || before == fresh {
		n.since = r.clock
	}
	if n.root {
		r.unfolded = append(r.unfolded, n)
	}
}

// relink makes deps the nodes that n was computed from.
func (r *Reader) relink(n *node, deps []*node) { r.link(n, r.bundled(distinct(deps))) }

// widen adds deps to the nodes that n was computed from.
func (r *Reader) widen(n *node, deps []*node) {
	all := slices.Clone(deps)
	for _, e := range n.deps {
		all = append(all, r.nodes[e.node])
	}
	r.link(n, r.sparse(distinct(all)))
}

// link makes exactly these, which are sorted, what n rests on.
func (r *Reader) link(n *node, deps []*node) {
	same := len(deps) == len(n.deps)
	for i := 0; same && i < len(deps); i++ {
		same = n.deps[i].node == deps[i].id
	}
	if same {
		return
	}
	old := n.deps
	n.deps = make([]edge, 0, len(deps))
	for _, d := range deps {
		n.attach(d)
	}
	r.detach(old)
}

// attach makes the node rest on another.
func (n *node) attach(d *node) {
	n.deps = append(n.deps, edge{d.id, int32(len(d.users))})      //#nosec G115 -- fewer than nodes
	d.users = append(d.users, edge{n.id, int32(len(n.deps) - 1)}) //#nosec G115
}

// distinct sorts nodes and leaves out the second of a kind, and functions of which the whole list was read.
func distinct(deps []*node) []*node {
	slices.SortFunc(deps, func(a, b *node) int { return int(a.id) - int(b.id) })
	deps = slices.Compact(deps)
	for _, d := range deps {
		d.mark = listed
	}
	kept := 0
	for i, d := range deps {
		if d.within == nil || d.within.mark != listed {
			deps[i], deps[kept] = deps[kept], d
			kept++
		}
	}
	for _, d := range deps {
		d.mark = 0
	}
	return deps[:kept]
}

// listed marks the nodes that are being linked.
const listed = ^uint64(0)

func (r *Reader) unlink(n *node) {
	old := n.deps
	n.deps = nil
	r.detach(old)
}

// detach takes the ends of edges out of the nodes that they came from.
func (r *Reader) detach(edges []edge) {
	for _, e := range edges {
		d := r.nodes[e.node]
		last := len(d.users) - 1
		if moved := d.users[last]; int(e.back) != last {
			d.users[e.back] = moved
			r.nodes[moved.node].deps[moved.back].back = e.back
		}
		d.users = d.users[:last]
		if last > 0 {
			continue
		}
		if b, ok := d.self.(*bundle); ok {
			b.drop(r)
		} else {
			r.left(d)
		}
	}
}

// doubt marks everything that was computed from the node before it became what it is, and collects the roots among it.
// It stops at eager answers: what rests on those is doubtful only when they turn out to be others.
func (r *Reader) doubt(n *node) {
	stack := append(r.stack[:0], n)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range top.users {
			u := r.nodes[e.node]
			if u.state != clean || top == n && u.known >= n.since {
				continue
			}
			u.state = doubtful
			if u.root {
				r.pending = append(r.pending, u)
			}
			if u.eager {
				r.awaited = append(r.awaited, awaited{u, u.since})
				continue
			}
			stack = append(stack, u)
		}
	}
	r.stack = stack
}

// awaited is an eager answer that became doubtful, and since when it was what it had been.
type awaited struct {
	node  *node
	since uint64
}

// hasten computes the eager answers that became doubtful. One may be computed from another that is not doubtful yet,
// because a third one below that is still waiting: then it becomes doubtful again when that other one changes.
func (r *Reader) hasten() {
	for len(r.awaited) > 0 {
		last := len(r.awaited) - 1
		a := r.awaited[last]
		r.awaited = r.awaited[:last]
		if a.node.state == doubtful {
			r.settle(a.node)
		}
		if a.node.since != a.since {
			r.doubt(a.node)
		}
	}
}
