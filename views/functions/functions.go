// Package functions is the first screen of the console: the live table of all functions of all frameworks.
//
// Its one rule: it reads the newest board when it is told of one, and takes only what changed since the last.
package functions

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// setOf are the columns of the table: the built-in ones, and those of the operator's own.
func setOf(env *screen.Env) columns.Set {
	var own []columns.Column
	for _, c := range env.Custom {
		own = append(own, columns.Label(c.Title, c.Label))
	}
	return columns.Functions().With(own...)
}

// ColumnsQuery are the columns that a filter of functions may name.
func ColumnsQuery(env *screen.Env) query.Columns { return setOf(env).Query() }

type list = listing.List[model.FunctionID, *columns.Item]

// Screen is the functions table.
type Screen struct {
	*list
	env     *screen.Env
	set     columns.Set
	source  *columns.Source
	board   *board.Board
	scope   []string
	columns columns.Scope
	faults  bool
	// trends and platforms are set once a row has something to show in the columns of that name.
	trends, platforms bool
	width             int
	height            int
	// notes stand below the table, noteLines as they fit the width.
	notes, noteLines []string
	frame            frame
	// unlook ends that what functions use is measured; nil: nobody looks.
	unlook func()
}

// New makes the screen and takes the newest board. A filter that cannot be read is left out.
func New(env *screen.Env, filter string) *Screen {
	set := setOf(env)
	s := &Screen{env: env, set: set, source: columns.NewSource(set, env.Now()), board: board.Empty(),
		scope: env.Scope.Namespaces}
	cfg := listing.Config[model.FunctionID, *columns.Item]{
		Config: table.Config[model.FunctionID, *columns.Item]{
			Key:         func(i *columns.Item) model.FunctionID { return i.ID },
			CompareKeys: columns.CompareIDs,
			SortBy:      "name", Noun: "functions",
		},
		Query: set.Query(),
		Row:   func(i *columns.Item) query.Row { return i },
		Name:  func(i *columns.Item) string { return i.Function.Name() },
		Timed: func(i int) bool { return s.source.Columns[i].Ages },
	}
	s.columns = s.columnScope()
	cfg.Columns = shown(set, s.columns)
	s.list = listing.New(env, cfg)
	if filter != "" {
		if _, err := s.SetFilter(filter); err != nil {
			filter = ""
		}
	}
	s.take(env.Boards.Board())
	return s
}

// shown adapts the shared columns to the table.
func shown(set columns.Set, scope columns.Scope) []table.Column[*columns.Item] {
	var all []table.Column[*columns.Item]
	for _, c := range set.Shown(scope, true) {
		t := table.Column[*columns.Item]{
			ID: c.ID, Title: c.Title, Max: c.Max, Min: c.Min, Flex: c.Flex, Wide: c.Wide, Ages: c.Ages, Priority: -c.Priority, DescFirst: c.WorstFirst,
			Cell: func(i *columns.Item, now time.Time) table.Cell {
				return table.Cell{Text: c.Text(i.Row, now), Role: c.Style(i.Row)}
			},
			Compare: c.Compare,
		}
		if c.Right {
			t.Align = text.Right
		}
		if c.ID == "name" {
			t.Frozen = true
		}
		all = append(all, t)
	}
	return all
}

// Update takes new boards, scopes and ticks.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take(s.env.Boards.Board())
	case screen.ScopeMsg:
		s.rescope()
	case screen.TickMsg:
		s.source.SetNow(msg.Now)
		s.describeState(msg.Now)
		return s.Tick(msg.Now)
	case screen.ThemeMsg:
		s.Restyle()
		s.frame.valid = false
	default:
		s.list.Update(msg)
	}
	return nil
}

// take brings in what changed between the board on screen and this one.
func (s *Screen) take(b *board.Board) {
	old := s.board
	s.board = b
	upserts, deletes, ok := b.Since(old.Version)
	if ok && old.Version != 0 {
		s.Apply(s.items(upserts), deletes)
	} else {
		s.Sync(s.items(b.Rows()))
	}
	s.fitColumns()
	s.describeState(s.env.Now())
}

// items makes the items of the rows in scope. Unchanged rows keep theirs.
func (s *Screen) items(rows []*board.Row) []*columns.Item {
	items := make([]*columns.Item, 0, len(rows))
	for _, r := range rows {
		if !s.inScope(r.ID.Namespace) {
			continue
		}
		old, ok := s.Get(r.ID)
		if ok && old.Row == r {
			items = append(items, old)
			continue
		}
		s.trends = s.trends || r.Trend != nil
		s.platforms = s.platforms || columns.WeakPlatform(r)
		if ok {
			items = append(items, s.source.Renew(old, r))
		} else {
			items = append(items, s.source.Item(r))
		}
	}
	return items
}

func (s *Screen) inScope(namespace string) bool {
	return len(s.scope) == 0 || namespace == "" || slices.Contains(s.scope, namespace)
}

// rescope follows the operator to other namespaces. Marks belong to a scope.
func (s *Screen) rescope() {
	if slices.Equal(s.scope, s.env.Scope.Namespaces) {
		return
	}
	s.scope = s.env.Scope.Namespaces
	s.ClearMarks()
	s.Sync(s.items(s.board.Rows()))
	s.fitColumns()
	s.describeState(s.env.Now())
}

func (s *Screen) columnScope() columns.Scope {
	return columns.Scope{Contexts: len(s.board.Clusters), Namespaces: len(s.scope),
		Trends: s.trends, Platforms: s.platforms, Usage: s.env.Metrics != nil}
}

// fitColumns shows the columns that the scope needs.
func (s *Screen) fitColumns() {
	if now := s.columnScope(); now != s.columns {
		s.columns = now
		s.SetColumns(shown(s.set, now))
	}
}

// Title is the crumb: `functions(1,204)`. Opaque rows stand for functions that nobody counted.
func (s *Screen) Title() string { return "functions(" + text.Count(s.Total()) + ")" }

// Open shows the function under the cursor.
func (s *Screen) Open() tea.Cmd {
	i, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageFunction, Function: i.ID}})
}

// Inspect is the object that declares the function under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	i, ok := s.Selected()
	if !ok {
		return screen.Target{}, "no function is under the cursor"
	}
	return screen.ObjectOf(i.Row)
}

// Subject is the function under the cursor.
func (s *Screen) Subject() (model.FunctionID, bool) { return s.SelectedKey() }

// ToggleFaults shows only what does not run well or is badly secured, or all again.
func (s *Screen) ToggleFaults() tea.Cmd {
	s.faults = !s.faults
	if !s.faults {
		return s.Only("", nil)
	}
	return s.Only("only faults and grades D, F (z shows all)", func(i *columns.Item) bool { return columns.Faulty(i.Row) })
}

// Escape clears the filter, the marks and the faults view, one at a time.
func (s *Screen) Escape() bool {
	if s.list.Escape() {
		return true
	}
	if s.faults {
		s.ToggleFaults()
		return true
	}
	return false
}
