package panes

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// twoPanes is the width from which two panes stand side by side.
	twoPanes = 150
	gutter   = 2
	gap      = 3
)

// Panes is the part of a screen that holds its panes: one below the other in one column, or two side by side where the
// screen is wide.
type Panes struct {
	env   *screen.Env
	build func(left, right *Pane)

	width, height int
	panes         []Pane
	spots         []spot
	dirty         bool
	cursor        int // index into spots
	at            Spot
	offsets       [2]int
	free          bool // scrolled: the cursor may be out of sight
	view          string
	drawn         bool
}

// spot is a line that can be selected.
type spot struct{ pane, line int }

// New makes the panes with what fills them. Both are the same one where the screen is narrow.
func New(env *screen.Env, build func(left, right *Pane)) *Panes {
	return &Panes{env: env, build: build, dirty: true}
}

// Changed says that the panes are to be built anew.
func (s *Panes) Changed() { s.dirty = true }

// SetSize sets the size of the screen.
func (s *Panes) SetSize(width, height int) {
	if width != s.width || height != s.height {
		s.width, s.height, s.dirty = width, height, true
	}
}

// refresh builds the panes anew when something changed. The cursor stays on what it was on.
func (s *Panes) refresh() {
	if !s.dirty {
		return
	}
	s.dirty, s.drawn = false, false
	widths := []int{s.width - gutter}
	if s.width >= twoPanes {
		left := (s.width - 2*gutter - gap) / 2
		widths = []int{left, s.width - 2*gutter - gap - left}
	}
	s.panes = make([]Pane, len(widths))
	for i, w := range widths {
		s.panes[i] = Pane{Theme: s.env.Theme, Width: max(w, 1)}
	}
	s.build(&s.panes[0], &s.panes[len(s.panes)-1])
	s.spots = s.spots[:0]
	for i := range s.panes {
		for j := range s.panes[i].Lines {
			if !s.panes[i].Lines[j].Spot.IsZero() {
				s.spots = append(s.spots, spot{i, j})
			}
		}
	}
	s.follow()
	s.scroll(0)
}

// follow finds the spot that the cursor was on: several lines may stand for it, the nearest is taken.
func (s *Panes) follow() {
	best := -1
	for i := range s.spots {
		if s.spotOf(i) == s.at && (best < 0 || distance(i, s.cursor) < distance(best, s.cursor)) {
			best = i
		}
	}
	if best >= 0 && !s.at.IsZero() {
		s.cursor = best
	}
	s.cursor = max(min(s.cursor, len(s.spots)-1), 0)
	s.remember()
}

func distance(a, b int) int { return max(a-b, b-a) }

func (s *Panes) spotOf(i int) Spot {
	at := s.spots[i]
	return s.panes[at.pane].Lines[at.line].Spot
}

// remember keeps what the cursor is on.
func (s *Panes) remember() {
	s.at = Spot{}
	if s.cursor < len(s.spots) {
		s.at = s.spotOf(s.cursor)
	}
}

// Selected is what is under the cursor.
func (s *Panes) Selected() (Spot, bool) {
	s.refresh()
	return s.at, !s.at.IsZero()
}

// Follow opens what is under the cursor: its place, else its object in words.
func (s *Panes) Follow() tea.Cmd {
	at, ok := s.Selected()
	switch {
	case !ok:
		return nil
	case at.Place != (screen.Place{}):
		return screen.Send(screen.OpenMsg{Place: at.Place})
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: at.Target}})
}

// Field is the field that the line under the cursor is about.
func (s *Panes) Field() string {
	at, _ := s.Selected()
	return at.Path
}

// View draws the panes.
func (s *Panes) View() string {
	s.refresh()
	if !s.drawn {
		s.view, s.drawn = s.draw(), true
	}
	return s.view
}

func (s *Panes) draw() string {
	if s.width <= 0 || s.height <= 0 {
		return ""
	}
	under := spot{-1, -1}
	if s.cursor < len(s.spots) {
		under = s.spots[s.cursor]
		if !s.free {
			s.reveal(under)
		}
	}
	var b strings.Builder
	for y := range s.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		for i := range s.panes {
			p := &s.panes[i]
			if i > 0 {
				b.WriteString(s.env.Theme.Render(themes.Border, " │ "))
			}
			at := y + s.offsets[i]
			sign := "  "
			if i == under.pane && at == under.line {
				sign = s.env.Theme.Render(themes.Accent, "▌") + " "
			}
			content := ""
			if at < len(p.Lines) {
				content = p.Lines[at].Text
			}
			b.WriteString(sign + text.FitStyled(content, p.Width))
		}
	}
	return b.String()
}

// Text is all that the panes hold, as text.
func (s *Panes) Text() string {
	s.refresh()
	var b strings.Builder
	for i := range s.panes {
		for _, l := range s.panes[i].Lines {
			b.WriteString(strings.TrimRight(text.Clean(l.Text), " ") + "\n")
		}
	}
	return b.String()
}
