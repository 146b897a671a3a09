package answer

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Move moves the cursor, folds and unfolds.
func (s *Screen) Move(id action.ID) tea.Cmd {
	s.View()
	s.Do(id)
	return nil
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.View()
	s.Scroll(lines)
	return nil
}

// Click moves the cursor.
func (s *Screen) Click(_, y int) tea.Cmd {
	s.View()
	s.Tree.Click(y)
	return nil
}

func (s *Screen) value() any {
	s.View()
	it, _ := s.Selected()
	return it.Value
}

// Open opens what is under the cursor: a function, or the description of an object. Else it folds or unfolds.
func (s *Screen) Open() tea.Cmd {
	switch v := s.value().(type) {
	case model.FunctionKey:
		place := screen.Place{Page: screen.PageFunction, Function: model.FunctionID{Context: s.Context, FunctionKey: v}}
		return screen.Send(screen.OpenMsg{Place: place})
	case model.Ref:
		target := screen.Target{Context: s.Context, Ref: v}
		return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: target}})
	case screen.Place:
		return screen.Send(screen.OpenMsg{Place: v})
	}
	s.Toggle()
	return nil
}

// Inspect is the object under the cursor, else the function's own.
func (s *Screen) Inspect() (screen.Target, string) {
	switch v := s.value().(type) {
	case model.Ref:
		return screen.Target{Context: s.Context, Ref: v}, ""
	case model.FunctionKey:
		if row := s.env.Boards.Board().Row(model.FunctionID{Context: s.Context, FunctionKey: v}); row != nil {
			return screen.ObjectOf(row)
		}
	}
	if s.row == nil {
		return screen.Target{}, "no object is under the cursor"
	}
	return screen.ObjectOf(s.row)
}

// CopyName copies the name of what is under the cursor.
func (s *Screen) CopyName() tea.Cmd {
	name := s.Function.Name
	switch v := s.value().(type) {
	case model.Ref:
		name = v.Name
	case model.FunctionKey:
		name = v.Name
	default:
		if s.row != nil {
			name = s.row.Function.Name()
		}
	}
	return screen.Send(screen.CopyMsg{Text: text.Clean(name), What: "the name"})
}

// CopyField copies the line under the cursor.
func (s *Screen) CopyField() tea.Cmd {
	s.View()
	it, ok := s.Selected()
	if !ok {
		return nil
	}
	line := ""
	for _, p := range it.Parts {
		line += p.Text
	}
	return screen.Send(screen.CopyMsg{Text: text.Clean(line), What: "the line"})
}

// Footer says where in the answer the operator is.
func (s *Screen) Footer() screen.Footer {
	s.View()
	return screen.Footer{Total: -1, Note: s.Status()}
}

// Plain is the answer as text.
func (s *Screen) Plain() string {
	s.View()
	return s.Tree.Plain()
}
