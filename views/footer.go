package views

import (
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// footer is the last line: what is marked, filtered and sorted, then the newest error or the keys to know.
type footer struct {
	screen screen.Footer
	toast  piece  // replaces the left side while it is fresh
	unseen int    // errors nobody looked at
	hints  []hint // keys to know, most useful first
	theme  themes.Theme
}

type hint struct {
	key, does string
	rank      int
}

func (f *footer) draw(width int) string {
	left := f.left()
	if f.toast.text != "" {
		left = f.toast.text
	}
	right, rightWidth := f.right(width - text.Width(left) - 3)
	room := max(width-rightWidth-2, 0)
	if text.Width(left) > room {
		left = strings.TrimRight(text.Fit(left, room, text.Left), " ")
	}
	role := themes.FooterBar
	if f.toast.text != "" {
		role = f.toast.role
	}
	line := " " + f.theme.Render(role, left) + text.Spaces(width-1-text.Width(left)-rightWidth) + right
	return text.FitStyled(line, width)
}

// nounFor is the noun, which is a plural, for so many. Nouns of several words stay as they are.
func nounFor(n int, noun string) string {
	if n != 1 || strings.Contains(noun, " ") {
		return noun
	}
	for _, ending := range [][2]string{{"ies", "y"}, {"sses", "ss"}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(noun, ending[0]); ok {
			return stem + ending[1]
		}
	}
	return noun
}

// left says `4 of 1,204 marked · filter: framework!=plain`.
func (f *footer) left() string {
	var parts []string
	s := f.screen
	if s.Total >= 0 && s.Noun != "" {
		switch {
		case s.Marked > 0:
			parts = append(parts, fmt.Sprintf("%s of %s marked", text.Count(s.Marked), text.Count(s.Total)))
		case s.Shown != s.Total:
			parts = append(parts, fmt.Sprintf("%s of %s %s", text.Count(s.Shown), text.Count(s.Total), nounFor(s.Total, s.Noun)))
		default:
			parts = append(parts, text.Count(s.Total)+" "+nounFor(s.Total, s.Noun))
		}
	}
	if s.Filter != "" {
		parts = append(parts, "filter: "+text.Clean(s.Filter))
	}
	if s.Note != "" {
		parts = append(parts, text.Clean(s.Note))
	}
	return strings.Join(parts, " · ")
}

// right adds the sort order, unseen errors, and as many hints as there is room for. `? help` is always there.
func (f *footer) right(room int) (string, int) {
	var fixed []piece
	if f.unseen > 0 {
		fixed = append(fixed, piece{fmt.Sprintf("! %s", text.Count(f.unseen)), themes.Error}, piece{"   ", themes.Text})
	}
	if f.screen.Sort != "" {
		fixed = append(fixed, piece{"sorted by " + f.screen.Sort, themes.Muted}, piece{"   ", themes.Text})
	}
	help := []piece{{"?", themes.Key}, {" help ", themes.KeyText}}
	if piecesWidth(fixed)+piecesWidth(help) > room && f.unseen == 0 {
		fixed = nil
	}
	used := piecesWidth(fixed) + piecesWidth(help)
	var hints []piece
	for _, h := range f.hints {
		w := text.Width(h.key) + text.Width(h.does) + 3
		if used+w > room {
			break
		}
		hints = append(hints, piece{h.key, themes.Key}, piece{" " + h.does + "  ", themes.KeyText})
		used += w
	}
	all := append(append(fixed, hints...), help...)
	var b strings.Builder
	for _, p := range all {
		b.WriteString(f.theme.Render(p.role, p.text))
	}
	return b.String(), piecesWidth(all)
}
