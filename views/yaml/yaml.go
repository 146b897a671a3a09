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
}

// spansMsg brings the highlighting of a text.
type spansMsg struct {
	to     *Screen
	source string
	spans  [][]pager.Span
}

// New makes the screen of an object.
func New(env *screen.Env, target screen.Target) *Screen {
	s := &Screen{target: target}
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
		}
		return nil
	}
	before := s.source
	cmd := s.Text.Update(msg)
	if s.source == before {
		return cmd
	}
	source := s.source
	return tea.Batch(cmd, func() tea.Msg { return spansMsg{to: s, source: source, spans: highlighted(source)} })
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
