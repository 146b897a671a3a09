// Package function shows one function: what it is on the left, what runs it on the right, or one below the other
// where the screen is narrow.
//
// Its one rule: it draws the newest row of the board and the records of the store; only events are asked for.
package function

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// twoPanes is the width from which both halves stand side by side.
	twoPanes = 150
	// eventsEvery is how often events are read again while the screen is on top.
	eventsEvery = 10 * time.Second
	gutter      = 2
	gap         = 3
)

// Screen shows one function.
type Screen struct {
	env    *screen.Env
	id     model.FunctionID
	row    *board.Row
	gone   bool
	ctx    context.Context
	cancel context.CancelFunc

	width, height int
	shown         bool
	events        eventState
	asked         time.Time
	loading       bool

	panes   []pane
	dirty   bool
	cursor  int // index into selectable lines
	offsets [2]int
	view    string
	drawn   bool
}

// eventsMsg brings the events of the function.
type eventsMsg struct {
	to     *Screen
	events []screen.Event
	err    error
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{env: env, id: id, ctx: ctx, cancel: cancel, dirty: true}
	s.take()
	return s
}

// Title is the crumb: the function's name.
func (s *Screen) Title() string {
	if s.row != nil {
		return text.Clean(s.row.Function.Name())
	}
	return text.Clean(s.id.Name)
}

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running.
func (s *Screen) Close() { s.cancel() }

// Show reads events while the screen is on top.
func (s *Screen) Show() tea.Cmd {
	s.shown = true
	s.take()
	return s.loadEvents()
}

// Hide stops reading events.
func (s *Screen) Hide() { s.shown = false }

// Aging reports that the screen draws ages.
func (s *Screen) Aging() bool { return true }

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.id, true }

// Update takes boards, events and ticks.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take()
	case screen.TickMsg:
		s.dirty = true
		if s.shown && msg.Now.Sub(s.asked) >= eventsEvery {
			return s.loadEvents()
		}
	case screen.ThemeMsg:
		s.dirty = true
	case eventsMsg:
		if msg.to == s {
			s.events = eventState{events: msg.events, err: msg.err, loaded: true}
			s.loading, s.dirty = false, true
		}
	}
	return nil
}

// take reads the newest row. A row that is gone stays on screen, marked as deleted.
func (s *Screen) take() {
	row := s.env.Boards.Board().Row(s.id)
	s.gone = row == nil && s.row != nil
	if row != nil {
		s.row = row
	}
	s.dirty = true
}

func (s *Screen) loadEvents() tea.Cmd {
	if s.row == nil || s.loading {
		return nil
	}
	s.loading, s.asked = true, s.env.Now()
	targets, objects, ctx := screen.ObjectsOf(s.row), s.env.Objects, s.ctx
	return func() tea.Msg {
		events, err := objects.Events(ctx, targets)
		return eventsMsg{to: s, events: events, err: err}
	}
}

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	if width != s.width || height != s.height {
		s.width, s.height, s.dirty = width, height, true
	}
}

// build makes the lines of the panes anew.
func (s *Screen) build() {
	now := s.env.Now()
	widths := []int{s.width - gutter}
	if s.width >= twoPanes {
		left := (s.width - 2*gutter - gap) / 2
		widths = []int{left, s.width - 2*gutter - gap - left}
	}
	panes := make([]pane, len(widths))
	for i, w := range widths {
		panes[i] = pane{theme: s.env.Theme, width: max(w, 1)}
	}
	first, last := &panes[0], &panes[len(panes)-1]
	s.state(first, now)
	if s.row != nil {
		record := s.env.Objects.Record
		first.spec(s.row, now)
		last.workloads(s.row, record)
		last.pods(s.row, record, now)
		last.events(&s.events, now)
	}
	s.panes = panes
}

// state says above everything else what makes the screen old or empty.
func (s *Screen) state(p *pane, now time.Time) {
	b := s.env.Boards.Board()
	for i := range b.Clusters {
		c := &b.Clusters[i]
		if c.Context != s.id.Context {
			continue
		}
		if note := screen.ConnectionNote(c, now); note != "" {
			p.note(themes.Stale, themes.Glyph(themes.Warning)+" "+note)
		}
		if s.row == nil && !c.Complete && c.Connection.Phase != status.Denied {
			headline, lines := screen.Progress([]status.Cluster{*c})
			p.note(themes.Spinner, headline)
			for _, l := range lines {
				p.note(themes.Muted, l)
			}
			return
		}
	}
	switch {
	case s.gone:
		p.note(themes.Error, "✗ deleted: this is the last that was seen of it")
	case s.row == nil:
		p.note(themes.Warning, "No function "+s.id.Name+" in "+s.id.Namespace+". It may have been deleted. esc goes back.")
	}
}

// View draws the panes.
func (s *Screen) View() string {
	if s.dirty {
		s.build()
		s.dirty, s.drawn = false, false
	}
	if !s.drawn {
		s.view, s.drawn = s.draw(), true
	}
	return s.view
}

func (s *Screen) draw() string {
	if s.width <= 0 || s.height <= 0 {
		return ""
	}
	cursorPane, cursorLine := s.cursorAt()
	if cursorPane >= 0 {
		s.reveal(cursorPane, cursorLine)
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
			if i == cursorPane && at == cursorLine {
				sign = s.env.Theme.Render(themes.Accent, "▌") + " "
			}
			content := ""
			if at < len(p.lines) {
				content = p.lines[at].text
			}
			b.WriteString(sign + text.FitStyled(content, p.width))
		}
	}
	return b.String()
}
