package objects

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/screen"
)

// part is what one cluster said. Each is asked by itself: a server that does not answer holds up no other.
type part struct {
	table   *screen.Table
	failed  string
	loading bool
	asking  uint64 // generation: answers to older questions are dropped
	asked   time.Time
	took    time.Duration // the last answer
}

// tableMsg brings one server's answer.
type tableMsg struct {
	to      *Screen
	context string
	asking  uint64
	table   *screen.Table
	err     error
}

// contexts are the clusters that the table is of.
func (s *Screen) contexts() []string {
	if s.context != "" {
		return []string{s.context}
	}
	var names []string
	for _, c := range s.env.Boards.Board().Clusters {
		names = append(names, c.Context)
	}
	return names
}

// Close ends what the screen has running.
func (s *Screen) Close() {
	s.cancel()
	s.list.Close()
}

func (s *Screen) several() bool { return len(s.contexts()) > 1 }

// askAgain asks the clusters whose turn it is.
func (s *Screen) askAgain() tea.Cmd {
	return s.askThose(func(p *part) bool { return s.env.Now().Sub(p.asked) >= pause*p.took })
}

// ask asks every cluster that is not being asked.
func (s *Screen) ask() tea.Cmd { return s.askThose(func(*part) bool { return true }) }

func (s *Screen) askThose(due func(*part) bool) tea.Cmd {
	s.asked = s.env.Now()
	names := s.contexts()
	for name := range s.parts {
		if !slices.Contains(names, name) {
			delete(s.parts, name)
		}
	}
	var cmds []tea.Cmd
	for _, name := range names {
		p := s.parts[name]
		if p == nil {
			p = &part{}
			s.parts[name] = p
		}
		if p.loading || !due(p) {
			continue
		}
		p.loading, p.asked = true, s.env.Now()
		p.asking++
		cmds = append(cmds, s.question(name, p.asking))
	}
	return tea.Batch(cmds...)
}

func (s *Screen) question(cluster string, asking uint64) tea.Cmd {
	objects, resource := s.env.Objects, s.resource
	namespaces := slices.Clone(s.env.Scope.Namespaces)
	parent := s.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		t, err := objects.List(ctx, cluster, resource, namespaces)
		return tableMsg{to: s, context: cluster, asking: asking, table: t, err: err}
	}
}

// take brings in what one cluster said.
func (s *Screen) take(p *part, msg tableMsg) (problem tea.Cmd) {
	p.loading, p.failed, p.took = false, "", s.env.Now().Sub(p.asked)
	switch {
	case msg.err != nil:
		p.failed = text.Clean(msg.err.Error())
	case msg.table == nil:
		p.failed = "the server sent no table"
	default:
		p.table, s.at = msg.table, s.env.Now()
	}
	s.failed = s.failures()
	joined := s.join()
	if joined == nil {
		s.fail()
		return nil
	}
	if s.answer == nil || !slices.Equal(s.answer.Columns, joined.Columns) {
		problem = s.renew(joined)
	}
	s.answer = joined
	s.show(joined)
	s.SetDim(s.failed != "" && !s.several())
	s.SetMessage("", themes.Text)
	if s.failed != "" {
		s.SetMessage(themes.Glyph(themes.Warning)+" as of "+s.at.Format("15:04:05")+": "+s.failed, themes.Stale)
	}
	return problem
}

// failures says which clusters gave no table, and why.
func (s *Screen) failures() string {
	var all []string
	for _, name := range s.contexts() {
		if p := s.parts[name]; p != nil && p.failed != "" {
			why := p.failed
			if s.several() {
				why = text.Clean(name) + ": " + why
			}
			all = append(all, why)
		}
	}
	return strings.Join(all, " · ")
}

// join puts the tables of the clusters below each other. The first one's columns count; cells of the others are found
// by the names of their columns.
func (s *Screen) join() *screen.Table {
	var joined *screen.Table
	for _, name := range s.contexts() {
		p := s.parts[name]
		if p == nil || p.table == nil {
			continue
		}
		if joined == nil {
			first := *p.table
			joined = &first
			joined.Rows = slices.Clone(first.Rows)
			continue
		}
		joined.More = joined.More || p.table.More
		joined.Rows = append(joined.Rows, aligned(p.table, joined.Columns)...)
	}
	return joined
}

// aligned are the rows of a table with their cells in the order of other columns.
func aligned(t *screen.Table, columns []screen.Column) []screen.TableRow {
	if slices.Equal(t.Columns, columns) {
		return t.Rows
	}
	from := make([]int, len(columns))
	for i, c := range columns {
		from[i] = slices.IndexFunc(t.Columns, func(o screen.Column) bool { return strings.EqualFold(o.Name, c.Name) })
	}
	rows := make([]screen.TableRow, len(t.Rows))
	for i, r := range t.Rows {
		cells := make([]string, len(columns))
		for k, at := range from {
			if at >= 0 && at < len(r.Cells) {
				cells[k] = r.Cells[at]
			}
		}
		rows[i] = screen.TableRow{Target: r.Target, Cells: cells}
	}
	return rows
}

// show draws the rows; what did not change keeps its row.
func (s *Screen) show(answer *screen.Table) {
	rows := make([]*row, 0, len(answer.Rows))
	for _, r := range answer.Rows {
		if old, ok := s.Get(r.Target); ok && slices.Equal(old.cells, r.Cells) {
			rows = append(rows, old)
			continue
		}
		words := r.Target.Namespace + " " + strings.Join(r.Cells, " ")
		if s.several() {
			words += " " + r.Target.Context
		}
		rows = append(rows, &row{target: r.Target, cells: r.Cells, text: text.Clean(words)})
	}
	s.Sync(rows)
	s.SetReady(s.emptyHint())
}

// fail says why there is no table.
func (s *Screen) fail() {
	waits := false
	for _, name := range s.contexts() {
		c, ok := s.env.Boards.Board().Cluster(name)
		p := s.parts[name]
		waits = waits || !ok || !c.Complete || p == nil || p.loading
	}
	if waits {
		s.SetLoading("Loading "+text.Clean(s.resource)+"…", s.failed)
		return
	}
	s.SetDenied("No table of "+text.Clean(s.resource), s.failed, "", "ctrl-r tries again, esc goes back.")
}
