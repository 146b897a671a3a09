// Package contexts lists the contexts of the kubeconfig and switches between them.
//
// Its one rule: switching never waits for the old cluster, and a broken kubeconfig is shown here, in words.
package contexts

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one context with how its cluster is seen now.
type row struct {
	screen.Context
	open  bool
	state string
}

// Text is what words are searched in.
func (r *row) Text() string {
	return strings.Join([]string{r.Name, r.Cluster, r.User, r.Namespace, r.Server, r.state}, " ")
}

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	v := []string{r.Name, r.Cluster, r.User, r.Namespace, r.Server, r.state}[i]
	return query.Value{Text: v, Known: v != ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

var queryColumns = query.Columns{{Name: "name", Title: "name"}, {Name: "cluster", Title: "cluster"}, {Name: "user", Title: "user"},
	{Name: "namespace", Title: "default namespace"}, {Name: "server", Title: "address"}, {Name: "state", Title: "connection"}}

type list = listing.List[string, *row]

// Screen is the list of contexts.
type Screen struct {
	*list
	env *screen.Env
}

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[string, *row]{
		Config: table.Config[string, *row]{Key: func(r *row) string { return r.Name }, CompareKeys: cmp.Compare[string],
			SortBy: "name", Noun: "contexts", Columns: tableColumns()},
		Query: queryColumns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.Name },
	})
	s.take()
	return s
}

func tableColumns() []table.Column[*row] {
	column := func(id string, priority int, value func(*row) string, role func(*row) themes.Role) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: strings.ToUpper(id), Priority: priority, Flex: 1, Min: 8, Max: 60,
			Cell: listing.Role(value, role), Compare: func(a, b *row) int { return cmp.Compare(value(a), value(b)) }}
	}
	all := []table.Column[*row]{
		column("name", 9, func(r *row) string { return r.Name }, func(r *row) themes.Role {
			if r.open {
				return themes.Accent
			}
			return themes.Text
		}),
		column("state", 8, func(r *row) string { return r.state }, func(r *row) themes.Role { return connectionRole(r) }),
		column("cluster", 3, func(r *row) string { return r.Cluster }, nil),
		column("user", 4, func(r *row) string { return r.User }, nil),
		column("namespace", 2, func(r *row) string { return r.Namespace }, nil),
		column("server", 1, func(r *row) string { return r.Server }, func(*row) themes.Role { return themes.Muted }),
	}
	all[0].Frozen = true
	return all
}

func connectionRole(r *row) themes.Role {
	if !r.open {
		return themes.Muted
	}
	word, _, _ := strings.Cut(strings.TrimLeft(r.state, "●◌▲✗■ "), " ")
	return themes.Connection(word)
}

var signs = map[status.Phase]string{status.Live: "● live", status.Connecting: "◌ connecting", status.Stale: "▲ stale",
	status.Denied: "✗ denied", status.AuthNeeded: "▲ auth-needed",
	status.Files: "■ files", status.Demo: "■ demo"}

// take reads the kubeconfig's contexts, which the fleet keeps in memory, and how the open ones are connected.
func (s *Screen) take() {
	all, err := s.env.Fleet.Contexts()
	b := s.env.Boards.Board()
	rows := make([]*row, 0, len(all))
	for _, c := range all {
		r := &row{Context: c, state: "–"}
		if cluster, ok := b.Cluster(c.Name); ok {
			r.open = true
			r.state = signs[cluster.Connection.Phase]
			if why := cluster.Connection.Reason; why != "" {
				r.state += " " + text.Clean(why)
			}
		} else if c.Current {
			r.state = "current in the kubeconfig"
		}
		if old, ok := s.Get(c.Name); ok && *old == *r {
			r = old
		}
		rows = append(rows, r)
	}
	s.Sync(rows)
	if err != nil {
		s.SetDenied("The kubeconfig cannot be read", text.Clean(err.Error()))
		return
	}
	s.SetReady("The kubeconfig has no contexts. --kubeconfig or KUBECONFIG names another file.")
}

// Title is the crumb.
func (s *Screen) Title() string { return "contexts(" + text.Count(s.Total()) + ")" }

// Update takes boards, because the states of the connections come with them.
func (s *Screen) Update(msg tea.Msg) tea.Cmd { return s.Follow(msg, s.take) }

// Show reads the contexts again.
func (s *Screen) Show() tea.Cmd { s.take(); return nil }

// Hide does nothing.
func (s *Screen) Hide() {}

// Open switches to the contexts that are marked, side by side, or to the one under the cursor.
func (s *Screen) Open() tea.Cmd {
	var names []string
	for _, r := range s.Marked() {
		names = append(names, r.Name)
	}
	if r, ok := s.Selected(); ok && len(names) == 0 {
		names = []string{r.Name}
	}
	if len(names) == 0 {
		return nil
	}
	s.ClearMarks()
	return screen.Send(screen.SwitchMsg{Contexts: names})
}

// Names returns the names of the contexts, for completion.
func Names(env *screen.Env) []string {
	all, err := env.Fleet.Contexts()
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// Aging reports that nothing here counts time.
func (s *Screen) Aging() bool { return false }
