package store

import (
	"hash/maphash"

	"github.com/fn9s/fn9s/security/model"
)

// entry is one object. Its pointer stays while the object is there. What the object answers is found out again when it
// goes: kept, it would take more memory than the object's name.
type entry struct {
	object model.Object
	next   *entry   // with the same hash
	place  [2]int32 // in the lists of its kind: of its namespace, of everywhere
}

// objects are the entries by the hash of their references, which the objects themselves hold.
type objects struct {
	seed maphash.Seed
	all  map[uint64]*entry
}

func newObjects(seed maphash.Seed) objects { return objects{seed: seed, all: map[uint64]*entry{}} }

func (o *objects) get(ref model.Ref) *entry {
	for e := o.all[maphash.Comparable(o.seed, ref)]; e != nil; e = e.next {
		if e.object.Head().Ref == ref {
			return e
		}
	}
	return nil
}

// add puts in an entry whose object is set, and is not there yet.
func (o *objects) add(e *entry) {
	h := maphash.Comparable(o.seed, e.object.Head().Ref)
	e.next = o.all[h]
	o.all[h] = e
}

func (o *objects) remove(gone *entry) {
	h := maphash.Comparable(o.seed, gone.object.Head().Ref)
	first := o.all[h]
	switch {
	case first == gone && gone.next == nil:
		delete(o.all, h)
	case first == gone:
		o.all[h] = gone.next
	default:
		for e := first; e != nil; e = e.next {
			if e.next == gone {
				e.next = gone.next
			}
		}
	}
}
