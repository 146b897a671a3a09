// Package listing is the table part that screens share: moves, marks, sort, filter, footer and plain text over a
// table of ui/table.
//
// Its one rule: it knows nothing of what its rows are. A screen embeds a List and adds what its rows can do.
package listing

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

// Config says what a List shows.
type Config[K, R comparable] struct {
	table.Config[K, R]
	// Query are the columns that a filter may name; Row shows a row to a filter.
	Query query.Columns
	Row   func(R) query.Row
	// Name is what `c` copies of a row.
	Name func(R) string
	// Layout is the name that the operator's choice of columns goes by; empty: the noun.
	Layout string
	// Timed says that the filter column of that index depends on the time.
	Timed func(column int) bool
}

// List is a table with its filter. It belongs to the goroutine of the event loop.
type List[K, R comparable] struct {
	*table.Table[K, R]
	Env *screen.Env

	cfg     Config[K, R]
	all     []table.Column[R] // as the screen has them
	columns []table.Column[R] // as the operator wants them
	ctx     context.Context
	cancel  context.CancelFunc

	filterText string
	filter     query.Filter
	only       func(R) bool
	onlyText   string
	filtered   time.Time // when a filter that depends on the time was last applied
	job        uint64    // generation of the newest filter job
	sorting    uint64    // generation of the newest sort job
}

// New makes a list in the loading state.
func New[K, R comparable](env *screen.Env, cfg Config[K, R]) *List[K, R] {
	ctx, cancel := context.WithCancel(context.Background())
	all := cfg.Columns
	cfg.Layout = cmp.Or(cfg.Layout, cfg.Noun)
	cfg.Columns = arranged(all, env.Layouts[cfg.Layout])
	l := &List[K, R]{Table: table.New(cfg.Config, env.Theme), Env: env, cfg: cfg, all: all, columns: cfg.Columns,
		ctx: ctx, cancel: cancel}
	l.SetNow(env.Now())
	return l
}

// Context ends when the list is closed: commands of the screen run under it.
func (l *List[K, R]) Context() context.Context { return l.ctx }

// Close ends what the list has running.
func (l *List[K, R]) Close() { l.cancel() }

// Keys is the key set of lists.
func (l *List[K, R]) Keys() action.KeySet { return action.Lists }

// SetColumns replaces the columns.
func (l *List[K, R]) SetColumns(columns []table.Column[R]) {
	l.all, l.columns = columns, arranged(columns, l.Env.Layouts[l.cfg.Layout])
	l.Table.SetColumns(l.columns)
}

// Move moves the cursor or scrolls the columns.
func (l *List[K, R]) Move(id action.ID) tea.Cmd {
	switch id {
	case action.MoveDown:
		l.MoveDown(1)
	case action.MoveUp:
		l.MoveUp(1)
	case action.MoveTop:
		l.Top()
	case action.MoveBottom:
		l.Bottom()
	case action.HalfPageDown:
		l.HalfPageDown()
	case action.HalfPageUp:
		l.HalfPageUp()
	case action.PageDown:
		l.PageDown()
	case action.PageUp:
		l.PageUp()
	case action.ScrollLeft:
		l.ScrollLeft()
	case action.ScrollRight:
		l.ScrollRight()
	}
	return nil
}

// Wheel scrolls by lines.
func (l *List[K, R]) Wheel(lines int) tea.Cmd {
	l.Table.Wheel(lines)
	return nil
}

// Click moves the cursor to the row, or sorts by the title.
func (l *List[K, R]) Click(x, y int) tea.Cmd {
	if id, ok := l.TitleAt(x, y); ok {
		return l.toggleSort(id)
	}
	l.Table.Click(x, y)
	return nil
}

// ToggleWide shows or hides the wide columns.
func (l *List[K, R]) ToggleWide() tea.Cmd {
	l.SetWide(!l.Wide())
	return nil
}

// HasWide reports whether there are columns that only wide mode shows.
func (l *List[K, R]) HasWide() bool {
	return slices.ContainsFunc(l.columns, func(c table.Column[R]) bool { return c.Wide })
}

// PickSort lets the operator choose the order.
func (l *List[K, R]) PickSort() tea.Cmd {
	by, desc := l.SortedBy()
	pick := screen.PickMsg{Title: "Sort by"}
	for _, c := range l.Columns() {
		if !c.Sortable {
			continue
		}
		item := screen.PickItem{ID: c.ID, Text: c.Title, Chosen: c.ID == by}
		if c.ID == by {
			item.Note = "now " + arrow(desc) + ", again turns it round"
		}
		pick.Items = append(pick.Items, item)
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return l.toggleSort(ids[0])
	}
	return screen.Send(pick)
}

func arrow(desc bool) string {
	if desc {
		return "↓"
	}
	return "↑"
}

// CopyName copies the name under the cursor, or of all marked rows, one a line.
func (l *List[K, R]) CopyName() tea.Cmd {
	rows := l.Marked()
	if len(rows) == 0 {
		r, ok := l.Selected()
		if !ok {
			return nil
		}
		rows = []R{r}
	}
	names := ""
	for i, r := range rows {
		if i > 0 {
			names += "\n"
		}
		names += text.Clean(l.cfg.Name(r))
	}
	return screen.Send(screen.CopyMsg{Text: names, What: what(len(rows), "name")})
}

func what(n int, noun string) string {
	if n == 1 {
		return "the " + noun
	}
	return text.Count(n) + " " + noun + "s"
}

// CopyField lets the operator choose a field of the row under the cursor and copies it.
func (l *List[K, R]) CopyField() tea.Cmd {
	r, ok := l.Selected()
	if !ok {
		return nil
	}
	pick := screen.PickMsg{Title: "Copy field"}
	values := map[string]string{}
	for _, c := range l.columns {
		values[c.ID] = text.Clean(c.Cell(r, l.Env.Now()).Text)
		pick.Items = append(pick.Items, screen.PickItem{ID: c.ID, Text: c.Title, Note: values[c.ID]})
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if len(ids) != 1 {
			return nil
		}
		return screen.Send(screen.CopyMsg{Text: values[ids[0]], What: "the field " + ids[0]})
	}
	return screen.Send(pick)
}

// Mark marks the row under the cursor, or takes the mark away, and goes on to the next.
func (l *List[K, R]) Mark() tea.Cmd {
	l.ToggleMark()
	l.MoveDown(1)
	return nil
}

// MarkRange marks from the last mark to the cursor.
func (l *List[K, R]) MarkRange() tea.Cmd {
	l.Table.MarkRange()
	return nil
}

// MarkInvert inverts the marks of what is shown.
func (l *List[K, R]) MarkInvert() tea.Cmd {
	l.InvertMarks()
	return nil
}

// Escape clears the filter, then the marks; false when there was nothing to clear.
func (l *List[K, R]) Escape() bool {
	if l.filterText != "" {
		l.clearFilter()
		return true
	}
	if marked, _ := l.MarkedCount(); marked > 0 {
		l.ClearMarks()
		return true
	}
	return false
}

// Aging reports whether a visible column shows ages. Before the first frame every column may be visible.
func (l *List[K, R]) Aging() bool {
	drawn, aging, visible := false, false, false
	for _, c := range l.Columns() {
		ages := l.agesByID(c.ID)
		drawn, aging, visible = drawn || c.Shown, aging || ages, visible || ages && c.Shown
	}
	return visible || aging && !drawn
}

func (l *List[K, R]) agesByID(id string) bool {
	for i := range l.columns {
		if l.columns[i].ID == id {
			return l.columns[i].Ages
		}
	}
	return false
}

// Restyle takes the theme of the Env.
func (l *List[K, R]) Restyle() { l.SetTheme(l.Env.Theme) }

// Footer fills the footer line.
func (l *List[K, R]) Footer() screen.Footer {
	marked, _ := l.MarkedCount()
	f := screen.Footer{Marked: marked, Shown: l.Visible(), Total: l.Total(), Noun: l.cfg.Noun, Filter: l.filterText, Note: l.onlyText}
	by, desc := l.SortedBy()
	for _, c := range l.columns {
		if c.ID == by {
			f.Sort = c.Title + " " + arrow(desc)
		}
	}
	return f
}

// Role makes a cell of a column from plain functions.
func Role[R any](cell func(R) string, role func(R) themes.Role) func(R, time.Time) table.Cell {
	return func(r R, _ time.Time) table.Cell {
		c := table.Cell{Text: cell(r)}
		if role != nil {
			c.Role = role(r)
		}
		return c
	}
}
