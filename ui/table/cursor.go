package table

// cursor is the row the operator is on. It follows its row's key; only while sticky, at the top,
// does it stay on the first line whatever row that is.
type cursor[K, R comparable] struct {
	at     *entry[K, R]
	index  int
	offset int // index of the first row in the window
	sticky bool

	// want is a key to go to as soon as it is there.
	want    K
	wanting bool
}

// Selected returns the row under the cursor.
func (t *Table[K, R]) Selected() (row R, ok bool) {
	if t.cursor.at == nil {
		return row, false
	}
	return t.cursor.at.row, true
}

// SelectedKey returns the key under the cursor.
func (t *Table[K, R]) SelectedKey() (key K, ok bool) {
	if t.cursor.at == nil {
		return key, false
	}
	return t.cursor.at.key, true
}

// Cursor returns the index of the row under the cursor among the visible rows, or -1.
func (t *Table[K, R]) Cursor() int {
	if t.cursor.at == nil {
		return -1
	}
	return t.cursor.index
}

// Select puts the cursor on a key. When that row is not there or filtered out, it is remembered
// and selected as soon as it appears, unless the cursor is moved before; the result is then false.
func (t *Table[K, R]) Select(key K) bool {
	t.cursor.want, t.cursor.wanting = key, true
	t.follow(t.cursor.at)
	return !t.cursor.wanting
}

// MoveDown moves the cursor n rows down, MoveUp n rows up.
func (t *Table[K, R]) MoveDown(n int) { t.moveTo(t.cursor.index + n) }

// MoveUp moves the cursor n rows up.
func (t *Table[K, R]) MoveUp(n int) { t.moveTo(t.cursor.index - n) }

// PageDown moves by a window, HalfPageDown by half of one.
func (t *Table[K, R]) PageDown() { t.scrollAndMove(t.page()) }

// PageUp moves a window up.
func (t *Table[K, R]) PageUp() { t.scrollAndMove(-t.page()) }

// HalfPageDown moves half a window down.
func (t *Table[K, R]) HalfPageDown() { t.scrollAndMove(max(t.body()/2, 1)) }

// HalfPageUp moves half a window up.
func (t *Table[K, R]) HalfPageUp() { t.scrollAndMove(-max(t.body()/2, 1)) }

// Top moves to the first row and stays at the top until the cursor is moved.
func (t *Table[K, R]) Top() { t.moveTo(0) }

// Bottom moves to the last row.
func (t *Table[K, R]) Bottom() { t.moveTo(len(t.rows()) - 1) }

// Wheel scrolls the window by n rows, down if positive. The cursor stays on its row as long as
// that is visible.
func (t *Table[K, R]) Wheel(n int) {
	rows := len(t.rows())
	if rows == 0 {
		return
	}
	t.reveal()
	t.cursor.offset = clamp(t.cursor.offset+n, 0, max(rows-t.body(), 0))
	first, last := t.within()
	if at := clamp(t.cursor.index, first, last); at != t.cursor.index {
		t.moveTo(at)
	} else if t.cursor.offset > 0 {
		t.cursor.sticky = false
	}
}

func (t *Table[K, R]) page() int { return max(t.body()-1, 1) }

// scrollAndMove moves window and cursor together, so that the cursor keeps its line.
func (t *Table[K, R]) scrollAndMove(n int) {
	t.reveal()
	t.cursor.offset = clamp(t.cursor.offset+n, 0, max(len(t.rows())-t.body(), 0))
	t.moveTo(t.cursor.index + n)
}

// moveTo is every move the operator makes.
func (t *Table[K, R]) moveTo(index int) {
	rows := t.rows()
	if len(rows) == 0 {
		return
	}
	t.cursor.index = clamp(index, 0, len(rows)-1)
	t.cursor.at = rows[t.cursor.index]
	t.cursor.sticky = t.cursor.index == 0
	t.cursor.wanting = false
}

// follow puts the cursor on target after the rows have changed, on the same line of the screen
// where that is possible. A wanted row comes before the target, the top before both.
func (t *Table[K, R]) follow(target *entry[K, R]) {
	c := &t.cursor
	rows := t.rows()
	if len(rows) == 0 {
		c.at, c.index, c.offset, c.sticky = nil, 0, 0, true
		return
	}
	if c.wanting {
		if e, ok := t.byKey[c.want]; ok && (t.filter == nil || e.pass) {
			target, c.wanting, c.sticky = e, false, false
		}
	}
	if c.sticky || target == nil {
		c.at, c.index, c.offset = rows[0], 0, 0
		return
	}
	index := max(t.shown().locate(target, t.compare), 0)
	if c.offset > 0 || index > t.body()-1-t.margin() {
		c.offset = max(c.offset+index-c.index, 0)
	}
	c.at, c.index = rows[index], index
}

// heir returns the row that gets the cursor when this batch is done: its own, or when that
// leaves, the next one that stays, else the one before.
func (t *Table[K, R]) heir() *entry[K, R] {
	if t.cursor.at == nil || !t.cursor.at.leaving {
		return t.cursor.at
	}
	return nearest(t.rows(), t.cursor.index, func(e *entry[K, R]) bool { return !e.leaving })
}

// nearest returns the first row at or after index that stays, else the last one before it.
func nearest[K, R comparable](rows []*entry[K, R], index int, stays func(*entry[K, R]) bool) *entry[K, R] {
	index = max(index, 0)
	for _, e := range rows[min(index, len(rows)):] {
		if stays(e) {
			return e
		}
	}
	for i := min(index, len(rows)) - 1; i >= 0; i-- {
		if stays(rows[i]) {
			return rows[i]
		}
	}
	return nil
}

func (t *Table[K, R]) shown() *index[K, R] {
	if t.filter == nil {
		return &t.all
	}
	return &t.matching
}

// body is how many lines the window has for rows.
func (t *Table[K, R]) body() int {
	n := t.height
	if t.hasHeader() {
		n--
	}
	if t.hasMessage() {
		n--
	}
	return max(n, 0)
}

func (t *Table[K, R]) margin() int { return max(min(t.cfg.ScrollOff, (t.body()-1)/2), 0) }

// within returns the first and last index that the cursor may have with the window where it is.
func (t *Table[K, R]) within() (first, last int) {
	rows, body := len(t.rows()), t.body()
	first, last = t.cursor.offset, t.cursor.offset+max(body-1, 0)
	if first > 0 {
		first += t.margin()
	}
	if last < rows-1 {
		last -= t.margin()
	}
	return first, max(min(last, rows-1), first)
}

// reveal moves the window as little as it takes to show the cursor with its margin.
func (t *Table[K, R]) reveal() {
	rows, body, margin := len(t.rows()), t.body(), t.margin()
	c := &t.cursor
	c.offset = clamp(c.offset, c.index-body+1+margin, c.index-margin)
	c.offset = clamp(c.offset, 0, max(rows-body, 0))
}

// clamp returns v held between lo and hi; lo wins when they cross.
func clamp(v, lo, hi int) int { return max(min(v, hi), lo) }
