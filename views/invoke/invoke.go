// Package invoke is where a function is called: what is sent on the left, what came back on the right.
//
// Its one rule: nothing is sent but on the operator's key, and one key sends one request.
package invoke

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	call "github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen calls one function.
type Screen struct {
	*panes.Panes
	env    *screen.Env
	of     panes.Watched
	ctx    context.Context
	cancel context.CancelFunc

	request call.Request
	event   call.Event
	headers string // as they are written: `NAME: VALUE; NAME: VALUE`
	seconds string

	sending bool
	began   time.Time
	stop    context.CancelFunc
	shown   *call.Exchange // that is on the right; nil: the newest
}

// answerMsg says that a call is over.
type answerMsg struct{ to *Screen }

// bodyMsg brings a body that was written in the editor.
type bodyMsg struct {
	to   *Screen
	body []byte
	err  error
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID) *Screen {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Screen{env: env, of: panes.Watched{ID: id}, ctx: ctx, cancel: cancel, seconds: strconv.Itoa(int(call.DefaultTimeout / time.Second))}
	s.Panes = panes.New(env, s.build)
	s.of.Take(env.Boards.Board())
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "invoke " + s.of.Title() }

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close gives up what is being waited for.
func (s *Screen) Close() { s.cancel() }

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.of.ID, true }

// Aging reports that a time is running.
func (s *Screen) Aging() bool { return true }

// Update takes answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		if s.of.Take(s.env.Boards.Board()) {
			s.Changed()
		}
	case screen.TickMsg, screen.ThemeMsg:
		s.Changed()
	case answerMsg:
		if msg.to == s {
			s.sending, s.shown = false, nil
			s.Changed()
		}
	case bodyMsg:
		if msg.to == s {
			return s.written(msg)
		}
	}
	return nil
}

// InvokeRefusal says why nothing is sent.
func (s *Screen) InvokeRefusal() string {
	switch {
	case s.sending:
		return "it is being called: esc gives up waiting"
	case s.of.Gone:
		return "the function is not there any more"
	}
	if why := s.env.Calls.Refusal(s.of.ID); why != "" {
		return why
	}
	if why := s.env.Calls.Plan(s.of.ID).None; why != "" {
		return why
	}
	r, why := s.compose()
	if why == "" {
		if err := r.Check(); err != nil {
			why = err.Error()
		}
	}
	return why
}

// Invoke sends what is on the left.
func (s *Screen) Invoke() tea.Cmd {
	r, _ := s.compose()
	ctx, cancel := context.WithCancel(s.ctx)
	s.sending, s.began, s.stop = true, s.env.Now(), cancel
	s.Changed()
	calls, id := s.env.Calls, s.of.ID
	return func() tea.Msg {
		defer cancel()
		_, _ = calls.Call(ctx, id, &r) // what came of it is in the history
		return answerMsg{to: s}
	}
}

// Escape gives up waiting for an answer.
func (s *Screen) Escape() bool {
	if !s.sending {
		return false
	}
	s.stop()
	return true
}

// compose makes the request of what is written. The text says what is wrong with it.
func (s *Screen) compose() (call.Request, string) {
	r := s.request
	for _, h := range strings.Split(s.headers, ";") {
		if h = strings.TrimSpace(h); h == "" {
			continue
		}
		parsed, err := call.ParseHeader(h)
		if err != nil {
			return r, err.Error()
		}
		r.Headers = append(r.Headers, parsed)
	}
	if s.event.Type != "" {
		e := s.event
		r.Event = &e
	}
	n, err := strconv.Atoi(s.seconds)
	if err != nil || n < 1 || n > 3600 {
		return r, "timeout: a number of seconds from 1 to 3600"
	}
	r.Timeout = time.Duration(n) * time.Second
	return r, ""
}

// NextPane goes to the other side.
func (s *Screen) NextPane() tea.Cmd {
	at, _ := s.Selected()
	if strings.HasPrefix(at.Place.Topic, "answer") {
		return s.Move(action.ScrollLeft)
	}
	return s.Move(action.ScrollRight)
}

// answered is what is on the right: the exchange that was chosen, else the newest.
func (s *Screen) answered() *call.Exchange {
	if s.shown != nil {
		return s.shown
	}
	if all := s.env.Calls.History(s.of.ID); len(all) > 0 {
		return all[0]
	}
	return nil
}

// CopyName copies the body of the answer.
func (s *Screen) CopyName() tea.Cmd {
	e := s.answered()
	if e == nil || e.Answer == nil || len(e.Answer.Body) == 0 {
		return nil
	}
	return screen.Send(screen.CopyMsg{Text: text.CleanMultiline(string(e.Answer.Body)), What: "the body of the answer"})
}

// CopyField lets the operator choose what to copy.
func (s *Screen) CopyField() tea.Cmd {
	e := s.answered()
	if e == nil || e.Answer == nil {
		return nil
	}
	values := map[string]string{"body": text.CleanMultiline(string(e.Answer.Body)), "target": text.Clean(e.Answer.Target), "status": text.Clean(e.Answer.Summary())}
	pick := screen.PickMsg{Title: "Copy"}
	for _, id := range []string{"body", "target", "status"} {
		if values[id] != "" {
			pick.Items = append(pick.Items, screen.PickItem{ID: id, Text: id, Note: text.Clean(values[id][:min(len(values[id]), 100)])})
		}
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return screen.Send(screen.CopyMsg{Text: values[ids[0]], What: "the " + ids[0]})
	}
	return screen.Send(pick)
}

// Plain is what the screen shows, as text.
func (s *Screen) Plain() string { return s.Text() }
