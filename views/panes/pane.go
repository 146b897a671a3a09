// Package panes draws screens that are no tables: headings, fields and rows in one column or two, with a cursor that
// goes from one thing that can be opened to the next.
//
// Its one rule: it draws only what is in sight, and nothing when nothing changed. All text is cleaned here.
package panes

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Spot is what a line stands for: an object, with the field in it, and what opening the line shows; without a place
// it is the object.
type Spot struct {
	Target screen.Target
	Path   string
	Place  screen.Place
}

// On is the spot of an object.
func On(t screen.Target) Spot { return Spot{Target: t} }

// IsZero reports whether there is nothing to go to.
func (s Spot) IsZero() bool { return s.Target.IsZero() && s.Place == (screen.Place{}) }

// Line is one line of a pane. A line with a spot can be selected.
type Line struct {
	Text string // styled, and clean
	Spot Spot
}

// Pane collects the lines of one column.
type Pane struct {
	Theme themes.Theme
	Width int
	Lines []Line
}

// labelWidth is the width of the names of fields.
const labelWidth = 16

// Gap adds an empty line, except at the top.
func (p *Pane) Gap() {
	if len(p.Lines) > 0 {
		p.Lines = append(p.Lines, Line{})
	}
}

// Heading begins a section.
func (p *Pane) Heading(title, note string) {
	p.Gap()
	s := p.Theme.Render(themes.Panel, text.Clean(title))
	if note = text.Clean(note); note != "" {
		s += " " + p.Theme.Render(themes.Muted, note)
	}
	p.Lines = append(p.Lines, Line{Text: s})
}

// Field adds a name and its value, over several lines when it is long. Empty values are left out.
func (p *Pane) Field(name, value string, role themes.Role) { p.SpotField(name, value, role, Spot{}) }

// SpotField is Field that can be selected.
func (p *Pane) SpotField(name, value string, role themes.Role, spot Spot) {
	if value = text.Clean(value); value == "" {
		return
	}
	label := p.Theme.Render(themes.Label, text.Fit(name, labelWidth, text.Left))
	for _, part := range text.Wrap(value, max(p.Width-labelWidth, 10)) {
		p.Lines = append(p.Lines, Line{Text: label + p.Theme.Render(role, part), Spot: spot})
		label, spot = text.Spaces(labelWidth), Spot{}
	}
}

// Under adds one line below the value of a field.
func (p *Pane) Under(value string, role themes.Role, spot Spot) {
	p.Row(spot, Cell{Width: labelWidth - gapWidth}, Cell{Text: value, Role: role, Lines: 1})
}

// gapWidth stands between two cells.
const gapWidth = 2

// Cell is one cell of a row of small tables.
type Cell struct {
	Text  string
	Width int // 0: the rest of the line
	Role  themes.Role
	Lines int // the most lines that a last cell takes; 0: as many as it needs
}

// Row adds a line of cells. The last cell wraps under itself.
func (p *Pane) Row(spot Spot, cells ...Cell) {
	var b strings.Builder
	used := 0
	for i, c := range cells {
		c.Text = text.Clean(c.Text)
		if c.Width > 0 && i < len(cells)-1 {
			b.WriteString(p.Theme.Render(c.Role, text.Fit(c.Text, c.Width, text.Left)) + text.Spaces(gapWidth))
			used += c.Width + gapWidth
			continue
		}
		for j, part := range wrap(c.Text, max(p.Width-used, 10), c.Lines) {
			if j > 0 {
				p.Lines = append(p.Lines, Line{Text: b.String(), Spot: spot})
				b.Reset()
				b.WriteString(text.Spaces(used))
				spot = Spot{}
			}
			b.WriteString(p.Theme.Render(c.Role, part))
		}
	}
	p.Lines = append(p.Lines, Line{Text: b.String(), Spot: spot})
}

// Note adds a text.
func (p *Pane) Note(role themes.Role, s string) { p.Row(Spot{}, Cell{Text: s, Role: role}) }

// wrap breaks a text into lines. What does not fit into the most lines is cut, and the last one says so.
func wrap(s string, width, most int) []string {
	if most == 1 {
		return []string{strings.TrimRight(text.Fit(s, width, text.Left), " ")}
	}
	if most > 0 && len(s) > 4*width*(most+1) { // no rune is longer than four bytes
		s = text.Cut(s, 0, width*(most+1))
	}
	lines := text.Wrap(s, width)
	if most <= 0 || len(lines) <= most {
		return lines
	}
	rest := strings.ReplaceAll(strings.Join(lines[most-1:], " "), "- ", "-") // lines break behind a hyphen, too
	return append(lines[:most-1], strings.TrimRight(text.Fit(rest, width, text.Left), " "))
}

// Widest is the width that a column of small tables needs, up to a bound.
func Widest(bound int, texts ...string) int {
	w := 0
	for _, s := range texts {
		w = max(w, text.Width(text.Clean(s)))
	}
	return min(w, bound)
}
