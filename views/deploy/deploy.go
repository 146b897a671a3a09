// Package deploy is the form in which a function is made: in which framework, of what, and how it runs, with what it
// would come to beside it. The plan screen does the rest.
//
// Its one rule: what is typed is on the screen at once; what it comes to is computed elsewhere, and says how old it is.
package deploy

import (
	"context"
	"slices"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/pager"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/panes"
	"github.com/fn9s/fn9s/views/screen"
)

// Screen is the choice of a framework, then the form. It belongs to the goroutine of the event loop.
type Screen struct {
	*panes.Panes
	env    *screen.Env
	of     screen.Making
	ctx    context.Context
	cancel context.CancelFunc

	makers  []screen.Maker
	found   *screen.Found // of a file or a copy
	reading bool          // what is to be imported or copied
	failed  string        // why that cannot be done
	shown   bool
	form    *form // nil: the framework or the function is still chosen
	rows    map[string]row

	// What is typed.
	input  textinput.Model
	typing string // the field; empty: none
	before string // what stood there

	// What it comes to.
	got      *screen.Prospect
	spans    [][]pager.Span
	gotAt    time.Time
	asked    uint64 // generation of the newest question
	asking   bool
	askErr   string
	stop     context.CancelFunc // of the question under way
	problems []plan.Problem     // what cannot be read of what was filled in
	ordering bool

	side          *pager.Pager
	onSide        bool // the other side has the keys
	labels        int  // width of the names of fields
	width, height int
	view          drawn
}

// prospectMsg brings what a deployment would come to.
type prospectMsg struct {
	to    *Screen
	asked uint64
	got   *screen.Prospect
	spans [][]pager.Span // colours of its objects
	err   error
}

// foundMsg brings what a file holds, or another function is.
type foundMsg struct {
	to  *Screen
	got *screen.Found
	err error
}

// codeMsg brings source.
type codeMsg struct {
	to   *form
	path string
	got  *plan.Code
	err  error
}

// orderedMsg brings the order of a plan.
type orderedMsg struct {
	to    *Screen
	order *screen.Order
	err   error
}

// interviewedMsg brings what was filled in line by line.
type interviewedMsg struct {
	to   *Screen
	form *form
	err  error
}

// New makes the screen.
func New(env *screen.Env, of screen.Making) *Screen {
	s := &Screen{env: env, of: of, rows: map[string]row{}, input: newInput(), side: pager.New(env.Theme)}
	s.side.SetPointer(false)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.Panes = panes.New(env, func(p, _ *panes.Pane) { s.build(p) })
	return s
}

// Title is the crumb.
func (s *Screen) Title() string {
	switch {
	case s.form == nil:
		return "new function"
	case s.form.values[nameID] == "":
		return "new " + text.Clean(s.form.maker.Framework) + " function"
	}
	return "new " + text.Clean(s.form.values[nameID])
}

// Keys is the key set of lists.
func (s *Screen) Keys() action.KeySet { return action.Lists }

// Close ends what the screen has running.
func (s *Screen) Close() { s.cancel() }

// Aging reports that the age of what it comes to is shown.
func (s *Screen) Aging() bool { return s.form != nil && s.got != nil }

// Version stands for what the footer hints at.
func (s *Screen) Version() uint64 {
	switch {
	case s.form == nil:
		return 0
	case s.typing != "":
		return 1
	}
	return 2
}

// Show begins, when the screen is first shown.
func (s *Screen) Show() tea.Cmd {
	s.changed()
	if s.shown {
		return s.prospect()
	}
	s.shown = true
	return s.begin()
}

// Hide ends typing.
func (s *Screen) Hide() { s.endTyping() }

// Reload computes anew what it comes to.
func (s *Screen) Reload() tea.Cmd {
	if s.form == nil {
		return s.begin()
	}
	return s.prospect()
}

// begin finds out what is to be made: the framework was named, or a file or a function to take it from.
func (s *Screen) begin() tea.Cmd {
	s.failed = ""
	d := s.env.Deployments
	if d == nil {
		return nil
	}
	s.makers = d.Makers(s.of.Context)
	switch {
	case s.of.File != "":
		return s.take(s.of.File)
	case s.of.Copy != (model.FunctionID{}):
		return s.openCopy()
	case s.of.Framework != "":
		for _, m := range s.makers {
			if m.Framework == s.of.Framework && m.Refused == "" {
				return s.open(m)
			}
		}
	}
	return nil
}

// take reads functions from a file.
func (s *Screen) take(path string) tea.Cmd {
	s.reading, s.failed = true, ""
	s.changed()
	d := s.env.Deployments
	return func() tea.Msg {
		got, err := d.Import(path)
		return foundMsg{to: s, got: got, err: err}
	}
}

// openCopy begins the form of a function like another one: only what differs is asked for.
func (s *Screen) openCopy() tea.Cmd {
	id := s.of.Copy
	row := s.env.Boards.Board().Row(id)
	if row == nil {
		s.failed = "it is not there any more"
		s.changed()
		return nil
	}
	m := screen.Maker{Framework: id.Framework}
	for _, x := range s.makers {
		if x.Framework == id.Framework {
			m = x
		}
	}
	s.form, s.got = newForm(m, id.Namespace), nil
	s.form.copy, s.form.from = &id, "a copy of "+row.Function.Name()+" in "+id.Namespace
	s.form.values[secretsID] = named
	s.changed()
	return tea.Batch(s.edit(nameID), s.prospect())
}

// open begins the form of a framework.
func (s *Screen) open(m screen.Maker) tea.Cmd {
	namespace := ""
	if n := s.env.Scope.Namespaces; len(n) > 0 {
		namespace = n[0]
	}
	s.form, s.got, s.found = newForm(m, namespace), nil, nil
	s.changed()
	if namespace == "" {
		s.Go(spotOf(namespaceID))
		return s.prospect()
	}
	return tea.Batch(s.edit(nameID), s.prospect())
}

// openFound begins the form of a function that was read.
func (s *Screen) openFound(r *plan.DeployRequest) tea.Cmd {
	i := slices.IndexFunc(s.makers, func(m screen.Maker) bool { return m.Framework == r.Framework })
	if i < 0 || s.makers[i].Refused != "" {
		why := "no function of " + r.Framework + " can be made here"
		if i >= 0 {
			why += ": " + s.makers[i].Refused
		}
		return notice(status.Warning, why)
	}
	namespace := ""
	if n := s.env.Scope.Namespaces; len(n) > 0 {
		namespace = n[0]
	}
	s.form, s.got = newForm(s.makers[i], namespace), nil
	s.form.fill(r, s.found.From)
	s.changed()
	s.Go(spotOf(nameID))
	return s.prospect()
}

// Escape goes back from the form to what was chosen from, if there was anything.
func (s *Screen) Escape() bool {
	switch {
	case s.onSide:
		s.onSide = false
	case s.form != nil && s.several():
		s.form, s.got = nil, nil
		s.giveUp()
	default:
		return false
	}
	s.changed()
	return true
}

// several reports whether there are more functions or frameworks to choose from than the one of the form.
func (s *Screen) several() bool {
	if s.found != nil {
		return len(s.found.Requests)+len(s.found.Objects) > 1
	}
	return s.of.Framework == "" && s.of.File == "" && s.of.Copy == (model.FunctionID{})
}

// Update takes answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case prospectMsg:
		if msg.to == s && msg.asked == s.asked {
			s.looked(msg)
		}
	case foundMsg:
		if msg.to == s {
			return s.tookFound(msg)
		}
	case codeMsg:
		if s.form != nil && msg.to == s.form {
			return s.tookCode(msg)
		}
	case orderedMsg:
		if msg.to == s {
			return s.ordered(msg)
		}
	case interviewedMsg:
		if msg.to == s {
			return s.interviewed(msg)
		}
	case screen.BoardMsg:
		if s.form == nil && s.env.Deployments != nil && !s.reading {
			s.makers = s.env.Deployments.Makers(s.of.Context)
		}
		s.changed()
	case screen.TickMsg:
		s.view.stale = true
	case screen.ThemeMsg:
		s.side.SetTheme(s.env.Theme)
		s.fillSide()
		s.changed()
	}
	return nil
}

func (s *Screen) tookFound(msg foundMsg) tea.Cmd {
	s.reading = false
	s.changed()
	if msg.err != nil {
		s.failed = text.Clean(msg.err.Error())
		return nil
	}
	s.found = msg.got
	if len(s.found.Requests) == 1 && len(s.found.Objects) == 0 && len(s.found.Problems) == 0 {
		return s.openFound(&s.found.Requests[0])
	}
	return nil
}

// changed says that the form is to be drawn anew.
func (s *Screen) changed() {
	s.Changed()
	s.view.stale = true
}

func notice(severity status.Severity, message string) tea.Cmd {
	return screen.Send(screen.NoticeMsg{Severity: severity, Source: "deploy", Text: text.Clean(message)})
}
