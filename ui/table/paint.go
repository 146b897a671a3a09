package table

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// painter writes one line cell by cell into a buffer that is used again and again.
type painter struct {
	theme   themes.Theme
	buf     []byte
	x       int
	match   []string
	uniform themes.Style // the style of the whole line
	whole   bool         // the line has one style, so that cells write none of their own
}

// open begins a line in one style.
func (p *painter) open(r themes.Role) {
	p.uniform, p.whole = p.theme.Style(r), true
	p.buf = append(p.buf, p.uniform.Prefix...)
}

func (p *painter) close() { p.buf = append(p.buf, p.uniform.Suffix...) }

// space fills up to column x.
func (p *painter) space(x int) {
	if x > p.x {
		p.buf = text.AppendSpaces(p.buf, x-p.x)
		p.x = x
	}
}

// gutter writes the signs of cursor and mark, as far as there is room for them.
func (p *painter) gutter(cursor, marked bool, width int) {
	if cursor {
		p.buf = append(p.buf, cursorGlyph...)
		p.x++
	} else {
		p.space(1)
	}
	if width < gutter {
		return
	}
	if marked {
		p.styled(themes.Mark, markGlyph, 1)
	}
	p.space(gutter)
}

// styled writes text of known width.
func (p *painter) styled(r themes.Role, s string, width int) {
	style := p.begin(r)
	p.buf = append(p.buf, s...)
	p.end(style)
	p.x += width
}

// cell writes a cell into a field: the badge stays whole as long as there is room for it.
func (p *painter) cell(c *drawnCell, width int, align text.Align, ordinary themes.Role) {
	badgeW := 0
	if c.badge != "" && width >= c.badgeW+3 {
		badgeW = c.badgeW + 1
	}
	room := width - badgeW
	used := min(c.textW, room)
	if align == text.Right {
		p.space(p.x + room - used)
	}
	role := c.role
	if role == themes.Text {
		role = ordinary
	}
	start := p.x
	if len(p.match) > 0 && !p.whole {
		p.matched(c, used, role)
	} else {
		p.fitted(c.text, c.textW, used, role)
	}
	p.x = start + used
	if badgeW > 0 {
		p.space(p.x + 1)
		p.styled(c.badgeRole, c.badge, c.badgeW)
	}
}

func (p *painter) fitted(s string, have, used int, r themes.Role) {
	if used <= 0 {
		return
	}
	style := p.begin(r)
	if have <= used {
		p.buf = append(p.buf, s...)
	} else {
		p.buf = text.AppendFit(p.buf, s, used, text.Left)
	}
	p.end(style)
}

// matched writes a cell with the first occurrence of a searched word picked out. Only ASCII
// text is searched: there, bytes are cells.
func (p *painter) matched(c *drawnCell, used int, r themes.Role) {
	from, to := -1, -1
	if text.IsASCII(c.text) {
		from, to = find(c.text, p.match)
	}
	limit := used
	if c.textW > used {
		limit = used - 1
	}
	to = min(to, limit)
	if from < 0 || from >= to {
		p.fitted(c.text, c.textW, used, r)
		return
	}
	p.fitted(c.text[:from], from, from, r)
	p.fitted(c.text[from:to], to-from, to-from, themes.Match)
	p.fitted(c.text[to:], c.textW-to, used-to, r)
}

func find(s string, words []string) (from, to int) {
	lower := strings.ToLower(s)
	for _, w := range words {
		if w == "" {
			continue
		}
		if i := strings.Index(lower, strings.ToLower(w)); i >= 0 {
			return i, i + len(w)
		}
	}
	return -1, -1
}

func (p *painter) begin(r themes.Role) themes.Style {
	if p.whole {
		return themes.Style{}
	}
	style := p.theme.Style(r)
	p.buf = append(p.buf, style.Prefix...)
	return style
}

func (p *painter) end(s themes.Style) { p.buf = append(p.buf, s.Suffix...) }
