package store

import "slices"

// few are the values of one key, in no order. Most keys have one: it takes no memory of its own, and the collector has
// nothing to look at.
type few[T comparable] struct {
	one  T
	more *[]T // a pointer, because it is nil nearly always
}

// put adds a value to those of a key.
func put[K, T comparable](m map[K]few[T], key K, v T) {
	f := m[key]
	var none T
	if f.one == none {
		f.one = v
	} else if f.more == nil {
		f.more = &[]T{v}
	} else {
		*f.more = append(*f.more, v)
		return
	}
	m[key] = f
}

// take removes a value from those of a key, if it is among them.
func take[K, T comparable](m map[K]few[T], key K, v T) {
	f, ok := m[key]
	if !ok {
		return
	}
	if f.more == nil {
		if f.one == v {
			delete(m, key)
		}
		return
	}
	rest := *f.more
	last := len(rest) - 1
	if f.one == v {
		f.one = rest[last]
	} else if at := slices.Index(rest, v); at >= 0 {
		rest[at] = rest[last]
	} else {
		return
	}
	var none T
	rest[last] = none
	if *f.more = rest[:last]; last == 0 {
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
	if f.more == nil {
		return
	}
	for _, v := range *f.more {
		if !yield(v) {
			return
		}
	}
}

func (f few[T]) len() int {
	var none T
	switch {
	case f.one == none:
		return 0
	case f.more == nil:
		return 1
	}
	return 1 + len(*f.more)
}
