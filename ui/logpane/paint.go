package logpane

import (
	"bytes"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/logpane/match"
	"github.com/fn9s/fn9s/ui/logpane/record"
)

// span gives a part of a text, in bytes, a style.
type span struct {
	start, end int
	style      themes.Style
}

var levelRoles = [...]themes.Role{
	record.Unknown: themes.Text, record.Trace: themes.Muted, record.Debug: themes.Muted, record.Info: themes.Info, record.Warn: themes.Warning,
	record.Error: themes.Error, record.Fatal: themes.Critical,
}

// bodyRole is the style of a line of a level, where nothing else gives it one.
func bodyRole(l record.Level) themes.Role {
	switch l {
	case record.Info:
		return themes.Text
	case record.Fatal:
		return themes.Error
	}
	return levelRoles[l]
}

// spans are the styles of what is drawn of an entry between two bytes, with the matches laid over them.
func (p *Pane) spans(n int64, b *body, from, to int) []span {
	base := b.spans
	if base == nil {
		c, i := p.ring.at(n)
		base = p.colours(c, i)
	}
	find := p.search.pattern
	if find == nil && p.rule.filter != nil && !p.rule.filter.Inverted() {
		find = p.rule.filter
	}
	if find == nil || from >= to {
		return base
	}
	found := p.matches(find, b.text, from, to)
	if len(found) == 0 {
		return base
	}
	return overlay(base, found)
}

// matches are the matches in a part of a text.
func (p *Pane) matches(find *match.Pattern, line []byte, from, to int) (all []span) {
	style := p.theme.Style(themes.Match)
	find.In(line, from, to, func(start, end int) { all = append(all, span{start, end, style}) })
	return all
}

// colours are the styles that a line brings along, else those that follow from what it says.
func (p *Pane) colours(c *chunk, i int) []span {
	e := &c.entries[i]
	line := c.text(i)
	if e.isNotice() {
		role := themes.Muted
		switch e.tone() {
		case Notable:
			role = themes.Accent
		case Alarming:
			role = themes.Warning
		}
		return p.whole(line, role)
	}
	if e.marks > 0 {
		return p.own(c, i)
	}
	switch shape := e.shape(); shape {
	case record.JSON, record.Logfmt:
		return p.fieldSpans(line, shape, e.level)
	}
	if e.level == record.Info {
		return p.levelWord(line)
	}
	return p.whole(line, bodyRole(e.level))
}

func (p *Pane) whole(line []byte, role themes.Role) []span {
	style := p.theme.Style(role)
	if style.Plain() || len(line) == 0 {
		return nil
	}
	return []span{{0, len(line), style}}
}

// own are the colours that the line was written with.
func (p *Pane) own(c *chunk, i int) []span {
	e := &c.entries[i]
	var spans []span
	for m := range int(e.marks) {
		mark := c.mark(i, m)
		if len(spans) > 0 {
			spans[len(spans)-1].end = int(mark.At)
		}
		on := mark.Style.Sequence(p.theme.Colored())
		spans = append(spans, span{int(mark.At), int(e.size), themes.Style{Prefix: on, Suffix: ansi.ResetStyle}})
	}
	return spans
}

// levelWord marks the word INFO of a line that is nothing but information.
func (p *Pane) levelWord(line []byte) []span {
	style := p.theme.Style(themes.Info)
	if style.Plain() {
		return nil
	}
	head := line[:min(len(line), 160)]
	for _, w := range []string{"INFO", "NOTICE"} {
		if at := bytes.Index(head, []byte(w)); at >= 0 {
			return []span{{at, at + len(w), style}}
		}
	}
	return nil
}

// fieldSpans draws names and values of fields apart.
func (p *Pane) fieldSpans(line []byte, shape record.Shape, level record.Level) []span {
	var fields [64]record.Field
	var spans []span
	add := func(start, end int, role themes.Role) {
		if style := p.theme.Style(role); !style.Plain() && end > start {
			spans = append(spans, span{start, end, style})
		}
	}
	for _, f := range record.Fields(fields[:0], line, shape) {
		key, end := f.Key, f.KeyEnd
		if shape == record.JSON { // with its quotes
			key, end = key-1, min(end+1, len(line))
		}
		add(key, end, themes.SyntaxKey)
		add(f.Value, f.ValueEnd, p.valueRole(f, record.MeaningOf(f.KeyIn(line)), level))
	}
	return spans
}

func (p *Pane) valueRole(f record.Field, meaning record.Meaning, level record.Level) themes.Role {
	switch meaning {
	case record.LevelField:
		return levelRoles[level]
	case record.MessageField:
		return bodyRole(level)
	case record.TimeField:
		return themes.Muted
	}
	switch f.Kind {
	case record.Number:
		return themes.SyntaxNumber
	case record.Keyword:
		return themes.SyntaxKeyword
	case record.Nested:
		return themes.Muted
	}
	return themes.SyntaxString
}

// overlay cuts the parts of base that top covers. Both are sorted and free of overlaps.
func overlay(base, top []span) []span {
	out := make([]span, 0, len(base)+2*len(top))
	rest := span{}
	next := func() bool {
		for rest.start >= rest.end {
			if len(base) == 0 {
				return false
			}
			rest, base = base[0], base[1:]
		}
		return true
	}
	for _, t := range top {
		for next() && rest.start < t.start {
			end := min(rest.end, t.start)
			out = append(out, span{rest.start, end, rest.style})
			rest.start = end
		}
		out = append(out, t)
		for next() && rest.start < t.end {
			rest.start = min(rest.end, t.end)
		}
	}
	for next() {
		out = append(out, rest)
		rest = span{}
	}
	return out
}
