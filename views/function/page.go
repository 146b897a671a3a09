package function

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// line is one line of a pane. A line with a target can be selected.
type line struct {
	text   string // styled, and clean
	target screen.Target
}

// pane collects the lines of one half of the screen.
type pane struct {
	theme themes.Theme
	width int
	lines []line
}

// labelWidth is the width of the names of fields.
const labelWidth = 16

func (p *pane) heading(title, note string) {
	if len(p.lines) > 0 {
		p.lines = append(p.lines, line{})
	}
	s := p.theme.Render(themes.Panel, text.Clean(title))
	note = text.Clean(note)
	if note != "" {
		s += " " + p.theme.Render(themes.Muted, note)
	}
	p.lines = append(p.lines, line{text: s})
}

// field adds a name and its value, over several lines when it is long. Empty values are left out.
func (p *pane) field(name, value string, role themes.Role) {
	p.targetField(name, value, role, screen.Target{})
}

func (p *pane) targetField(name, value string, role themes.Role, target screen.Target) {
	value = text.Clean(value)
	if value == "" {
		return
	}
	label := p.theme.Render(themes.Label, text.Fit(name, labelWidth, text.Left))
	for _, part := range text.Wrap(value, max(p.width-labelWidth, 10)) {
		p.lines = append(p.lines, line{text: label + p.theme.Render(role, part), target: target})
		label, target = text.Spaces(labelWidth), screen.Target{}
	}
}

// cellText is one cell of a row of small tables.
type cellText struct {
	text  string
	width int // 0: the rest of the line
	role  themes.Role
}

// row adds a line of cells. The last cell wraps under itself when it has no width.
func (p *pane) row(target screen.Target, cells ...cellText) {
	var b strings.Builder
	used := 0
	for i, c := range cells {
		c.text = text.Clean(c.text)
		if c.width > 0 && i < len(cells)-1 {
			b.WriteString(p.theme.Render(c.role, text.Fit(c.text, c.width, text.Left)) + "  ")
			used += c.width + 2
			continue
		}
		for j, part := range text.Wrap(c.text, max(p.width-used, 10)) {
			if j > 0 {
				p.lines = append(p.lines, line{text: b.String(), target: target})
				b.Reset()
				b.WriteString(text.Spaces(used))
				target = screen.Target{}
			}
			b.WriteString(p.theme.Render(c.role, part))
		}
	}
	p.lines = append(p.lines, line{text: b.String(), target: target})
}

func (p *pane) note(role themes.Role, s string) {
	for _, part := range text.Wrap(text.Clean(s), max(p.width, 10)) {
		p.lines = append(p.lines, line{text: p.theme.Render(role, part)})
	}
}

// widest is the width that a column of small tables needs, up to a bound.
func widest(bound int, texts ...string) int {
	w := 0
	for _, s := range texts {
		w = max(w, text.Width(text.Clean(s)))
	}
	return min(w, bound)
}
