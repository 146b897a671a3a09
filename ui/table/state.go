package table

import (
	"fmt"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// stateKind says what a table without visible rows draws instead.
type stateKind uint8

const (
	stateReady stateKind = iota
	stateLoading
	stateDenied
	stateNone
	stateKinds
)

// SetReady says that the rows are complete: none means empty. The hints follow the message then.
func (t *Table[K, R]) SetReady(hints ...string) { t.setState(stateReady, hints) }

// SetLoading says that rows are still to come. The first line is the headline, with counts or a
// spinner. Rows that are there already are shown.
func (t *Table[K, R]) SetLoading(lines ...string) { t.setState(stateLoading, lines) }

// SetDenied says that rows may not be read: which verb on which resource in which namespace,
// and what still works. Rows that are there are shown.
func (t *Table[K, R]) SetDenied(lines ...string) { t.setState(stateDenied, lines) }

// SetNone says that there are no rows, and why, where "none here" would not be the truth. The first line is the headline.
func (t *Table[K, R]) SetNone(lines ...string) { t.setState(stateNone, lines) }

func (t *Table[K, R]) setState(kind stateKind, lines []string) {
	t.state, t.texts[kind] = kind, lines
}

// SetMessage draws one line over the last line of the table; an empty text takes it away.
func (t *Table[K, R]) SetMessage(message string, role themes.Role) {
	t.message, t.msgRole = message, role
}

func (t *Table[K, R]) hasMessage() bool { return t.message != "" && t.height > 2 }

// placard is what stands in the place of rows: a headline and the lines below it.
func (t *Table[K, R]) placard() (role themes.Role, headline string, lines []string) {
	given := t.texts[t.state]
	if hidden := t.Total() - t.Visible(); hidden > 0 {
		return themes.Warning, fmt.Sprintf("No %s match the filter: %s", t.cfg.Noun, t.filterBy),
			[]string{fmt.Sprintf("It hides %s. Press esc to clear it.", text.Count(hidden))}
	}
	switch t.state {
	case stateLoading:
		role, headline = themes.Spinner, fmt.Sprintf("Loading %s…", t.cfg.Noun)
	case stateDenied:
		role, headline = themes.Denied, fmt.Sprintf("These %s may not be read.", t.cfg.Noun)
	case stateNone:
		role, headline = themes.Idle, fmt.Sprintf("There are no %s.", t.cfg.Noun)
	default:
		return themes.Idle, fmt.Sprintf("No %s here.", t.cfg.Noun), given
	}
	if len(given) > 0 {
		headline, given = given[0], given[1:]
	}
	return role, headline, given
}

// placardIndent is the space left of a placard.
const placardIndent = 2

// drawPlacard appends up to n lines in place of the rows.
func (t *Table[K, R]) drawPlacard(lines []string, n int) []string {
	role, headline, rest := t.placard()
	if glyph := themes.Glyph(role); glyph != "" {
		headline = glyph + " " + headline
	}
	last := len(lines) + n
	if n > 3 {
		lines = append(lines, text.Spaces(t.width))
	}
	write := func(r themes.Role, s string) {
		for _, l := range text.Wrap(text.Clean(s), max(t.width-2*placardIndent, 1)) {
			if len(lines) < last {
				lines = append(lines, t.indented(r, l, placardIndent))
			}
		}
	}
	write(role, headline)
	for _, l := range rest {
		write(themes.Text, l)
	}
	return lines
}

// indented returns a line of the table with s after an indent; only s itself is styled.
func (t *Table[K, R]) indented(r themes.Role, s string, indent int) string {
	s = text.Clean(s)
	indent = min(indent, t.width)
	w := min(text.Width(s), t.width-indent)
	return text.Spaces(indent) + t.theme.Render(r, text.Fit(s, w, text.Left)) + text.Spaces(t.width-indent-w)
}
