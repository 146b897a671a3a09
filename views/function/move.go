package function

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// spot is a line that can be selected.
type spot struct{ pane, line int }

func (s *Screen) spots() []spot {
	var all []spot
	for i := range s.panes {
		for j, l := range s.panes[i].lines {
			if !l.target.IsZero() {
				all = append(all, spot{i, j})
			}
		}
	}
	return all
}

// cursorAt is the line under the cursor; pane -1 when nothing can be selected.
func (s *Screen) cursorAt() (pane, line int) {
	all := s.spots()
	if len(all) == 0 {
		return -1, -1
	}
	s.cursor = min(max(s.cursor, 0), len(all)-1)
	return all[s.cursor].pane, all[s.cursor].line
}

func (s *Screen) reveal(pane, line int) {
	margin := min(2, (s.height-1)/2)
	o := s.offsets[pane]
	o = max(min(o, line-margin), line-s.height+1+margin)
	s.offsets[pane] = max(min(o, len(s.panes[pane].lines)-s.height), 0)
}

// Move goes from one object to the next, or scrolls where there is none.
func (s *Screen) Move(id action.ID) tea.Cmd {
	s.View()
	all := s.spots()
	switch id {
	case action.MoveDown:
		s.step(1, len(all))
	case action.MoveUp:
		s.step(-1, len(all))
	case action.MoveTop:
		s.cursor = 0
		s.scroll(-1 << 20)
	case action.MoveBottom:
		s.cursor = max(len(all)-1, 0)
		s.scroll(1 << 20)
	case action.HalfPageDown:
		s.page(s.height / 2)
	case action.HalfPageUp:
		s.page(-s.height / 2)
	case action.PageDown:
		s.page(s.height - 1)
	case action.PageUp:
		s.page(1 - s.height)
	}
	s.drawn = false
	return nil
}

// Wheel scrolls by lines.
func (s *Screen) Wheel(lines int) tea.Cmd {
	s.View()
	s.page(lines)
	s.drawn = false
	return nil
}

// step moves the cursor; past the last object it scrolls to what is below.
func (s *Screen) step(by, spots int) {
	if next := s.cursor + by; next >= 0 && next < spots {
		s.cursor = next
		return
	}
	s.scroll(by)
}

func (s *Screen) scroll(by int) {
	for i := range s.panes {
		s.offsets[i] = max(min(s.offsets[i]+by, len(s.panes[i].lines)-s.height), 0)
	}
}

// page scrolls and takes the cursor to the first object that is then in sight.
func (s *Screen) page(by int) {
	s.scroll(by)
	for i, at := range s.spots() {
		if line := at.line - s.offsets[at.pane]; line >= 0 && line < s.height {
			s.cursor = i
			return
		}
	}
}

// Click moves the cursor to the object on that line.
func (s *Screen) Click(x, y int) tea.Cmd {
	s.View()
	pane := 0
	if len(s.panes) > 1 && x >= s.panes[0].width+gutter {
		pane = 1
	}
	for i, at := range s.spots() {
		if at.pane == pane && at.line == y+s.offsets[pane] {
			s.cursor, s.drawn = i, false
		}
	}
	return nil
}

func (s *Screen) selected() (screen.Target, bool) {
	s.View()
	pane, line := s.cursorAt()
	if pane < 0 {
		return screen.Target{}, false
	}
	return s.panes[pane].lines[line].target, true
}

// Open describes the object under the cursor.
func (s *Screen) Open() tea.Cmd {
	t, ok := s.selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: t}})
}

// Inspect is the object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	if t, ok := s.selected(); ok {
		return t, ""
	}
	if s.row == nil {
		return screen.Target{}, "the function is not there"
	}
	return screen.ObjectOf(s.row)
}

// CopyName copies the name of the function.
func (s *Screen) CopyName() tea.Cmd {
	return screen.Send(screen.CopyMsg{Text: s.Title(), What: "the name"})
}

// CopyField lets the operator choose what to copy.
func (s *Screen) CopyField() tea.Cmd {
	if s.row == nil {
		return nil
	}
	f := s.row.Function
	values := map[string]string{"id": s.id.String(), "image": f.Image, "reason": f.Reason}
	if len(f.URLs) > 0 {
		values["url"] = f.URLs[0].URL
	}
	if t, ok := s.selected(); ok {
		values["object"] = t.Ref.String()
	}
	pick := screen.PickMsg{Title: "Copy field"}
	for _, id := range []string{"id", "image", "url", "reason", "object"} {
		if v := text.Clean(values[id]); v != "" {
			pick.Items = append(pick.Items, screen.PickItem{ID: id, Text: id, Note: v})
		}
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return screen.Send(screen.CopyMsg{Text: text.Clean(values[ids[0]]), What: "the field " + ids[0]})
	}
	return screen.Send(pick)
}

// Plain is what the screen shows, as text.
func (s *Screen) Plain() string {
	s.View()
	out := ""
	for i := range s.panes {
		for _, l := range s.panes[i].lines {
			out += text.Clean(l.text) + "\n"
		}
	}
	return out
}
