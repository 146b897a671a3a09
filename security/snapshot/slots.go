package snapshot

import (
	"hash/maphash"
	"reflect"
	"slices"
	"sync"
)

// slot holds the answers of all queries about one subject: the subject is kept, and looked up, once.
type slot[K comparable] struct {
	key   K
	cells []*node
}

// slots are the subjects of one type.
type slots[K comparable] struct {
	all  map[K]*slot[K]
	last *slot[K]
}

// at returns the slot of a subject. One subject is asked about many times in a row: the last one is at hand.
func (s *slots[K]) at(key K) *slot[K] {
	if s.last != nil && s.last.key == key {
		return s.last
	}
	t := s.all[key]
	if t == nil {
		t = &slot[K]{key: key}
		s.all[key] = t
	}
	s.last = t
	return t
}

// subject is a slot, whatever the type of the subject.
type subject interface {
	drop(r *Reader, kind int, n *node)
	hash(r *Reader) uint64
}

func (t *slot[K]) hash(r *Reader) uint64 { return maphash.Comparable(r.seed, t.key) }

// answer returns the answer of a query about the subject, nil if none is kept.
func (t *slot[K]) answer(q *query) *node { return answerOf(t.cells, q) }

func answerOf(cells []*node, q *query) *node {
	for _, n := range cells {
		if of, _ := n.self.asks(); of == q {
			return n
		}
	}
	return nil
}

// drop forgets one answer, and the subject with its last one.
func (t *slot[K]) drop(r *Reader, kind int, n *node) {
	i := slices.Index(t.cells, n)
	last := len(t.cells) - 1
	t.cells[i], t.cells[last] = t.cells[last], nil
	t.cells = t.cells[:last]
	if last == 0 {
		s := slotsOf[K](r, kind)
		delete(s.all, t.key)
		s.last = nil
	}
}

// kinds numbers the types of subjects.
var kinds = struct {
	sync.Mutex
	of map[reflect.Type]int
}{of: map[reflect.Type]int{}}

func kindOf(t reflect.Type) int {
	kinds.Lock()
	defer kinds.Unlock()
	n, ok := kinds.of[t]
	if !ok {
		n = len(kinds.of)
		kinds.of[t] = n
	}
	return n
}

// slotsOf returns the subjects of a query's type.
func slotsOf[K comparable](r *Reader, kind int) *slots[K] {
	for len(r.slots) <= kind {
		r.slots = append(r.slots, nil)
	}
	s, ok := r.slots[kind].(*slots[K])
	if !ok {
		s = &slots[K]{all: map[K]*slot[K]{}}
		r.slots[kind] = s
	}
	return s
}
