package reading

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/views/screen"
)

// Reader gives a pager the abilities of a screen of text: moves, search, filter of lines, wrap.
type Reader struct {
	*pager.Pager
	search string
	lines  string
}

// Keys is the key set of pagers.
func (r *Reader) Keys() action.KeySet { return action.Pagers }

// ReleasesMouse leaves the mouse to the terminal, whose own selection then works.
func (r *Reader) ReleasesMouse() bool { return true }

// Move moves the cursor or scrolls.
func (r *Reader) Move(id action.ID) tea.Cmd { r.Do(id); return nil }

// Wheel scrolls by lines.
func (r *Reader) Wheel(lines int) tea.Cmd { r.ScrollBy(lines); return nil }

// SearchText is what is searched for.
func (r *Reader) SearchText() string { return r.search }

// SetSearch searches the text; an empty one ends the search.
func (r *Reader) SetSearch(s string) error {
	if err := r.Search(s); err != nil {
		return err
	}
	r.search = s
	return nil
}

// SearchNext goes to the next match.
func (r *Reader) SearchNext() tea.Cmd { r.Do(action.SearchNext); return nil }

// SearchPrevious goes to the previous match.
func (r *Reader) SearchPrevious() tea.Cmd { r.Do(action.SearchPrevious); return nil }

// LinesText is which lines are shown; empty: all.
func (r *Reader) LinesText() string { return r.lines }

// contextLines is how many lines around a match stay when lines are filtered.
const contextLines = 2

// SetLinesFilter shows only the lines that match, with some around them.
func (r *Reader) SetLinesFilter(s string) error {
	if err := r.Filter(s, contextLines); err != nil {
		return err
	}
	r.lines = s
	return nil
}

// ToggleWrap wraps long lines or nor.
func (r *Reader) ToggleWrap() tea.Cmd { r.Do(action.Wrap); return nil }

// CopyLine copies the line under the cursor.
func (r *Reader) CopyLine() tea.Cmd {
	n, line := r.Line()
	if n < 0 {
		return nil
	}
	return screen.Send(screen.CopyMsg{Text: line, What: "the line"})
}

// Escape ends the search or the filter of lines firsr.
func (r *Reader) Escape() bool {
	if r.search != "" {
		return r.SetSearch("") == nil
	}
	if r.lines != "" {
		return r.SetLinesFilter("") == nil
	}
	return false
}
