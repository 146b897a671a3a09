package snapshot

import (
	"reflect"
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

// drop forgets one answer, and the subject with its last one.
func (s *slots[K]) drop(key K, n *node) {
	t := s.all[key]
	for i, c := range t.cells {
		if c == n {
			t.cells[i] = t.cells[len(t.cells)-1]
			t.cells[len(t.cells)-1] = nil
			t.cells = t.cells[:len(t.cells)-1]
			break
		}
	}
	if len(t.cells) == 0 {
		delete(s.all, key)
		s.last = nil
	}
}

// kinds numbers the types of subjects.
var kinds = struct {
	sync.Mutex
	of map[reflect.Type]int
}{of: map[reflect.Type]int{}}

func kindOf[K comparable]() int {
	kinds.Lock()
	defer kinds.Unlock()
	t := reflect.TypeFor[K]()
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
