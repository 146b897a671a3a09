package listing

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/views/screen"
)

// arranged puts columns in the operator's order. What he left out is for wide mode; the context stays, because without it
// rows of several clusters could not be told apart. Without a choice, or with one that fits nothing, all stays as it is.
func arranged[R any](all []table.Column[R], chosen []string) []table.Column[R] {
	var first, rest []table.Column[R]
	for _, id := range chosen {
		i := slices.IndexFunc(all, func(c table.Column[R]) bool { return c.ID == id })
		if i >= 0 && !slices.ContainsFunc(first, func(c table.Column[R]) bool { return c.ID == id }) {
			c := all[i]
			c.Wide = false
			first = append(first, c)
		}
	}
	if len(first) == 0 {
		return all
	}
	for _, c := range all {
		switch {
		case slices.Contains(chosen, c.ID):
		case c.ID == "context":
			first = append([]table.Column[R]{c}, first...)
		default:
			c.Wide = true
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// PickColumns lets the operator choose the columns and their order. The choice lasts until he ends the console, and
// longer where sessions are restored or in a saved view.
func (l *List[K, R]) PickColumns() tea.Cmd {
	pick := screen.PickMsg{Title: "Columns", Multiple: true, Ordered: true}
	for _, c := range l.columns {
		pick.Items = append(pick.Items, screen.PickItem{ID: c.ID, Text: c.Title, Chosen: !c.Wide})
	}
	pick.Chosen = func(ids []string) tea.Cmd {
		if l.Env.Layouts == nil {
			l.Env.Layouts = map[string][]string{}
		}
		l.Env.Layouts[l.cfg.Layout] = ids
		l.SetColumns(l.all)
		return nil
	}
	return screen.Send(pick)
}

// Layout is the name of the table, and its columns as the operator chose them; none: as they come.
func (l *List[K, R]) Layout() (table string, columns []string) {
	return l.cfg.Layout, l.Env.Layouts[l.cfg.Layout]
}

// Arrangement fills in the order and the columns.
func (l *List[K, R]) Arrangement(v *screen.View) {
	v.Sort, v.Descending = l.SortedBy()
	v.Wide = l.Wide()
	_, v.Columns = l.Layout()
}

// Arrange takes order and columns of a view. What it names and the table does not have is left out.
func (l *List[K, R]) Arrange(v *screen.View) tea.Cmd {
	if len(v.Columns) > 0 {
		if l.Env.Layouts == nil {
			l.Env.Layouts = map[string][]string{}
		}
		l.Env.Layouts[l.cfg.Layout] = v.Columns
		l.SetColumns(l.all)
	}
	l.SetWide(v.Wide)
	if slices.ContainsFunc(l.columns, func(c table.Column[R]) bool { return c.ID == v.Sort && c.Compare != nil }) {
		l.Sort(v.Sort, v.Descending)
	}
	return nil
}
