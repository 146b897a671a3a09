// Package objects shows a plain table of any kind that a cluster serves, as the server draws it.
//
// Its one rule: the server's table is asked for again every few seconds while it is on screen, and only then.
package objects

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	// every is how often the table is read again.
	every = 4 * time.Second
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

// Field is the value in a column: the namespace, then the server's columns. Which ones there are is not known before
// the first answer, so a filter names them by what the table then had.
func (r *row) Field(i int) query.Value {
	if i == 0 {
		return query.Value{Text: r.target.Namespace, Known: r.target.Namespace != ""}
	}
	if i-1 >= len(r.cells) {
		return query.Value{}
	}
	v := query.Value{Text: r.cells[i-1], Known: r.cells[i-1] != "" && r.cells[i-1] != "<none>"}
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

	answer  *screen.Table
	failed  string
	at      time.Time
	asked   time.Time
	loading bool
	shown   bool
	asking  uint64 // generation: answers to older questions are dropped
}

// tableMsg brings the server's answer.
type tableMsg struct {
	to     *Screen
	asking uint64
	table  *screen.Table
	err    error
}

// New makes the screen of a kind. The filter is applied to the first answer.
func New(env *screen.Env, cluster, resource, filter string) *Screen {
	s := &Screen{env: env, context: cluster, resource: resource, filter: filter}
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
			CompareKeys: compareTargets, Noun: noun(answer, s.resource), Columns: tableColumns(answer),
		},
		Query: queryColumns(answer),
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.target.Name },
	})
	s.SetSize(width, height)
	s.SetWide(wide)
	s.SetLoading("Loading " + text.Clean(s.resource) + "…")
	s.Sort("last-seen", false) // events: the newest first
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
	return a.Ref.Compare(b.Ref)
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

func (s *Screen) ask() tea.Cmd {
	if s.loading {
		return nil
	}
	s.loading, s.asked = true, s.env.Now()
	s.asking++
	if clusters := s.env.Boards.Board().Clusters; s.context == "" && len(clusters) > 0 {
		s.context = clusters[0].Context
	}
	asking, objects, cluster, resource := s.asking, s.env.Objects, s.context, s.resource
	namespaces := slices.Clone(s.env.Scope.Namespaces)
	parent := s.list.Context()
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		t, err := objects.List(ctx, cluster, resource, namespaces)
		return tableMsg{to: s, asking: asking, table: t, err: err}
	}
}

// Update takes answers, and asks again when it is time.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tableMsg:
		if msg.to == s && msg.asking == s.asking {
			return s.take(msg)
		}
	case screen.BoardMsg:
		if s.shown && s.answer == nil && s.failed != "" {
			return s.ask() // the cluster may be ready by now
		}
	case screen.ScopeMsg:
		s.loading = false
		return s.ask()
	case screen.TickMsg:
		cmd := s.Tick(msg.Now)
		if s.shown && msg.Now.Sub(s.asked) >= every {
			return tea.Batch(cmd, s.ask())
		}
		return cmd
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return nil
}

func (s *Screen) take(msg tableMsg) (problem tea.Cmd) {
	s.loading = false
	if msg.err != nil || msg.table == nil {
		s.fail(msg.err)
		return nil
	}
	s.failed, s.at = "", s.env.Now()
	s.SetDim(false)
	s.SetMessage("", themes.Text)
	if s.answer == nil || !slices.Equal(s.answer.Columns, msg.table.Columns) {
		problem = s.renew(msg.table)
	}
	s.answer = msg.table
	rows := make([]*row, 0, len(msg.table.Rows))
	for _, r := range msg.table.Rows {
		if old, ok := s.Get(r.Target); ok && slices.Equal(old.cells, r.Cells) {
			rows = append(rows, old)
			continue
		}
		rows = append(rows, &row{target: r.Target, cells: r.Cells,
			text: text.Clean(r.Target.Namespace + " " + strings.Join(r.Cells, " "))})
	}
	s.Sync(rows)
	s.SetReady(s.emptyHint())
	return problem
}

// fail says why there is no table, or why the one on screen is old.
func (s *Screen) fail(err error) {
	s.failed = "the server sent no table"
	if err != nil {
		s.failed = text.Clean(err.Error())
	}
	if c, ok := s.env.Boards.Board().Cluster(s.context); s.answer == nil && (!ok || !c.Complete) {
		s.SetLoading("Loading "+text.Clean(s.resource)+"…", s.failed)
		return
	}
	if s.answer == nil {
		s.SetDenied("No table of "+text.Clean(s.resource), s.failed, "", "ctrl-r tries again, esc goes back.")
		return
	}
	s.SetDim(true)
	s.SetMessage(themes.Glyph(themes.Warning)+" as of "+s.at.Format("15:04:05")+": "+s.failed, themes.Stale)
}

func (s *Screen) emptyHint() string {
	if len(s.env.Scope.Namespaces) > 0 {
		return "In scope: " + text.Clean(strings.Join(s.env.Scope.Namespaces, ", ")) + ". Press 0 for all namespaces."
	}
	return "There are none in " + text.Clean(s.context) + "."
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
