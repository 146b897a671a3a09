// Package namespaces lists the namespaces of the open clusters with their functions by state, and the denied ones with
// the reason.
//
// Its one rule: a namespace that cannot be seen is listed and says why; it is never left out and never counts as zero.
package namespaces

import (
	"cmp"
	"strconv"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/asking"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type key struct{ context, name string }

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.context, b.context))
}

// row is one namespace. It is comparable, so that an unchanged one keeps its pointer.
type row struct {
	key
	denied                                 string
	source                                 string
	functions, ready, idle, moving, faulty int
	inScope                                bool
	standing
	facts
	asked bool // facts were asked for
}

func (r *row) access() string {
	if r.denied != "" {
		return "✗ denied: " + r.denied
	}
	return "✓ " + cmp.Or(r.source, "seen")
}

// Text is what words are searched in.
func (r *row) Text() string { return r.name + " " + r.context + " " + r.access() }

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	switch i {
	case 0:
		return query.Value{Text: r.name, Known: true}
	case 1:
		return query.Value{Text: r.context, Known: true}
	case 2:
		return query.Value{Text: r.access(), Known: true}
	}
	if i >= 8 {
		return r.secured(i - 8)
	}
	n := []int{r.functions, r.ready, r.idle, r.moving, r.faulty}[i-3]
	return query.Value{Text: strconv.Itoa(n), Num: float64(n), Known: r.denied == ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

var queryColumns = query.Columns{{Name: "name", Title: "name"}, {Name: "context", Title: "context"}, {Name: "access", Title: "what may be read"},
	{Name: "functions", Title: "number of functions", Type: query.Number}, {Name: "ready", Title: "ready functions", Type: query.Number},
	{Name: "idle", Title: "idle functions", Type: query.Number}, {Name: "changing", Title: "building, deploying, deleting", Type: query.Number},
	{Name: "faults", Title: "functions to look at", Type: query.Number},
	{Name: "grade", Aliases: []string{"worst"}, Title: "worst grade of its functions", Type: query.Enum, Values: []string{"A", "B", "C", "D", "F"}},
	{Name: "enforces", Aliases: []string{"pss"}, Title: "Pod Security level that it enforces", Values: []string{"none", "privileged", "baseline", "restricted"}},
	{Name: "ingress", Title: "what nobody allows: deny, open", Values: []string{"deny", "open"}},
	{Name: "egress", Title: "what nobody allows: deny, open", Values: []string{"deny", "open"}},
	{Name: "quota", Title: "whether a quota limits its pods", Values: []string{"yes", "partly", "none"}}}

type list = listing.List[key, *row]

// Screen is the list of namespaces.
type Screen struct {
	*list
	env   *screen.Env
	board *board.Board
	many  bool
	asker *asking.Asker[map[string]facts]
	known map[string]map[string]facts // by context
	names map[string][]string         // what the next question is about
	mu    sync.Mutex                  // of names
}

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.asker = asking.New(env, func(cluster string, r *snapshot.Reader) map[string]facts {
		s.mu.Lock()
		names := s.names[cluster]
		s.mu.Unlock()
		return factsOf(names)(r)
	})
	s.list = listing.New(env, listing.Config[key, *row]{
		Config: table.Config[key, *row]{Key: func(r *row) key { return r.key }, CompareKeys: compareKeys, SortBy: "name",
			Noun: "namespaces", Columns: tableColumns(false, env.Facts != nil)},
		Query: queryColumns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.name },
	})
	s.take()
	return s
}

func tableColumns(many, posture bool) []table.Column[*row] {
	number := func(id, title string, priority int, value func(*row) int, role themes.Role) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Align: text.Right, Priority: priority, DescFirst: true,
			Cell: listing.Role(func(r *row) string {
				if r.denied != "" {
					return "–"
				}
				return text.Count(value(r))
			}, func(r *row) themes.Role {
				if r.denied != "" || value(r) == 0 {
					return themes.Muted
				}
				return role
			}),
			Compare: func(a, b *row) int { return cmp.Compare(value(a), value(b)) }}
	}
	all := []table.Column[*row]{{ID: "name", Title: "NAMESPACE", Frozen: true, Flex: 1, Min: 12, Max: 63,
		Cell: listing.Role(func(r *row) string { return r.name }, func(r *row) themes.Role {
			if r.inScope {
				return themes.Accent
			}
			return themes.Text
		}),
		Compare: func(a, b *row) int { return cmp.Compare(a.name, b.name) }}}
	if many {
		all = append(all, table.Column[*row]{ID: "context", Title: "CONTEXT", Priority: 2, Max: 30,
			Cell:    listing.Role(func(r *row) string { return r.context }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.context, b.context) }})
	}
	if posture {
		all = append(all, postureColumns()...)
	}
	return append(all,
		number("functions", "FUNCTIONS", 9, func(r *row) int { return r.functions }, themes.Text),
		number("ready", "READY", 7, func(r *row) int { return r.ready }, themes.StateReady),
		number("idle", "IDLE", 5, func(r *row) int { return r.idle }, themes.StateIdle),
		number("changing", "CHANGING", 4, func(r *row) int { return r.moving }, themes.StateDeploying),
		number("faults", "FAULTS", 8, func(r *row) int { return r.faulty }, themes.StateFailed),
		table.Column[*row]{ID: "access", Title: "ACCESS", Priority: 6, Flex: 2, Min: 12, Max: 100,
			Cell: listing.Role((*row).access, func(r *row) themes.Role {
				if r.denied != "" {
					return themes.Denied
				}
				return themes.Muted
			}),
			Compare: func(a, b *row) int { return cmp.Compare(a.access(), b.access()) }})
}

// take counts the functions of the newest board.
func (s *Screen) take() {
	b := s.env.Boards.Board()
	if b == s.board {
		return
	}
	s.board = b
	s.rebuild()
}

func (s *Screen) rebuild() {
	b := s.board
	counts := map[key]*row{}
	for i := range b.Clusters {
		c := &b.Clusters[i]
		for _, n := range c.Namespaces {
			k := key{c.Context, n.Name}
			counts[k] = &row{key: k, denied: text.Clean(n.Denied), source: source(&n), inScope: s.inScope(n.Name)}
		}
	}
	for _, f := range b.Rows() {
		k := key{f.ID.Context, f.ID.Namespace}
		if f.ID.Namespace == "" {
			continue
		}
		r := counts[k]
		if r == nil {
			r = &row{key: k, source: "has functions", inScope: s.inScope(k.name)}
			counts[k] = r
		}
		r.count(f.Function.State)
		if !f.Function.Opaque {
			r.standing.add(f.Posture)
		}
	}
	rows := make([]*row, 0, len(counts))
	names := map[string][]string{}
	for k, r := range counts {
		if r.denied == "" {
			names[k.context] = append(names[k.context], k.name)
			r.facts, r.asked = s.known[k.context][k.name], s.known != nil
		}
		if old, ok := s.Get(k); ok && *old == *r {
			r = old
		}
		rows = append(rows, r)
	}
	if many := len(b.Clusters) > 1; many != s.many {
		s.many = many
		s.SetColumns(tableColumns(many, s.env.Facts != nil))
	}
	s.mu.Lock()
	s.names = names
	s.mu.Unlock()
	s.Sync(rows)
	s.describeState()
}

func (s *Screen) inScope(name string) bool {
	return len(s.env.Scope.Namespaces) > 0 && s.env.Scope.Has(name)
}

func (r *row) count(state model.State) {
	r.functions++
	switch {
	case state.Faulty():
		r.faulty++
	case state == model.Ready:
		r.ready++
	case state == model.Idle || state == model.Paused:
		r.idle++
	case state == model.OpaqueRow:
		r.functions--
	default:
		r.moving++
	}
}

func source(n *status.Namespace) string {
	words := map[string]string{"list": "read", "flag": "named by -n", "config": "from the configuration",
		"kubeconfig": "from the kubeconfig", "history": "used before", "typed": "typed"}
	s := cmp.Or(words[n.Source], n.Source)
	if !n.Watched && n.Denied == "" {
		s = strings.TrimPrefix(s+", not watched until it is on screen", ", ")
	}
	return text.Clean(s)
}

// describeState says what is missing from the list.
func (s *Screen) describeState() {
	listed, complete := true, len(s.board.Clusters) > 0
	for i := range s.board.Clusters {
		c := &s.board.Clusters[i]
		listed = listed && c.NamespacesListed
		complete = complete && c.Complete
	}
	switch {
	case !complete:
		headline, lines := screen.Progress(s.board.Clusters)
		s.SetLoading(append([]string{headline}, lines...)...)
	case !listed:
		s.SetDenied("You may not list namespaces, and none is known", "Type :ns NAME to try one.")
	default:
		s.SetReady("The cluster has no namespaces.")
	}
	if complete && !listed {
		s.SetMessage(themes.Glyph(themes.Warning)+" denied: list namespaces. These are the ones that are known; :ns NAME adds one", themes.Denied)
	} else if note := unread(s.Rows()); note != "" {
		s.SetMessage(themes.Glyph(themes.Warning)+" "+note, themes.Unknown)
	} else {
		s.SetMessage("", themes.Text)
	}
}

// Title is the crumb.
func (s *Screen) Title() string { return "namespaces(" + text.Count(s.Total()) + ")" }

// Update takes boards and scopes.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		s.take()
		return s.asker.Ask()
	case screen.ScopeMsg:
		s.rebuild()
	case screen.TickMsg:
		return s.Tick(msg.Now)
	case screen.ThemeMsg:
		s.Restyle()
	default:
		all, cmd, ok := s.asker.Take(msg)
		if !ok {
			s.list.Update(msg)
			return nil
		}
		s.know(all)
		return cmd
	}
	return nil
}

// know takes what the clusters said.
func (s *Screen) know(all map[string]asking.Answer[map[string]facts]) {
	s.known = map[string]map[string]facts{}
	for name, a := range all {
		s.known[name] = a.Value
	}
	s.rebuild()
}

// Show asks what is true now.
func (s *Screen) Show() tea.Cmd { return s.asker.Ask() }

// Hide does nothing.
func (s *Screen) Hide() {}

// Close ends what is under way.
func (s *Screen) Close() {
	s.asker.Close()
	s.list.Close()
}

// Aging reports that nothing here counts time.
func (s *Screen) Aging() bool { return false }

// Open looks at the namespace under the cursor, or at all marked ones.
func (s *Screen) Open() tea.Cmd {
	rows := s.Marked()
	if len(rows) == 0 {
		r, ok := s.Selected()
		if !ok {
			return nil
		}
		rows = []*row{r}
	}
	var names []string
	for _, r := range rows {
		if r.denied != "" && len(rows) == 1 {
			return screen.Send(screen.NoticeMsg{Severity: status.Warning, Source: "namespace " + r.name,
				Text: "you may not look into " + r.name + ": " + r.denied})
		}
		if r.denied == "" {
			names = append(names, r.name)
		}
	}
	return screen.Send(screen.ScopeMsg{Namespaces: names, Then: screen.PageFunctions})
}

// Inspect is the Namespace object under the cursor.
func (s *Screen) Inspect() (screen.Target, string) {
	r, ok := s.Selected()
	if !ok {
		return screen.Target{}, "no namespace is under the cursor"
	}
	return screen.Target{Context: r.context, Ref: model.Ref{Kind: "Namespace", Name: r.name}}, ""
}
