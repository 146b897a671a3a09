// Package tighten lists what would make functions more secure, each fix on or off, and has the plan of what is on made.
//
// Its one rule: what ends something that is used now is off until the operator turns it on.
package tighten

import (
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

type list = listing.List[check.Intent, *row]

// Screen is the list of fixes. It belongs to the goroutine of the event loop.
type Screen struct {
	*list
	env  *screen.Env
	work screen.Work

	fixes    []screen.Fixes
	postures map[model.FunctionID]*board.Posture // that the fixes were made of
	waiting  []screen.Fixes                      // of the answer under way
	asking   bool
	again    bool
	failed   string
	loaded   bool
	on       map[check.Intent]extent
	last     check.Intent // that was turned last
	sum      sum
	summing  uint64
	given    given
	with     *screen.Given // what the answer under way was asked with

	width, height int
	body, view    string
	drawn         bool
}

// fixesMsg brings a part of the fixes.
type fixesMsg struct {
	to   *Screen
	all  []screen.Fixes
	rest []model.FunctionID
	err  error
}

// sumMsg brings what the fixes that are on come to.
type sumMsg struct {
	to  *Screen
	job uint64
	sum sum
}

// sum is what the fixes that are on come to.
type sum struct {
	before, after map[string]int // functions by grade
	functions     int            // that are changed
}

// New makes the screen of some work.
func New(env *screen.Env, work screen.Work) *Screen {
	s := &Screen{env: env, work: work, on: map[check.Intent]extent{},
		given: given{takes: map[check.Intent][]plan.Value{}, fresh: map[check.Intent]bool{}}}
	s.list = listing.New(env, listing.Config[check.Intent, *row]{
		Config: table.Config[check.Intent, *row]{Key: func(r *row) check.Intent { return r.intent }, CompareKeys: compareIntents, SortBy: "on",
			Noun: "fixes", Columns: columns(len(work.Functions) > 1)},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return string(r.intent) },
	})
	s.describe()
	return s
}

// Title is the crumb.
func (s *Screen) Title() string { return "tighten " + text.Clean(s.work.Title) }

// Show asks when the screen is first shown.
func (s *Screen) Show() tea.Cmd {
	if s.loaded {
		return nil
	}
	return s.ask()
}

// Hide does nothing: an answer that comes late is still welcome.
func (s *Screen) Hide() {}

// Reload asks again.
func (s *Screen) Reload() tea.Cmd { return s.ask() }

// context is the cluster: a change is about one.
func (s *Screen) context() string {
	if len(s.work.Functions) == 0 {
		return ""
	}
	return s.work.Functions[0].Context
}

// ask asks the frameworks of all functions, a part at a time.
func (s *Screen) ask() tea.Cmd {
	if s.env.Changes == nil || len(s.work.Functions) == 0 {
		return nil
	}
	if s.asking {
		s.again = true
		return nil
	}
	s.asking, s.again, s.waiting, s.with = true, false, nil, s.given.all
	return s.part(s.work.Functions)
}

func (s *Screen) part(ids []model.FunctionID) tea.Cmd {
	changes, ctx, cluster, with := s.env.Changes, s.Context(), s.context(), s.with
	return func() tea.Msg {
		m := fixesMsg{to: s}
		m.all, m.rest, m.err = changes.Fixes(ctx, cluster, ids, with)
		return m
	}
}

// Update takes answers, and asks again when a posture is another one.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	s.drawn = false
	switch msg := msg.(type) {
	case fixesMsg:
		if msg.to == s {
			return s.answered(msg)
		}
	case gaveMsg:
		if msg.to == s {
			return s.gave(msg)
		}
	case sumMsg:
		if msg.to == s && msg.job == s.summing {
			s.sum = msg.sum
		}
	case screen.BoardMsg:
		if s.loaded && s.moved() {
			return s.ask()
		}
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return nil
}

// moved reports whether a function is judged otherwise than when its fixes were asked for.
func (s *Screen) moved() bool {
	b := s.env.Boards.Board()
	for id, was := range s.postures {
		if r := b.Row(id); r == nil || r.Posture != nil && r.Posture != was && !r.Posture.Equal(was.Posture) {
			return true
		}
	}
	return false
}

func (s *Screen) answered(msg fixesMsg) tea.Cmd {
	if msg.err != nil {
		s.asking, s.failed = false, text.Clean(msg.err.Error())
		s.describe()
		return nil
	}
	s.waiting = append(s.waiting, msg.all...)
	if len(msg.rest) > 0 {
		s.describe()
		return s.part(msg.rest)
	}
	s.asking, s.failed = false, ""
	first := !s.loaded
	s.loaded, s.fixes, s.waiting = true, s.waiting, nil
	s.postures = make(map[model.FunctionID]*board.Posture, len(s.fixes))
	for i := range s.fixes {
		s.postures[s.fixes[i].Function] = s.fixes[i].Posture
	}
	rows := rowsOf(s.fixes, s.work.Intents)
	s.learn()
	for _, r := range rows {
		if !first && (!s.given.fresh[r.intent] || s.with != s.given.all) {
			continue
		}
		if s.on[r.intent] = r.first(); len(s.work.Intents) == 1 && r.possible > 0 {
			s.on[r.intent] = all // it was asked for by name
		}
		delete(s.given.fresh, r.intent)
	}
	s.sync(rows)
	if first {
		s.Top()
	}
	s.describe()
	if s.again {
		return tea.Batch(s.total(), s.ask())
	}
	return s.total()
}

// sync puts rows into the table.
func (s *Screen) sync(rows []*row) {
	for i, r := range rows {
		if r.on = s.on[r.intent]; r.possible == 0 {
			r.on = off
		}
		if old, ok := s.Get(r.intent); ok && old.same(r) {
			rows[i] = old
		}
	}
	s.Sync(rows)
}

// describe says why there is nothing to choose from.
func (s *Screen) describe() {
	switch {
	case s.env.Changes == nil:
		s.SetDenied("Nothing can be changed here", "Fixes are written into manifests by fn9s fix -f.")
	case len(s.work.Functions) == 0:
		s.SetDenied("There is no function to tighten", "esc goes back.")
	case s.failed != "" && !s.loaded:
		s.SetDenied("The frameworks cannot be asked", s.failed, "", "ctrl-r tries again, esc goes back.")
	case !s.loaded:
		s.SetLoading("Asking the frameworks what each fix comes to: " + text.Count(len(s.waiting)) + " of " + text.Count(len(s.work.Functions)) + " functions")
	case len(s.fixes) == 0:
		s.SetReady("Not judged yet, or not there any more: there is nothing to fix. ctrl-r asks again.")
	default:
		s.SetReady("No control that fails offers a fix: there is nothing to do.")
	}
	switch {
	case s.failed != "" && s.loaded:
		s.SetMessage(themes.Glyph(themes.Warning)+" these are the last that were read: "+s.failed, themes.Stale)
	case s.given.reading != "":
		s.SetMessage(" reading the audit log "+text.Clean(s.given.reading)+"…", themes.Muted)
	default:
		s.SetMessage("", themes.Text)
	}
}

// total counts what the fixes that are on come to, away from the loop.
func (s *Screen) total() tea.Cmd {
	s.summing++
	fixes, on, job := s.fixes, maps.Clone(s.on), s.summing
	return func() tea.Msg {
		m := sumMsg{to: s, job: job, sum: sum{before: map[string]int{}, after: map[string]int{}}}
		for i := range fixes {
			f := &fixes[i]
			done := map[check.Intent]bool{}
			for j := range f.Fixes {
				if x := &f.Fixes[j]; on[x.Intent].takes(x) {
					done[x.Intent] = true
				}
			}
			m.sum.before[f.Posture.Letter()]++
			m.sum.after[f.Left(func(i check.Intent) bool { return done[i] })]++
			if len(done) > 0 {
				m.sum.functions++
			}
		}
		return m
	}
}

// Mark turns the fix under the cursor on or off, and goes on to the next. Of several functions there is a step between: on
// for those for which it ends nothing. What cannot be done without what only the operator knows is asked for.
func (s *Screen) Mark() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	if r.possible == 0 && s.GiveRefusal() == "" {
		return s.Give()
	}
	to := r.turned()
	cmd := s.turn(to, r)
	s.last = r.intent
	if to != unasked {
		s.MoveDown(1)
	}
	return cmd
}

// MarkRange turns all from the last that was turned to the cursor as that one is.
func (s *Screen) MarkRange() tea.Cmd {
	rows := s.Rows()
	from := slices.IndexFunc(rows, func(r *row) bool { return r.intent == s.last })
	if to := s.Cursor(); from >= 0 && to >= 0 && to < len(rows) {
		return s.turn(s.on[s.last], rows[min(from, to):max(from, to)+1]...)
	}
	return nil
}

// MarkInvert turns on what is off, and the other way round.
func (s *Screen) MarkInvert() tea.Cmd {
	var chosen, others []*row
	for _, r := range s.Rows() {
		if r.on != off {
			chosen = append(chosen, r)
		} else {
			others = append(others, r)
		}
	}
	return tea.Batch(s.turn(off, chosen...), s.turn(all, others...))
}

// turn turns fixes on or off. What no framework can do stays off.
func (s *Screen) turn(on extent, rows ...*row) tea.Cmd {
	var changed []*row
	for _, r := range rows {
		if r.possible == 0 || r.on == on {
			continue
		}
		s.on[r.intent] = on
		now := *r
		now.on = on
		changed = append(changed, &now)
	}
	if len(changed) == 0 {
		return nil
	}
	s.Apply(changed, nil)
	s.drawn = false
	return s.total()
}

// Open has the plan made of what is on.
func (s *Screen) Open() tea.Cmd {
	order := &screen.Order{Context: s.context(), Action: workshop.Tighten, Title: "tighten " + s.work.Title, Given: s.given.all}
	for i := range s.fixes {
		f := &s.fixes[i]
		pick := workshop.Pick{Function: f.Function}
		for j := range f.Fixes {
			if x := &f.Fixes[j]; s.on[x.Intent].takes(x) {
				pick.Intents = append(pick.Intents, x.Intent)
			}
		}
		if len(pick.Intents) > 0 {
			order.Picks = append(order.Picks, pick)
		}
	}
	if len(order.Picks) == 0 {
		return screen.Send(screen.NoticeMsg{Severity: status.Info, Source: "tighten", Text: "nothing is on: space turns a fix on"})
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePlan, Order: order}})
}

// Subject is the function, when there is only one.
func (s *Screen) Subject() (model.FunctionID, bool) {
	if len(s.work.Functions) != 1 {
		return model.FunctionID{}, false
	}
	return s.work.Functions[0], true
}

// Aging reports that nothing here counts time.
func (s *Screen) Aging() bool { return false }
