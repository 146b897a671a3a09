// Package function shows one function: what it is and what runs it on the left, how well it is secured on the right
// where the screen is wide.
//
// Its one rule: it draws the newest row of the board and the records of the store; only events are asked for.
package function

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/posture"
	"github.com/fn9s/fn9s/views/screen"
)

// eventsEvery is how often events are read again while the screen is on top.
const eventsEvery = 10 * time.Second

// Screen shows one function.
type Screen struct {
	*panes.Panes
	env    *screen.Env
	of     panes.Watched
	panel  posture.Panel
	ctx    context.Context
	cancel context.CancelFunc

	shown   bool
	events  eventState
	history historyState
	asked   time.Time
	loading bool
}

// pane is a pane that knows what a function is made of.
type pane struct{ *panes.Pane }

// eventsMsg brings the events of the function.
type eventsMsg struct {
	to     *Screen
	events []screen.Event
	err    error
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{env: env, of: panes.Watched{ID: id}, ctx: ctx, cancel: cancel}
	s.Panes = panes.New(env, s.build)
	s.take()
	return s
}

// Title is the crumb: the function's name.
func (s *Screen) Title() string { return s.of.Title() }

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running.
func (s *Screen) Close() { s.cancel() }

// Show reads events while the screen is on top.
func (s *Screen) Show() tea.Cmd {
	s.shown = true
	s.take()
	return tea.Batch(s.loadEvents(), s.loadHistory())
}

// Reload reads events and earlier states anew.
func (s *Screen) Reload() tea.Cmd {
	s.history.asked = false
	return s.Show()
}

// Hide stops reading events.
func (s *Screen) Hide() { s.shown = false }

// Aging reports that the screen draws ages.
func (s *Screen) Aging() bool { return true }

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.of.ID, true }

// Update takes boards, events and ticks.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take()
	case screen.TickMsg:
		s.Changed()
		if s.shown && msg.Now.Sub(s.asked) >= eventsEvery {
			return s.loadEvents()
		}
	case screen.ThemeMsg:
		s.Changed()
	case eventsMsg:
		if msg.to == s {
			s.events = eventState{events: msg.events, err: msg.err, loaded: true}
			s.loading = false
			s.Changed()
		}
	case historyMsg:
		if msg.to == s {
			s.history.revisions, s.history.err, s.history.loaded = msg.revisions, msg.err, true
			s.Changed()
		}
	}
	return nil
}

// take reads the newest row. A row that is gone stays on screen, marked as deleted.
func (s *Screen) take() {
	s.of.Take(s.env.Boards.Board())
	s.Changed()
}

func (s *Screen) loadEvents() tea.Cmd {
	if s.of.Row == nil || s.loading {
		return nil
	}
	s.loading, s.asked = true, s.env.Now()
	targets, objects, ctx := screen.ObjectsOf(s.of.Row), s.env.Objects, s.ctx
	return func() tea.Msg {
		events, err := objects.Events(ctx, targets)
		return eventsMsg{to: s, events: events, err: err}
	}
}

// build fills the panes: the function on the left, its posture on the right. One column holds the grade in a line.
func (s *Screen) build(left, right *panes.Pane) {
	now, b := s.env.Now(), s.env.Boards.Board()
	p := pane{left}
	p.State(b, &s.of, now)
	if s.of.Row == nil {
		return
	}
	record := s.env.Objects.Record
	why := readiness.Why(s.of.Row.Function, func(ref model.Ref) model.Object {
		return record(screen.Target{Context: s.of.ID.Context, Ref: ref})
	}, s.events.events, now)
	var verdict panes.Cell
	if left == right {
		verdict.Text, verdict.Role = posture.Brief(s.env, &s.of)
	}
	p.spec(s.of.Row, now, verdict, why)
	p.workloads(s.of.Row, record)
	p.pods(s.of.Row, record, now)
	p.events(&s.events, now)
	p.history(&s.history, now)
	if left != right {
		s.panel.Draw(right, s.env, &s.of)
	}
}

// Open shows what is under the cursor: an object, or a finding.
func (s *Screen) Open() tea.Cmd { return s.Follow() }

// Inspect is the object under the cursor, else the one that declares the function.
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
	return screen.Send(screen.CopyMsg{Text: s.Title(), What: "the name"})
}

// CopyField lets the operator choose what to copy.
func (s *Screen) CopyField() tea.Cmd {
	if s.of.Row == nil {
		return nil
	}
	f := s.of.Row.Function
	values := map[string]string{"id": s.of.ID.String(), "image": f.Image, "reason": f.Reason}
	if len(f.URLs) > 0 {
		values["url"] = f.URLs[0].URL
	}
	if at, ok := s.Selected(); ok && !at.Target.IsZero() {
		values["object"] = at.Target.Ref.String()
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
func (s *Screen) Plain() string { return s.Text() }
