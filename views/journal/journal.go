// Package journal lists what was changed from this machine, in this session and earlier ones, and takes it back.
//
// Its one rule: it is read from the file alone, and what was secret stays a hash of it.
package journal

import (
	"cmp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/workshop"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// row is one change. Rows are immutable.
type row struct {
	*journal.Entry
	undone string // by which change; empty: by none
	same   bool   // it is of a cluster that is open
	text   string
}

// outcome is how the change ended, in a word.
func (r *row) outcome() string {
	switch {
	case r.Newer:
		return "of a newer fn9s"
	case r.undone != "":
		return "undone"
	case !r.Ended:
		return "interrupted"
	}
	return string(r.Outcome)
}

func (r *row) role() themes.Role {
	switch r.outcome() {
	case "applied":
		return themes.OK
	case "undone":
		return themes.Idle
	case "interrupted":
		return themes.Warning
	case "of a newer fn9s", "unknown":
		return themes.Unknown
	}
	return themes.Error
}

// Text is what words are searched in.
func (r *row) Text() string { return r.text }

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	v := []string{r.Action, r.outcome(), r.Title, r.Operator, r.Cluster.Context, r.ID}[i]
	return query.Value{Text: v, Known: v != ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

// Columns are those that a filter may name.
var Columns = query.Columns{
	{Name: "action", Title: "tighten, restart, rotate, undo"},
	{Name: "outcome", Title: "applied, undone, interrupted, failed, conflict, unknown"},
	{Name: "what", Aliases: []string{"title"}, Title: "what it was about"}, {Name: "operator", Aliases: []string{"by"}, Title: "who changed it"},
	{Name: "context", Title: "context of the kubeconfig"}, {Name: "id", Title: "id of the change"},
}

type list = listing.List[string, *row]

// Screen is the list of changes, the newest first.
type Screen struct {
	*list
	env     *screen.Env
	loading bool
	again   bool
	running int // jobs that were under way when it was last read
}

// readMsg brings the journal.
type readMsg struct {
	to   *Screen
	book *journal.Book
	rows []*row
	err  error
}

// New makes the screen with a filter to begin with.
func New(env *screen.Env, filter string) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[string, *row]{
		Config: table.Config[string, *row]{Key: func(r *row) string { return r.ID }, CompareKeys: cmp.Compare[string], SortBy: "age",
			Noun: "changes", Columns: columns()},
		Query: Columns,
		Row:   func(r *row) query.Row { return r },
		Name:  func(r *row) string { return r.ID },
	})
	s.SetLoading("Reading the journal…")
	if env.Changes == nil {
		s.SetDenied("Nothing can be changed here, so there is no journal", "esc goes back.")
	}
	if _, err := s.SetFilter(filter); err != nil {
		env.Notices.Add(env.Now(), status.Warning, "filter "+filter, "the filter is off: "+err.Error())
	}
	return s
}

func columns() []table.Column[*row] {
	age := listing.Age(func(r *row) time.Time { return r.Time })
	outcome := listing.Words("outcome", 90, 0, func(r *row) string { return themes.Glyph(r.role()) + " " + r.outcome() }, (*row).role)
	what := listing.Words("what", 85, 80, func(r *row) string { return r.Title }, nil)
	what.Flex, what.Min = 3, 34
	steps := listing.Words("steps", 60, 0, func(r *row) string { return text.Count(len(r.Steps)) }, nil)
	steps.Align, steps.Compare = text.Right, func(a, b *row) int { return cmp.Compare(len(a.Steps), len(b.Steps)) }
	by := listing.Words("operator", 50, 30, func(r *row) string { return r.Operator }, nil)
	by.Flex, by.Min = 1, 8
	context := listing.Words("context", 55, 30, func(r *row) string { return r.Cluster.Context }, func(r *row) themes.Role {
		if r.same {
			return themes.Text
		}
		return themes.Muted
	})
	context.Flex, context.Min = 1, 8
	return []table.Column[*row]{age, outcome, listing.Words("action", 70, 12, func(r *row) string { return r.Action }, nil), what, steps, context, by,
		listing.Words("id", 40, 30, func(r *row) string { return r.ID }, listing.Muted[*row])}
}

// Title is the crumb.
func (s *Screen) Title() string { return "journal(" + text.Count(s.Total()) + ")" }

// Show reads the journal.
func (s *Screen) Show() tea.Cmd { return s.read() }

// Hide does nothing: a journal that comes late is still welcome.
func (s *Screen) Hide() {}

func (s *Screen) read() tea.Cmd {
	changes := s.env.Changes
	if changes == nil {
		return nil
	}
	if s.loading {
		s.again = true
		return nil
	}
	s.loading, s.again, s.running = true, false, changes.Running()
	open := map[string]bool{}
	for i := range s.env.Boards.Board().Clusters {
		open[s.env.Boards.Board().Clusters[i].Context] = true
	}
	return func() tea.Msg {
		m := readMsg{to: s}
		if m.book, m.err = changes.Book(); m.err != nil {
			return m
		}
		for _, e := range m.book.Entries {
			r := &row{Entry: e, undone: m.book.Undone(e.ID), same: open[e.Cluster.Context]}
			r.text = strings.Join([]string{e.ID, e.Action, e.Title, r.outcome(), e.Operator, e.Cluster.Context, strings.Join(e.Functions, " ")}, " ")
			m.rows = append(m.rows, r)
		}
		return m
	}
}

// Update takes the journal, and reads it again when a job told something.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case readMsg:
		if msg.to == s {
			return s.take(msg)
		}
	case screen.BoardMsg:
		if s.env.Changes != nil && (s.running > 0 || s.env.Changes.Running() > 0) {
			return s.read()
		}
	case screen.TickMsg:
		return s.Tick(msg.Now)
	case screen.ThemeMsg:
		s.Restyle()
	default:
		s.list.Update(msg)
	}
	return nil
}

func (s *Screen) take(msg readMsg) tea.Cmd {
	s.loading = false
	if msg.err != nil {
		why := text.Clean(msg.err.Error())
		if s.Total() == 0 {
			s.SetDenied("The journal cannot be read", why, "", "ctrl-r tries again, esc goes back.")
		} else {
			s.SetMessage(themes.Glyph(themes.Warning)+" this is the last that was read: "+why, themes.Stale)
		}
		return nil
	}
	s.Sync(msg.rows)
	s.SetReady("Nothing was changed from this machine. T on a function begins.")
	if msg.book.Torn > 0 {
		s.SetMessage(themes.Glyph(themes.Warning)+" "+text.Count(msg.book.Torn)+" lines could not be read: a program ended while it wrote", themes.Warning)
	} else {
		s.SetMessage("", themes.Text)
	}
	if s.again {
		return s.read()
	}
	return nil
}

// Open tells a change step by step.
func (s *Screen) Open() tea.Cmd {
	r, ok := s.Selected()
	if !ok {
		return nil
	}
	return screen.Send(screen.OpenMsg{Place: screen.Place{Page: screen.PageJournal, Change: r.ID}})
}

// Undo takes the change under the cursor back; of an undo that is the redo.
func (s *Screen) Undo() (*screen.Order, string) {
	r, ok := s.Selected()
	if !ok {
		return nil, "no change is under the cursor"
	}
	return undo(s.env, r.Entry, r.undone)
}

// undo is the order that takes a change back, on the cluster of that name, else on the one that is open: whether it is the
// same one is found out when it is planned.
func undo(env *screen.Env, e *journal.Entry, undone string) (*screen.Order, string) {
	switch {
	case e.Newer:
		return nil, "a newer fn9s wrote it"
	case undone != "":
		return nil, "it was undone by " + undone
	case !e.Did():
		return nil, "it changed nothing"
	}
	clusters := env.Boards.Board().Clusters
	if len(clusters) == 0 {
		return nil, "no cluster is open"
	}
	context := clusters[0].Context
	for i := range clusters {
		if clusters[i].Context == e.Cluster.Context {
			context = e.Cluster.Context
		}
	}
	return &screen.Order{Context: context, Action: workshop.Undo, Title: "undo " + e.ID + ": " + e.Title, Undoes: e.ID}, ""
}
