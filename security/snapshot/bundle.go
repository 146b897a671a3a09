package snapshot

import "slices"

// bundle stands for inputs and answers that many answers rest on together: an edge to the bundle takes the place of an
// edge to each. It changes whenever one of them does.
type bundle struct {
	node
	hash uint64
}

const (
	// fewest is from how many on they are bundled.
	fewest = 4
	// many is on how many answers' account a node counts as one that many rest on. Answers about a namespace or the
	// whole snapshot, and lists, count so from the first.
	many = 16
)

func (n *node) common() bool { return n.shared || len(n.users) >= many }

func (b *bundle) asks() (*query, subject) { return &query{title: "bundle"}, nil }

func (b *bundle) refresh(*Reader) bool { return true }

// renew says that something in the bundle is another one.
func (b *bundle) renew(r *Reader) {
	for i := range b.deps {
		if d := r.nodes[b.deps[i].node]; d.self != nil && d.state != clean {
			r.settle(d)
		}
	}
	r.clock++
	b.state, b.since, b.known = clean, r.clock, r.clock
}

// bundled puts a bundle in the place of the shared nodes. Nodes must be sorted; what is returned is in the same place.
func (r *Reader) bundled(deps []*node) []*node {
	shared := 0
	for _, d := range deps {
		if d.common() {
			shared++
		}
	}
	if shared < fewest {
		return deps
	}
	together := make([]*node, 0, shared)
	own := deps[:0]
	hash := uint64(14695981039346656037) // FNV-1a
	for _, d := range deps {
		if !d.common() {
			own = append(own, d)
			continue
		}
		together = append(together, d)
		hash = (hash ^ uint64(d.id)) * 1099511628211
	}
	return append(own, r.bundle(hash, together))
}

// bundle returns the bundle of the nodes.
func (r *Reader) bundle(hash uint64, deps []*node) *node {
	for _, b := range r.bundles[hash] {
		if slices.EqualFunc(b.deps, deps, func(e edge, n *node) bool { return e.node == n.id }) {
			r.settle(&b.node)
			return &b.node
		}
	}
	b := &bundle{hash: hash}
	b.self, b.state, b.since, b.known = b, clean, r.clock, r.clock
	r.enter(&b.node)
	b.deps = make([]edge, 0, len(deps))
	for _, d := range deps {
		b.attach(d)
	}
	r.bundles[hash] = append(r.bundles[hash], b)
	return &b.node
}

// drop forgets a bundle that nothing rests on any more.
func (b *bundle) drop(r *Reader) {
	r.unlink(&b.node)
	r.leave(&b.node)
	same := r.bundles[b.hash]
	for i := range same {
		if same[i] == b {
			same = slices.Delete(same, i, i+1)
			break
		}
	}
	if len(same) == 0 {
		delete(r.bundles, b.hash)
	} else {
		r.bundles[b.hash] = same
	}
}
