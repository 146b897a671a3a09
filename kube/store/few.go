package store

// few are the values of one key, in no order. Most keys have one: it takes no memory of its own, and the collector has
// nothing to look at.
type few[T comparable] struct {
	one  T
	more []T
}

// put adds a value to those of a key.
func put[K, T comparable](m map[K]few[T], key K, v T) {
	f := m[key]
	var none T
	if f.one == none {
		f.one = v
	} else {
		f.more = append(f.more, v)
	}
	m[key] = f
}

// take removes a value from those of a key, if it is among them.
func take[K, T comparable](m map[K]few[T], key K, v T) {
	f, ok := m[key]
	if !ok {
		return
	}
	last := len(f.more) - 1
	if f.one != v {
		at := last
		for at >= 0 && f.more[at] != v {
			at--
		}
		if at < 0 {
			return
		}
		f.more[at] = f.more[last]
	} else if last < 0 {
		delete(m, key)
		return
	} else {
		f.one = f.more[last]
	}
	var none T
	f.more[last] = none
	if f.more = f.more[:last]; last == 0 {
		f.more = nil
	}
	m[key] = f
}

// each calls for every value until it is told to stop.
func (f few[T]) each(yield func(T) bool) {
	var none T
	if f.one == none || !yield(f.one) {
		return
	}
	for _, v := range f.more {
		if !yield(v) {
			return
		}
	}
}

func (f few[T]) len() int {
	var none T
	if f.one == none {
		return 0
	}
	return 1 + len(f.more)
}
