package dialog

import (
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	minWidth = 30
	maxWidth = 100
	// sides is what border and padding take on both sides together; beyond it a cell of the screen stays free.
	sides = 4
)

// Inner is the width of a dialog's text, given the width that the text would like and the width of the screen.
func Inner(wish, screen int) int {
	return max(1, min(max(wish, minWidth), maxWidth, screen-sides-2))
}

// Frame draws a border with a title around lines, which may be styled. Each line is fitted to the inner width.
func Frame(theme themes.Theme, title string, lines []string, inner int) string {
	border := theme.Style(themes.DialogBorder)
	var b strings.Builder
	title = text.Clean(title)
	if w := text.Width(title); w > inner-2 {
		title = strings.TrimRight(text.Fit(title, max(0, inner-2), text.Left), " ")
	}
	top := "╭─"
	if title != "" {
		b.WriteString(border.Render(top))
		b.WriteString(theme.Render(themes.DialogTitle, " "+title+" "))
		b.WriteString(border.Render(strings.Repeat("─", max(0, inner-1-text.Width(title))) + "╮"))
	} else {
		b.WriteString(border.Render(top + strings.Repeat("─", inner+1) + "╮"))
	}
	side := border.Render("│")
	for _, line := range lines {
		b.WriteString("\n" + side + " " + text.FitStyled(line, inner) + " " + side)
	}
	b.WriteString("\n" + border.Render("╰"+strings.Repeat("─", inner+2)+"╯"))
	return b.String()
}
