// Package pager shows long text: YAML, describe, help, errors.
//
// Only the lines on screen cost anything: lines are measured, wrapped and coloured when they are drawn. Rule: a
// Pager belongs to the program's loop, and View returns the same string until something changed.
package pager

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// maxLine bounds what is drawn of one line. Copying a line copies all of it.
const maxLine = 32 << 10

// separator stands in rows for a gap between filtered lines.
const separator = -1

// Span gives a part of a line, in bytes of the cleaned line, the style of a role.
type Span struct {
	Start, End int
	Role       themes.Role
}

// Pager is a window on lines of text.
type Pager struct {
	theme  themes.Theme
	width  int
	height int

	raw     []string // as given
	lines   []string // safe to draw where cleaned says so; line makes it so
	cleaned []bool
	rows    []int32 // the visible lines in order; nil is all of them
	note    string
	role    themes.Role
	paint   func(line int, text string) []Span
	painted map[int][]Span

	top     int // first visible row
	sub     int // and its wrapped part
	left    int // first visible cell when not wrapped
	wrap    bool
	pointer bool // a line under a cursor is drawn
	cursor  int  // row
	count   int  // typed number

	search search
	filter *finder
	around int
	folded map[int32]int32 // first line of a folded block → the line behind its end

	view  string
	valid bool
}

// New makes an empty pager with a cursor line.
func New(theme themes.Theme) *Pager {
	return &Pager{theme: theme, pointer: true}
}

// SetTheme changes the styles.
func (p *Pager) SetTheme(theme themes.Theme) {
	p.theme = theme
	p.changed()
}

// SetSize sets the size in cells that View fills exactly.
func (p *Pager) SetSize(width, height int) {
	if width == p.width && height == p.height {
		return
	}
	p.width, p.height = width, height
	p.clamp()
}

// SetPointer draws a cursor on one line, or scrolls without one.
func (p *Pager) SetPointer(on bool) {
	p.pointer = on
	p.clamp()
}

// SetNote is drawn in place of the text while there are no lines: loading, empty, denied, failed.
func (p *Pager) SetNote(role themes.Role, note string) {
	p.role, p.note = role, text.CleanMultiline(note)
	p.changed()
}

// SetSpans gives lines their colours. The function is asked once for a line, when the line is first drawn.
func (p *Pager) SetSpans(paint func(line int, text string) []Span) {
	p.paint, p.painted = paint, nil
	p.changed()
}

// SetText is SetLines of a text.
func (p *Pager) SetText(s string) {
	p.SetLines(strings.Split(strings.TrimSuffix(s, "\n"), "\n"))
}

// SetLines replaces the text and keeps position, search, filter and wrapping: new data of the same object does not
// move what is being read. The slice must not be changed afterwards.
func (p *Pager) SetLines(lines []string) {
	if len(lines) == 1 && lines[0] == "" {
		lines = nil
	}
	p.raw, p.lines, p.cleaned, p.painted = lines, slices.Clone(lines), make([]bool, len(lines)), nil
	p.folded = nil
	p.layout()
}

// Reset goes back to the first line and forgets search, filter and count: for a text that is another thing.
func (p *Pager) Reset() {
	p.top, p.sub, p.left, p.cursor, p.count = 0, 0, 0, 0, 0
	p.search, p.filter, p.folded = search{}, nil, nil
	p.layout()
}

// line is a line that is safe to draw. It is made so when it is first needed.
func (p *Pager) line(i int) string {
	if !p.cleaned[i] {
		p.lines[i], p.cleaned[i] = clean(p.lines[i]), true
	}
	return p.lines[i]
}

// clean makes one line of whatever it is given.
func clean(line string) string {
	s := text.CleanMultiline(line)
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	if len(s) > maxLine {
		cut := maxLine
		for cut > 0 && s[cut]&0xc0 == 0x80 {
			cut--
		}
		s = s[:cut] + "… " + text.Count(len(s)-cut) + " bytes more"
	}
	return s
}

// Lines returns how many lines the text has.
func (p *Pager) Lines() int { return len(p.lines) }

// Line returns the number, from 0, and the whole text of the line under the cursor, or of the first line on screen.
func (p *Pager) Line() (int, string) {
	row := p.cursor
	if !p.pointer {
		row = p.top
	}
	if row >= p.rowCount() {
		return 0, ""
	}
	line := p.lineOf(row)
	if line == separator {
		return 0, ""
	}
	return line, p.raw[line]
}

// Status says in a few words where the window is: "1–45 of 1,050 · match 3 of 17 · wrapped".
func (p *Pager) Status() string {
	n := p.rowCount()
	if n == 0 {
		return ""
	}
	parts := []string{text.Count(p.top+1) + "–" + text.Count(p.lastRow()+1) + " of " + text.Count(n)}
	if s := p.search.status(); s != "" {
		parts = append(parts, s)
	}
	if p.filter != nil {
		parts = append(parts, "& "+p.filter.text)
	}
	if p.wrap {
		parts = append(parts, "wrapped")
	} else if p.left > 0 {
		parts = append(parts, "column "+text.Count(p.left+1))
	}
	if p.count > 0 {
		parts = append(parts, strconv.Itoa(p.count))
	}
	return strings.Join(parts, " · ")
}

func (p *Pager) changed() { p.valid = false }

// rowCount is how many lines are visible, folded and filtered ones left out.
func (p *Pager) rowCount() int {
	if p.rows == nil {
		return len(p.lines)
	}
	return len(p.rows)
}

func (p *Pager) lineOf(row int) int {
	if p.rows == nil {
		return row
	}
	return int(p.rows[row])
}

// rowOf finds the row of a line, or the last one before it.
func (p *Pager) rowOf(line int) int {
	if p.rows == nil {
		return min(line, max(0, len(p.lines)-1))
	}
	best := 0
	for row, l := range p.rows {
		if l == separator {
			continue
		}
		if int(l) > line {
			break
		}
		best = row
	}
	return best
}

// lineNear is the line of a row, also of one that the text no longer has.
func (p *Pager) lineNear(row int) int {
	if p.rows == nil {
		return row
	}
	if row >= len(p.rows) {
		return 0
	}
	return max(0, int(p.rows[row]))
}

// layout computes the visible lines anew and keeps the cursor on its line.
func (p *Pager) layout() {
	line, offset := p.lineNear(p.cursor), p.cursor-p.top
	if !p.pointer {
		line, offset = p.lineNear(p.top), 0
	}
	p.rows = nil
	switch {
	case p.filter != nil:
		p.rows = p.filteredRows()
	case len(p.folded) > 0:
		p.rows = p.unfoldedRows()
	}
	p.search.run(p)
	p.cursor = p.rowOf(line)
	p.top, p.sub = p.cursor-offset, 0
	p.clamp()
}
