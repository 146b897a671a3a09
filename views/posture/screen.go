package posture

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen shows the posture of one function.
type Screen struct {
	*panes.Panes
	env   *screen.Env
	of    panes.Watched
	aging bool
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *Screen {
	s := &Screen{env: env, of: panes.Watched{ID: id}}
	s.of.Take(env.Boards.Board())
	s.Panes = panes.New(env, func(left, right *panes.Pane) {
		s.aging = left.State(env.Boards.Board(), &s.of, env.Now())
		if s.of.Row != nil {
			draw(left, right, &s.of, waiting(env, &s.of), env.Changes != nil)
		}
	})
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "posture " + s.of.Title() }

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close has nothing to end.
func (s *Screen) Close() {}

// Aging reports whether the screen draws an age: only that of old data.
func (s *Screen) Aging() bool { return s.aging }

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.of.ID, true }

// Update takes the newest row. Where nothing about the function changed, nothing is drawn.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case screen.BoardMsg:
		if changed := s.of.Take(s.env.Boards.Board()); changed || s.aging || s.of.Row == nil || s.of.Row.Posture == nil {
			s.Changed()
		} else if s.stale() {
			s.Changed()
		}
	case screen.TickMsg, screen.ThemeMsg:
		s.Changed()
	}
	return nil
}

// stale reports whether the cluster's data is old.
func (s *Screen) stale() bool {
	c, ok := s.env.Boards.Board().Cluster(s.of.ID.Context)
	return ok && screen.ConnectionNote(&c, s.env.Now()) != ""
}

// Open shows the evidence of the finding under the cursor.
func (s *Screen) Open() tea.Cmd { return s.Follow() }

// Inspect is the object of the finding under the cursor, else the one that declares the function.
func (s *Screen) Inspect() (screen.Target, string) {
	if at, ok := s.Selected(); ok && !at.Target.IsZero() {
		return at.Target, ""
	}
	if s.of.Row == nil {
		return screen.Target{}, "the function is not there"
	}
	return screen.ObjectOf(s.of.Row)
}

// CopyName copies the name of the function.
func (s *Screen) CopyName() tea.Cmd {
	return screen.Send(screen.CopyMsg{Text: s.of.Title(), What: "the name"})
}

// CopyField lets the operator choose what to copy of the finding under the cursor.
func (s *Screen) CopyField() tea.Cmd {
	if at, ok := s.Selected(); ok && s.of.Row != nil && s.of.Row.Posture != nil {
		if f := at.Place.Finding.Find(s.of.Row.Posture.Findings); f != nil {
			return copyFinding(f)
		}
	}
	return nil
}

// Footer counts.
func (s *Screen) Footer() screen.Footer {
	f := screen.Footer{Total: -1}
	if s.of.Row == nil || s.of.Row.Posture == nil {
		return f
	}
	open, unknown := 0, map[*check.Control]bool{}
	for i := range s.of.Row.Posture.Findings {
		switch f := &s.of.Row.Posture.Findings[i]; {
		case f.Status == check.Fail && f.Severity > check.Info:
			open++
		case f.Status == check.Unknown:
			unknown[f.Control] = true
		}
	}
	f.Note = counted(open, "finding", "findings")
	if len(unknown) > 0 {
		f.Note += " · " + counted(len(unknown), "control", "controls") + " not judged"
	}
	return f
}

// Plain is what the screen shows, as text.
func (s *Screen) Plain() string { return s.Text() }
