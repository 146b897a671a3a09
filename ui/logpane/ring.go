package logpane

import (
	"math/bits"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/fn9s/fn9s/ui/logpane/ink"
)

const (
	// chunkData and chunkLines are what a chunk holds at most: what leaves the ring at once.
	chunkData  = 256 << 10
	chunkLines = 4096
)

// bitset marks entries of a chunk.
type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

// set marks an entry, and reports whether it was not marked before.
func (b *bitset) set(i int) bool {
	for i>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	word, bit := &(*b)[i>>6], uint64(1)<<(i&63)
	fresh := *word&bit == 0
	*word |= bit
	return fresh
}

// after finds the first mark at or behind i; -1: there is none.
func (b bitset) after(i int) int {
	for w := i >> 6; w < len(b); w++ {
		word := b[w]
		if w == i>>6 {
			word &= ^uint64(0) << (i & 63)
		}
		if word != 0 {
			return w<<6 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// before finds the last mark at or before i; -1: there is none.
func (b bitset) before(i int) int {
	if i < 0 {
		return -1
	}
	for w := min(i>>6, len(b)-1); w >= 0; w-- {
		word := b[w]
		if w == i>>6 {
			word &= ^uint64(0) >> (63 - i&63)
		}
		if word != 0 {
			return w<<6 + 63 - bits.LeadingZeros64(word)
		}
	}
	return -1
}

// and is what both have.
func (b bitset) and(other bitset) bitset {
	both := make(bitset, min(len(b), len(other)))
	for i := range both {
		both[i] = b[i] & other[i]
	}
	return both
}

// count counts the marks before i.
func (b bitset) count(i int) int {
	n := 0
	for w := 0; w < len(b) && w<<6 < i; w++ {
		word := b[w]
		if rest := i - w<<6; rest < 64 {
			word &= 1<<rest - 1
		}
		n += bits.OnesCount64(word)
	}
	return n
}

// chunk is a part of the ring. What is written in it stays as it is: a scan away from the loop reads what was there when
// it began. The marks belong to the loop.
type chunk struct {
	first   int64 // number of its first entry
	data    []byte
	entries []entry

	found found // by the search
	kept  found // by filter, level and sources
	shown found // what was kept, with the lines around
}

// found is what is known of a chunk's entries, from the first on.
type found struct {
	marks bitset
	n     int // marks
	seen  int // entries that were looked at
}

func (f *found) mark(i int) bool {
	if f.marks.set(i) {
		f.n++
		return true
	}
	return false
}

func (c *chunk) bytes() int { return len(c.data) + entrySize*len(c.entries) }

func (c *chunk) end() int64 { return c.first + int64(len(c.entries)) }

func (c *chunk) text(i int) []byte {
	e := &c.entries[i]
	return c.data[e.off : e.off+e.size]
}

func (c *chunk) mark(i, n int) ink.Mark {
	e := &c.entries[i]
	return ink.MarkAt(c.data[e.off+e.size:e.end()], n)
}

// room is where lines lay that left.
type room struct {
	data    []byte
	entries []entry
}

// ring keeps the entries that fit into its limit. Numbers of entries only grow at its end and shrink at its beginning.
type ring struct {
	chunks []*chunk
	size   int
	limit  int
	free   []room // of chunks that left
	// readers counts who reads chunks away from the loop: their data must not be written over.
	readers *atomic.Int32
	gone    int // entries that left at the beginning
	cut     int // entries that left at the end
}

func (r *ring) empty() bool { return len(r.chunks) == 0 }

func (r *ring) first() int64 {
	if r.empty() {
		return 0
	}
	return r.chunks[0].first
}

// end is the number behind the last entry.
func (r *ring) end() int64 {
	if r.empty() {
		return 0
	}
	return r.chunks[len(r.chunks)-1].end()
}

func (r *ring) count() int { return int(r.end() - r.first()) }

// index finds the chunk of an entry.
func (r *ring) index(n int64) int {
	return sort.Search(len(r.chunks), func(i int) bool { return r.chunks[i].end() > n })
}

// at finds an entry that is in the ring.
func (r *ring) at(n int64) (*chunk, int) {
	c := r.chunks[r.index(n)]
	return c, int(n - c.first)
}

func (r *ring) newChunk(first int64) *chunk {
	c := &chunk{first: first}
	if n := len(r.free); n > 0 && r.readers.Load() == 0 {
		c.data, c.entries = r.free[n-1].data[:0], r.free[n-1].entries[:0]
		r.free[n-1] = room{}
		r.free = r.free[:n-1]
		return c
	}
	c.data = make([]byte, 0, chunkData)
	if n := len(r.chunks); n > 0 { // its lines are most often as long as those before
		c.entries = make([]entry, 0, min(len(r.chunks[n-1].entries)*9/8, chunkLines))
	}
	return c
}

// take appends as many entries of a block, from one on, as the chunk has room for, and returns how many.
func (c *chunk) take(b *Block, from int) int {
	base := b.entries[from].off
	n := from
	for n < len(b.entries) && len(c.entries)+n-from < chunkLines {
		if len(c.data)+int(b.entries[n].end()-base) > cap(c.data) {
			break
		}
		n++
	}
	if n == from {
		return 0
	}
	shift := uint32(len(c.data)) - base // wraps around below zero, and back in the sum
	c.data = append(c.data, b.data[base:b.entries[n-1].end()]...)
	for _, e := range b.entries[from:n] {
		e.off += shift
		c.entries = append(c.entries, e)
	}
	return n - from
}

// add appends a block, and drops what no longer fits at the beginning.
func (r *ring) add(b *Block) {
	for from := 0; from < len(b.entries); {
		if r.empty() {
			r.chunks = append(r.chunks, r.newChunk(0))
		}
		c := r.chunks[len(r.chunks)-1]
		before := c.bytes()
		n := c.take(b, from)
		if n == 0 {
			r.chunks = append(r.chunks, r.newChunk(c.end()))
			continue
		}
		r.size += c.bytes() - before
		from += n
	}
	drop := 0
	for r.size > r.limit && drop < len(r.chunks)-1 {
		r.gone += len(r.chunks[drop].entries)
		r.remove(r.chunks[drop])
		drop++
	}
	if drop > 0 {
		r.chunks = slices.Delete(r.chunks, 0, drop)
	}
}

// remove takes a chunk out of the sums, and keeps its room for the next.
func (r *ring) remove(c *chunk) {
	r.size -= c.bytes()
	if r.readers.Load() == 0 && len(r.free) < 4 {
		r.free = append(r.free, room{c.data, c.entries})
	}
}

// insert puts a block before the first entry, and drops what no longer fits at the end.
func (r *ring) insert(b *Block) {
	first := r.first() - int64(len(b.entries))
	var front []*chunk
	for from := 0; from < len(b.entries); {
		c := r.newChunk(first + int64(from))
		n := c.take(b, from)
		r.size += c.bytes()
		front = append(front, c)
		from += n
	}
	r.chunks = append(front, r.chunks...)
	for r.size > r.limit && len(r.chunks) > len(front)+1 {
		last := r.chunks[len(r.chunks)-1]
		r.cut += len(last.entries)
		r.remove(last)
		r.chunks = r.chunks[:len(r.chunks)-1]
	}
}
