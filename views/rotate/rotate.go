// Package rotate is the form in which Secrets get new values: which Secret, which keys, where each new value comes from,
// and who is to get it. The plan screen does the rest.
//
// Its one rule: a value is on the screen only while the operator asks for it, and nowhere any more once the form is left.
package rotate

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/dialog"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen is the choice of Secrets, then the form. It belongs to the goroutine of the event loop.
type Screen struct {
	*panes.Panes
	env    *screen.Env
	of     screen.Rotation
	ctx    context.Context
	cancel context.CancelFunc

	// The choice.
	candidates []screen.Candidate
	marked     map[model.Ref]bool
	loaded     bool
	asking     bool
	failed     string
	settled    bool // the cluster was read whole when the candidates were asked for

	// The form.
	forms         []*form // none: the Secrets are still chosen
	restart       restart
	leaveFailed   bool // a change is left as it is although a rollout failed
	expired       []change.KeptSecret
	removeExpired bool
	keep          string // how long old values are kept: an age
	ordering      bool
	order         *screen.Order // that the values were handed to
	rotated       string        // what the last one came to
	rows          map[string]row
	turned        string // row that was turned last

	hidden *dialog.Hidden // in which a value is typed
	peeked *value         // that is on the screen
	until  time.Time
	letGo  []func() // values that plans hold
	left   bool     // the operator went back from here
	aging  bool
}

// candidatesMsg brings what is known of the Secrets.
type candidatesMsg struct {
	to  *Screen
	all []screen.Candidate
	err error
}

// outlookMsg brings what it would take to rotate one.
type outlookMsg struct {
	to    *form
	asked uint64
	got   *screen.Outlook
	err   error
}

// expiredMsg brings the old values whose time is over.
type expiredMsg struct {
	to  *Screen
	all []change.KeptSecret
}

// New makes the screen.
func New(env *screen.Env, of screen.Rotation) *Screen {
	s := &Screen{env: env, of: of, marked: map[model.Ref]bool{}, rows: map[string]row{}, keep: keeps[0]}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.Panes = panes.New(env, s.build)
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "rotate " + text.Clean(s.of.Title) }

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running, and wipes the values.
func (s *Screen) Close() {
	s.cancel()
	s.wipe()
}

// Leave wipes the values: the operator went back.
func (s *Screen) Leave() {
	s.wipe()
	s.left = true
}

// Show asks when the screen is first shown, and looks what became of a plan.
func (s *Screen) Show() tea.Cmd {
	s.Changed()
	switch {
	case !s.loaded:
		return s.ask()
	case s.left:
		s.left = false
		return s.anew()
	}
	return s.finish()
}

// anew begins the form again, without values.
func (s *Screen) anew() tea.Cmd {
	for _, f := range s.forms {
		f.recipe = ""
	}
	return tea.Batch(s.outlooks(), s.askExpired())
}

// Hide takes a value off the screen.
func (s *Screen) Hide() { s.Conceal() }

// Reload asks anew.
func (s *Screen) Reload() tea.Cmd {
	if s.forms == nil {
		s.loaded = false
		return s.ask()
	}
	return tea.Batch(s.outlooks(), s.askExpired())
}

// Escape goes back from the form to the choice of Secrets, if there was one.
func (s *Screen) Escape() bool {
	if s.forms == nil || len(s.candidates) < 2 {
		return false
	}
	s.wipe()
	s.forms, s.rotated = nil, ""
	s.Changed()
	return true
}

// ask asks which Secrets there are, once the cluster was read.
func (s *Screen) ask() tea.Cmd {
	c, ok := s.env.Boards.Board().Cluster(s.of.Context)
	if s.env.Rotations == nil || s.asking || !ok || !c.Complete {
		return nil
	}
	s.asking, s.failed, s.settled = true, "", c.Settled()
	rotations, ctx, wanted := s.env.Rotations, s.ctx, s.of.Wanted
	return func() tea.Msg {
		all, err := rotations.Candidates(ctx, wanted)
		return candidatesMsg{to: s, all: all, err: err}
	}
}

// Update takes answers and values.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case candidatesMsg:
		if msg.to == s {
			return s.answered(msg)
		}
	case outlookMsg:
		if slices.Contains(s.forms, msg.to) && msg.asked == msg.to.asked {
			s.looked(msg)
		}
	case expiredMsg:
		if msg.to == s {
			s.expired = msg.all
			s.Changed()
		}
	case valueMsg:
		return s.took(msg)
	case orderedMsg:
		if msg.to == s {
			return s.ordered(msg)
		}
	case screen.BoardMsg:
		return s.board()
	case screen.TickMsg:
		if s.aging {
			s.Changed()
		}
		if !s.until.IsZero() && !msg.Now.Before(s.until) {
			s.Conceal()
		}
	case screen.ThemeMsg:
		s.Changed()
	}
	return nil
}

// board looks what became of a plan, and asks again when the cluster was read whole meanwhile.
func (s *Screen) board() tea.Cmd {
	s.Changed()
	c, ok := s.env.Boards.Board().Cluster(s.of.Context)
	if ok && (!s.loaded || !s.settled && c.Settled()) {
		s.settled = s.loaded && c.Settled()
		return tea.Batch(s.ask(), s.outlooks())
	}
	return s.finish()
}

func (s *Screen) answered(msg candidatesMsg) tea.Cmd {
	s.asking = false
	s.Changed()
	if msg.err != nil {
		s.failed = text.Clean(msg.err.Error())
		return nil
	}
	first := !s.loaded
	s.loaded, s.candidates = true, msg.all
	slices.SortStableFunc(s.candidates, func(a, b screen.Candidate) int { return last(a) - last(b) })
	if first && len(s.candidates) == 1 {
		return s.begin(s.candidates[0].Ref)
	}
	for i := range s.candidates {
		if c := &s.candidates[i]; first && slices.Contains(s.of.Secrets, c.Ref) {
			s.mark(c, true) // they were chosen by name
		}
	}
	return nil
}

// last is for what can only be looked at.
func last(c screen.Candidate) int { return min(len(c.Refused), 1) }

// begin opens the form of Secrets.
func (s *Screen) begin(refs ...model.Ref) tea.Cmd {
	s.forms = nil
	for _, ref := range refs {
		s.forms = append(s.forms, &form{ref: ref, on: map[string]bool{}, values: map[string]*value{}})
	}
	s.Changed()
	return tea.Batch(s.outlooks(), s.askExpired())
}

// askExpired asks for old values whose time is over. Where they may not be listed nothing is offered.
func (s *Screen) askExpired() tea.Cmd {
	var namespaces []string
	for _, f := range s.forms {
		if !slices.Contains(namespaces, f.ref.Namespace) {
			namespaces = append(namespaces, f.ref.Namespace)
		}
	}
	if len(namespaces) == 0 {
		return nil
	}
	rotations, ctx, cluster := s.env.Rotations, s.ctx, s.of.Context
	return func() tea.Msg {
		all, err := rotations.Expired(ctx, cluster, namespaces)
		if err != nil {
			return nil
		}
		return expiredMsg{to: s, all: all}
	}
}

// finish looks whether the plan of this form was applied: its values are used up then.
func (s *Screen) finish() tea.Cmd {
	if s.order == nil || s.env.Changes == nil {
		return nil
	}
	for _, j := range s.env.Changes.Jobs() {
		if j.Draft == nil || j.Order != s.order || !j.Undoable() {
			continue
		}
		s.wipe()
		s.rotated, s.order, s.removeExpired = j.ID, nil, false
		return s.anew()
	}
	return nil
}

// Inspect is the object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	switch r := s.selected(); {
	case r.kind == userRow && !workshop.Keeps(r.form.ref):
		return screen.Target{Context: s.of.Context, Ref: r.user.Object}, ""
	case r.form != nil && workshop.Keeps(r.form.ref), r.candidate != nil && r.candidate.Kept > 0:
		return screen.Target{}, "it is no object of Kubernetes"
	case r.form != nil:
		return screen.Target{Context: s.of.Context, Ref: r.form.ref}, ""
	case r.candidate != nil:
		return screen.Target{Context: s.of.Context, Ref: r.candidate.Ref}, ""
	}
	return screen.Target{}, "no Secret is under the cursor"
}

// Undo takes back what was rotated last from this form.
func (s *Screen) Undo() (*screen.Order, string) {
	if s.rotated == "" {
		return nil, "nothing was rotated from here"
	}
	return &screen.Order{Context: s.of.Context, Action: workshop.Undo, Title: "undo " + s.rotated, Undoes: s.rotated}, ""
}

// Plain is what the screen shows, as text, without values.
func (s *Screen) Plain() string {
	s.Conceal()
	return s.Text()
}

// Footer says how to go on.
func (s *Screen) Footer() screen.Footer {
	f := screen.Footer{Total: -1}
	switch {
	case s.forms == nil && len(s.candidates) > 0:
		f = screen.Footer{Marked: len(s.marked), Shown: len(s.candidates), Total: len(s.candidates), Noun: "Secrets"}
	case s.forms != nil:
		f.Note = "enter chooses · space turns · P shows a value"
	}
	return f
}

// refusal says why no value is asked for in the whole form; empty: they are.
func (s *Screen) refusal() string {
	switch {
	case s.env.Changes == nil:
		return "nothing can be changed here"
	case s.env.Changes.Refusal(s.of.Context) != "":
		return text.Clean(s.env.Changes.Refusal(s.of.Context))
	case s.env.Changes.ReadOnly(s.of.Context):
		return "read-only"
	}
	return ""
}

func notice(severity status.Severity, message string) tea.Cmd {
	return screen.Send(screen.NoticeMsg{Severity: severity, Source: workshop.Rotate, Text: text.Clean(message)})
}
