package table

// HitKind says what a click hit.
type HitKind uint8

// What a click can hit.
const (
	HitNothing HitKind = iota
	HitHeader
	HitRow
)

// Click handles a click on a cell of the table, counted from its upper left corner: on a title
// it sorts, on a row it moves the cursor there.
func (t *Table[K, R]) Click(x, y int) HitKind {
	if x < 0 || y < 0 || x >= t.width || y >= t.height {
		return HitNothing
	}
	if t.hasHeader() {
		if y == 0 {
			return t.clickHeader(x)
		}
		y--
	}
	t.reveal()
	if at := t.cursor.offset + y; y < t.body() && at < len(t.rows()) {
		t.moveTo(at)
		t.cursor.sticky = false
		return HitRow
	}
	return HitNothing
}

func (t *Table[K, R]) clickHeader(x int) HitKind {
	if id, ok := t.TitleAt(x, 0); ok && t.ToggleSort(id) {
		return HitHeader
	}
	return HitNothing
}

// TitleAt returns the column whose title is at a cell of the table.
func (t *Table[K, R]) TitleAt(x, y int) (id string, ok bool) {
	if y != 0 || x < 0 || x >= t.width || !t.hasHeader() {
		return "", false
	}
	for _, p := range t.layout.places {
		if x >= p.x && x < p.x+p.width+gap {
			return t.column(p.slot).ID, true
		}
	}
	return "", false
}
