// Package errors lists every error and warning with its time: those of the clusters, and the console's own.
//
// Its one rule: nothing that was shown for a moment elsewhere is missing here.
package errors

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// key tells entries apart: an equal entry is the same one, seen again.
type key struct {
	first                    int64
	context, source, message string
}

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(a.context, b.context), cmp.Compare(a.source, b.source),
		cmp.Compare(a.message, b.message))
}

type row struct {
	status.Entry
	now func() time.Time
}

func (r *row) key() key { return key{r.First.UnixNano(), r.Context, r.Source, r.Message} }

// Text is what words are searched in.
func (r *row) Text() string {
	return string(r.Severity) + " " + r.Context + " " + r.Source + " " + r.Message
}

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	switch i {
	case 0:
		return query.Value{Text: string(r.Severity), Num: float64(slices.Index(severities, string(r.Severity))), Known: true}
	case 1:
		return query.Value{Text: r.Context, Known: r.Context != ""}
	case 2:
		return query.Value{Text: r.Source, Known: true}
	case 3:
		return query.Value{Text: strconv.Itoa(r.Count), Num: float64(r.Count), Known: true}
	}
	age := r.now().Sub(r.Last)
	return query.Value{Text: text.Age(age), Num: age.Seconds(), Known: true}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

var severities = []string{string(status.Info), string(status.Warning), string(status.Error)}

const ageColumn = 4

var queryColumns = query.Columns{{Name: "severity", Title: "info, warning, error", Type: query.Enum, Values: severities},
	{Name: "context", Title: "cluster"}, {Name: "source", Title: "what was being done"},
	{Name: "count", Title: "how often", Type: query.Number}, {Name: "age", Title: "since it happened last", Type: query.Duration}}

type list = listing.List[key, *row]

// Screen is the list of errors.
type Screen struct {
	*list
	env *screen.Env
}

// New makes the screen.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env}
	s.list = listing.New(env, listing.Config[key, *row]{
		Config: table.Config[key, *row]{Key: (*row).key, CompareKeys: compareKeys, SortBy: "last", Noun: "entries", Columns: tableColumns()},
		Query:  queryColumns,
		Row:    func(r *row) query.Row { return r },
		Name:   func(r *row) string { return r.Message },
		Timed:  func(i int) bool { return i == ageColumn },
	})
	s.take()
	return s
}

var roles = map[status.Severity]themes.Role{status.Error: themes.Error, status.Warning: themes.Warning, status.Info: themes.Info}

func tableColumns() []table.Column[*row] {
	clock := func(t time.Time) string { return t.Format("15:04:05") }
	return []table.Column[*row]{
		{ID: "last", Title: "LAST", Frozen: true, Cell: listing.Role(func(r *row) string { return clock(r.Last) }, nil),
			Compare: func(a, b *row) int { return b.Last.Compare(a.Last) }},
		{ID: "age", Title: "AGE", Align: text.Right, Priority: 3, Ages: true,
			Cell: func(r *row, now time.Time) table.Cell {
				return table.Cell{Text: columns.Age(r.Last, now), Role: themes.Muted}
			},
			Compare: func(a, b *row) int { return b.Last.Compare(a.Last) }},
		{ID: "severity", Title: "SEVERITY", Priority: 8, DescFirst: true,
			Cell: listing.Role(func(r *row) string { return themes.Glyph(roles[r.Severity]) + " " + string(r.Severity) },
				func(r *row) themes.Role { return roles[r.Severity] }),
			Compare: func(a, b *row) int {
				return cmp.Compare(slices.Index(severities, string(a.Severity)), slices.Index(severities, string(b.Severity)))
			}},
		{ID: "count", Title: "TIMES", Align: text.Right, Priority: 2, DescFirst: true,
			Cell:    listing.Role(func(r *row) string { return text.Count(r.Count) }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.Count, b.Count) }},
		{ID: "context", Title: "CONTEXT", Priority: 4, Flex: 1, Min: 8, Max: 24, Cell: listing.Role(func(r *row) string { return cmp.Or(r.Context, "–") }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.Context, b.Context) }},
		{ID: "source", Title: "WHILE", Priority: 5, Flex: 1, Min: 8, Max: 32, Cell: listing.Role(func(r *row) string { return r.Source }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.Source, b.Source) }},
		{ID: "message", Title: "MESSAGE", Priority: 9, Flex: 4, Min: 20, Max: 400, Cell: listing.Role(func(r *row) string { return r.Message }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.Message, b.Message) }},
		{ID: "first", Title: "FIRST", Wide: true, Priority: 1, Cell: listing.Role(func(r *row) string { return clock(r.First) }, nil),
			Compare: func(a, b *row) int { return b.First.Compare(a.First) }},
	}
}

// take joins the entries of the clusters and the console's own.
func (s *Screen) take() {
	var rows []*row
	for _, e := range append(s.env.Fleet.Errors(), s.env.Notices.Entries()...) {
		r := &row{Entry: e, now: s.env.Now}
		if old, ok := s.Get(r.key()); ok && old.Entry == e {
			r = old
		}
		rows = append(rows, r)
	}
	s.Sync(rows)
	s.SetReady("Nothing went wrong since fn9s was started.")
}

// Title is the crumb.
func (s *Screen) Title() string { return "errors(" + text.Count(s.Total()) + ")" }

// Update takes whatever may have brought a new entry.
func (s *Screen) Update(msg tea.Msg) tea.Cmd { return s.Follow(msg, s.take) }

// Show looks for new entries.
func (s *Screen) Show() tea.Cmd { s.take(); return nil }

// Hide does nothing.
func (s *Screen) Hide() {}

// Open shows the whole message in a dialog of choices to copy.
func (s *Screen) Open() tea.Cmd { return s.CopyField() }
