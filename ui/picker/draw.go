package picker

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	maxRows = 24
	// measured bounds the items of which the width is looked at.
	measured = 500
)

// rows is how many items are shown at once; what is typed and the footer are always there.
func (p *Picker) rows() int { return max(1, min(maxRows, p.height-2-4, max(len(p.items), 1))) }

// View draws the list in its frame.
func (p *Picker) View() string {
	if p.isDrawn {
		return p.view
	}
	p.isDrawn = true
	rows := p.rows()
	p.top = max(0, min(p.top, p.cursor, len(p.found)-rows))
	if p.cursor >= p.top+rows {
		p.top = p.cursor - rows + 1
	}
	titleWidth, wish := p.measure()
	inner := dialog.Inner(wish, p.width)
	titleWidth = min(titleWidth, max(8, inner-4))
	lines := []string{p.drawQuery(inner)}
	for row := p.top; row < p.top+rows; row++ {
		switch {
		case row < len(p.found):
			lines = append(lines, p.drawItem(p.found[row], row == p.cursor, titleWidth, inner))
		case row == p.top:
			lines = append(lines, p.theme.Render(themes.Muted, text.Fit("  "+p.nothing(), inner, text.Left)))
		default:
			lines = append(lines, "")
		}
	}
	lines = append(lines, p.theme.Render(themes.Muted, text.Fit(p.footer(), inner, text.Left)))
	p.view = dialog.Frame(p.theme, p.c.Title, lines, inner)
	return p.view
}

func (p *Picker) nothing() string {
	switch {
	case p.query != "":
		return "nothing matches"
	case p.c.Empty != "":
		return text.Clean(p.c.Empty)
	}
	return "nothing to choose"
}

func (p *Picker) measure() (titleWidth, wish int) {
	rest := 0
	for i := range p.items[:min(len(p.items), measured)] {
		it := &p.items[i]
		titleWidth = max(titleWidth, text.Width(it.Title))
		w := max(text.Width(it.Detail), text.Width(it.Disabled))
		if it.Hint != "" {
			w += 2 + text.Width(it.Hint)
		}
		rest = max(rest, w)
	}
	wish = 4 + titleWidth
	if rest > 0 {
		wish += 2 + rest
	}
	return titleWidth, max(wish, text.Width(p.c.Title)+2, text.Width(p.footer()))
}

func (p *Picker) drawQuery(inner int) string {
	if p.query == "" {
		return p.theme.Render(themes.Prompt, "/") + p.theme.Render(themes.Cursor, " ") + p.theme.Render(themes.Placeholder, " type to narrow down")
	}
	shown := p.query
	if w := text.Width(shown); w > inner-2 {
		shown = text.Cut(shown, w-(inner-2), w)
	}
	return p.theme.Render(themes.Prompt, "/") + p.theme.Render(themes.PromptText, shown) + p.theme.Render(themes.Cursor, " ")
}

func (p *Picker) drawItem(m match, cursor bool, titleWidth, inner int) string {
	it := Item{Title: p.query, Detail: "as typed"}
	if m.item >= 0 {
		it = p.items[m.item]
	}
	mark := "  "
	if cursor {
		mark = "▸ "
	}
	if p.c.Multi {
		box := "· "
		if m.item >= 0 && p.marked[it.ID] {
			box = "✓ "
		}
		mark += box
	}
	detail, detailRole := it.Detail, themes.Muted
	titleRole := themes.Text
	if it.Disabled != "" {
		detail, titleRole = it.Disabled, themes.KeyDisabled
	} else if p.marked[it.ID] && m.item >= 0 {
		titleRole = themes.Mark
	}
	room := max(0, inner-text.Width(mark))
	titleWidth = min(titleWidth, room)
	title := text.Fit(it.Title, titleWidth, text.Left)
	rest := room - titleWidth
	tail := ""
	if rest > 2 {
		hint := it.Hint
		hintWidth := min(text.Width(hint), rest-2)
		tail = "  " + text.Fit(detail, max(0, rest-2-hintWidth), text.Left) + text.Fit(hint, hintWidth, text.Right)
	} else {
		tail = text.Spaces(rest)
	}
	if cursor {
		return p.theme.Render(themes.Cursor, mark+title+tail)
	}
	return mark + p.drawTitle(it.Title, title, m.bytes, titleRole) + p.theme.Render(detailRole, tail)
}

// drawTitle draws a fitted title with its matched letters. A title that was cut is drawn plain: its bytes are others.
func (p *Picker) drawTitle(whole, fitted string, bytes []int, role themes.Role) string {
	if len(bytes) == 0 || !strings.HasPrefix(fitted, whole) {
		return p.theme.Render(role, fitted)
	}
	var b strings.Builder
	at := 0
	for i, r := range whole {
		if !slices.Contains(bytes, i) {
			continue
		}
		b.WriteString(p.theme.Render(role, fitted[at:i]))
		at = i + len(string(r))
		b.WriteString(p.theme.Render(themes.Match, fitted[i:at]))
	}
	b.WriteString(p.theme.Render(role, fitted[at:]))
	return b.String()
}

func (p *Picker) footer() string {
	s := text.Count(len(p.found)) + " of " + text.Count(len(p.items))
	if p.c.Ordered {
		return s + " · " + text.Count(len(p.Marked())) + " shown   space mark  shift-↑↓ move  enter choose  esc back"
	}
	if p.c.Multi {
		return s + " · " + text.Count(len(p.Marked())) + " marked   space mark  enter choose  esc back"
	}
	return s + "   enter choose  esc back"
}
