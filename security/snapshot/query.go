package snapshot

import (
	"reflect"
	"sync/atomic"
)

var queries atomic.Int32

// Query derives answers from a snapshot. Make queries once, as package variables.
type Query[K comparable, V any] struct {
	title   string
	index   int
	compute func(*Reader, K) V
	equal   func(a, b V) bool
	root    bool
	eager   bool
}

// NewQuery returns a query. An answer that equals the one before lets what was computed from it stand; equal may be
// nil, which compares deeply. Two queries must not ask each other in a circle.
func NewQuery[K comparable, V any](title string, compute func(*Reader, K) V, equal func(a, b V) bool) *Query[K, V] {
	if equal == nil {
		equal = func(a, b V) bool { return reflect.DeepEqual(a, b) }
	}
	return &Query[K, V]{title: title, index: int(queries.Add(1)), compute: compute, equal: equal}
}

// Root makes the query one whose doubtful answers Reader.Doubtful names. It returns the query.
func (q *Query[K, V]) Root() *Query[K, V] { q.root = true; return q }

// Eager makes the query one whose doubtful answers are computed before any other: what rests on an answer that stays
// the same is then never doubted. It is for answers that many others rest on and that seldom change with what they
// were computed from. It returns the query.
func (q *Query[K, V]) Eager() *Query[K, V] { q.eager = true; return q }

type cell[K comparable, V any] struct {
	node
	query *Query[K, V]
	key   K
	value V
}

func (c *cell[K, V]) name() string { return c.query.title }

func (c *cell[K, V]) refresh(r *Reader) bool {
	value := c.query.compute(r, c.key)
	if c.known != 0 && c.query.equal(c.value, value) {
		return false
	}
	c.value = value
	return true
}

// table holds the answers of one query. One subject is asked about many times in a row: the last answer is at hand.
type table[K comparable, V any] struct {
	cells map[K]*cell[K, V]
	last  *cell[K, V]
}

// forget drops the answers that belong to a namespace, and those of which the key does not say where they belong.
func (t *table[K, V]) forget(namespace string) {
	t.last = nil
	switch key := any(namespace).(type) {
	case K:
		delete(t.cells, key)
		return
	}
	if _, whole := any(*new(K)).(struct{}); !whole {
		clear(t.cells)
	}
}

// Forget drops what was found out about a namespace, to give its memory back: a reader that goes from namespace to
// namespace once will not need it again. Answers about the whole snapshot stay. It must be a reader made by Once.
func (r *Reader) Forget(namespace string) {
	for _, t := range r.tables {
		if t, ok := t.(interface{ forget(string) }); ok {
			t.forget(namespace)
		}
	}
}

func (q *Query[K, V]) table(r *Reader) *table[K, V] {
	for len(r.tables) <= q.index {
		r.tables = append(r.tables, nil)
	}
	t, ok := r.tables[q.index].(*table[K, V])
	if !ok {
		t = &table[K, V]{cells: map[K]*cell[K, V]{}}
		r.tables[q.index] = t
	}
	return t
}

// Get returns the answer, from memory where nothing changed that it was computed from.
func (q *Query[K, V]) Get(r *Reader, key K) V {
	if len(r.awaited) > 0 && len(r.frames) == 0 {
		r.hasten()
	}
	t := q.table(r)
	c := t.last
	if c == nil || c.key != key {
		if c = t.cells[key]; c == nil {
			c = &cell[K, V]{query: q, key: key}
			c.self, c.root, c.eager = c, q.root, q.eager
			t.cells[key] = c
		}
		t.last = c
	}
	if c.state != clean {
		r.settle(&c.node)
	}
	r.note(&c.node)
	return c.value
}

// Doubtful returns, and forgets, the keys of the query's answers that may be others now. The query must be a Root.
func (q *Query[K, V]) Doubtful(r *Reader) []K {
	r.hasten()
	var keys []K
	rest := r.pending[:0]
	for _, n := range r.pending {
		if c, ok := n.self.(*cell[K, V]); ok && c.query == q {
			keys = append(keys, c.key)
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
	t := q.table(r)
	if c := t.cells[key]; c != nil && len(c.users) == 0 {
		c.unlink()
		delete(t.cells, key)
		t.last = nil
	}
}
