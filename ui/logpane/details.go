package logpane

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/logpane/ink"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	// maxDetails bounds the lines that are made of one, maxKey the cells of a name.
	maxDetails = 2000
	maxKey     = 24
)

// details are what an entry is made of, drawn below it.
type details struct {
	lines []body
	width int
	rows  []detail
}

// detail is a row of details.
type detail struct {
	line int
	part part
}

// Toggle shows what the entry under the cursor is made of, or hides it.
func (p *Pane) Toggle() {
	p.leave()
	n := p.cursor
	if p.open[n] != nil {
		delete(p.open, n)
	} else if n >= p.ring.first() && n < p.ring.end() {
		if p.open == nil {
			p.open = map[int64]*details{}
		}
		c, i := p.ring.at(n)
		p.open[n] = p.detailsOf(c, i)
	}
	p.settle()
	p.reveal(false)
}

// CloseAll hides all details. It reports whether there were any.
func (p *Pane) CloseAll() bool {
	open := len(p.open) > 0
	p.open = nil
	p.settle()
	return open
}

// value is a part of an entry, with its name.
type value struct {
	name string
	text string // of several lines, clean
	role themes.Role
}

func (p *Pane) detailsOf(c *chunk, i int) *details {
	e := &c.entries[i]
	line := c.text(i)
	var all []value
	if e.at != 0 {
		now := p.now()
		at := time.Unix(0, e.at).In(now.Location())
		all = append(all, value{"time", at.Format("2006-01-02 15:04:05.000000000 MST") + ", " + text.Age(now.Sub(at)) + " ago", themes.Text})
	}
	for _, pair := range p.source(e.source).About {
		all = append(all, value{text.Clean(pair.Name), text.Clean(pair.Value), themes.Text})
	}
	if e.level != record.Unknown {
		all = append(all, value{"level", e.level.String(), levelRoles[e.level]})
	}
	first := len(all)
	for _, f := range record.Fields(nil, line, e.shape()) {
		meaning := record.MeaningOf(f.KeyIn(line))
		all = append(all, value{string(f.KeyIn(line)), pretty(f, line), p.valueRole(f, meaning, e.level)})
	}
	if len(all) == first {
		all = append(all, value{"text", string(line), bodyRole(e.level)})
	}
	return p.layDetails(all, first)
}

// pretty writes a value so that it can be read: lists and objects in lines, texts without their escapes.
func pretty(f record.Field, line []byte) string {
	raw := f.ValueIn(line)
	if f.Kind == record.Nested {
		var b bytes.Buffer
		if len(raw) > 60 && json.Indent(&b, raw, "", "  ") == nil {
			return text.CleanMultiline(b.String())
		}
		return string(raw)
	}
	return text.CleanMultiline(unescaped(raw))
}

// unescaped reads the escapes of a text in quotes. What a terminal obeys may come out of it: clean it.
func unescaped(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	var s string
	if json.Unmarshal(slices.Concat([]byte{'"'}, raw, []byte{'"'}), &s) != nil {
		return string(raw)
	}
	return s
}

// layDetails makes lines of values: what is known of the entry first, then, behind a gap, what it says.
func (p *Pane) layDetails(all []value, first int) *details {
	widest := 0
	for _, v := range all {
		widest = max(widest, min(text.Width(v.name), maxKey))
	}
	d := &details{}
	for i, v := range all {
		if i == first && first > 0 {
			d.lines = append(d.lines, body{ascii: true})
		}
		name, role := text.Fit(v.name, widest, text.Left), themes.SyntaxKey
		if i < first {
			role = themes.Label
		}
		for j, s := range strings.Split(v.text, "\n") {
			if len(d.lines) == maxDetails {
				d.lines = append(d.lines, plainBody("… more", p.theme.Style(themes.Muted)))
				return d
			}
			if j > 0 {
				name = text.Spaces(widest)
			}
			b := body{text: []byte(name + "  " + s)}
			b.ascii = ink.IsASCII(b.text)
			b.spans = append(b.spans, span{0, len(name), p.theme.Style(role)}, span{len(name) + 2, len(b.text), p.theme.Style(v.role)})
			d.lines = append(d.lines, b)
		}
	}
	return d
}

func plainBody(s string, style themes.Style) body {
	return body{text: []byte(s), spans: []span{{0, len(s), style}}}
}

// detailMargin is drawn before details.
const detailMargin = "│ "

func marginOf(width int) string {
	if width < leastText {
		return ""
	}
	return detailMargin
}

// wrapped cuts the details into rows.
func (d *details) wrapped(width int) []detail {
	if d.width == width {
		return d.rows
	}
	d.width, d.rows = width, nil
	for i := range d.lines {
		for _, part := range d.lines[i].wrapped(width - text.Width(marginOf(width))) {
			d.rows = append(d.rows, detail{i, part})
		}
	}
	return d.rows
}

func (p *Pane) drawDetails(b *strings.Builder, n int64, d *details, from, room int) int {
	c, i := p.ring.at(n)
	bar := p.theme.Render(themes.Series(p.source(c.entries[i].source).Color), marginOf(p.textWidth()))
	rows := d.wrapped(p.textWidth())
	stamp, label := p.margins()
	drawn := 0
	for ; from < len(rows) && drawn < room; from++ {
		r := rows[from]
		line := &d.lines[r.line]
		p.drawGutter(b, n)
		b.WriteString(text.Spaces(stamp + label))
		b.WriteString(bar)
		spans := line.spans
		if pattern := p.search.pattern; pattern != nil {
			spans = overlay(spans, p.matches(pattern, line.text, r.part.from, r.part.to))
		}
		drawPart(b, line, spans, r.part)
		b.WriteByte('\n')
		drawn++
	}
	return drawn
}
