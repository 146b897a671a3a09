// Package metrics shows what one function and its pods use over time, against what they request and are allowed, how it
// is scaled and how it is called.
//
// Its one rule: what is not known is said with its reason, in place; nothing is drawn as zero that was not measured so.
package metrics

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// redraw is how often the charts move on.
	redraw = 5 * time.Second
	// callsEvery is how often a Prometheus is asked, and callsLimit how long it may take.
	callsEvery = 30 * time.Second
	callsLimit = 15 * time.Second
)

type list = listing.List[string, *pod]

// Screen shows one function.
type Screen struct {
	*list
	env    *screen.Env
	of     panes.Watched
	unlook func()
	ctx    context.Context
	cancel context.CancelFunc

	// chosen is the pod whose charts are drawn; empty: those of the function.
	chosen string
	state  metrics.State

	calls   *prometheus.Calls
	callErr error
	asking  bool
	asked   time.Time

	width, height int
	head          []string // what stands above the pods
	drawn         time.Time
	view          string
	body          string
}

// callsMsg brings what a Prometheus said.
type callsMsg struct {
	to    *Screen
	calls *prometheus.Calls
	err   error
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{env: env, of: panes.Watched{ID: id}, ctx: ctx, cancel: cancel}
	s.list = newPods(env)
	s.take()
	return s
}

// Title is the crumb.
func (s *Screen) Title() string {
	title := "metrics of " + s.of.Title()
	if s.chosen != "" {
		title += " ▸ " + text.Clean(s.chosen)
	}
	return title
}

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.of.ID, true }

// Show has the function measured closely while the screen is on top.
func (s *Screen) Show() tea.Cmd {
	if s.env.Metrics != nil && s.unlook == nil {
		s.unlook = s.env.Metrics.Look(s.of.ID)
	}
	s.take()
	return s.ask()
}

// Hide ends it.
func (s *Screen) Hide() {
	if s.unlook != nil {
		s.unlook()
		s.unlook = nil
	}
}

// Close ends what the screen has running.
func (s *Screen) Close() {
	s.Hide()
	s.cancel()
	s.list.Close()
}

// Aging keeps the clock going, which the charts move by.
func (s *Screen) Aging() bool { return true }

// Reload asks again now.
func (s *Screen) Reload() tea.Cmd {
	s.asked = time.Time{}
	s.take()
	return s.ask()
}

// Update takes boards, ticks and answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take()
	case screen.TickMsg:
		cmd := s.Tick(msg.Now)
		if msg.Now.Sub(s.drawn) >= redraw || s.env.Metrics != nil && s.state.Phase != s.env.Metrics.Measuring(s.of.ID.Context).Phase {
			s.take()
		}
		return tea.Batch(cmd, s.ask())
	case screen.ThemeMsg:
		s.Restyle()
		s.compose()
	case callsMsg:
		if msg.to == s {
			s.answered(msg)
		}
	default:
		s.list.Update(msg)
	}
	return nil
}

func (s *Screen) answered(msg callsMsg) {
	s.asking, s.callErr = false, msg.err
	if msg.err == nil {
		s.calls = msg.calls
	}
	s.compose()
}

// ask reads how the function is called, where that is known and it is time.
func (s *Screen) ask() tea.Cmd {
	now := s.env.Now()
	if s.env.Prometheus == nil || !s.env.Prometheus.Configured(s.of.ID.Context) || s.asking || s.of.Row == nil || now.Sub(s.asked) < callsEvery {
		return nil
	}
	s.asking, s.asked = true, now
	calls, id, parent := s.env.Prometheus, s.of.ID, s.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, callsLimit)
		defer cancel()
		got, err := calls.Calls(ctx, id, now.Add(-time.Hour), now)
		return callsMsg{to: s, calls: got, err: err}
	}
}

// take reads the newest row and what was measured since.
func (s *Screen) take() {
	s.of.Take(s.env.Boards.Board())
	s.state = metrics.State{Phase: metrics.Off}
	if s.env.Metrics != nil {
		s.state = s.env.Metrics.Measuring(s.of.ID.Context)
	}
	s.listPods()
	s.compose()
}

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.compose()
}

// compose draws what stands above the pods, and leaves them the rest.
func (s *Screen) compose() {
	s.drawn = s.env.Now()
	s.head = s.top()
	s.list.SetSize(s.width, max(s.height-len(s.head), 0))
	s.view = ""
}

// View draws the screen.
func (s *Screen) View() string {
	body := s.list.View()
	if s.view != "" && body == s.body {
		return s.view
	}
	s.body = body
	lines := s.head
	if body != "" {
		lines = append(lines[:len(lines):len(lines)], body)
	}
	s.view = strings.Join(lines, "\n")
	return s.view
}

// Click goes to a pod.
func (s *Screen) Click(x, y int) tea.Cmd {
	if y < len(s.head) {
		return nil
	}
	return s.list.Click(x, y-len(s.head))
}

// Open draws the charts of the pod under the cursor, or those of the function again.
func (s *Screen) Open() tea.Cmd {
	p, ok := s.Selected()
	switch {
	case !ok, s.chosen == p.name:
		s.chosen = ""
	default:
		s.chosen = p.name
	}
	s.compose()
	return nil
}

// Escape goes back from a pod to the function, once there is no filter left.
func (s *Screen) Escape() bool {
	if s.list.Escape() {
		return true
	}
	if s.chosen == "" {
		return false
	}
	s.chosen = ""
	s.compose()
	return true
}

// Inspect is the pod under the cursor, else the object that declares the function.
func (s *Screen) Inspect() (screen.Target, string) {
	if p, ok := s.Selected(); ok {
		return screen.Target{Context: s.of.ID.Context, Ref: p.ref}, ""
	}
	if s.of.Row == nil {
		return screen.Target{}, "the function is not there"
	}
	return screen.ObjectOf(s.of.Row)
}

// Plain is what the screen shows, as text.
func (s *Screen) Plain() string { return s.View() }
