package logs

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/views/screen"
)

// defaultAround is how many lines around each that matches stay.
const defaultAround = 2

// Move moves the cursor or scrolls. Going up from the first line loads older ones.
func (s *Screen) Move(id action.ID) tea.Cmd {
	switch id {
	case action.MoveUp, action.HalfPageUp, action.PageUp, action.MoveTop:
		if s.pane.AtTop() {
			s.pane.SetFollow(false)
			return s.loadOlder()
		}
	case action.MoveBottom:
		if s.pane.Cut() > 0 {
			return s.open()
		}
	}
	s.pane.Do(id)
	s.barStale = true
	return s.wait()
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.barStale = true
	if lines < 0 && s.pane.AtTop() {
		return s.loadOlder()
	}
	s.pane.ScrollBy(lines)
	return s.wait()
}

// Digit collects a number for the next move.
func (s *Screen) Digit(key string) bool { return s.pane.Digit(key) }

// SearchText is what is searched for.
func (s *Screen) SearchText() string { return s.search }

// SetSearch searches the lines; an empty text ends the search.
func (s *Screen) SetSearch(pattern string) error {
	if pattern == s.search {
		return nil
	}
	cmd, err := s.pane.Search(pattern)
	if err != nil {
		return err
	}
	s.search, s.barStale = pattern, true
	s.later(cmd)
	return nil
}

// SearchNext goes to the next match.
func (s *Screen) SearchNext() tea.Cmd { return s.next(action.SearchNext) }

// SearchPrevious goes to the previous match.
func (s *Screen) SearchPrevious() tea.Cmd { return s.next(action.SearchPrevious) }

func (s *Screen) next(id action.ID) tea.Cmd {
	s.pane.Next(id)
	s.barStale = true
	return s.wait()
}

// LinesText is which lines are shown; empty: all.
func (s *Screen) LinesText() string { return s.lines }

// SetLinesFilter shows only the lines that match, with some around them.
func (s *Screen) SetLinesFilter(pattern string) error {
	around := s.env.LogOptions.Around
	if around == 0 {
		around = defaultAround
	}
	cmd, err := s.pane.Filter(pattern, max(around, 0))
	if err != nil {
		return err
	}
	s.lines, s.barStale = pattern, true
	s.later(cmd)
	return nil
}

// later keeps a command until Follow is asked for it.
func (s *Screen) later(cmd tea.Cmd) { s.pending = tea.Batch(s.pending, cmd) }

// Follow is what there is to do after a search or a filter was set.
func (s *Screen) Follow() tea.Cmd {
	cmd := s.pending
	s.pending = nil
	return tea.Batch(cmd, s.wait())
}

// Escape ends what was opened, searched for and filtered, one after the other.
func (s *Screen) Escape() bool {
	s.barStale = true
	switch {
	case s.pane.CloseAll():
		return true
	case s.search != "":
		return s.SetSearch("") == nil
	case s.lines != "":
		return s.SetLinesFilter("") == nil
	case s.pane.Level() != record.Unknown:
		s.later(s.pane.SetLevel(record.Unknown))
		return true
	case len(s.hidden) > 0:
		s.hidden = nil
		s.later(s.pane.Hide(nil))
		return true
	}
	return false
}

// ToggleWrap wraps long lines or not.
func (s *Screen) ToggleWrap() tea.Cmd {
	s.pane.SetWrap(!s.pane.Wrapped())
	return nil
}

// ToggleFollow stays at the end, or where the operator reads.
func (s *Screen) ToggleFollow() tea.Cmd {
	s.barStale = true
	if s.pane.Cut() > 0 {
		return s.open()
	}
	s.pane.SetFollow(!s.pane.Following())
	return s.wait()
}

// NextStamps shows times in another way.
func (s *Screen) NextStamps() tea.Cmd {
	s.pane.SetStamps(s.pane.Stamps() + 1)
	return nil
}

// levels are what the key goes through.
var levels = map[record.Level]record.Level{record.Unknown: record.Info, record.Info: record.Warn, record.Warn: record.Error}

// NextLevel hides what is less bad, then shows all again.
func (s *Screen) NextLevel() tea.Cmd {
	s.barStale = true
	return s.pane.SetLevel(levels[s.pane.Level()])
}

// Since shows a longer or a shorter time.
func (s *Screen) Since(by int) tea.Cmd {
	next := min(max(s.window+by, 1), len(windows)-1)
	if next == s.window {
		return nil
	}
	s.window = next
	return s.open()
}

// TogglePrevious shows the containers before these, or these again.
func (s *Screen) TogglePrevious() tea.Cmd {
	s.of.Previous = !s.of.Previous
	return s.open()
}

// TogglePretty shows what the line under the cursor is made of.
func (s *Screen) TogglePretty() tea.Cmd {
	s.pane.Toggle()
	s.barStale = true
	return nil
}

// ToggleFields shows fields as columns.
func (s *Screen) ToggleFields() tea.Cmd {
	if s.pane.ToggleFields() {
		return nil
	}
	return screen.Send(screen.NoticeMsg{Severity: status.Info, Source: "fields", Text: "no line here is JSON or logfmt"})
}

// CopyLine copies the line under the cursor.
func (s *Screen) CopyLine() tea.Cmd {
	line, _, ok := s.pane.Under()
	if !ok {
		return nil
	}
	return screen.Send(screen.CopyMsg{Text: line, What: "the line"})
}

// PickSources lets the operator choose whose lines are shown.
func (s *Screen) PickSources() tea.Cmd {
	all := s.known.list()[:s.count]
	labels := present(all)
	pick := screen.PickMsg{Title: "Sources", Multiple: true, Empty: "No container is read yet."}
	for id := range all {
		item := screen.PickItem{ID: name(&all[id]), Text: name(&all[id]), Note: labels[id].Label, Chosen: len(s.hidden) > 0 && !s.hidden[id]}
		if s.state.left[id] {
			item.Note += " ended"
		}
		pick.Items = append(pick.Items, item)
	}
	pick.Chosen = func(names []string) tea.Cmd {
		hidden, ids := map[int]bool{}, []int{}
		chosen := map[string]bool{}
		for _, n := range names {
			chosen[n] = true
		}
		for id := range all {
			if len(names) > 0 && !chosen[name(&all[id])] {
				hidden[id] = true
				ids = append(ids, id)
			}
		}
		s.hidden, s.barStale = hidden, true
		return s.pane.Hide(ids)
	}
	return screen.Send(pick)
}
