package plan

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
)

// labelWidth is the width of the names of fields.
const labelWidth = 14

// sheet collects the lines of the pager, with their styles.
type sheet struct {
	width int
	lines []string
	spans [][]pager.Span
}

func (s *sheet) add(line string, spans ...pager.Span) {
	s.lines = append(s.lines, line)
	s.spans = append(s.spans, spans)
}

// gap adds an empty line, except at the top.
func (s *sheet) gap() {
	if len(s.lines) > 0 {
		s.add("")
	}
}

// line adds a line of one style, as it is.
func (s *sheet) line(role themes.Role, line string) {
	line = text.Clean(line)
	s.add(line, pager.Span{End: len(line), Role: role})
}

// heading begins a part.
func (s *sheet) heading(title string) {
	s.gap()
	s.line(themes.Panel, title)
}

// note adds a text over as many lines as it needs.
func (s *sheet) note(role themes.Role, note string) { s.under(0, role, note) }

func (s *sheet) under(indent int, role themes.Role, note string) {
	if note == "" {
		return
	}
	for _, part := range text.Wrap(text.Clean(note), max(s.width-indent, 10)) {
		part = strings.TrimRight(part, " ")
		s.add(text.Spaces(indent)+part, pager.Span{Start: indent, End: indent + len(part), Role: role})
	}
}

// field adds a name and a value, over several lines when it is long. Empty values are left out; a name that is the same
// as the one before is not repeated.
func (s *sheet) field(name, value string, role themes.Role) {
	if value = text.Clean(value); value == "" {
		return
	}
	label := text.Fit(name, labelWidth, text.Left)
	for i, part := range text.Wrap(value, max(s.width-labelWidth, 10)) {
		part = strings.TrimRight(part, " ")
		if i > 0 {
			label = text.Spaces(labelWidth)
		}
		s.add(label+part, pager.Span{End: len(label), Role: themes.Label}, pager.Span{Start: len(label), End: len(label) + len(part), Role: role})
	}
}

// fields adds a name, and values below each other.
func (s *sheet) fields(name string, values []string, role themes.Role) {
	for _, v := range values {
		s.field(name, v, role)
		name = ""
	}
}

// columns adds cells of those widths; the last one takes the rest.
func (s *sheet) columns(cells ...column) {
	var b strings.Builder
	var spans []pager.Span
	used := 0
	for i, c := range cells {
		c.text = text.Clean(c.text)
		w := c.width
		if i == len(cells)-1 {
			w = max(s.width-used, 1)
		}
		part := text.Fit(c.text, w, text.Left)
		if i == len(cells)-1 {
			part = strings.TrimRight(part, " ")
		}
		spans = append(spans, pager.Span{Start: b.Len(), End: b.Len() + len(part), Role: c.role})
		b.WriteString(part)
		if i < len(cells)-1 {
			b.WriteString("  ")
		}
		used += w + 2
	}
	s.add(b.String(), spans...)
}

// column is one cell of a small table.
type column struct {
	text  string
	width int
	role  themes.Role
}

// plain is the sheet as text.
func (s *sheet) plain() string {
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	return b.String()
}

// most joins the first of the texts.
func most(all []string, n int) string {
	if len(all) <= n {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:n], ", ") + " and " + text.Count(len(all)-n) + " more"
}

// count says `1 step`, `7 steps`.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}
