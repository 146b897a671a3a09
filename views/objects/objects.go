// Package objects shows a plain table of any kind that a cluster serves, as the server draws it.
//
// Its one rule: the server's table is asked for again every few seconds while it is on screen, and only then.
package objects

import (
	"cmp"
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// every is how often the table is read again, and pause how many times as long as an answer took is at least left
	// between two questions: a table that is work for a server is asked for less often.
	every = 4 * time.Second
	pause = 10
	// limit is how long the server may take.
	limit = 30 * time.Second
)

// row is one object. Rows are immutable.
type row struct {
	target screen.Target
	cells  []string
	text   string
}

// Text is what words are searched in.
func (r *row) Text() string { return r.text }

// Field is the value in a column: the context and the namespace, then the server's columns. Which ones there are is not known before
// the first answer, so a filter names them by what the table then had.
func (r *row) Field(i int) query.Value {
	switch {
	case i == 0:
		return query.Value{Text: r.target.Context, Known: true}
	case i == 1:
		return query.Value{Text: r.target.Namespace, Known: r.target.Namespace != ""}
	case i-2 >= len(r.cells):
		return query.Value{}
	}
	v := query.Value{Text: r.cells[i-2], Known: r.cells[i-2] != "" && r.cells[i-2] != "<none>"}
	v.Num, _ = number(v.Text)
	return v
}

// Labels are not part of a server's table.
func (r *row) Labels() map[string]string { return nil }

type list = listing.List[screen.Target, *row]

// Screen is the table of one kind.
type Screen struct {
	*list
	env      *screen.Env
	context  string
	resource string
	filter   string

	ctx    context.Context // ends with the screen
	cancel context.CancelFunc
	parts  map[string]*part // by context: what each server said
	answer *screen.Table    // the parts joined; nil before the first
	wanted *screen.View     // order and columns for the first answer
	failed string
	at     time.Time
	asked  time.Time
	shown  bool
}

// New makes the screen of a kind, of one cluster or, without a name, of all that are open. The filter is applied to the
// first answer.
func New(env *screen.Env, cluster, resource, filter string) *Screen {
	s := &Screen{env: env, context: cluster, resource: resource, filter: filter, parts: map[string]*part{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.renew(nil)
	return s
}

// renew makes the list for the columns of an answer.
func (s *Screen) renew(answer *screen.Table) (problem tea.Cmd) {
	filter, wide := s.filter, false
	var width, height int
	if s.list != nil {
		width, height = s.Size()
		filter, wide = s.FilterText(), s.Wide()
		if s.answer == nil {
			filter = s.filter
		}
		s.list.Close()
	}
	s.answer = answer
	s.list = listing.New(s.env, listing.Config[screen.Target, *row]{
		Config: table.Config[screen.Target, *row]{
			Key:         func(r *row) screen.Target { return r.target },
			CompareKeys: compareTargets, Noun: noun(answer, s.resource), Columns: tableColumns(answer, s.several()),
		},
		Query: queryColumns(answer), Layout: s.layout(answer),
		Row:  func(r *row) query.Row { return r },
		Name: func(r *row) string { return r.target.Name },
	})
	s.SetSize(width, height)
	s.SetWide(wide)
	s.SetLoading("Loading " + text.Clean(s.resource) + "…")
	s.Sort("last-seen", false) // events: the newest first
	if s.wanted != nil && answer != nil {
		s.list.Arrange(s.wanted)
		s.wanted = nil
	}
	if filter != "" && answer != nil {
		if _, err := s.SetFilter(filter); err != nil {
			return screen.Send(screen.NoticeMsg{Severity: status.Warning, Source: "filter " + filter,
				Text: "the filter is off: " + err.Error()})
		}
	}
	return nil
}

func compareTargets(a, b screen.Target) int {
	if d := strings.Compare(a.Namespace, b.Namespace); d != 0 {
		return d
	}
	return cmp.Or(a.Ref.Compare(b.Ref), cmp.Compare(a.Context, b.Context))
}

// layout is the name that the table's columns are chosen under: with the group where the operator wrote it so.
func (s *Screen) layout(answer *screen.Table) string {
	if answer != nil && answer.Group != "" {
		name := answer.Resource + "." + answer.Group
		if _, ok := s.env.Layouts[name]; ok {
			return name
		}
	}
	return noun(answer, s.resource)
}

func noun(answer *screen.Table, resource string) string {
	if answer == nil || answer.Resource == "" {
		return text.Clean(resource)
	}
	return text.Clean(answer.Resource)
}

// Title is the crumb.
func (s *Screen) Title() string {
	name := noun(s.answer, s.resource)
	if s.answer != nil && s.answer.Group != "" {
		name += "." + text.Clean(s.answer.Group)
	}
	if s.answer == nil {
		return name
	}
	return name + "(" + text.Count(s.Total()) + ")"
}

// Show asks the server, and goes on asking while the screen is on top.
func (s *Screen) Show() tea.Cmd {
	s.shown = true
	return s.ask()
}

// Hide stops asking.
func (s *Screen) Hide() { s.shown = false }

// Aging keeps the clock going, which is what the questions are timed by.
func (s *Screen) Aging() bool { return true }

// Update takes answers, and asks again when it is time.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tableMsg:
		if p := s.parts[msg.context]; msg.to == s && p != nil && msg.asking == p.asking {
			return s.take(p, msg)
		}
	case screen.BoardMsg:
		if s.shown && s.answer == nil && s.failed != "" {
			return s.ask() // the cluster may be ready by now
		}
	case screen.ScopeMsg:
		for _, p := range s.parts {
			p.loading = false // the answer under way is about other namespaces
		}
		return s.ask()
	case screen.TickMsg:
		cmd := s.Tick(msg.Now)
		if s.shown && msg.Now.Sub(s.asked) >= every {
			return tea.Batch(cmd, s.askAgain())
		}
		return cmd
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return nil
}

func (s *Screen) emptyHint() string {
	if len(s.env.Scope.Namespaces) > 0 {
		return "In scope: " + text.Clean(strings.Join(s.env.Scope.Namespaces, ", ")) + ". Press 0 for all namespaces."
	}
	return "There are none in " + text.Clean(strings.Join(s.contexts(), ", ")) + "."
}

// Arrange takes order and columns of a view, now or with the first answer.
func (s *Screen) Arrange(v *screen.View) tea.Cmd {
	if s.answer == nil {
		s.wanted = v
		return nil
	}
	return s.list.Arrange(v)
}

// Open describes the object under the cursor.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageDescribe, Target: r.target}})
}

// Inspect is the object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	r, ok := s.Selected()
	if !ok {
		return screen.Target{}, "no object is under the cursor"
	}
	return r.target, ""
}
