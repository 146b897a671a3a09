package table

import (
	"slices"
	"time"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

// Cell is what a column shows of a row. Its texts need not be clean: the table cleans them.
type Cell struct {
	Text string
	// Role styles the text; themes.Text takes the style of the row.
	Role themes.Role
	// Badge is a short word after the text that stays when the text is cut.
	Badge     string
	BadgeRole themes.Role
}

// Column describes one column of a table.
type Column[R any] struct {
	// ID names the column in sorts and clicks, Title heads it.
	ID, Title string
	Align     text.Align
	// Max bounds the width in cells; 0 means no bound.
	Max int
	// Flex lets the column shrink to Min when space is short; what is left over goes to the
	// columns with Flex in proportion to it, up to the width of their contents.
	Flex, Min int
	// Priority decides which columns are left out when not all fit: the lowest first, of equal
	// ones the rightmost. Frozen columns are never left out.
	Priority int
	// Wide columns are only shown in wide mode.
	Wide bool
	// Frozen columns come first and stay when the others are scrolled.
	Frozen bool
	// Ages says that Cell depends on now, so that SetNow may change it.
	Ages bool
	// DescFirst sorts descending when the column is first chosen: grades, ages, usage.
	DescFirst bool
	// Cell returns what to show. It is called for visible rows only.
	Cell func(r R, now time.Time) Cell
	// Compare orders two rows by value, not by text; nil means the column cannot be sorted by.
	Compare func(a, b R) int
}

// ColumnInfo tells a sort picker or a settings dialog about a column.
type ColumnInfo struct {
	ID, Title string
	Sortable  bool
	Wide      bool
	// Shown is false for a column that the last frame had no room for.
	Shown bool
}

// SetColumns replaces the columns. Frozen ones are moved to the front.
func (t *Table[K, R]) SetColumns(columns []Column[R]) {
	t.columns = slices.Clone(columns)
	slices.SortStableFunc(t.columns, func(a, b Column[R]) int {
		switch {
		case a.Frozen == b.Frozen:
			return 0
		case a.Frozen:
			return -1
		}
		return 1
	})
	t.activate()
	if t.sortBy != "" && t.sortColumn() == nil {
		t.sortBy, t.desc = "", false
	}
	t.resort()
}

// SetWide shows or hides the wide columns.
func (t *Table[K, R]) SetWide(wide bool) {
	if t.wide != wide {
		t.wide = wide
		t.activate()
	}
}

// Wide says whether the wide columns are shown.
func (t *Table[K, R]) Wide() bool { return t.wide }

// Columns lists all columns in the order shown.
func (t *Table[K, R]) Columns() []ColumnInfo {
	out := make([]ColumnInfo, len(t.columns))
	for i, c := range t.columns {
		out[i] = ColumnInfo{ID: c.ID, Title: c.Title, Sortable: c.Compare != nil, Wide: c.Wide}
	}
	for _, p := range t.layout.places {
		out[t.measure.active[p.slot]].Shown = true
	}
	return out
}

// activate recomputes which columns take part, and forgets the widths measured so far.
func (t *Table[K, R]) activate() {
	t.measure.active = t.measure.active[:0]
	t.measure.ages = t.measure.ages[:0]
	for i, c := range t.columns {
		if c.Wide && !t.wide {
			continue
		}
		if c.Ages {
			t.measure.ages = append(t.measure.ages, len(t.measure.active))
		}
		t.measure.active = append(t.measure.active, i)
	}
	t.measure.columns++
	t.measure.reset()
}

func (t *Table[K, R]) column(slot int) *Column[R] { return &t.columns[t.measure.active[slot]] }
