// Package events lists what the cluster has to say about one function, its object, workloads and pods, or about the
// namespaces in scope.
//
// Its one rule: a failed question leaves the last answer on screen, and says so.
package events

import (
	"cmp"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// every is how often events are asked for while they are on screen.
	every = 5 * time.Second
	// limit is how long the server may take.
	limit = 30 * time.Second
)

type list = listing.List[key, *row]

// Screen is the list of events of a function.
type Screen struct {
	*list
	env     *screen.Env
	id      model.FunctionID
	context string // of the scope, where it is about no function
	shown   bool
	loading bool
	loaded  bool
	asked   time.Time
	at      time.Time
}

// answerMsg brings the events.
type answerMsg struct {
	to     *Screen
	events []screen.Event
	err    error
}

// New makes the screen of a function.
func New(env *screen.Env, id model.FunctionID, filter string) *Screen {
	s := &Screen{env: env, id: id}
	s.list = listing.New(env, listing.Config[key, *row]{
		Config: table.Config[key, *row]{Key: (*row).key, CompareKeys: compareKeys, SortBy: "age", Noun: "events", Columns: tableColumns()},
		Query:  Columns,
		Row:    func(r *row) query.Row { return r },
		Name:   func(r *row) string { return r.Message },
		Timed:  func(i int) bool { return i == ageColumn },
	})
	if _, err := s.SetFilter(filter); err != nil {
		s.SetLoading("Loading events…", "the filter is off: "+err.Error())
	}
	return s
}

// NewScope makes the screen of the namespaces in scope.
func NewScope(env *screen.Env, context, filter string) *Screen {
	s := New(env, model.FunctionID{}, filter)
	s.context = context
	return s
}

// ToggleFaults shows only warnings, or everything.
func (s *Screen) ToggleFaults() tea.Cmd {
	const faults = "type=Warning"
	text := faults
	if s.FilterText() == faults {
		text = ""
	}
	cmd, err := s.SetFilter(text)
	if err != nil {
		return nil // it is no wrong filter
	}
	return cmd
}

// targets are the objects that events are asked about. The text says why there are none.
func (s *Screen) targets() ([]screen.Target, string) {
	if s.id != (model.FunctionID{}) {
		if r := s.env.Boards.Board().Row(s.id); r != nil {
			return screen.ObjectsOf(r), ""
		}
		return nil, "The function is not there any more."
	}
	var all []screen.Target
	names := s.env.Scope.Namespaces
	for i := range s.env.Boards.Board().Clusters {
		c := &s.env.Boards.Board().Clusters[i]
		if c.Context != s.context || len(names) > 0 || c.NamespacesListed {
			continue
		}
		for _, n := range c.Namespaces {
			if n.Denied == "" {
				names = append(names, n.Name)
			}
		}
	}
	for _, n := range names {
		all = append(all, screen.Target{Context: s.context, Ref: model.Ref{Namespace: n}})
	}
	if len(all) == 0 {
		all = []screen.Target{{Context: s.context}}
	}
	return all, ""
}

// Title is the crumb.
func (s *Screen) Title() string {
	if s.id == (model.FunctionID{}) {
		return "events(" + text.Count(s.Total()) + ")"
	}
	return "events of " + text.Clean(s.id.Name) + "(" + text.Count(s.Total()) + ")"
}

// Show asks for the events, and goes on asking while the screen is on top.
func (s *Screen) Show() tea.Cmd {
	s.shown = true
	return s.ask()
}

// Hide stops asking.
func (s *Screen) Hide() { s.shown = false }

// Aging keeps the clock going, which is what the questions are timed by.
func (s *Screen) Aging() bool { return true }

func (s *Screen) ask() tea.Cmd {
	targets, why := s.targets()
	if why != "" && !s.loaded {
		s.SetReady(why)
	}
	if s.loading || why != "" {
		return nil
	}
	s.loading, s.asked = true, s.env.Now()
	objects, parent := s.env.Objects, s.Context()
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		events, err := objects.Events(ctx, targets)
		return answerMsg{to: s, events: events, err: err}
	}
}

// Update takes answers, and asks again when it is time.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answerMsg:
		if msg.to == s {
			s.take(msg)
		}
	case screen.BoardMsg:
		if s.shown && !s.loaded {
			return s.ask() // the cluster may be ready by now
		}
	case screen.TickMsg:
		cmd := s.Tick(msg.Now)
		if s.shown && msg.Now.Sub(s.asked) >= every {
			return tea.Batch(cmd, s.ask())
		}
		return cmd
	case screen.ScopeMsg:
		s.loading = false
		return s.ask()
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return nil
}

func (s *Screen) take(msg answerMsg) {
	s.loading = false
	if msg.err != nil {
		why := text.Clean(msg.err.Error())
		if c, ok := s.env.Boards.Board().Cluster(s.cluster()); !s.loaded && (!ok || !c.Complete) {
			s.SetLoading("Loading events…", why)
			return
		}
		if !s.loaded {
			s.SetDenied("The events cannot be read", why, "", "ctrl-r tries again, esc goes back.")
			return
		}
		s.SetDim(true)
		s.SetMessage(themes.Glyph(themes.Warning)+" as of "+s.at.Format("15:04:05")+": "+why, themes.Stale)
		return
	}
	s.loaded, s.at = true, s.env.Now()
	s.SetDim(false)
	s.SetMessage("", themes.Text)
	rows := make([]*row, 0, len(msg.events))
	for i, e := range msg.events {
		r := &row{Event: e, n: i, now: s.env.Now}
		if old, ok := s.Get(r.key()); ok && old.Event == e && old.n == i {
			r = old
		}
		rows = append(rows, r)
	}
	s.Sync(rows)
	s.SetReady("The cluster keeps events for an hour or so. Nothing happened since.")
}

// cluster is the context that the events are of.
func (s *Screen) cluster() string { return cmp.Or(s.id.Context, s.context) }

// Open describes the object that the event is about.
func (s *Screen) Open() tea.Cmd {
	t, why := s.Inspect()
	if why != "" {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: t}})
}

// Inspect is the object that the event under the cursor is about.
func (s *Screen) Inspect() (screen.Target, string) {
	r, ok := s.Selected()
	if !ok {
		return screen.Target{}, "no event is under the cursor"
	}
	return screen.Target{Context: s.cluster(), Ref: r.Object}, ""
}

// Subject is the function.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.id, s.id != (model.FunctionID{}) }
