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
	env    *screen.Env
	flat   *flatList
	groups *groupList
	by     screen.Grouping
	maker  maker
	board  *board.Board
	scope  []string
	many   bool // several contexts
	shares map[model.FunctionID]*share
	work   work
	open   bool // only failures
	fresh  int  // findings that the baseline has not
}

// New makes the screen and takes the newest board. A filter that cannot be read is left out.
func New(env *screen.Env, by screen.Grouping, filter string) *Screen {
	s := &Screen{env: env, by: by, board: board.Empty(), scope: env.Scope.Namespaces, maker: newMaker(env.Baseline),
		shares: map[model.FunctionID]*share{}}
	s.flat = listing.New(env, listing.Config[key, *item]{
		Config: table.Config[key, *item]{Key: func(i *item) key { return i.key }, CompareKeys: compareKeys, SortBy: "severity", Desc: true,
			Noun: "findings", Columns: columns(false, env.Baseline != nil)},
		Query: ColumnsQuery,
		Row:   func(i *item) query.Row { return i },
		Name: func(i *item) string {
			return i.f.Control.ID + " " + i.of.id.Namespace + "/" + i.of.row().Function.Name()
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
	s.work.begun = s.take(env.Boards.Board())
	return s
}

// Update takes new boards, scopes and answers of filters.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.BoardMsg:
		return s.take(s.env.Boards.Board())
	case screen.ScopeMsg:
		return s.rescope()
	case screen.ThemeMsg:
		s.flat.Restyle()
		s.groups.Restyle()
	case loadedMsg:
		if msg.to == s {
			return s.loaded(msg)
		}
	case summedMsg:
		if msg.to == s {
			return s.summed(msg)
		}
	default:
		if s.flat.Update(msg) {
			return s.regroup()
		}
		s.groups.Update(msg)
	}
	return nil
}

// take brings in what changed between the board on screen and this one.
func (s *Screen) take(b *board.Board) tea.Cmd {
	if s.work.loading {
		s.work.behind = true
		return nil
	}
	old := s.board
	s.board = b
	rows, gone, ok := b.Since(old.Version)
	if !ok || old.Version == 0 {
		rows = b.Rows()
		gone = gone[:0]
		for id := range s.shares {
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
	cmd := s.bring(rows, gone)
	s.describeState()
	return cmd
}

// bring takes rows: few of them now, many away from the loop.
func (s *Screen) bring(rows []*board.Row, gone []model.FunctionID) tea.Cmd {
	if s.findingsOf(rows) > atOnce {
		return s.load()
	}
	return s.apply(rows, gone)
}

// apply replaces the findings of the functions whose posture is another one.
func (s *Screen) apply(rows []*board.Row, gone []model.FunctionID) tea.Cmd {
	var upserts []*item
	var deletes []key
	for _, id := range gone {
		deletes = s.drop(id, deletes)
	}
	for _, r := range rows {
		if !s.has(r) {
			deletes = s.drop(r.ID, deletes)
			continue
		}
		was := s.shares[r.ID]
		now := s.maker.next(was, r)
		now.of.now.Store(r)
		if now == was {
			continue
		}
		if was != nil {
			s.fresh -= was.fresh
			for _, i := range was.items {
				if !slices.ContainsFunc(now.items, func(n *item) bool { return i.key == n.key }) {
					deletes = append(deletes, i.key)
				}
			}
		}
		s.shares[r.ID] = now
		s.fresh += now.fresh
		upserts = append(upserts, now.items...)
	}
	if len(upserts)+len(deletes) == 0 {
		return nil
	}
	s.flat.Apply(worstFirst(upserts), deletes)
	return s.regroup()
}

// has reports whether the list shows findings of the row.
func (s *Screen) has(r *board.Row) bool {
	return r.Posture != nil && len(r.Posture.Findings) > 0 && s.inScope(r.ID.Namespace)
}

func (s *Screen) drop(id model.FunctionID, deletes []key) []key {
	was := s.shares[id]
	if was == nil {
		return deletes
	}
	delete(s.shares, id)
	s.fresh -= was.fresh
	for _, i := range was.items {
		deletes = append(deletes, i.key)
	}
	return deletes
}

func (s *Screen) inScope(namespace string) bool {
	return len(s.scope) == 0 || namespace == "" || slices.Contains(s.scope, namespace)
}

// rescope follows the operator to other namespaces. Marks belong to a scope.
func (s *Screen) rescope() tea.Cmd {
	if slices.Equal(s.scope, s.env.Scope.Namespaces) {
		return nil
	}
	s.scope = s.env.Scope.Namespaces
	s.flat.ClearMarks()
	s.groups.ClearMarks()
	if s.work.loading {
		s.work.behind, s.work.rescoped = true, true
		return nil
	}
	cmd := s.bring(s.board.Rows(), nil)
	s.describeState()
	return cmd
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
	s.groups.Top()
	cmd := s.regroup()
	s.describeState()
	return cmd
}

// Open shows the finding under the cursor, or the findings of the group.
func (s *Screen) Open() tea.Cmd {
	if s.by == screen.NotGrouped {
		i, ok := s.flat.Selected()
		if !ok {
			return nil
		}
		return screen.Send(screen.OpenMsg{Place: screen.FindingOf(i.of.id, i.f)})
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
	id := &i.of.id
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
		all = append(all, accept.Finding{Function: i.of.id, Control: i.f.Control})
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
	return tea.Batch(cmd, s.regroup())
}

// Title is the crumb: `findings(1,204)`.
func (s *Screen) Title() string {
	n := text.Count(s.flat.Visible())
	if s.env.Baseline != nil {
		n += ", " + text.Count(s.fresh) + " new"
	}
	return "findings(" + n + ")"
}
