package table

import "slices"

// ToggleMark marks the row under the cursor or takes its mark away. The cursor then belongs to
// that row, even at the top.
func (t *Table[K, R]) ToggleMark() {
	e := t.cursor.at
	if e == nil {
		return
	}
	t.setMark(e, !e.marked)
	t.anchor = e
	t.cursor.sticky = false
}

// MarkRange marks all visible rows between the last toggled one and the cursor.
func (t *Table[K, R]) MarkRange() {
	if t.cursor.at == nil {
		return
	}
	from := t.cursor.index
	if t.anchor != nil && (t.filter == nil || t.anchor.pass) {
		from = max(t.shown().locate(t.anchor, t.compare), 0)
	}
	for _, e := range t.rows()[min(from, t.cursor.index) : max(from, t.cursor.index)+1] {
		t.setMark(e, true)
	}
	t.anchor = t.cursor.at
	t.cursor.sticky = false
}

// InvertMarks marks the visible rows that are not marked and unmarks the others. Rows that the
// filter hides keep what they have.
func (t *Table[K, R]) InvertMarks() {
	for _, e := range t.rows() {
		t.setMark(e, !e.marked)
	}
}

// ClearMarks takes all marks away, hidden ones too.
func (t *Table[K, R]) ClearMarks() {
	for _, e := range t.marks {
		e.marked = false
	}
	clear(t.marks)
	t.anchor = nil
}

// SetMarks marks exactly these keys, as far as their rows are there: "retry failed".
func (t *Table[K, R]) SetMarks(keys []K) {
	t.ClearMarks()
	for _, k := range keys {
		if e, ok := t.byKey[k]; ok {
			t.setMark(e, true)
		}
	}
}

// MarkedCount returns how many rows are marked, and how many of them the filter hides.
func (t *Table[K, R]) MarkedCount() (marked, hidden int) {
	if t.filter != nil {
		for _, e := range t.marks {
			if !e.pass {
				hidden++
			}
		}
	}
	return len(t.marks), hidden
}

// Marked returns the marked rows, hidden ones too, in the order of the table.
func (t *Table[K, R]) Marked() []R {
	entries := make([]*entry[K, R], 0, len(t.marks))
	for _, e := range t.marks {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, t.compare)
	rows := make([]R, len(entries))
	for i, e := range entries {
		rows[i] = e.row
	}
	return rows
}

// IsMarked says whether the row with a key is marked.
func (t *Table[K, R]) IsMarked(key K) bool { _, ok := t.marks[key]; return ok }

func (t *Table[K, R]) setMark(e *entry[K, R], marked bool) {
	e.marked = marked
	if marked {
		t.marks[e.key] = e
	} else {
		delete(t.marks, e.key)
	}
}
