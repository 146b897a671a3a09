// Package plan shows a plan before anything is changed, carries it out when the operator says so, and shows how each object
// ended.
//
// Its one rule: nothing is applied by a key that moves or opens, and what must be agreed to is asked by itself.
package plan

import (
	"cmp"
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen shows one plan, from the question to the result. It belongs to the goroutine of the event loop.
type Screen struct {
	env    *screen.Env
	order  *screen.Order // nil: the screen is of a job
	ctx    context.Context
	cancel context.CancelFunc

	draft    *screen.Draft // all of it; nil: not there yet
	kept     *screen.Draft // what is left of it
	off      map[int]bool  // steps that are left out, by number
	jobID    string
	job      *screen.Job // nil: not begun
	planning bool
	asked    uint64   // generation of the newest question
	failed   []string // why there is no plan

	cursor int // 0 is the overview, then the steps
	top    int // first line of the list that is drawn
	sides  bool
	pager  *pager.Pager
	sheet  sheet

	width, height int
	head          []headLine
	aged          string
	version       uint64
	dirty         bool
	view          string
	drawn         bool
}

// plannedMsg brings the plan.
type plannedMsg struct {
	to    *Screen
	asked uint64
	draft *screen.Draft
	err   error
}

// New makes the screen of an order.
func New(env *screen.Env, order *screen.Order) *Screen {
	s := newScreen(env)
	s.order = order
	return s
}

// NewJob makes the screen of a change that was begun.
func NewJob(env *screen.Env, id string) *Screen {
	s := newScreen(env)
	s.jobID = id
	s.take()
	if s.draft == nil {
		s.failed = []string{"This session knows of no change " + id + ". :journal has the earlier ones."}
	}
	return s
}

func newScreen(env *screen.Env) *Screen {
	s := &Screen{env: env, off: map[int]bool{}, pager: pager.New(env.Theme), dirty: true}
	s.pager.SetPointer(false)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Title is the crumb.
func (s *Screen) Title() string {
	switch {
	case s.draft != nil:
		return "plan " + text.Clean(cmp.Or(s.draft.Action, "change"))
	case s.order != nil:
		return "plan " + text.Clean(s.order.Action)
	}
	return "plan"
}

// Keys is the key set of plans.
func (s *Screen) Keys() action.KeySet { return action.Plan }

// Close ends the planning. A change that was begun goes on.
func (s *Screen) Close() { s.cancel() }

// Show has the plan made when the screen is first shown.
func (s *Screen) Show() tea.Cmd {
	if s.order == nil || s.draft != nil || s.planning {
		return nil
	}
	return s.plan()
}

// Hide does nothing: a plan that comes late is still welcome.
func (s *Screen) Hide() {}

// Reload makes the plan anew, as long as nothing was begun. What was left out stays left out.
func (s *Screen) Reload() tea.Cmd {
	if s.order == nil || s.job != nil || s.planning {
		return nil
	}
	return s.plan()
}

// plan asks for the plan.
func (s *Screen) plan() tea.Cmd {
	changes := s.env.Changes
	if changes == nil {
		s.failed = []string{"Nothing can be changed here."}
		s.changed()
		return nil
	}
	s.asked++
	s.planning, s.failed = true, nil
	s.changed()
	ctx, order, asked := s.ctx, s.order, s.asked
	return func() tea.Msg {
		d, err := changes.Plan(ctx, order)
		return plannedMsg{to: s, asked: asked, draft: d, err: err}
	}
}

// Update takes the plan, and what became of it.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case plannedMsg:
		if msg.to == s && msg.asked == s.asked {
			s.planned(msg)
		}
	case startedMsg:
		if msg.to == s {
			return s.started(msg)
		}
	case screen.BoardMsg:
		s.take()
		s.changed()
	case screen.TickMsg:
		if s.age() != s.aged {
			s.changed()
		}
	case screen.ThemeMsg:
		s.pager.SetTheme(s.env.Theme)
		s.changed()
	}
	return nil
}

func (s *Screen) planned(msg plannedMsg) {
	s.planning = false
	s.changed()
	if msg.err != nil {
		s.failed = reasons(msg.err)
		return
	}
	out := map[model.Ref]bool{}
	if s.draft != nil {
		for i := range s.draft.Steps {
			if step := &s.draft.Steps[i]; s.off[step.Number] {
				out[step.Ref] = true
			}
		}
	}
	s.draft, s.off = msg.draft, map[int]bool{}
	for i := range s.draft.Steps {
		if step := &s.draft.Steps[i]; out[step.Ref] {
			s.off[step.Number] = true
		}
	}
	s.keep()
	s.move(s.cursor)
}

// reasons says in lines why there is no plan.
func reasons(err error) []string {
	var cannot *change.CannotUndoError
	if errors.As(err, &cannot) {
		lines := []string{"This cannot be undone"}
		if cannot.ID != "" {
			lines[0] = "Change " + cannot.ID + " cannot be undone"
		}
		lines = append(lines, cannot.Why...)
		if cannot.Instead != "" {
			lines = append(lines, "The newest that can is "+cannot.Instead+" (:journal)")
		}
		return lines
	}
	return []string{"No plan could be made", err.Error()}
}

// keep finds what is left when some steps are left out.
func (s *Screen) keep() {
	var numbers []int
	for n := range s.off {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	s.kept = s.env.Changes.Without(s.draft, numbers)
}

// take reads how far the job is.
func (s *Screen) take() {
	if s.jobID == "" || s.env.Changes == nil {
		return
	}
	if j, ok := s.env.Changes.Job(s.jobID); ok {
		s.job = &j
		s.draft, s.kept = j.Draft, j.Draft
	}
}

// Aging reports whether the screen counts time: how old a plan is that was not carried out.
func (s *Screen) Aging() bool { return s.draft != nil && s.job == nil }

// SetSize sets the size of the screen.
func (s *Screen) SetSize(width, height int) {
	if width != s.width || height != s.height {
		s.width, s.height = width, height
		s.changed()
	}
}

// changed says that everything is to be drawn anew.
func (s *Screen) changed() {
	s.dirty, s.drawn = true, false
	s.version++
}

// Version grows with everything that may change what can be done.
func (s *Screen) Version() uint64 { return s.version }

// Footer says where the operator is.
func (s *Screen) Footer() screen.Footer {
	s.refresh()
	f := screen.Footer{Total: -1, Note: s.pager.Status()}
	if s.draft != nil && s.cursor > 0 {
		f.Note = "step " + text.Count(s.cursor) + " of " + text.Count(len(s.draft.Steps)) + " · " + f.Note
	}
	return f
}

// Plain is the whole plan as text.
func (s *Screen) Plain() string {
	s.refresh()
	var all sheet
	all.width = max(s.width-2, 40)
	for _, l := range s.head {
		all.line(l.role, l.text)
	}
	s.overview(&all)
	if s.draft != nil {
		for i := range s.draft.Steps {
			all.gap()
			s.step(&all, i)
		}
	}
	return all.plain()
}
