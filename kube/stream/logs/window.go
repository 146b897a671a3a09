package logs

import "hash/maphash"

// windowSize is how many lines of a container are remembered, to know them again when they are sent again.
const windowSize = 512

var seed = maphash.MakeSeed()

// print is what is remembered of a line.
type print struct {
	at  int64
	sum uint64
}

func printOf(at int64, text []byte) print { return print{at, maphash.Bytes(seed, text)} }

// window remembers the last lines that were taken from a container.
type window struct {
	ring  [windowSize]print
	next  int
	count int
	// evicted is how many lines of the time of the oldest remembered one are not remembered any more.
	evicted int
	last    int64 // the latest time of all
}

func (w *window) add(p print) {
	if w.count == windowSize {
		out := w.ring[w.next]
		if after := w.ring[(w.next+1)%windowSize]; out.at != after.at {
			w.evicted = 0
		} else {
			w.evicted++
		}
	} else {
		w.count++
	}
	w.ring[w.next] = p
	w.next = (w.next + 1) % windowSize
	w.last = max(w.last, p.at)
}

// replay tells lines that were taken before from new ones, while a log is read again from some time on.
type replay struct {
	known   map[print]int
	left    int   // how many of them did not come yet
	floor   int64 // the time of the oldest remembered line
	atFloor int   // how many lines of that time are old, known or not, where they cannot be told apart
	last    int64
	matched bool
	first   int64 // time of the first line that came; zero: none did
}

// replay begins such a reading. It is nil when nothing was taken yet.
func (w *window) replay() *replay {
	if w.count == 0 {
		return nil
	}
	r := &replay{known: make(map[print]int, w.count), left: w.count, last: w.last}
	r.floor = w.ring[(w.next-w.count+windowSize)%windowSize].at
	for i := range w.count {
		p := w.ring[(w.next-w.count+i+windowSize)%windowSize]
		r.known[p]++
		r.floor = min(r.floor, p.at)
	}
	if w.evicted > 0 {
		for p, n := range r.known {
			if p.at == r.floor {
				r.atFloor += n
				r.left -= n
				delete(r.known, p)
			}
		}
		r.atFloor += w.evicted
	}
	return r
}

// old reports whether the line was taken before.
func (r *replay) old(p print) bool {
	if r.first == 0 {
		r.first = p.at
	}
	switch {
	case p.at < r.floor:
		return true
	case p.at == r.floor && r.atFloor > 0:
		r.atFloor--
		r.matched = true
		return true
	case p.at > r.last:
		return false
	}
	if n := r.known[p]; n > 0 {
		r.known[p] = n - 1
		r.left--
		r.matched = true
		return true
	}
	// Lines of the oldest time that come before all known ones were before the first that was asked for.
	return p.at == r.floor && !r.matched
}

// over reports whether nothing old can come any more: the line is well behind the last one.
func (r *replay) over(p print) bool { return r.left == 0 && r.atFloor == 0 || p.at > r.last+5e9 }

// gap reports whether lines may lie between the last one that was taken and the first that came now.
func (r *replay) gap() bool { return !r.matched && r.first > r.last }
