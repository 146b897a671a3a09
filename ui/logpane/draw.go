package logpane

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// leastText is how many cells the text of a line keeps: time and label give way to it.
const leastText = 20

// View draws the window: exactly as many lines of exactly as many cells as SetSize asked for.
func (p *Pane) View() string {
	if p.valid {
		return p.view
	}
	p.valid = true
	p.view = ""
	if p.width <= 0 || p.height <= 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(p.height * (p.width + 48))
	room := p.height
	if _, ok := p.firstShown(); !ok {
		room -= p.drawNote(&b)
	} else {
		if p.grid != nil {
			p.drawTitles(&b)
			room--
		}
		at, ok := p.top, true
		for ; ok && room > 0; at.sub = 0 {
			room -= p.drawEntry(&b, at, room)
			at.n, ok = p.next(at.n)
		}
	}
	for ; room > 0; room-- {
		b.WriteString(text.Spaces(p.width))
		b.WriteByte('\n')
	}
	p.view = strings.TrimSuffix(b.String(), "\n")
	return p.view
}

func (p *Pane) drawNote(b *strings.Builder) int {
	note, role := p.note, p.role
	switch {
	case p.ring.empty():
	case p.scan.left > 0:
		note, role = "Looking for lines…", themes.Muted
	default:
		note, role = "No line is shown: "+p.hides()+" hides all "+text.Count(p.ring.count())+".", themes.Muted
	}
	drawn := 0
	for _, paragraph := range strings.Split(note, "\n") {
		lines := text.Wrap(paragraph, max(1, p.width-3))
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, line := range lines {
			if drawn == p.height {
				return drawn
			}
			b.WriteString(p.theme.Render(role, text.Fit("  "+line, p.width, text.Left)))
			b.WriteByte('\n')
			drawn++
		}
	}
	return drawn
}

// margins are the cells before the text: of the time, and of the label.
func (p *Pane) margins() (stamp, label int) {
	switch p.stamps {
	case ShortStamps:
		stamp = len("15:04:05 ")
	case FullStamps:
		stamp = len("2006-01-02 15:04:05.000 ")
	case Ages:
		stamp = len("119s ")
	}
	if p.labels > 0 {
		label = min(p.labels, max(8, p.width/4)) + 1
	}
	if p.width-1-stamp-label < leastText {
		label = 0
	}
	if p.width-1-stamp < leastText {
		stamp = 0
	}
	return stamp, label
}

// textWidth is the room for text.
func (p *Pane) textWidth() int {
	stamp, label := p.margins()
	return max(1, p.width-1-stamp-label)
}

// separated reports whether lines are left out before an entry that a filter shows.
func (p *Pane) separated(n int64) bool {
	if p.rule.filter == nil || p.around == 0 || n <= p.ring.first() {
		return false
	}
	before, ok := p.prevEntry(n)
	return ok && before != n-1
}

// wrapping reports whether an entry is wrapped: a notice always is.
func (p *Pane) wrapping(n int64) bool {
	if p.wrap {
		return true
	}
	c, i := p.ring.at(n)
	return c.entries[i].isNotice()
}

// rows is how many rows an entry takes on screen.
func (p *Pane) rows(n int64) int {
	if n < p.ring.first() || n >= p.ring.end() {
		return 1
	}
	rows := 1
	if p.wrapping(n) {
		b := p.bodyOf(n)
		rows = p.wraps.count(n, b, p.textWidth())
	}
	if p.separated(n) {
		rows++
	}
	if d := p.open[n]; d != nil {
		rows += len(d.wrapped(p.textWidth()))
	}
	return rows
}

// drawEntry draws the rows of an entry from one on, at most room of them, and returns how many.
func (p *Pane) drawEntry(b *strings.Builder, at place, room int) int {
	if at.n < p.ring.first() {
		p.drawHead(b)
		return 1
	}
	drawn, sub := 0, at.sub
	if p.separated(at.n) {
		if sub == 0 {
			p.drawGutter(b, at.n)
			b.WriteString(p.theme.Render(themes.Muted, text.Fit("···", max(p.width-1, 1), text.Left)))
			b.WriteByte('\n')
			drawn++
		}
		sub = max(sub-1, 0)
	}
	body := p.bodyOf(at.n)
	parts := []part{body.window(p.left, p.textWidth())}
	if p.wrapping(at.n) {
		parts = p.wraps.of(at.n, body, p.textWidth())
	}
	if sub < len(parts) && drawn < room {
		last := min(len(parts), sub+room-drawn)
		spans := p.spans(at.n, &body, parts[sub].from, parts[last-1].to)
		for i := sub; i < last; i++ {
			p.drawMargin(b, at.n, i == 0)
			drawPart(b, &body, spans, parts[i])
			b.WriteByte('\n')
			drawn++
		}
	}
	if d := p.open[at.n]; d != nil {
		drawn += p.drawDetails(b, at.n, d, max(sub-len(parts), 0), room-drawn)
	}
	return drawn
}

func (p *Pane) drawHead(b *strings.Builder) {
	p.drawGutter(b, p.headLine())
	b.WriteString(p.theme.Render(themes.Muted, text.Fit(p.head, max(p.width-1, 1), text.Left)))
	b.WriteByte('\n')
}

func (p *Pane) drawGutter(b *strings.Builder, n int64) {
	if p.width < 2 {
		return
	}
	if n == p.cursor {
		b.WriteString(p.theme.Render(themes.Accent, "▌"))
	} else {
		b.WriteByte(' ')
	}
}

// drawMargin draws what is before the text: cursor, time and label; before what is wrapped only the cursor.
func (p *Pane) drawMargin(b *strings.Builder, n int64, first bool) {
	p.drawGutter(b, n)
	stamp, label := p.margins()
	if !first {
		b.WriteString(text.Spaces(stamp + label))
		return
	}
	c, i := p.ring.at(n)
	e := &c.entries[i]
	if stamp > 0 {
		b.WriteString(p.theme.Render(themes.Muted, text.Fit(p.stamp(e.at), stamp-1, text.Right)))
		b.WriteByte(' ')
	}
	if label > 0 {
		if s := p.source(e.source); s.Label != "" {
			b.WriteString(p.theme.Render(themes.Series(s.Color), text.Fit(s.Label, label-1, text.Left)))
			b.WriteByte(' ')
		} else {
			b.WriteString(text.Spaces(label))
		}
	}
}

func (p *Pane) source(id int32) Source {
	if id >= 0 && int(id) < len(p.sources) {
		return p.sources[id]
	}
	return Source{}
}

func (p *Pane) stamp(nanos int64) string {
	if nanos == 0 {
		return ""
	}
	now := p.now()
	at := time.Unix(0, nanos).In(now.Location())
	switch p.stamps {
	case FullStamps:
		return at.Format("2006-01-02 15:04:05.000")
	case Ages:
		return text.Age(now.Sub(at))
	}
	return at.Format("15:04:05")
}

// body is what is drawn of an entry: its text, or its fields in columns.
type body struct {
	text  []byte
	ascii bool
	spans []span // of what was made of the text; nil: of the text itself
	words bool   // it is wrapped between words
}

func (p *Pane) bodyOf(n int64) body {
	if n < p.ring.first() || n >= p.ring.end() {
		return body{}
	}
	c, i := p.ring.at(n)
	e := &c.entries[i]
	if p.grid != nil && !e.isNotice() {
		if b, ok := p.grid.body(p, e, c.text(i)); ok {
			return b
		}
	}
	return body{text: c.text(i), ascii: e.flags&ascii != 0, words: e.isNotice()}
}

// drawPart draws a part of a text with its styles, and fills it up. No style begins inside of a character.
func drawPart(b *strings.Builder, body *body, spans []span, p part) {
	b.WriteString(text.Spaces(p.lead))
	at, i := p.from, 0
	for at < p.to {
		for i < len(spans) && spans[i].end <= at {
			i++
		}
		switch {
		case i == len(spans) || spans[i].start >= p.to:
			b.Write(body.text[at:p.to])
			at = p.to
		case spans[i].start > at:
			end := body.boundary(at, min(spans[i].start, p.to))
			b.Write(body.text[at:end])
			at = end
		default:
			end := body.boundary(at, min(spans[i].end, p.to))
			b.WriteString(spans[i].style.Render(string(body.text[at:end])))
			at = end
		}
	}
	b.WriteString(text.Spaces(p.fill - p.lead - p.used))
}

// boundary is the end of the character that an offset is in.
func (b *body) boundary(from, at int) int {
	if b.ascii || at >= len(b.text) {
		return at
	}
	for from < at {
		cluster, _ := ansi.FirstGraphemeCluster(b.text[from:], ansi.GraphemeWidth)
		from += len(cluster)
	}
	return from
}
