package secrets

import (
	"hash/maphash"
	"sync/atomic"
)

// pair is an annotation, or the value of a label.
type pair struct {
	label       bool
	name, value string
}

// pairs remembers some in which nothing was seen: frameworks and controllers write the same ones on every object, and an
// object is looked through whenever it changes. It keeps hashes, not texts, and forgets a pair when another takes its place.
type pairs struct {
	seed maphash.Seed
	at   [1 << 12]atomic.Uint64
}

var harmless = pairs{seed: maphash.MakeSeed()}

// longest is how long a value may be that is remembered.
const longest = 256

func (p *pairs) has(of pair) bool {
	if len(of.value) > longest {
		return false
	}
	h := maphash.Comparable(p.seed, of)
	return h != 0 && p.at[h%uint64(len(p.at))].Load() == h
}

func (p *pairs) add(of pair) {
	if len(of.value) <= longest {
		h := maphash.Comparable(p.seed, of)
		p.at[h%uint64(len(p.at))].Store(h)
	}
}
