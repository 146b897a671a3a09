package snapshot

import (
	"hash/maphash"
	"reflect"
	"sync"
)

// slot holds the answers of all queries about one subject: the subject is kept, and looked up, once.
type slot[K comparable] struct {
	key   K
	first *node    // of the answers, linked by next
	other *slot[K] // of a subject that has the same hash
}

// slots are the subjects of one type, by hash: a map of the subjects themselves would hold each twice.
type slots[K comparable] struct {
	all  map[uint64]*slot[K]
	last *slot[K]
	room row[slot[K]]
}

// at returns the slot of a subject. One subject is asked about many times in a row: the last one is at hand.
func (s *slots[K]) at(r *Reader, key K) *slot[K] {
	if s.last != nil && s.last.key == key {
		return s.last
	}
	h := maphash.Comparable(r.seed, key)
	t := s.all[h].of(key)
	if t == nil {
		t = s.room.next(r)
		t.key, t.other = key, s.all[h]
		s.all[h] = t
	}
	s.last = t
	return t
}

// find returns the slot of a subject, nil if there is none.
func (s *slots[K]) find(r *Reader, key K) *slot[K] {
	return s.all[maphash.Comparable(r.seed, key)].of(key)
}

// of returns the slot of a subject, out of those that have one hash.
func (t *slot[K]) of(key K) *slot[K] {
	for t != nil && t.key != key {
		t = t.other
	}
	return t
}

// row makes values that are kept as long as the reader: many at a time, which is less work for the collector. A reader
// that tracks forgets answers one by one, and makes them so.
type row[T any] struct {
	free []T
	made int
}

const longestRow = 32

func (w *row[T]) next(r *Reader) *T {
	if r.tracked {
		return new(T)
	}
	if len(w.free) == 0 {
		w.made = min(2*w.made+1, longestRow)
		w.free = make([]T, w.made)
	}
	v := &w.free[0]
	w.free = w.free[1:]
	return v
}

// subject is a slot, whatever the type of the subject.
type subject interface {
	drop(r *Reader, kind int, n *node)
	hash(r *Reader) uint64
}

func (t *slot[K]) hash(r *Reader) uint64 { return maphash.Comparable(r.seed, t.key) }

// answerOf returns the answer of a query, out of those about one subject; nil if none is kept.
func answerOf(n *node, q *query) *node {
	for ; n != nil; n = n.next {
		if of, _ := n.self.asks(); of == q {
			return n
		}
	}
	return nil
}

// drop forgets one answer, and the subject with its last one.
func (t *slot[K]) drop(r *Reader, kind int, n *node) {
	at := &t.first
	for *at != n {
		at = &(*at).next
	}
	if *at, n.next = n.next, nil; t.first == nil {
		slotsOf[K](r, kind).cut(t.hash(r), t)
	}
}

// cut takes a subject out of those that have one hash.
func (s *slots[K]) cut(h uint64, t *slot[K]) {
	s.last = nil
	first := s.all[h]
	at := &first
	for *at != t {
		at = &(*at).other
	}
	if *at = t.other; first != nil {
		s.all[h] = first
	} else {
		delete(s.all, h)
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
		s = &slots[K]{all: map[uint64]*slot[K]{}}
		r.slots[kind] = s
	}
	return s
}
