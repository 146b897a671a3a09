package snapshot

import "fmt"

// node is one input or one derived answer, with what it was computed from and who was computed from it.
type node struct {
	self  refresher // nil for inputs
	deps  []edge
	users []edge
	since uint64 // when the answer became what it is
	known uint64 // when the answer was last found to be true; zero: never computed
	state state
	root  bool
	eager bool
	mark  uint64 // the computation that noted this node last
}

// edge is one end of a dependency; back is the index of the other end in the other node's list.
type edge struct {
	node *node
	back int32
}

type state uint8

const (
	fresh    state = iota // never computed
	clean                 // true
	doubtful              // something below it changed
	running
)

// refresher computes an answer again and says whether it is another one.
type refresher interface {
	refresh(*Reader) (changed bool)
	name() string
}

// frame is one computation that is under way.
type frame struct {
	node *node
	deps []*node
	id   uint64
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

// settle makes the node's answer true.
func (r *Reader) settle(n *node) {
	switch n.state {
	case clean:
		return
	case running:
		panic(fmt.Sprintf("posture query %s depends on itself", n.self.name()))
	case doubtful:
		if !r.outdated(n) {
			n.state, n.known = clean, r.clock
			return
		}
	}
	r.compute(n)
}

// outdated reports whether something that the node was computed from is another one now.
func (r *Reader) outdated(n *node) bool {
	n.state = running
	defer func() { n.state = doubtful }()
	for i := 0; i < len(n.deps); i++ {
		d := n.deps[i].node
		if d.self != nil && d.state != clean {
			r.settle(d)
		}
		if d.since > n.known {
			return true
		}
	}
	return false
}

func (r *Reader) compute(n *node) {
	before := n.state
	n.state = running
	if !r.tracked {
		n.self.refresh(r)
		n.state = clean
		return
	}
	r.computations++
	var spare []*node
	if k := len(r.spare); k > 0 {
		spare, r.spare = r.spare[k-1][:0], r.spare[:k-1]
	}
	r.frames = append(r.frames, frame{node: n, deps: spare, id: r.computations})
	changed := n.self.refresh(r)
	f := r.frames[len(r.frames)-1]
	r.frames = r.frames[:len(r.frames)-1]
	n.relink(f.deps)
	r.spare = append(r.spare, f.deps)
	r.clock++
	n.state, n.known = clean, r.clock
	if changed || before == fresh {
		n.since = r.clock
	}
}

// relink makes deps the nodes that n was computed from.
func (n *node) relink(deps []*node) {
	same := len(deps) == len(n.deps)
	for i := 0; same && i < len(deps); i++ {
		same = n.deps[i].node == deps[i]
	}
	if same {
		return
	}
	n.unlink()
	if cap(n.deps) < len(deps) {
		n.deps = make([]edge, 0, len(deps))
	}
	for _, d := range deps {
		n.deps = append(n.deps, edge{d, int32(len(d.users))})
		d.users = append(d.users, edge{n, int32(len(n.deps) - 1)})
	}
}

func (n *node) unlink() {
	for _, e := range n.deps {
		d, last := e.node, len(e.node.users)-1
		moved := d.users[last]
		d.users[e.back] = moved
		moved.node.deps[moved.back].back = e.back
		d.users[last] = edge{}
		d.users = d.users[:last]
	}
	n.deps = n.deps[:0]
}

// doubt marks everything that was computed from the node before it became what it is, and collects the roots among it.
// It stops at eager answers: what rests on those is doubtful only when they turn out to be others.
func (r *Reader) doubt(n *node) {
	stack := append(r.stack[:0], n)
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, u := range top.users {
			if u.node.state != clean || top == n && u.node.known >= n.since {
				continue
			}
			u.node.state = doubtful
			if u.node.root {
				r.pending = append(r.pending, u.node)
			}
			if u.node.eager {
				r.awaited = append(r.awaited, awaited{u.node, u.node.since})
				continue
			}
			stack = append(stack, u.node)
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
