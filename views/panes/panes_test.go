package panes

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/views/screen"
)

func on(name string) Spot {
	return On(screen.Target{Context: "c", Ref: model.Ref{Kind: "Pod", Name: name}})
}

func plain() themes.Theme {
	theme, err := themes.ByName("none")
	if err != nil {
		panic(err)
	}
	return theme
}

// lists makes panes with these names on the left and the right.
func lists(width, height int, left, right *[]string) *Panes {
	env := &screen.Env{Theme: plain(), Now: time.Now}
	fill := func(p *Pane, names []string) {
		for _, n := range names {
			if n == "" {
				p.Note(themes.Text, "note")
				continue
			}
			p.Row(on(n), Cell{Text: n, Role: themes.Text})
		}
	}
	s := New(env, func(l, r *Pane) { fill(l, *left); fill(r, *right) })
	s.SetSize(width, height)
	return s
}

func selected(s *Panes) string {
	at, _ := s.Selected()
	return at.Target.Name
}

func TestTheCursorStaysOnWhatItWasOn(t *testing.T) {
	t.Parallel()
	left, right := []string{"a", "b", "c"}, []string{"d"}
	s := lists(80, 5, &left, &right)
	s.Move(action.MoveDown)
	s.Move(action.MoveDown)
	assert.Equal(t, "c", selected(s))
	left = []string{"z", "", "y", "c", "x"}
	s.Changed()
	assert.Equal(t, "c", selected(s))
	left = []string{"z"}
	s.Changed()
	assert.Equal(t, "d", selected(s), "what is nearest when it is gone")
	left, right = nil, nil
	s.Changed()
	_, ok := s.Selected()
	assert.False(t, ok)
	assert.NotPanics(t, func() { s.Move(action.PageDown); s.Move(action.MoveBottom); s.Wheel(-3); s.View() })
}

func TestLeftAndRightGoToTheOtherPane(t *testing.T) {
	t.Parallel()
	left, right := []string{"a", "b", "c"}, []string{"", "", "d", "e"}
	s := lists(twoPanes, 5, &left, &right)
	s.Move(action.ScrollRight)
	assert.Equal(t, "d", selected(s), "the nearest")
	s.Move(action.ScrollLeft)
	assert.Equal(t, "c", selected(s))
	s.Move(action.MoveDown)
	assert.Equal(t, "d", selected(s), "down goes on in the other pane")
	s.SetSize(80, 5)
	s.Move(action.ScrollLeft)
	assert.Equal(t, "d", selected(s), "there is no other pane")
	assert.Contains(t, s.View(), "▌ d")
}

func TestScrollingShowsEverything(t *testing.T) {
	t.Parallel()
	left, right := strings.Split(strings.Repeat("a,,,,,,,,", 20)+"end", ","), []string(nil)
	s := lists(80, 6, &left, &right)
	seen := map[bool]bool{}
	for range 100 {
		s.Wheel(3)
		seen[strings.Contains(s.View(), "end")] = true
	}
	assert.True(t, seen[true], "the wheel gets to the end")
	s.Move(action.MoveTop)
	for range 60 {
		s.Move(action.PageDown)
	}
	assert.Contains(t, s.View(), "end")
	assert.Equal(t, strings.Count(s.Text(), "\n"), len(left))
}

func TestRowsFitAndAreCut(t *testing.T) {
	t.Parallel()
	p := Pane{Theme: plain(), Width: 20}
	p.Row(Spot{}, Cell{Text: "a\x1b[2Jb", Width: 3}, Cell{Text: strings.Repeat("word ", 1000), Lines: 2})
	p.Row(Spot{}, Cell{Text: "日本語日本語日本語日本語", Lines: 1})
	p.Field("name", strings.Repeat("x", 50), themes.Value)
	assert.Len(t, p.Lines, 3+5)
	for _, l := range p.Lines {
		assert.LessOrEqual(t, ansi.StringWidth(l.Text), 26, l.Text)
	}
	assert.Contains(t, p.Lines[1].Text, "…")
	assert.Contains(t, p.Lines[2].Text, "…")
}
