package table

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	cursorGlyph = "▌"
	markGlyph   = "*"
)

// drawn is what has been computed of a row: its cells, cleaned and measured, and its line.
type drawn struct {
	cells   []drawnCell
	columns uint64
	era     uint64
	now     int64
	role    themes.Role

	line    string
	key     lineKey
	current bool
}

type drawnCell struct {
	text, badge     string
	textW, badgeW   int
	role, badgeRole themes.Role
}

func (c *drawnCell) width() int {
	if c.badge == "" {
		return c.textW
	}
	return c.textW + 1 + c.badgeW
}

// lineKey is all that a row's line depends on besides its cells.
type lineKey struct {
	layout              uint64
	cursor, marked, dim bool
}

// frame is the last View and what it was made of.
type frame[K, R comparable] struct {
	lines, last  []string
	text         string
	held         []*entry[K, R] // rows with something drawn
	buf          []byte
	header       string
	headerKey    headerKey
	matchVersion uint64
}

type headerKey struct {
	layout              uint64
	sortBy              string
	desc                bool
	moreLeft, moreRight bool
}

// View draws the table: exactly height lines of exactly width cells. It returns the string of
// the last call when nothing visible has changed. Every line is checked against what it shows,
// so nobody has to announce a change.
func (t *Table[K, R]) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	t.trim()
	t.reveal()
	t.sample()
	rows := t.rows()
	window := rows[min(t.cursor.offset, len(rows)):min(t.cursor.offset+t.body(), len(rows))]
	for _, e := range window {
		t.prepare(e)
	}
	t.arrange()
	f := &t.frame
	f.lines = f.lines[:0]
	if t.hasHeader() {
		f.lines = append(f.lines, t.drawHeader())
	}
	for _, e := range window {
		f.lines = append(f.lines, t.drawRow(e))
	}
	body := t.height
	if t.hasMessage() {
		body--
	}
	if len(window) == 0 {
		f.lines = t.drawPlacard(f.lines, body-len(f.lines))
	}
	for len(f.lines) < body {
		f.lines = append(f.lines, text.Spaces(t.width))
	}
	if t.hasMessage() {
		f.lines = append(f.lines, t.indented(t.msgRole, t.message, 1))
	}
	if f.text == "" || !slices.Equal(f.lines, f.last) {
		f.text = strings.Join(f.lines, "\n")
	}
	f.lines, f.last = f.last, f.lines
	return f.text
}

// hasHeader: a single line is better spent on the row under the cursor.
func (t *Table[K, R]) hasHeader() bool { return t.height > 1 }

// prepare computes the cells of a row unless they are known, and lets them widen the columns.
func (t *Table[K, R]) prepare(e *entry[K, R]) {
	d := e.drawn
	if d == nil {
		d = &drawn{}
		e.drawn = d
		t.frame.held = append(t.frame.held, e)
	}
	if d.columns != t.measure.columns {
		d.columns = t.measure.columns
		d.cells = make([]drawnCell, len(t.measure.active))
		for slot := range d.cells {
			d.cells[slot] = t.cell(slot, e.row)
		}
		d.role = themes.Text
		if t.cfg.RowRole != nil {
			d.role = t.cfg.RowRole(e.row)
		}
		d.now, d.era, d.current = t.now.UnixNano(), 0, false
	}
	if now := t.now.UnixNano(); d.now != now {
		d.now = now
		for _, slot := range t.measure.ages {
			if c := t.cell(slot, e.row); c != d.cells[slot] {
				d.cells[slot] = c
				d.era, d.current = 0, false
			}
		}
	}
	t.measure.see(d)
}

// trim forgets what is drawn of all rows once far more are held than a window shows.
func (t *Table[K, R]) trim() {
	f := &t.frame
	if len(f.held) < 8*t.height+4*sampleSize {
		return
	}
	for _, e := range f.held {
		e.drawn = nil
	}
	clear(f.held)
	f.held = f.held[:0]
}

func (t *Table[K, R]) cell(slot int, row R) drawnCell {
	c := t.column(slot).Cell(row, t.now)
	d := drawnCell{text: text.Clean(c.Text), badge: text.Clean(c.Badge), role: c.Role, badgeRole: c.BadgeRole}
	d.textW, d.badgeW = text.Width(d.text), text.Width(d.badge)
	return d
}

// drawRow returns a row's line, drawn again only if something it shows has changed.
func (t *Table[K, R]) drawRow(e *entry[K, R]) string {
	d := e.drawn
	key := lineKey{t.layout.version, e == t.cursor.at, e.marked, t.dim}
	if d.current && d.key == key {
		return d.line
	}
	p := painter{theme: t.theme, buf: t.frame.buf[:0], match: t.match}
	switch {
	case key.cursor && key.marked:
		p.open(themes.CursorMarked)
	case key.cursor:
		p.open(themes.Cursor)
	case key.dim:
		p.open(themes.Stale)
	}
	p.gutter(key.cursor, key.marked, t.width)
	for _, pl := range t.layout.places {
		p.space(pl.x)
		role := d.role
		if key.marked && t.column(pl.slot).Frozen {
			role = themes.Mark
		}
		p.cell(&d.cells[pl.slot], pl.width, t.column(pl.slot).Align, role)
	}
	p.space(t.width)
	p.close()
	t.frame.buf = p.buf
	d.line, d.key, d.current = string(p.buf), key, true
	return d.line
}

// drawHeader returns the line of titles, with the arrow of the sorted column behind its title
// and signs at the edges when there are columns beyond them.
func (t *Table[K, R]) drawHeader() string {
	f := &t.frame
	key := headerKey{t.layout.version, t.sortBy, t.desc, t.layout.moreLeft, t.layout.moreRight}
	if f.header != "" && f.headerKey == key {
		return f.header
	}
	p := painter{theme: t.theme, buf: f.buf[:0]}
	if t.layout.moreLeft {
		p.styled(themes.Muted, "‹", 1)
	}
	for _, pl := range t.layout.places {
		p.space(pl.x)
		c := t.column(pl.slot)
		role := themes.ColumnHeader
		arrow := ""
		if c.ID == t.sortBy {
			role = themes.ColumnSorted
			arrow = "↑"
			if t.desc {
				arrow = "↓"
			}
		}
		title := text.Clean(c.Title)
		w := min(text.Width(title), pl.width)
		if c.Align == text.Right {
			p.space(pl.x + pl.width - w)
		}
		p.styled(role, text.Fit(title, w, text.Left)+arrow, w+text.Width(arrow))
	}
	p.space(t.width - tail)
	if t.layout.moreRight && p.x < t.width {
		p.styled(themes.Muted, "›", 1)
	}
	p.space(t.width)
	f.buf = p.buf
	f.header, f.headerKey = string(p.buf), key
	return f.header
}
