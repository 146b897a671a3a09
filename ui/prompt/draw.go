package prompt

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// Height is how many lines View has: the input, above it an error, above that the completions.
func (p *Prompt) Height() int {
	if !p.active {
		return 0
	}
	errorLines, listLines := p.above()
	return 1 + errorLines + listLines
}

func (p *Prompt) above() (errorLines, listLines int) {
	room := p.maxHeight - 1
	if p.err != nil {
		errorLines = min(1, room)
	}
	return errorLines, min(len(p.list), maxShown, room-errorLines)
}

// View draws the prompt, Height lines of exactly the width it was given; nothing when it is closed.
func (p *Prompt) View() string {
	if p.viewValid {
		return p.view
	}
	p.viewValid = true
	p.view = ""
	if !p.active || p.width <= 0 {
		return ""
	}
	errorLines, listLines := p.above()
	lines := p.drawList(listLines)
	if errorLines > 0 {
		lines = append(lines, p.theme.Render(themes.PromptError, text.Fit(" ✗ "+p.err.Error(), p.width, text.Left)))
	}
	p.view = strings.Join(append(lines, p.drawInput()), "\n")
	return p.view
}

// drawList draws n lines of the completions around the chosen one.
func (p *Prompt) drawList(n int) []string {
	first := 0
	if p.chosen >= n {
		first = p.chosen - n + 1
	}
	names := 0
	for _, c := range p.list[first : first+n] {
		names = max(names, text.Width(text.Clean(c.Text)))
	}
	names = min(names, max(8, p.width/2))
	lines := make([]string, 0, n)
	for i := first; i < first+n; i++ {
		name, hint := themes.Suggestion, themes.SuggestionHint
		mark := "  "
		if i == p.chosen {
			name, hint, mark = themes.SuggestionSelected, themes.SuggestionSelected, "▸ "
		}
		left := text.Fit(mark+text.Clean(p.list[i].Text), min(names+2, p.width), text.Left)
		description := "  " + text.Clean(p.list[i].Description)
		if i == first+n-1 && len(p.list) > n {
			description += "  (" + text.Count(len(p.list)) + " in all)"
		}
		right := text.Fit(description, max(0, p.width-names-2), text.Left)
		lines = append(lines, p.theme.Render(name, left)+p.theme.Render(hint, right))
	}
	return lines
}

// cell is one character of the input as it is drawn.
type cell struct {
	text  string
	width int
	role  themes.Role
}

// drawInput draws prefix and text with the cursor as a reversed cell, scrolled so that the cursor is visible.
func (p *Prompt) drawInput() string {
	prefix := prefixes[p.mode]
	room := p.width - len(prefix)
	if room < 1 {
		return p.theme.Render(themes.Prompt, text.Fit(prefix, p.width, text.Left))
	}
	cells, cursor := p.cells()
	if p.input.Value() == "" {
		hint := text.Fit(placeholders[p.mode], room-1, text.Left)
		return p.theme.Render(themes.Prompt, prefix) + p.theme.Render(themes.Cursor, " ") + p.theme.Render(themes.Placeholder, hint)
	}
	p.scroll(cells, cursor, room)
	var b strings.Builder
	b.WriteString(p.theme.Render(themes.Prompt, prefix))
	x := 0
	for _, c := range cells {
		at := x - p.left
		x += c.width
		switch {
		case at+c.width <= 0:
		case at < 0: // half of a wide character
			b.WriteString(text.Spaces(at + c.width))
		case at+c.width > room:
			b.WriteString(text.Spaces(room - at))
			return b.String()
		default:
			b.WriteString(p.theme.Render(c.role, c.text))
		}
	}
	b.WriteString(text.Spaces(room - (x - p.left)))
	return b.String()
}

// cells splits the text into characters with their roles and finds the one under the cursor.
func (p *Prompt) cells() (cells []cell, cursor int) {
	line, at := p.input.Value(), p.cursor()
	from, to := p.errorSpan()
	cursor = -1
	for i := 0; i < len(line); {
		cluster, w := ansi.FirstGraphemeCluster(line[i:], ansi.GraphemeWidth)
		role := themes.PromptText
		if i >= from && i < to {
			role = themes.PromptError
		}
		if cursor < 0 && at < i+len(cluster) {
			cursor, role = len(cells), themes.Cursor
		}
		cells = append(cells, cell{cluster, w, role})
		i += len(cluster)
	}
	if cursor < 0 {
		cursor = len(cells)
		cells = append(cells, cell{" ", 1, themes.Cursor})
	}
	return cells, cursor
}

func (p *Prompt) scroll(cells []cell, cursor, room int) {
	x, total := 0, 0
	for i, c := range cells {
		if i < cursor {
			x += c.width
		}
		total += c.width
	}
	end := x + cells[cursor].width
	if x < p.left {
		p.left = x
	}
	if end > p.left+room {
		p.left = end - room
	}
	p.left = max(0, min(p.left, total-room))
}
