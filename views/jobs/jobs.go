// Package jobs lists the changes of this session: those that run and those that are over.
//
// Its one rule: looking at a change, or leaving it, never stops it.
package jobs

import (
	"cmp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one job, at one moment.
type row struct {
	screen.Job
	bad int // functions that did not become ready
}

// state is how far the job is, in a word.
func (r *row) state() string {
	switch {
	case r.Running() && r.Stopping:
		return "stopping"
	case r.Running() && r.Way != nil && r.Way.Trouble != "":
		return "going back"
	case r.Running() && r.Way != nil:
		return "shifting"
	case r.Running():
		return string(r.Phase)
	case r.Outcome == journal.Applied && r.bad > 0:
		return "not ready"
	case r.Outcome == journal.Skipped:
		return "not begun"
	}
	return string(r.Outcome)
}

func (r *row) role() themes.Role {
	switch {
	case r.Running():
		return themes.Spinner
	case r.Outcome == journal.Applied && r.bad == 0:
		return themes.OK
	case r.Outcome == journal.Applied:
		return themes.Warning
	}
	return themes.Error
}

// sign is that of the role; what runs has one of its own.
func (r *row) sign() string {
	if r.Running() {
		return "▶"
	}
	return themes.Glyph(r.role())
}

func (r *row) progress() string {
	if r.Phase == workshop.Verifying {
		return text.Count(len(r.Seen)) + "/" + text.Count(r.Watched) + " watched"
	}
	if r.Way != nil {
		return text.Count(r.Way.Percent) + " of " + text.Count(r.Way.Goal.Percent) + "%"
	}
	return text.Count(r.Done) + "/" + text.Count(len(r.Steps)) + " steps"
}

// Text is what words are searched in.
func (r *row) Text() string {
	return strings.Join([]string{r.ID, r.Title, r.state(), r.Context, r.Action, r.Reason}, " ")
}

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	v := []string{r.state(), r.Title, r.Action, r.Context, r.ID}[i]
	return query.Value{Text: v, Known: v != ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "state", Title: "applying, verifying, shifting, going back, applied, not ready, failed, stopping"}, {Name: "what", Aliases: []string{"title"}, Title: "what it is about"},
	{Name: "action", Title: "tighten, restart, rotate, undo"}, {Name: "context", Title: "context of the kubeconfig"}, {Name: "id", Title: "id of the change"},
}

type list = listing.List[string, *row]

// Screen is the list of jobs.
type Screen struct {
	*list
	env *screen.Env
}

// New makes the screen with a filter to begin with.
func New(env *screen.Env, filter string) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[string, *row]{
		Config: table.Config[string, *row]{Key: func(r *row) string { return r.ID }, CompareKeys: cmp.Compare[string], SortBy: "age",
			Noun: "jobs", Columns: columns()},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.ID },
	})
	if _, err := s.SetFilter(filter); err != nil {
		s.SetMessage("the filter is off: "+err.Error(), themes.Warning)
	}
	s.take()
	return s
}

func columns() []table.Column[*row] {
	age := listing.Age(func(r *row) time.Time { return r.Begun })
	state := listing.Words("state", 90, 0, func(r *row) string { return r.sign() + " " + r.state() }, (*row).role)
	what := listing.Words("what", 85, 80, func(r *row) string { return r.Title }, nil)
	what.Flex, what.Min = 3, 34
	why := listing.Words("reason", 50, 120, func(r *row) string { return r.Reason }, listing.Muted[*row])
	why.Flex, why.Min = 2, 8
	return []table.Column[*row]{age, state, listing.Words("progress", 80, 0, (*row).progress, nil), what,
		listing.Words("action", 40, 12, func(r *row) string { return r.Action }, nil), listing.Words("context", 60, 30, func(r *row) string { return r.Context }, nil),
		why, listing.Words("id", 30, 30, func(r *row) string { return r.ID }, listing.Muted[*row])}
}

// take reads how far the jobs are, which does not take time.
func (s *Screen) take() {
	if s.env.Changes == nil {
		s.SetDenied("Nothing can be changed here, so there are no jobs", "esc goes back.")
		return
	}
	var rows []*row
	for _, j := range s.env.Changes.Jobs() {
		r := &row{Job: j}
		for i := range j.Seen {
			if !j.Seen[i].Verdict.Good() {
				r.bad++
			}
		}
		rows = append(rows, r)
	}
	s.Sync(rows)
	s.SetReady("Nothing was changed in this session. :journal has what was changed before.")
}

// Title is the crumb.
func (s *Screen) Title() string { return "jobs(" + text.Count(s.Total()) + ")" }

// Show reads the jobs.
func (s *Screen) Show() tea.Cmd { s.take(); return nil }

// Hide does nothing.
func (s *Screen) Hide() {}

// Update reads the jobs when one told something.
func (s *Screen) Update(msg tea.Msg) tea.Cmd { return s.Follow(msg, s.take) }

// Open shows the change under the cursor.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PagePlan, Change: r.ID}})
}

// Undo takes the change under the cursor back.
func (s *Screen) Undo() (*screen.Order, string) {
	r, ok := s.Selected()
	switch {
	case !ok:
		return nil, "no change is under the cursor"
	case r.Phase == workshop.Applying:
		return nil, "it is being carried out"
	case !r.Undoable():
		return nil, "nothing was changed"
	}
	return &screen.Order{Context: r.Context, Action: workshop.Undo, Title: "undo " + r.Title, Undoes: r.Undoes()}, ""
}

// StopRefusal says why there is nothing to stop.
func (s *Screen) StopRefusal() string {
	r, ok := s.Selected()
	switch {
	case !ok:
		return "no change is under the cursor"
	case !r.Running():
		return "it is over"
	case r.Stopping:
		return "it is stopping already"
	}
	return ""
}

// Stop ends the change under the cursor after the steps that are under way.
func (s *Screen) Stop() tea.Cmd {
	if r, ok := s.Selected(); ok {
		s.env.Changes.Stop(r.ID)
		s.take()
	}
	return nil
}
