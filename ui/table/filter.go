package table

import (
	"context"
	"slices"
)

// SetFilter shows only the rows for which f is true; nil shows all. by is how the filter reads
// to the operator, for the message when nothing is left. Changed rows are asked again one by
// one, so f must depend on the row alone: when what else it reads changes, set it anew.
func (t *Table[K, R]) SetFilter(by string, f func(R) bool) {
	t.filterBy, t.filter = by, f
	t.filters++
	t.refilter(func(e *entry[K, R]) bool { return t.passes(e.row) })
}

// FilteredBy returns how the filter reads, and whether there is one.
func (t *Table[K, R]) FilteredBy() (by string, ok bool) { return t.filterBy, t.filter != nil }

// FilterJob computes a slow filter away from the event loop: PrepareFilter and ApplyFilter
// belong on the loop, Run anywhere. Rows that change in between are asked again by ApplyFilter.
type FilterJob[K, R comparable] struct {
	by      string
	filter  func(R) bool
	entries []*entry[K, R]
	rows    []R
	pass    []bool
	done    int
}

// PrepareFilter starts a job over the rows as they are now.
func (t *Table[K, R]) PrepareFilter(by string, f func(R) bool) *FilterJob[K, R] {
	j := &FilterJob[K, R]{
		by: by, filter: f,
		entries: slices.Clone(t.arrived),
		rows:    make([]R, len(t.arrived)),
		pass:    make([]bool, len(t.arrived)),
	}
	for i, e := range j.entries {
		j.rows[i] = e.row
	}
	return j
}

// filterChunk is how many rows a job asks between two looks at its context.
const filterChunk = 512

// Run asks the filter about every row. It stops early when ctx ends, and can be called again
// to go on.
func (j *FilterJob[K, R]) Run(ctx context.Context) error {
	for j.done < len(j.rows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for range min(filterChunk, len(j.rows)-j.done) {
			j.pass[j.done] = j.filter(j.rows[j.done])
			j.done++
		}
	}
	return nil
}

// ApplyFilter makes a job's filter the table's. Only what the job has not asked, or what has
// changed since, is asked now.
func (t *Table[K, R]) ApplyFilter(j *FilterJob[K, R]) {
	t.filterBy, t.filter = j.by, j.filter
	t.filters++
	t.syncs++
	for i, e := range j.entries[:j.done] {
		if e.row == j.rows[i] {
			e.seen, e.pass = t.syncs, j.pass[i]
		}
	}
	t.refilter(func(e *entry[K, R]) bool {
		if e.seen == t.syncs {
			return e.pass
		}
		return t.passes(e.row)
	})
}

// refilter asks for every row's verdict and collects the rows that pass. It asks in the order in
// which rows came, not in that of the table: at this size it is the walk through memory that
// costs. A cursor that is filtered out moves to the nearest row and comes back when its row
// does, unless it was moved in the meantime. The columns are measured anew, by what is left.
func (t *Table[K, R]) refilter(verdict func(*entry[K, R]) bool) {
	for _, e := range t.arrived {
		e.pass = verdict(e)
	}
	t.collect()
	t.measure.reset()
	at := t.cursor.at
	if at != nil && !at.pass {
		if !t.cursor.sticky && !t.cursor.wanting {
			t.cursor.want, t.cursor.wanting = at.key, true
		}
		at = nearest(t.all.rows, t.all.locate(at, t.compare), func(e *entry[K, R]) bool { return e.pass })
	}
	t.follow(at)
}

// collect gathers the passing rows anew, in the order of all rows.
func (t *Table[K, R]) collect() {
	clear(t.matching.rows)
	t.matching.rows = t.matching.rows[:0]
	if t.filter == nil {
		return
	}
	for _, e := range t.all.rows {
		if e.pass {
			t.matching.rows = append(t.matching.rows, e)
		}
	}
}
