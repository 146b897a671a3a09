package functions

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Show has what functions use measured while the table is on top.
func (s *Screen) Show() tea.Cmd {
	if s.env.Metrics != nil && s.unlook == nil {
		s.unlook = s.env.Metrics.Look(model.FunctionID{})
	}
	return nil
}

// Hide ends it.
func (s *Screen) Hide() {
	if s.unlook != nil {
		s.unlook()
		s.unlook = nil
	}
}

// Close ends what the screen has running.
func (s *Screen) Close() {
	s.Hide()
	s.list.Close()
}

// Footer says, besides what lists say, why nothing stands in the columns of what is measured.
func (s *Screen) Footer() screen.Footer {
	f := s.list.Footer()
	if note := s.unmeasured(s.env.Now()); note != "" {
		if f.Note != "" {
			f.Note += " · "
		}
		f.Note += note
	}
	return f
}

func (s *Screen) unmeasured(now time.Time) string {
	if s.env.Metrics == nil {
		return ""
	}
	for i := range s.board.Clusters {
		c := s.board.Clusters[i].Context
		where := "CPU, MEM"
		if len(s.board.Clusters) > 1 {
			where += " of " + text.Clean(c)
		}
		switch state := s.env.Metrics.Measuring(c); state.Phase {
		case metrics.Absent, metrics.Denied:
			where += " " + string(state.Phase) + ": " + text.Clean(state.Reason)
		case metrics.Stale:
			where += " as of " + text.Age(now.Sub(state.At)) + " ago"
		default:
			continue
		}
		if s.drawn("cpu") {
			return where
		}
	}
	return ""
}

// drawn reports whether the last frame had room for a column.
func (s *Screen) drawn(id string) bool {
	for _, c := range s.Columns() {
		if c.ID == id {
			return c.Shown
		}
	}
	return false
}
