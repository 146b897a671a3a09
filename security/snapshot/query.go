package snapshot

import (
	"reflect"
	"slices"
	"sync/atomic"
)

var queries atomic.Int32

// Query derives answers from a snapshot. Make queries once, as package variables.
type Query[K comparable, V any] struct {
	title   string
	index   int
	kind    int // of the subjects
	compute func(*Reader, K) V
	equal   func(a, b V) bool
	mend    func(r *Reader, key K, was V) V
	root    bool
	eager   bool
	shared  bool
	passing bool
}

// NewQuery returns a query. An answer that equals the one before lets what was computed from it stand; equal may be
// nil, which compares deeply. Two queries must not ask each other in a circle.
func NewQuery[K comparable, V any](title string, compute func(*Reader, K) V, equal func(a, b V) bool) *Query[K, V] {
	if equal == nil {
		equal = func(a, b V) bool { return reflect.DeepEqual(a, b) }
	}
	q := &Query[K, V]{title: title, index: int(queries.Add(1)), kind: kindOf[K](), compute: compute, equal: equal}
	t := reflect.TypeFor[K]()
	q.shared = t.Kind() == reflect.String || t.Size() == 0
	return q
}

// Root makes the query one whose doubtful answers Reader.Doubtful names. It returns the query.
func (q *Query[K, V]) Root() *Query[K, V] { q.root = true; return q }

// Mended has an answer that is doubtful because of marks, and nothing else, made of the one before: few controls read
// marks, and whatever a tool writes changes them. The query must be a Root. It returns the query.
func (q *Query[K, V]) Mended(mend func(r *Reader, key K, was V) V) *Query[K, V] {
	q.mend = mend
	return q
}

// Eager makes the query one whose doubtful answers are computed before any other: what rests on an answer that stays
// the same is then never doubted. It is for answers that many others rest on and that seldom change with what they
// were computed from. It returns the query.
func (q *Query[K, V]) Eager() *Query[K, V] { q.eager = true; return q }

// Passing makes the query one whose answers are not kept, but for the last: they count as part of the answer that asks.
// It is for what is cheap to compute, or of use to one other answer only, and many in number. It returns the query.
func (q *Query[K, V]) Passing() *Query[K, V] { q.passing = true; return q }

type cell[K comparable, V any] struct {
	node
	query *Query[K, V]
	at    *slot[K]
	value V
}

func (c *cell[K, V]) name() string { return c.query.title }

func (c *cell[K, V]) refresh(r *Reader) bool {
	var value V
	// An answer that broke off while it was mended is not known any more: more than marks may have changed since.
	if c.touchup = c.touchup && c.query.mend != nil && c.known != 0; c.touchup {
		value = c.query.mend(r, c.at.key, c.value)
	} else {
		value = c.query.compute(r, c.at.key)
	}
	if c.known != 0 && c.query.equal(c.value, value) {
		return false
	}
	c.value = value
	return true
}

// table is what is at hand of one query: the last answer, and the last one that was only passing.
type table[K comparable, V any] struct {
	last *cell[K, V]
	passed[K, V]
}

// passed is an answer that is not kept, with what it was computed from.
type passed[K comparable, V any] struct {
	key   K
	value V
	epoch uint64 // of the reader; zero: nothing
	deps  []*node
}

func (q *Query[K, V]) table(r *Reader) *table[K, V] {
	for len(r.tables) <= q.index {
		r.tables = append(r.tables, nil)
	}
	t, ok := r.tables[q.index].(*table[K, V])
	if !ok {
		t = &table[K, V]{}
		r.tables[q.index] = t
	}
	return t
}

func (t *table[K, V]) forget() { t.last = nil }

// Get returns the answer, from memory where nothing changed that it was computed from.
func (q *Query[K, V]) Get(r *Reader, key K) V {
	if len(r.awaited) > 0 && len(r.frames) == 0 {
		r.hasten()
	}
	t := q.table(r)
	if q.passing {
		return q.pass(r, t, key)
	}
	c := t.last
	if c == nil || c.at.key != key {
		c = q.cell(r, key)
		t.last = c
	}
	if c.state != clean {
		r.settle(&c.node)
	}
	r.note(&c.node)
	value := c.value
	if len(r.frames) == 0 && r.tracked {
		if len(c.users) == 0 && !c.root && !c.lasting {
			r.asked = append(r.asked, &c.node)
		}
		r.tidy()
	}
	return value
}

// Kept returns the answer as it was when somebody asked last, and whether there is one. It may not be true any more.
func (q *Query[K, V]) Kept(r *Reader, key K) (v V, ok bool) {
	if s := slotsOf[K](r, q.kind).all[key]; s != nil {
		for _, n := range s.cells {
			if c, is := n.self.(*cell[K, V]); is && c.query == q && c.known != 0 {
				return c.value, true
			}
		}
	}
	return v, false
}

// cell returns where the answer is kept.
func (q *Query[K, V]) cell(r *Reader, key K) *cell[K, V] {
	s := slotsOf[K](r, q.kind).at(key)
	for _, n := range s.cells {
		if c, ok := n.self.(*cell[K, V]); ok && c.query == q {
			return c
		}
	}
	c := &cell[K, V]{query: q, at: s}
	c.self, c.root, c.eager, c.lasting = c, q.root, q.eager, q.shared
	c.shared = q.shared || r.tracked && r.wantedAgain(c)
	r.enter(&c.node)
	s.cells = append(s.cells, &c.node)
	return c
}

// pass computes an answer that is not kept, unless it is the last one and nothing has changed since.
func (q *Query[K, V]) pass(r *Reader, t *table[K, V], key K) V {
	if t.epoch == r.epoch && t.key == key && !slices.ContainsFunc(t.deps, func(n *node) bool { return n.state == gone }) {
		r.noteAll(t.deps)
		return t.value
	}
	depth := r.begin(nil)
	value := q.compute(r, key)
	deps := r.end(depth)
	t.key, t.value, t.epoch, t.deps = key, value, r.epoch, append(t.deps[:0], deps...)
	r.release(deps)
	r.noteAll(t.deps)
	return value
}

// Doubtful returns, and forgets, the keys of the query's answers that may be others now. The query must be a Root.
func (q *Query[K, V]) Doubtful(r *Reader) []K {
	r.hasten()
	var keys []K
	rest := r.pending[:0]
	for _, n := range r.pending {
		if c, ok := n.self.(*cell[K, V]); ok && c.query == q {
			keys = append(keys, c.at.key)
			continue
		}
		rest = append(rest, n)
	}
	clear(r.pending[len(rest):])
	r.pending = rest
	return keys
}

// Forget drops the answer for a key that nobody will ask for again.
func (q *Query[K, V]) Forget(r *Reader, key K) {
	s := slotsOf[K](r, q.kind)
	t := s.all[key]
	if t == nil {
		return
	}
	for _, n := range t.cells {
		if c, ok := n.self.(*cell[K, V]); ok && c.query == q && len(c.users) == 0 {
			r.unlink(n)
			r.leave(n)
			s.drop(key, n)
			q.table(r).last = nil
			return
		}
	}
}

// forget drops the answers that belong to a namespace, and those of which the subject does not say where they belong.
func (s *slots[K]) forget(namespace string) {
	s.last = nil
	switch key := any(namespace).(type) {
	case K:
		delete(s.all, key)
		return
	}
	if _, whole := any(*new(K)).(struct{}); !whole {
		clear(s.all)
	}
}

// Forget drops what was found out about a namespace, to give its memory back: a reader that goes from namespace to
// namespace once will not need it again. Answers about the whole snapshot stay. It must be a reader made by Once.
func (r *Reader) Forget(namespace string) {
	for _, s := range r.slots {
		if s, ok := s.(interface{ forget(string) }); ok {
			s.forget(namespace)
		}
	}
	for at := range r.traits {
		if at.namespace == namespace {
			delete(r.traits, at)
		}
	}
	for _, t := range r.tables {
		if t, ok := t.(interface{ forget() }); ok {
			t.forget()
		}
	}
}
