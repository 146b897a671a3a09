package table

import "slices"

// Sort orders the rows by a column. It does nothing and returns false for a column that does
// not exist or cannot be sorted by. An empty id sorts by key.
func (t *Table[K, R]) Sort(id string, desc bool) bool {
	if id != "" && t.sortable(id) == nil {
		return false
	}
	if id == t.sortBy && desc == t.desc {
		return true
	}
	t.sortBy, t.desc = id, desc
	t.resort()
	return true
}

// ToggleSort sorts by a column, in its own first direction, and turns round when it is sorted
// by that column already.
func (t *Table[K, R]) ToggleSort(id string) bool {
	c := t.sortable(id)
	if c == nil {
		return false
	}
	if id == t.sortBy {
		return t.Sort(id, !t.desc)
	}
	return t.Sort(id, c.DescFirst)
}

// SortedBy returns the sorted column's id, empty for the order of keys, and its direction.
func (t *Table[K, R]) SortedBy() (id string, desc bool) { return t.sortBy, t.desc }

func (t *Table[K, R]) sortable(id string) *Column[R] {
	for i := range t.columns {
		if c := &t.columns[i]; c.ID == id && c.Compare != nil {
			return c
		}
	}
	return nil
}

func (t *Table[K, R]) sortColumn() *Column[R] { return t.sortable(t.sortBy) }

// resort is the one full sort: when the order itself has changed.
func (t *Table[K, R]) resort() {
	t.order()
	slices.SortFunc(t.all.rows, t.compare)
	t.collect()
	t.follow(t.cursor.at)
}

// order takes the comparison of the sorted column.
func (t *Table[K, R]) order() {
	t.orders++
	t.compareRows = directed(t.sortColumn(), t.desc)
}

// compare is the order of the table: the sorted column, then the key, so that it is total.
func (t *Table[K, R]) compare(a, b *entry[K, R]) int {
	if c := t.compareRows(a.row, b.row); c != 0 {
		return c
	}
	return t.cfg.CompareKeys(a.key, b.key)
}
