package table

import "slices"

// index is a list of entries kept in order by moving blocks instead of sorting again.
type index[K, R comparable] struct {
	rows []*entry[K, R]
}

type order[K, R comparable] func(a, b *entry[K, R]) int

// locate returns where e is, or -1. A comparator that contradicts itself costs a scan, never a
// wrong row.
func (x *index[K, R]) locate(e *entry[K, R], cmp order[K, R]) int {
	i, found := slices.BinarySearchFunc(x.rows, e, cmp)
	if found && x.rows[i] == e {
		return i
	}
	return slices.Index(x.rows, e)
}

// remove takes out the rows at these places, which must be ascending and distinct.
func (x *index[K, R]) remove(at []int) {
	if len(at) == 0 {
		return
	}
	w := at[0]
	for i, p := range at {
		end := len(x.rows)
		if i+1 < len(at) {
			end = at[i+1]
		}
		w += copy(x.rows[w:], x.rows[p+1:end])
	}
	clear(x.rows[w:])
	x.rows = x.rows[:w]
}

// insert merges entries that are in order already.
func (x *index[K, R]) insert(in []*entry[K, R], cmp order[K, R]) {
	if len(in) == 0 {
		return
	}
	at := make([]int, len(in))
	from := 0
	for i, e := range in {
		n, _ := slices.BinarySearchFunc(x.rows[from:], e, cmp)
		from += n
		at[i] = from
	}
	end := len(x.rows)
	x.rows = slices.Grow(x.rows, len(in))[:end+len(in)]
	for i := len(in) - 1; i >= 0; i-- {
		copy(x.rows[at[i]+i+1:], x.rows[at[i]:end])
		x.rows[at[i]+i] = in[i]
		end = at[i]
	}
}
