// Package findings lists all findings of the scope, one by one or summed up by control, function or namespace.
//
// Its one rule: it holds no text of a finding. Rows point into the postures of the board, and only what a board changed
// is looked at again.
package findings

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/accept"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type (
	flatList  = listing.List[key, *item]
	groupList = listing.List[groupKey, *group]
)

// Screen is the table of findings.
type Screen struct {
	env       *screen.Env
	flat      *flatList
	groups    *groupList
	by        screen.Grouping
	maker     maker
	board     *board.Board
	scope     []string
	many      bool // several contexts
	functions map[model.FunctionID]*function
	round     uint64
	open      bool // only failures
	fresh     int  // findings that the baseline has not
}

// New makes the screen and takes the newest board. A filter that cannot be read is left out.
func New(env *screen.Env, by screen.Grouping, filter string) *Screen {
	s := &Screen{env: env, by: by, board: board.Empty(), scope: env.Scope.Namespaces, maker: newMaker(env.Baseline),
		functions: map[model.FunctionID]*function{}}
	s.flat = listing.New(env, listing.Config[key, *item]{
		Config: table.Config[key, *item]{Key: func(i *item) key { return i.key }, CompareKeys: compareKeys, SortBy: "severity", Desc: true,
			Noun: "findings", Columns: columns(false, env.Baseline != nil)},
		Query: ColumnsQuery,
		Row:   func(i *item) query.Row { return i },
		Name: func(i *item) string {
			return i.f.Control.ID + " " + i.of.row.ID.Namespace + "/" + i.of.row.Function.Name()
		},
	})
	s.groups = listing.New(env, listing.Config[groupKey, *group]{
		Config: table.Config[groupKey, *group]{Key: func(g *group) groupKey { return g.groupKey }, CompareKeys: compareGroups,
			SortBy: "severity", Desc: true, Noun: "groups", Columns: groupColumns(by, false, env.Baseline != nil)},
		Row:  func(g *group) query.Row { return g },
		Name: func(g *group) string { return g.name },
	})
	if filter != "" {
		_, _ = s.flat.SetFilter(filter) // what is wrong with it was said before
	}
	s.take(env.Boards.Board())
	return s
}

// Update takes new boards, scopes and answers of filters.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case screen.BoardMsg:
		s.take(s.env.Boards.Board())
	case screen.ScopeMsg:
		s.rescope()
	case screen.ThemeMsg:
		s.flat.Restyle()
		s.groups.Restyle()
	default:
		if s.flat.Update(msg) {
			s.regroup()
		}
	}
	return nil
}

// take brings in what changed between the board on screen and this one.
func (s *Screen) take(b *board.Board) {
	old := s.board
	s.board = b
	rows, gone, ok := b.Since(old.Version)
	if !ok || old.Version == 0 {
		rows = b.Rows()
		gone = gone[:0]
		for id := range s.functions {
			if b.Row(id) == nil {
				gone = append(gone, id)
			}
		}
	}
	if many := len(b.Clusters) > 1; many != s.many {
		s.many = many
		s.flat.SetColumns(columns(many, s.env.Baseline != nil))
		s.groups.SetColumns(groupColumns(s.by, many, s.env.Baseline != nil))
	}
	s.apply(rows, gone)
	s.describeState()
}

// apply replaces the findings of the functions whose posture is another one.
func (s *Screen) apply(rows []*board.Row, gone []model.FunctionID) {
	var upserts []*item
	var deletes []key
	for _, id := range gone {
		deletes = s.drop(id, deletes)
	}
	for _, r := range rows {
		of := s.functions[r.ID]
		switch {
		case r.Posture == nil || len(r.Posture.Findings) == 0 || !s.inScope(r.ID.Namespace):
			deletes = s.drop(r.ID, deletes)
			continue
		case of == nil:
			of = &function{row: r}
			s.functions[r.ID] = of
		case of.row.Posture.Posture == r.Posture.Posture && of.row.Function.Name() == r.Function.Name():
			of.row = r
			continue
		}
		of.row = r
		items := s.maker.items(of)
		for _, was := range of.items {
			if !slices.ContainsFunc(items, func(i *item) bool { return i.key == was.key }) {
				deletes = append(deletes, was.key)
			}
		}
		of.items = items
		s.count(of)
		upserts = append(upserts, items...)
	}
	if len(upserts)+len(deletes) > 0 {
		s.flat.Apply(worstFirst(upserts), deletes)
		s.regroup()
	}
}

func (s *Screen) drop(id model.FunctionID, deletes []key) []key {
	of := s.functions[id]
	if of == nil {
		return deletes
	}
	delete(s.functions, id)
	s.fresh -= of.fresh
	for _, i := range of.items {
		deletes = append(deletes, i.key)
	}
	return deletes
}

// count takes note of what is new on a function.
func (s *Screen) count(of *function) {
	s.fresh -= of.fresh
	of.fresh = 0
	for _, i := range of.items {
		if i.fresh {
			of.fresh++
		}
	}
	s.fresh += of.fresh
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
	s.flat.ClearMarks()
	s.groups.ClearMarks()
	s.apply(s.board.Rows(), nil)
	s.describeState()
}

// regroup sums up the findings that pass the filter.
func (s *Screen) regroup() {
	if s.by == screen.NotGrouped {
		return
	}
	s.round++
	for _, i := range s.flat.Rows() {
		i.round = s.round
	}
	total := newSum(s.by, s.round)
	for _, of := range s.functions {
		total.take(of)
	}
	for n, g := range total.out {
		if old, ok := s.groups.Get(g.groupKey); ok && *old == *g {
			total.out[n] = old
		}
	}
	s.groups.Sync(total.out)
}

// NextGrouping sums the findings up by the next thing.
func (s *Screen) NextGrouping() tea.Cmd {
	s.by = (s.by + 1) % (screen.NotGrouped + 1)
	if s.by == screen.NotGrouped {
		return nil
	}
	s.groups.ClearMarks()
	s.groups.Sync(nil)
	s.groups.SetColumns(groupColumns(s.by, s.many, s.env.Baseline != nil))
	s.groups.Sort("severity", true)
	s.regroup()
	s.groups.Top()
	return nil
}

// Open shows the finding under the cursor, or the findings of the group.
func (s *Screen) Open() tea.Cmd {
	if s.by == screen.NotGrouped {
		i, ok := s.flat.Selected()
		if !ok {
			return nil
		}
		return screen.Send(screen.OpenMsg{Place: screen.FindingOf(i.of.row.ID, i.f)})
	}
	g, ok := s.groups.Selected()
	if !ok {
		return nil
	}
	filter := strings.TrimSpace(s.flat.FilterText() + " " + g.filter(s.many))
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageFindings, Group: screen.NotGrouped, Filter: filter}})
}

// filter is what chooses the findings of the group.
func (g *group) filter(contexts bool) string {
	if g.by == screen.ByControl {
		return "control=" + g.name
	}
	quote := func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }
	word := func(s string) string {
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && s != "" {
			return s
		}
		return quote(s)
	}
	out := "namespace=" + word(g.of.Namespace)
	if g.by == screen.ByFunction {
		out += " function=" + word(g.name) + " framework=" + word(g.of.Framework)
	}
	if contexts {
		out += " context=" + word(g.of.Context)
	}
	return out
}

// chosen are the failures under the cursor, or that are marked.
func (s *Screen) chosen() (all []*item) {
	if s.by == screen.NotGrouped {
		all = s.flat.Marked()
		if i, ok := s.flat.Selected(); ok && len(all) == 0 {
			all = append(all, i)
		}
	} else {
		groups := s.groups.Marked()
		if g, ok := s.groups.Selected(); ok && len(groups) == 0 {
			groups = append(groups, g)
		}
		for _, i := range s.flat.Rows() {
			if slices.ContainsFunc(groups, func(g *group) bool { return g.has(i) }) {
				all = append(all, i)
			}
		}
	}
	return slices.DeleteFunc(all, func(i *item) bool { return i.f.Status != check.Fail })
}

func (g *group) has(i *item) bool {
	id := &i.of.row.ID
	switch g.by {
	case screen.ByControl:
		return i.control == g.control
	case screen.ByFunction:
		return *id == g.of
	}
	return id.Namespace == g.of.Namespace && id.Context == g.of.Context
}

// AcceptRefusal says why nothing can be accepted.
func (s *Screen) AcceptRefusal() string {
	if why := accept.Refusal(s.env); why != "" {
		return why
	}
	if len(s.chosen()) == 0 {
		return "no failure is under the cursor or marked: what is unknown, or accepted already, cannot be accepted"
	}
	return ""
}

// Accept asks for the reason why the findings are accepted.
func (s *Screen) Accept() tea.Cmd {
	var all []accept.Finding
	for _, i := range s.chosen() {
		all = append(all, accept.Finding{Function: i.of.row.ID, Control: i.f.Control})
	}
	return accept.Ask(s.env, all)
}

// ToggleFaults shows only failures, or all again.
func (s *Screen) ToggleFaults() tea.Cmd {
	s.open = !s.open
	var cmd tea.Cmd
	if s.open {
		cmd = s.flat.Only("only failures (z shows all)", func(i *item) bool { return i.f.Status == check.Fail })
	} else {
		cmd = s.flat.Only("", nil)
	}
	s.regroup()
	return cmd
}

// Title is the crumb: `findings(1,204)`.
func (s *Screen) Title() string {
	n := text.Count(s.flat.Visible())
	if s.env.Baseline != nil {
		n += ", " + text.Count(s.fresh) + " new"
	}
	return "findings(" + n + ")"
}
