package listing

import (
	"strings"

	"github.com/fn9s/fn9s/ui/text"
)

// Plain is what the list shows as text: all rows that pass the filter, all columns of this mode, in columns.
func (l *List[K, R]) Plain() string {
	columns := l.columns[:0:0]
	for _, frozen := range []bool{true, false} {
		for _, c := range l.columns {
			if c.Frozen == frozen && (!c.Wide || l.Wide()) {
				columns = append(columns, c)
			}
		}
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	lines := [][]string{titles}
	now := l.Env.Now()
	for _, r := range l.Rows() {
		cells := make([]string, len(columns))
		for i := range columns {
			c := columns[i].Cell(r, now)
			cells[i] = text.Clean(strings.TrimSpace(c.Text + " " + c.Badge))
		}
		lines = append(lines, cells)
	}
	return align(lines)
}

func align(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, cells := range lines {
		for i, c := range cells {
			widths[i] = max(widths[i], text.Width(c))
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		line := ""
		for i, c := range cells {
			line += c + text.Spaces(widths[i]-text.Width(c)+2)
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Cells are the cells of the row under the cursor, by the titles of their columns.
func (l *List[K, R]) Cells() map[string]string {
	r, ok := l.Selected()
	if !ok {
		return nil
	}
	cells := map[string]string{}
	for i := range l.columns {
		cells[l.columns[i].Title] = text.Clean(l.columns[i].Cell(r, l.Env.Now()).Text)
	}
	return cells
}
