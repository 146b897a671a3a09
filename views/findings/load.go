package findings

import (
	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/views/screen"
)

// atOnce is how many findings are brought in, or summed up, on the loop: more than that takes longer than a frame.
const atOnce = 5000

// work is what goes on away from the loop. Until a load is done nothing else touches the shares.
type work struct {
	begun             tea.Cmd // what New or Escape left to do
	loading           bool
	behind, rescoped  bool // a board, or a scope, came in the meantime
	summing, sumAgain bool
	outdated          bool // the sum under way: a newer one was made on the loop
}

// loadedMsg brings the findings of a whole board, in order.
type loadedMsg struct {
	to     *Screen
	board  *board.Board
	shares map[model.FunctionID]*share
	fresh  int
	table  *table.LoadJob[key, *item]
}

// summedMsg brings groups.
type summedMsg struct {
	to  *Screen
	by  screen.Grouping
	out []*group
}

// Show starts what New could not.
func (s *Screen) Show() tea.Cmd { return s.Follow() }

// Follow starts what New or Escape could not.
func (s *Screen) Follow() tea.Cmd {
	cmd := s.work.begun
	s.work.begun = nil
	return cmd
}

// Hide has nothing to stop.
func (s *Screen) Hide() {}

func (s *Screen) findingsOf(rows []*board.Row) (n int) {
	for _, r := range rows {
		if r.Posture != nil {
			n += len(r.Posture.Findings)
		}
	}
	return n
}

// next is the share of a row: the same as before where its findings are.
func (m *maker) next(was *share, r *board.Row) *share {
	switch {
	case was == nil:
		return m.share(newFunction(r), r)
	case was.posture == r.Posture.Posture && was.name == r.Function.Name():
		return was
	}
	return m.share(was.of, r)
}

// load brings in all findings of the board.
func (s *Screen) load() tea.Cmd {
	s.work.loading = true
	m := loadedMsg{to: s, board: s.board, shares: map[model.FunctionID]*share{}, table: s.flat.PrepareLoad()}
	var rows []*board.Row
	for _, r := range s.board.Rows() {
		if s.has(r) {
			rows = append(rows, r)
		}
	}
	old, maker := s.shares, s.maker
	return func() tea.Msg {
		var all []*item
		for _, r := range rows {
			one := maker.next(old[r.ID], r)
			m.shares[r.ID] = one
			m.fresh += one.fresh
			all = append(all, one.items...)
		}
		m.table.Run(worstFirst(all))
		return m
	}
}

// loaded puts them on the screen, and goes on with what came meanwhile.
func (s *Screen) loaded(m loadedMsg) tea.Cmd {
	s.shares, s.fresh = m.shares, m.fresh
	for id, one := range s.shares {
		one.of.now.Store(m.board.Row(id))
	}
	s.flat.ApplyLoad(m.table)
	w := &s.work
	behind, rescoped := w.behind, w.rescoped
	w.loading, w.behind, w.rescoped = false, false, false
	cmd := s.regroup()
	if rescoped {
		cmd = tea.Batch(cmd, s.bring(s.board.Rows(), nil))
	}
	if behind {
		cmd = tea.Batch(cmd, s.take(s.env.Boards.Board()))
	}
	s.describeState()
	return cmd
}

// regroup sums up the findings that pass the filter.
func (s *Screen) regroup() tea.Cmd {
	if s.by == screen.NotGrouped || s.work.loading {
		return nil
	}
	if s.flat.Visible() <= atOnce {
		s.work.outdated, s.work.sumAgain = s.work.summing, false
		s.regrouped(sumUp(s.by, s.flat.Rows()))
		return nil
	}
	if s.work.summing {
		s.work.sumAgain = true
		return nil
	}
	s.work.summing = true
	m, rows := summedMsg{to: s, by: s.by}, s.flat.Rows()
	return func() tea.Msg {
		m.out = sumUp(m.by, rows)
		return m
	}
}

func (s *Screen) summed(m summedMsg) tea.Cmd {
	w := &s.work
	again, outdated := w.sumAgain, w.outdated
	w.summing, w.sumAgain, w.outdated = false, false, false
	if m.by == s.by && !outdated {
		s.regrouped(m.out)
	}
	var cmd tea.Cmd
	if again {
		cmd = s.regroup()
	}
	s.describeState()
	return cmd
}

// regrouped puts groups on the screen. One that did not change keeps its pointer.
func (s *Screen) regrouped(all []*group) {
	for n, g := range all {
		if old, ok := s.groups.Get(g.groupKey); ok && *old == *g {
			all[n] = old
		}
	}
	s.groups.Sync(all)
}
