package snapshot

import (
	"hash/maphash"
	"reflect"
	"slices"
	"sync/atomic"
)

var queries atomic.Int32

// Query derives answers from a snapshot. Make queries once, as package variables.
type Query[K comparable, V any] struct {
	query
	compute func(*Reader, K) V
	equal   func(a, b V) bool
	mend    func(r *Reader, key K, was V) V
}

// query is what is the same for all types of subjects and answers. There are more than a hundred pairs of types, and the
// compiler makes code for each: whatever need not know them is a function of this.
type query struct {
	title   string
	index   int
	kind    int // of the subjects
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
	return &Query[K, V]{query: newQuery(title, reflect.TypeFor[K]()), compute: compute, equal: equal}
}

func newQuery(title string, of reflect.Type) query {
	return query{
		title: title, index: int(queries.Add(1)), kind: kindOf(of), shared: of.Kind() == reflect.String || of.Size() == 0,
	}
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

func (c *cell[K, V]) asks() (*query, subject) { return &c.query.query, c.at }

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

// recent is what is at hand of one query: the last answer, and the last one that was only passing.
type recent struct {
	last   *node
	room   any // *row of cells
	passed any // *passed
	epoch  uint64
	deps   []*node // of what passed
}

// passed is an answer that is not kept.
type passed[K comparable, V any] struct {
	key   K
	value V
}

func (q *query) recent(r *Reader) *recent {
	for len(r.recent) <= q.index {
		r.recent = append(r.recent, nil)
	}
	t := r.recent[q.index]
	if t == nil {
		t = &recent{}
		r.recent[q.index] = t
	}
	return t
}

// stands reports whether nothing has changed since an answer passed.
func (t *recent) stands(r *Reader) bool {
	return t.epoch == r.epoch && !slices.ContainsFunc(t.deps, func(n *node) bool { return n.state == gone })
}

// pass closes the frame of an answer that is not kept: what was read counts as read by who asks for it.
func (t *recent) pass(r *Reader, depth int) {
	deps := r.end(depth)
	t.epoch, t.deps = r.epoch, append(t.deps[:0], deps...)
	r.release(deps)
	r.noteAll(t.deps)
}

// Get returns the answer, from memory where nothing changed that it was computed from.
func (q *Query[K, V]) Get(r *Reader, key K) V {
	if len(r.awaited) > 0 && len(r.frames) == 0 {
		r.hasten()
	}
	t := q.recent(r)
	if q.passing {
		return q.pass(r, t, key)
	}
	var c *cell[K, V]
	if t.last != nil {
		c, _ = t.last.self.(*cell[K, V])
	}
	if c == nil || c.at.key != key {
		c = q.cell(r, t, key)
		t.last = &c.node
	}
	if c.state != clean {
		r.settle(&c.node)
	}
	value := c.value
	r.answered(&c.node)
	return value
}

// answered takes note that somebody was given an answer.
func (r *Reader) answered(n *node) {
	r.note(n)
	if len(r.frames) == 0 && r.tracked {
		if len(n.users) == 0 && !n.root && !n.lasting {
			r.asked = append(r.asked, n)
		}
		r.tidy()
	}
}

// Kept returns the answer as it was when somebody asked last, and whether there is one. It may not be true any more.
func (q *Query[K, V]) Kept(r *Reader, key K) (v V, ok bool) {
	if s := slotsOf[K](r, q.kind).find(r, key); s != nil {
		if n := answerOf(s.first, &q.query); n != nil && n.known != 0 {
			return n.self.(*cell[K, V]).value, true
		}
	}
	return v, false
}

// cell returns where the answer is kept.
func (q *Query[K, V]) cell(r *Reader, t *recent, key K) *cell[K, V] {
	s := slotsOf[K](r, q.kind).at(r, key)
	if n := answerOf(s.first, &q.query); n != nil {
		return n.self.(*cell[K, V])
	}
	room, ok := t.room.(*row[cell[K, V]])
	if !ok {
		room = &row[cell[K, V]]{}
		t.room = room
	}
	c := room.next(r)
	c.self, c.query, c.at = c, q, s
	r.keep(&c.node)
	c.next, s.first = s.first, &c.node
	return c
}

// keep makes a node of an answer that was never computed.
func (r *Reader) keep(n *node) {
	q, about := n.self.asks()
	n.root, n.eager, n.lasting = q.root, q.eager, q.shared
	n.shared = q.shared || r.tracked && r.wantedAgain(q, about)
	r.enter(n)
}

// pass computes an answer that is not kept, unless it is the last one and nothing has changed since.
func (q *Query[K, V]) pass(r *Reader, t *recent, key K) V {
	if p, ok := t.passed.(*passed[K, V]); ok && p.key == key && t.stands(r) {
		r.noteAll(t.deps)
		return p.value
	}
	depth := r.begin(nil)
	value := q.compute(r, key)
	p, ok := t.passed.(*passed[K, V]) // which an answer below may have made
	if !ok {
		p = &passed[K, V]{}
		t.passed = p
	}
	p.key, p.value = key, value
	t.pass(r, depth)
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
	if s := slotsOf[K](r, q.kind).find(r, key); s != nil {
		if n := answerOf(s.first, &q.query); n != nil && len(n.users) == 0 {
			r.forget(n)
		}
	}
}

// forget drops the answers that belong to a namespace, and those of which the subject does not say where they belong.
func (s *slots[K]) forget(r *Reader, namespace string) {
	s.last = nil
	if key, is := any(namespace).(K); is {
		delete(s.all, maphash.Comparable(r.seed, key))
		return
	}
	if _, whole := any(*new(K)).(struct{}); !whole {
		clear(s.all)
		s.room = row[slot[K]]{}
	}
}

// Forget drops what was found out about a namespace, to give its memory back: a reader that goes from namespace to
// namespace once will not need it again. Answers about the whole snapshot stay. It must be a reader made by Once.
func (r *Reader) Forget(namespace string) {
	for _, s := range r.slots {
		if s, ok := s.(interface{ forget(*Reader, string) }); ok {
			s.forget(r, namespace)
		}
	}
	for at := range r.traits {
		if at.namespace == namespace {
			delete(r.traits, at)
		}
	}
	for _, t := range r.recent {
		if t != nil {
			t.last, t.room = nil, nil
		}
	}
}
