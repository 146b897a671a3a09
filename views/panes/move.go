package panes

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/action"
)

// reveal scrolls the pane of the cursor until its line is in sight, with some lines around it.
func (s *Panes) reveal(at spot) {
	margin := s.margin()
	o := s.offsets[at.pane]
	o = max(min(o, at.line-margin), at.line-s.height+1+margin)
	s.offsets[at.pane] = max(min(o, len(s.panes[at.pane].Lines)-s.height), 0)
}

// Move goes from one thing to the next, or scrolls where there is none. Left and right go to the other pane.
func (s *Panes) Move(id action.ID) tea.Cmd {
	s.refresh()
	switch id {
	case action.MoveDown:
		s.step(1)
	case action.MoveUp:
		s.step(-1)
	case action.MoveTop:
		s.cursor, s.free = 0, true
		s.scroll(-1 << 20)
	case action.MoveBottom:
		s.cursor, s.free = max(len(s.spots)-1, 0), true
		s.scroll(1 << 20)
	case action.HalfPageDown:
		s.page(s.height / 2)
	case action.HalfPageUp:
		s.page(-s.height / 2)
	case action.PageDown:
		s.page(s.height - 1)
	case action.PageUp:
		s.page(1 - s.height)
	case action.ScrollLeft:
		s.side(0)
	case action.ScrollRight:
		s.side(len(s.panes) - 1)
	}
	s.remember()
	s.drawn = false
	return nil
}

// Wheel scrolls by lines.
func (s *Panes) Wheel(lines int) tea.Cmd {
	s.refresh()
	s.page(lines)
	s.remember()
	s.drawn = false
	return nil
}

// step moves the cursor; past the last thing, and where the cursor is out of sight, it scrolls.
func (s *Panes) step(by int) {
	next := s.cursor + by
	switch {
	case next < 0 || next >= len(s.spots):
		s.free = true
		s.scroll(by)
	case s.free && !s.sees(s.spots[s.cursor]):
		s.page(by)
	default:
		s.cursor, s.free = next, false
	}
}

// Go takes the cursor to what stands for a spot, once it is drawn.
func (s *Panes) Go(at Spot) {
	s.at, s.free, s.dirty = at, false, true
}

// sees reports whether a line is in sight.
func (s *Panes) sees(at spot) bool {
	y := at.line - s.offsets[at.pane]
	return y >= 0 && y < s.height
}

func (s *Panes) scroll(by int) {
	for i := range s.panes {
		s.offsets[i] = max(min(s.offsets[i]+by, len(s.panes[i].Lines)-s.height), 0)
	}
}

// margin is how many lines around the cursor stay in sight.
func (s *Panes) margin() int { return min(2, (s.height-1)/2) }

// page scrolls and takes the cursor to the first thing that is then in sight, in its pane if there is one.
func (s *Panes) page(by int) {
	own := 0
	if s.cursor < len(s.spots) {
		own = s.spots[s.cursor].pane
	}
	s.scroll(by)
	s.free = true
	best := -1
	for i, at := range s.spots {
		top := 0
		if s.offsets[at.pane] > 0 {
			top = s.margin()
		}
		if y := at.line - s.offsets[at.pane]; y < top || y >= s.height {
			continue
		}
		if best < 0 || at.pane == own && s.spots[best].pane != own {
			best = i
		}
	}
	if best >= 0 {
		s.cursor = best
	}
}

// side takes the cursor to the other pane, to the thing that is nearest on screen.
func (s *Panes) side(pane int) {
	if s.cursor >= len(s.spots) || s.spots[s.cursor].pane == pane {
		return
	}
	from := s.spots[s.cursor]
	y, best := from.line-s.offsets[from.pane], -1
	for i, at := range s.spots {
		if at.pane != pane {
			continue
		}
		if best < 0 || distance(at.line-s.offsets[pane], y) < distance(s.spots[best].line-s.offsets[pane], y) {
			best = i
		}
	}
	if best >= 0 {
		s.cursor, s.free = best, false
	}
}

// Click moves the cursor to what stands on that line.
func (s *Panes) Click(x, y int) tea.Cmd {
	s.refresh()
	pane := 0
	if len(s.panes) > 1 && x >= s.panes[0].Width+gutter {
		pane = 1
	}
	for i, at := range s.spots {
		if at.pane == pane && at.line == y+s.offsets[pane] {
			s.cursor, s.free, s.drawn = i, false, false
			s.remember()
		}
	}
	return nil
}
