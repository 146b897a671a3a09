// Package yaml shows an object as YAML, highlighted, foldable and searchable. managedFields are left out and values
// of Secrets masked before the text gets here.
//
// Its one rule: highlighting is computed once for a text, away from the loop.
package yaml

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/views/reading"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen shows one object.
type Screen struct {
	*reading.Text
	target screen.Target
	spans  [][]pager.Span
	source string
	path   string // the field to begin at; empty once it was gone to
	absent string // that field, when it is not set
}

// spansMsg brings the highlighting of a text, and the line to begin at.
type spansMsg struct {
	to     *Screen
	source string
	spans  [][]pager.Span
	line   int // below zero: none
	whole  bool
}

// New makes the screen of an object. With a path it begins at that field.
func New(env *screen.Env, target screen.Target, path string) *Screen {
	s := &Screen{target: target, path: path}
	s.Text = reading.New(env, "YAML "+target.Kind+" "+target.Name, func(ctx context.Context) (string, error) {
		return env.Objects.YAML(ctx, target)
	})
	s.OnText(s.arrived)
	return s
}

// Target is the object that is shown.
func (s *Screen) Target() screen.Target { return s.target }

// arrived forgets the highlighting of another text.
func (s *Screen) arrived(source string) {
	if source != s.source {
		s.source, s.spans = source, nil
		s.SetSpans(nil)
	}
}

// Update takes the text and then its highlighting.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(spansMsg); ok {
		if m.to == s && m.source == s.source {
			s.spans = m.spans
			s.SetSpans(s.line)
			s.begin(m)
		}
		return nil
	}
	before := s.source
	cmd := s.Text.Update(msg)
	if s.source == before {
		return cmd
	}
	source, path := s.source, s.path
	return tea.Batch(cmd, func() tea.Msg {
		m := spansMsg{to: s, source: source, spans: highlighted(source), line: -1}
		if path != "" {
			m.line, m.whole = locate(source, path)
		}
		return m
	})
}

// begin goes to the field that was asked for, once. Of one that is not set it says so.
func (s *Screen) begin(m spansMsg) {
	if s.path == "" || m.line < 0 {
		return
	}
	s.Reveal(m.line)
	if !m.whole {
		s.absent = s.path
	}
	s.path = ""
}

// Footer says besides where the operator is that the field is not set.
func (s *Screen) Footer() screen.Footer {
	f := s.Text.Footer()
	if s.absent != "" {
		f.Note += " · " + s.absent + " is not set: this is what is nearest to it"
	}
	return f
}

func (s *Screen) line(n int, _ string) []pager.Span {
	if n < len(s.spans) {
		return s.spans[n]
	}
	return nil
}

// ToggleFold folds or unfolds the block under the cursor.
func (s *Screen) ToggleFold() tea.Cmd { s.Do(action.Fold); return nil }

// ToggleFoldAll folds or unfolds every block.
func (s *Screen) ToggleFoldAll() tea.Cmd { s.Do(action.FoldAll); return nil }
