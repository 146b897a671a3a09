package table

import "slices"

// batch collects what one Apply does to the two indexes.
type batch[K, R comparable] struct {
	outAll, outMatching []int
	inAll, inMatching   []*entry[K, R]
	moved               []*entry[K, R]
}

// Apply brings in new and changed rows and takes out deleted ones. Deletes come first, so a key
// in both is a row made anew. Of several rows with one key the last counts. The cost grows with
// the number of changes; only a first load sorts.
func (t *Table[K, R]) Apply(upserts []R, deletes []K) {
	if touched := t.stage(upserts, deletes); len(touched) > 0 {
		t.commit(touched)
	}
}

// Sync makes the table hold exactly these rows, touching only those that differ from what it
// holds: for a source that hands over whole boards of immutable rows.
func (t *Table[K, R]) Sync(rows []R) {
	t.syncs++
	touched := t.stage(rows, nil)
	for _, e := range t.arrived {
		if e.seen == t.syncs {
			continue
		}
		e.staged, e.gone = true, true
		touched = append(touched, e)
	}
	if len(touched) > 0 {
		t.commit(touched)
	}
}

// Replace takes a whole new set of rows and measures the columns anew. Marks and cursor stay
// with the keys that are still there.
func (t *Table[K, R]) Replace(rows []R) {
	t.Sync(rows)
	t.measure.reset()
}

// stage notes on the entries what is to become of them. Rows that are the same as before are
// not staged.
func (t *Table[K, R]) stage(upserts []R, deletes []K) []*entry[K, R] {
	var touched []*entry[K, R]
	for _, key := range deletes {
		if e, ok := t.byKey[key]; ok && !e.staged {
			e.staged, e.gone = true, true
			e.next = e.row
			touched = append(touched, e)
		}
	}
	if len(t.byKey) == 0 {
		t.byKey = make(map[K]*entry[K, R], len(upserts))
		touched = make([]*entry[K, R], 0, len(upserts))
	}
	for _, r := range upserts {
		key := t.cfg.Key(r)
		e, ok := t.byKey[key]
		if !ok {
			e = &entry[K, R]{key: key, fresh: true, slot: len(t.arrived)}
			t.byKey[key] = e
			t.arrived = append(t.arrived, e)
		}
		e.seen = t.syncs
		if !e.staged && !e.fresh && e.row == r {
			continue
		}
		if !e.staged {
			e.staged = true
			touched = append(touched, e)
		}
		e.next, e.gone = r, false
	}
	return touched
}

// commit carries out what was staged. Places are looked up while the old rows are still there.
func (t *Table[K, R]) commit(touched []*entry[K, R]) {
	var b batch[K, R]
	t.edits++
	for _, e := range touched {
		t.decide(e, &b)
	}
	heir := t.heir()
	slices.Sort(b.outAll)
	slices.Sort(b.outMatching)
	for _, e := range b.moved {
		e.row = e.next
	}
	t.all.remove(b.outAll)
	slices.SortFunc(b.inAll, t.compare)
	t.all.insert(b.inAll, t.compare)
	if t.filter != nil {
		t.matching.remove(b.outMatching)
		slices.SortFunc(b.inMatching, t.compare)
		t.matching.insert(b.inMatching, t.compare)
	}
	var none R
	for _, e := range touched {
		e.next = none
		e.staged, e.fresh, e.gone, e.leaving = false, false, false, false
	}
	t.follow(heir)
}

// decide sorts one staged entry into the batch.
func (t *Table[K, R]) decide(e *entry[K, R], b *batch[K, R]) {
	was := e.pass && !e.fresh
	pass := !e.gone && t.passes(e.next)
	e.leaving = was && !pass
	e.drawn = nil
	switch {
	case e.gone:
		t.forget(e)
		b.outAll = append(b.outAll, t.all.locate(e, t.compare))
		if was {
			b.leave(t, e)
		}
		return
	case e.fresh:
		e.row = e.next
		b.inAll = append(b.inAll, e)
		if pass {
			b.inMatching = append(b.inMatching, e)
		}
	case t.compareRows(e.row, e.next) != 0:
		b.moved = append(b.moved, e)
		b.outAll = append(b.outAll, t.all.locate(e, t.compare))
		b.inAll = append(b.inAll, e)
		if was {
			b.leave(t, e)
		}
		if pass {
			b.inMatching = append(b.inMatching, e)
		}
	default:
		if was && !pass {
			b.leave(t, e)
		}
		if pass && !was {
			b.inMatching = append(b.inMatching, e)
		}
		e.row = e.next
	}
	e.pass = pass
}

func (b *batch[K, R]) leave(t *Table[K, R], e *entry[K, R]) {
	if t.filter != nil {
		b.outMatching = append(b.outMatching, t.matching.locate(e, t.compare))
	}
}

// forget drops what is kept by key of a row that is deleted.
func (t *Table[K, R]) forget(e *entry[K, R]) {
	final := t.arrived[len(t.arrived)-1]
	t.arrived[e.slot], final.slot = final, e.slot
	t.arrived[len(t.arrived)-1] = nil
	t.arrived = t.arrived[:len(t.arrived)-1]
	delete(t.byKey, e.key)
	delete(t.marks, e.key)
	e.marked = false
	if t.anchor == e {
		t.anchor = nil
	}
	if t.cursor.wanting && t.cursor.want == e.key {
		t.cursor.wanting = false
	}
}
