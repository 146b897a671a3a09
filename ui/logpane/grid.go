package logpane

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/logpane/ink"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	levelWidth = 5
	// A column takes what most of its values need, at most that much.
	maxColumn, maxColumns = 28, 8
	minMessage            = 24
	// sampled are the lines that columns are chosen by.
	sampled = 400
)

// grid shows fields as columns: level, message, what most lines have, then the rest.
type grid struct {
	message int
	columns []gridColumn
}

type gridColumn struct {
	key   string
	width int
}

// ToggleFields shows fields as columns, or lines as they are. It reports whether there are fields.
func (p *Pane) ToggleFields() bool {
	defer p.settle()
	p.wraps = wraps{}
	if p.grid != nil {
		p.grid = nil
		return true
	}
	p.grid = p.choose()
	return p.grid != nil
}

// Fields reports whether fields are shown as columns.
func (p *Pane) Fields() bool { return p.grid != nil }

// choose makes columns of what the lines around the window have.
func (p *Pane) choose() *grid {
	type seen struct{ lines, place, width int }
	keys := map[string]*seen{}
	structured, message := 0, 0
	var scratch []record.Field
	n, _ := p.up(p.top, sampled/2)
	at := n.n
	for range sampled {
		if c, i, in := p.entry(at); in && !c.entries[i].isNotice() {
			line := c.text(i)
			scratch = record.Fields(scratch[:0], line, c.entries[i].shape())
			for place, f := range scratch {
				switch record.MeaningOf(f.KeyIn(line)) {
				case record.MessageField:
					message = max(message, f.ValueEnd-f.Value)
				case record.Other:
					k := keys[string(f.KeyIn(line))]
					if k == nil {
						k = &seen{}
						keys[string(f.KeyIn(line))] = k
					}
					k.lines++
					k.place += place
					k.width = max(k.width, f.ValueEnd-f.Value)
				}
			}
			if len(scratch) > 0 {
				structured++
			}
		}
		below, more := p.next(at)
		if !more {
			break
		}
		at = below
	}
	if structured == 0 {
		return nil
	}
	g := &grid{message: min(max(message, minMessage), max(minMessage, p.textWidth()*2/5))}
	for key, k := range keys {
		if k.lines*5 >= structured*2 && k.lines > 1 {
			g.columns = append(g.columns, gridColumn{key, min(max(k.width, text.Width(text.Clean(key))), maxColumn)})
		}
	}
	slices.SortFunc(g.columns, func(a, b gridColumn) int {
		x, y := keys[a.key], keys[b.key]
		if d := x.place*y.lines - y.place*x.lines; d != 0 {
			return d
		}
		return strings.Compare(a.key, b.key)
	})
	g.columns = g.columns[:min(len(g.columns), maxColumns)]
	return g
}

// entry finds an entry that is in the ring.
func (p *Pane) entry(n int64) (c *chunk, i int, ok bool) {
	if n < p.ring.first() || n >= p.ring.end() {
		return nil, 0, false
	}
	c, i = p.ring.at(n)
	return c, i, true
}

// drawTitles draws the names of the columns.
func (p *Pane) drawTitles(b *strings.Builder) {
	line := cells{}
	line.add("LEVEL", levelWidth, themes.Style{})
	line.add("MESSAGE", p.grid.message, themes.Style{})
	for _, c := range p.grid.columns {
		line.add(strings.ToUpper(c.key), c.width, themes.Style{})
	}
	w := p.textWidth()
	left := 0
	if !p.wrap {
		left = p.left
	}
	titles := text.Fit(text.Cut(string(line.text), left, left+w), w, text.Left)
	b.WriteString(text.Spaces(p.width - w))
	b.WriteString(p.theme.Render(themes.ColumnHeader, titles))
	b.WriteByte('\n')
}

// cells is a line in the making.
type cells struct {
	text  []byte
	spans []span
}

// add appends a field of so many cells, or of as many as it takes, and a gap.
func (c *cells) add(s string, width int, style themes.Style) {
	start := len(c.text)
	if width < 0 {
		c.text = append(c.text, s...)
	} else {
		c.text = text.AppendFit(c.text, s, width, text.Left)
	}
	if !style.Plain() {
		c.spans = append(c.spans, span{start, len(c.text), style})
	}
	c.text = append(c.text, "  "...)
}

// body is an entry as its fields in columns. It is not ok for one that has none.
func (g *grid) body(p *Pane, e *entry, line []byte) (body, bool) {
	var scratch [32]record.Field
	fields := record.Fields(scratch[:0], line, e.shape())
	if len(fields) == 0 {
		return body{}, false
	}
	c := cells{text: make([]byte, 0, len(line)+64)}
	level := ""
	if e.level != record.Unknown {
		level = strings.ToUpper(e.level.String())
	}
	c.add(level, levelWidth, p.theme.Style(levelRoles[e.level]))
	taken := make([]bool, len(fields))
	find := func(fits func(record.Field) bool) (string, themes.Role) {
		for i, f := range fields {
			if !taken[i] && fits(f) {
				taken[i] = true
				return text.Clean(unescaped(f.ValueIn(line))), p.valueRole(f, record.MeaningOf(f.KeyIn(line)), e.level)
			}
		}
		return "", themes.Text
	}
	s, _ := find(func(f record.Field) bool { return record.MeaningOf(f.KeyIn(line)) == record.MessageField })
	c.add(s, g.message, p.theme.Style(bodyRole(e.level)))
	for _, column := range g.columns {
		s, role := find(func(f record.Field) bool { return string(f.KeyIn(line)) == column.key })
		c.add(s, column.width, p.theme.Style(role))
	}
	for i, f := range fields {
		if m := record.MeaningOf(f.KeyIn(line)); taken[i] || m == record.LevelField || m == record.TimeField {
			continue
		}
		start := len(c.text)
		c.text = append(append(c.text, f.KeyIn(line)...), '=')
		c.spans = append(c.spans, span{start, len(c.text), p.theme.Style(themes.SyntaxKey)})
		c.add(text.Clean(unescaped(f.ValueIn(line))), -1, p.theme.Style(p.valueRole(f, record.Other, e.level)))
	}
	trimmed := len(c.text)
	for trimmed > 0 && c.text[trimmed-1] == ' ' {
		trimmed--
	}
	for len(c.spans) > 0 && c.spans[len(c.spans)-1].start >= trimmed {
		c.spans = c.spans[:len(c.spans)-1]
	}
	if n := len(c.spans); n > 0 {
		c.spans[n-1].end = min(c.spans[n-1].end, trimmed)
	}
	b := body{text: c.text[:trimmed], spans: c.spans}
	if b.spans == nil {
		b.spans = []span{}
	}
	b.ascii = ink.IsASCII(b.text)
	return b, true
}
