package pager

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// maxPainted bounds the lines whose colours are kept.
const maxPainted = 4096

// View draws the window: exactly as many lines of exactly as many cells as SetSize asked for.
func (p *Pager) View() string {
	if p.valid {
		return p.view
	}
	p.valid = true
	if p.width <= 0 || p.height <= 0 {
		p.view = ""
		return ""
	}
	var b strings.Builder
	b.Grow(p.height * (p.width + 32))
	drawn := 0
	if p.rowCount() == 0 {
		drawn = p.drawNote(&b)
	}
	sub := p.sub
	for row := p.top; row < p.rowCount() && drawn < p.height; row++ {
		drawn += p.drawRow(&b, row, sub, p.height-drawn)
		sub = 0
	}
	for ; drawn < p.height; drawn++ {
		b.WriteString(text.Spaces(p.width))
		b.WriteByte('\n')
	}
	p.view = strings.TrimSuffix(b.String(), "\n")
	return p.view
}

func (p *Pager) drawNote(b *strings.Builder) int {
	note := p.note
	role := p.role
	if p.filter != nil && len(p.lines) > 0 {
		note, role = "no line matches & "+p.filter.text+" (of "+text.Count(len(p.lines))+" lines)", themes.Muted
	}
	if note == "" {
		return 0
	}
	drawn := 0
	for _, line := range text.Wrap(note, max(1, p.width-2)) {
		if drawn == p.height {
			break
		}
		b.WriteString(p.theme.Render(role, text.Fit(" "+line, p.width, text.Left)))
		b.WriteByte('\n')
		drawn++
	}
	return drawn
}

// drawRow draws the wrapped parts of a row from sub on, at most room of them, and returns how many it drew.
func (p *Pager) drawRow(b *strings.Builder, row, sub, room int) int {
	line := p.lineOf(row)
	if line == separator {
		b.WriteString(" ")
		b.WriteString(p.theme.Render(themes.Muted, text.Fit("···", p.width-1, text.Left)))
		b.WriteByte('\n')
		return 1
	}
	s := p.line(line)
	spans := p.spans(line, s)
	w := p.textWidth()
	if !p.wrap {
		p.drawGutter(b, row, line, true)
		tail := p.foldTail(line)
		if tail != "" && text.Width(s)-p.left+text.Width(tail) > w {
			p.drawPart(b, s, spans, window(s, p.left, max(0, w-text.Width(tail))), "")
			b.WriteString(p.theme.Render(themes.Muted, text.Fit(tail, min(w, text.Width(tail)), text.Left)))
			b.WriteByte('\n')
			return 1
		}
		p.drawPart(b, s, spans, window(s, p.left, w), tail)
		b.WriteByte('\n')
		return 1
	}
	parts := wrapped(s, w)
	drawn := 0
	for part := sub; part < len(parts) && drawn < room; part++ {
		p.drawGutter(b, row, line, part == 0)
		tail := ""
		if part == len(parts)-1 {
			tail = p.foldTail(line)
		}
		p.drawPart(b, s, spans, parts[part], tail)
		b.WriteByte('\n')
		drawn++
	}
	return drawn
}

func (p *Pager) foldTail(line int) string {
	end, ok := p.folded[int32(line)]
	if !ok || p.filter != nil {
		return ""
	}
	if n := int(end) - line - 1; n != 1 {
		return " … " + text.Count(n) + " lines"
	}
	return " … 1 line"
}

func (p *Pager) drawGutter(b *strings.Builder, row, line int, first bool) {
	if p.width < 2 {
		return
	}
	_, folded := p.folded[int32(line)]
	switch {
	case p.pointer && row == p.cursor:
		b.WriteString(p.theme.Render(themes.Accent, "▌"))
	case folded && first && p.filter == nil:
		b.WriteString(p.theme.Render(themes.Muted, "▸"))
	default:
		b.WriteByte(' ')
	}
}

// part is a stretch of a line: its bytes, the spaces before it that stand for half of a wide character, the cells of
// its text, and the cells it has to fill.
type part struct{ from, to, lead, used, fill int }

// drawPart draws a part of a line with its styles and fills it up.
func (p *Pager) drawPart(b *strings.Builder, s string, spans []Span, part part, tail string) {
	b.WriteString(text.Spaces(part.lead))
	at := part.from
	for _, span := range spans {
		if span.End <= at {
			continue
		}
		if span.Start >= part.to {
			break
		}
		if start := max(span.Start, at); start > at {
			b.WriteString(s[at:start])
			at = start
		}
		end := min(span.End, part.to)
		b.WriteString(p.theme.Render(span.Role, s[at:end]))
		at = end
	}
	b.WriteString(s[at:part.to])
	rest := part.fill - part.lead - part.used
	if tail != "" && rest > 0 {
		b.WriteString(p.theme.Render(themes.Muted, text.Fit(tail, rest, text.Left)))
		return
	}
	b.WriteString(text.Spaces(rest))
}

// window is the part of a line in the cells from left to left+w. Half of a wide character is drawn as a space.
func window(s string, left, w int) part {
	if text.IsASCII(s) {
		from, to := min(left, len(s)), min(left+w, len(s))
		return part{from: from, to: to, used: to - from, fill: w}
	}
	p := part{fill: w}
	x := 0
	for p.from < len(s) && x < left {
		cluster, cw := ansi.FirstGraphemeCluster(s[p.from:], ansi.GraphemeWidth)
		p.from += len(cluster)
		x += cw
	}
	p.lead = min(max(0, x-left), w)
	p.to, p.used = fitting(s, p.from, w-p.lead)
	return p
}

// fitting returns where the text from a byte on stops fitting into w cells, and the cells it takes.
func fitting(s string, from, w int) (to, used int) {
	for to = from; to < len(s); {
		cluster, cw := ansi.FirstGraphemeCluster(s[to:], ansi.GraphemeWidth)
		if used+cw > w {
			break
		}
		to += len(cluster)
		used += cw
	}
	return to, used
}

// wrapped cuts a line into the parts that are drawn below each other; there is at least one.
func wrapped(s string, w int) []part {
	var parts []part
	if text.IsASCII(s) {
		for from := 0; from < len(s) || from == 0; from += w {
			to := min(from+w, len(s))
			parts = append(parts, part{from: from, to: to, used: to - from, fill: w})
		}
		return parts
	}
	for from := 0; from < len(s); {
		to, used := fitting(s, from, w)
		if to == from { // a character wider than the window cannot be drawn
			cluster, _ := ansi.FirstGraphemeCluster(s[from:], ansi.GraphemeWidth)
			parts = append(parts, part{from: from, to: from, fill: w})
			from += len(cluster)
			continue
		}
		parts = append(parts, part{from: from, to: to, used: used, fill: w})
		from = to
	}
	return parts
}

// spans returns the styles of a line: its colours with the matches laid over them.
func (p *Pager) spans(line int, s string) []Span {
	spans := p.colours(line, s)
	find := p.search.find
	if find == nil {
		find = p.filter
	}
	if find == nil {
		return spans
	}
	var matches []Span
	at := 0
	for nth := 0; ; nth++ {
		start, end, ok := find.next(s, at)
		if !ok {
			break
		}
		role := themes.Match
		if p.search.find != nil && line == p.search.line && nth == p.search.nth {
			role = themes.Cursor
		}
		matches = append(matches, Span{Start: start, End: end, Role: role})
		at = end
	}
	if len(matches) == 0 {
		return spans
	}
	return overlay(spans, matches)
}

func (p *Pager) colours(line int, s string) []Span {
	if p.paint == nil {
		return nil
	}
	if spans, ok := p.painted[line]; ok {
		return spans
	}
	if p.painted == nil || len(p.painted) >= maxPainted {
		p.painted = map[int][]Span{}
	}
	spans := valid(p.paint(line, s), len(s))
	p.painted[line] = spans
	return spans
}

// valid sorts spans and drops what overlaps or points outside the line.
func valid(spans []Span, length int) []Span {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	end := 0
	return slices.DeleteFunc(spans, func(s Span) bool {
		if s.Start < end || s.End <= s.Start || s.End > length {
			return true
		}
		end = s.End
		return false
	})
}

// overlay cuts the parts of base that top covers. Both are sorted and free of overlaps.
func overlay(base, top []Span) []Span {
	out := make([]Span, 0, len(base)+2*len(top))
	rest := Span{}
	next := func() bool {
		for rest.Start >= rest.End {
			if len(base) == 0 {
				return false
			}
			rest, base = base[0], base[1:]
		}
		return true
	}
	for _, t := range top {
		for next() && rest.Start < t.Start {
			end := min(rest.End, t.Start)
			out = append(out, Span{rest.Start, end, rest.Role})
			rest.Start = end
		}
		out = append(out, t)
		for next() && rest.Start < t.End {
			rest.Start = min(rest.End, t.End)
		}
	}
	for next() {
		out = append(out, rest)
		rest = Span{}
	}
	return out
}
