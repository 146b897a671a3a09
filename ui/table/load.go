package table

import "slices"

// LoadJob prepares a whole set of rows away from the event loop: PrepareLoad and ApplyLoad belong on the loop, Run
// anywhere. At a hundred thousand rows it is the sort and the map that cost.
type LoadJob[K, R comparable] struct {
	key      func(R) K
	by       ordering[K, R]
	filter   func(R) bool
	filters  uint64
	byKey    map[K]*entry[K, R]
	all      []*entry[K, R]
	matching []*entry[K, R]
	arrived  []*entry[K, R]
}

// ordering is what the rows are in order by: the sorted column, then the key.
type ordering[K, R comparable] struct {
	rows func(a, b R) int
	keys func(a, b K) int
	seq  uint64
}

func (o ordering[K, R]) compare(a, b *entry[K, R]) int {
	if c := o.rows(a.row, b.row); c != 0 {
		return c
	}
	return o.keys(a.key, b.key)
}

// PrepareLoad starts a job that replaces all rows. Key, compare and filter functions are called by Run.
func (t *Table[K, R]) PrepareLoad() *LoadJob[K, R] {
	return &LoadJob[K, R]{key: t.cfg.Key, by: ordering[K, R]{t.compareRows, t.cfg.CompareKeys, t.orders},
		filter: t.filter, filters: t.filters}
}

// Run puts the rows in order. Of several rows with one key the last counts.
func (j *LoadJob[K, R]) Run(rows []R) {
	block := make([]entry[K, R], len(rows))
	j.byKey = make(map[K]*entry[K, R], len(rows))
	j.arrived = make([]*entry[K, R], 0, len(rows))
	for _, r := range rows {
		key := j.key(r)
		e, ok := j.byKey[key]
		if !ok {
			e = &block[len(j.arrived)]
			e.key, e.slot = key, len(j.arrived)
			j.byKey[key] = e
			j.arrived = append(j.arrived, e)
		}
		e.row = r
	}
	j.all = slices.Clone(j.arrived)
	slices.SortFunc(j.all, j.by.compare)
	for _, e := range j.all {
		e.pass = j.filter == nil || j.filter(e.row)
		if e.pass && j.filter != nil {
			j.matching = append(j.matching, e)
		}
	}
}

// ApplyLoad makes the job's rows the table's. Cursor and marks stay with their keys. What was brought in since the job
// was prepared is lost: the caller holds changes back until then.
func (t *Table[K, R]) ApplyLoad(j *LoadJob[K, R]) {
	t.edits++
	was, marks, anchor := t.cursor, t.marks, t.anchor
	t.byKey, t.arrived, t.all.rows, t.matching.rows = j.byKey, j.arrived, j.all, j.matching
	t.marks, t.anchor = map[K]*entry[K, R]{}, nil
	for k := range marks {
		if e := t.byKey[k]; e != nil {
			t.setMark(e, true)
		}
	}
	if anchor != nil {
		t.anchor = t.byKey[anchor.key]
	}
	if j.by.seq != t.orders {
		slices.SortFunc(t.all.rows, t.compare)
	}
	if j.filters != t.filters {
		for _, e := range t.arrived {
			e.pass = t.passes(e.row)
		}
	}
	if j.by.seq != t.orders || j.filters != t.filters {
		t.collect()
	}
	var at *entry[K, R]
	if was.at != nil {
		at = t.byKey[was.at.key]
	}
	if rows := t.rows(); len(rows) > 0 && (at == nil || t.filter != nil && !at.pass) {
		at = rows[clamp(was.index, 0, len(rows)-1)]
	}
	t.follow(at)
	t.measure.reset()
}

// SortJob puts the rows into another order away from the event loop: PrepareSort and ApplySort belong on the loop, Run
// anywhere.
type SortJob[K, R comparable] struct {
	id      string
	desc    bool
	by      ordering[K, R]
	edits   uint64
	entries []sortedEntry[K, R]
	done    []*entry[K, R]
}

// sortedEntry holds the row as it was when the job was prepared.
type sortedEntry[K, R comparable] struct {
	e   *entry[K, R]
	key K
	row R
}

// PrepareSort starts a job that orders the rows by a column, as ToggleSort would; nil when that cannot be sorted by.
func (t *Table[K, R]) PrepareSort(id string, desc bool) *SortJob[K, R] {
	c := t.sortable(id)
	if c == nil {
		return nil
	}
	j := &SortJob[K, R]{id: id, desc: desc, by: ordering[K, R]{directed(c, desc), t.cfg.CompareKeys, 0}, edits: t.edits,
		entries: make([]sortedEntry[K, R], len(t.arrived))}
	for i, e := range t.arrived {
		j.entries[i] = sortedEntry[K, R]{e, e.key, e.row}
	}
	return j
}

// Run sorts.
func (j *SortJob[K, R]) Run() {
	slices.SortFunc(j.entries, func(a, b sortedEntry[K, R]) int {
		if c := j.by.rows(a.row, b.row); c != 0 {
			return c
		}
		return j.by.keys(a.key, b.key)
	})
	j.done = make([]*entry[K, R], len(j.entries))
	for i := range j.entries {
		j.done[i] = j.entries[i].e
	}
}

// ApplySort makes the job's order the table's. Only what came or changed since the job was prepared is sorted in now.
func (t *Table[K, R]) ApplySort(j *SortJob[K, R]) {
	t.sortBy, t.desc = j.id, j.desc
	t.order()
	t.all.rows = j.done
	if j.edits != t.edits {
		t.mend(j)
	}
	t.collect()
	t.follow(t.cursor.at)
}

// mend takes out of the job's order what is another row by now, and sorts in what is new.
func (t *Table[K, R]) mend(j *SortJob[K, R]) {
	t.syncs += 2
	there, placed := t.syncs-1, t.syncs
	for _, e := range t.arrived {
		e.seen = there
	}
	t.all.rows = j.done[:0]
	for i := range j.entries {
		if s := &j.entries[i]; s.e.seen == there && s.e.row == s.row {
			s.e.seen = placed
			t.all.rows = append(t.all.rows, s.e)
		}
	}
	clear(j.done[len(t.all.rows):])
	var rest []*entry[K, R]
	for _, e := range t.arrived {
		if e.seen == there {
			rest = append(rest, e)
		}
	}
	slices.SortFunc(rest, t.compare)
	t.all.insert(rest, t.compare)
}

// directed is how a column compares.
func directed[R any](c *Column[R], desc bool) func(a, b R) int {
	if c == nil {
		return func(R, R) int { return 0 }
	}
	if desc {
		return func(a, b R) int { return c.Compare(b, a) }
	}
	return c.Compare
}
