package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered returns rows fn-000, fn-001, … whose names are also their order.
func numbered(from, to int) []*function {
	var out []*function
	for i := from; i < to; i++ {
		f := makeFunction(i)
		f.namespace, f.name = "shop", fmt.Sprintf("fn-%03d", i)
		out = append(out, f)
	}
	return out
}

func numberedTable(n int) *Table[key, *function] {
	t := newTable(60, 11, "none") // ten lines of rows
	t.Apply(numbered(0, n), nil)
	t.SetReady()
	_ = t.View()
	return t
}

func id(i int) key { return key{"shop", fmt.Sprintf("fn-%03d", i)} }

func selected(t *Table[key, *function]) string {
	f, ok := t.Selected()
	if !ok {
		return ""
	}
	return f.name
}

// cursorLine returns on which line of the screen the cursor is.
func cursorLine(tb testing.TB, t *Table[key, *function]) int {
	return slices.IndexFunc(strings.Split(plain(tb, t), "\n"), func(l string) bool {
		return strings.HasPrefix(l, cursorGlyph)
	})
}

func firstRow(tb testing.TB, t *Table[key, *function]) string {
	return strings.Fields(strings.TrimLeft(strings.Split(plain(tb, t), "\n")[1], cursorGlyph+"* "))[0]
}

func TestTheCursorFollowsItsRow(t *testing.T) {
	t.Parallel()
	tb := numberedTable(100)
	tb.MoveDown(50)
	line := cursorLine(t, tb)
	early := numbered(200, 230)
	for _, f := range early {
		f.name = "a-" + f.name
	}
	tb.Apply(early, nil)
	assert.Equal(t, "fn-050", selected(tb))
	assert.Equal(t, line, cursorLine(t, tb), "rows that come in above do not move the line under the eye")
	tb.Sort("name", true)
	assert.Equal(t, "fn-050", selected(tb))
	assert.Equal(t, line, cursorLine(t, tb))
}

func TestAtTheTopTheCursorStaysAtTheTop(t *testing.T) {
	t.Parallel()
	tb := numberedTable(20)
	newer := *makeFunction(1)
	newer.namespace, newer.name = "shop", "aaa"
	tb.Apply([]*function{&newer}, nil)
	assert.Equal(t, "aaa", selected(tb))
	tb.Sort("name", true)
	assert.Equal(t, "fn-019", selected(tb))

	tb.ToggleMark()
	tb.Sort("name", false)
	assert.Equal(t, "fn-019", selected(tb), "a mark ties the cursor to its row")
	tb.Top()
	tb.Sort("name", true)
	assert.Equal(t, "fn-019", selected(tb))
}

func TestADeletedRowLeavesTheCursorToItsNeighbour(t *testing.T) {
	t.Parallel()
	tb := numberedTable(10)
	tb.MoveDown(5)
	tb.Apply(nil, []key{id(5), id(6)})
	assert.Equal(t, "fn-007", selected(tb))
	tb.Apply(numbered(5, 7), nil)
	assert.Equal(t, "fn-007", selected(tb), "a row that comes back does not steal the cursor")
	tb.Bottom()
	tb.Apply(nil, []key{id(9)})
	assert.Equal(t, "fn-008", selected(tb))
	tb.Replace(nil)
	_, ok := tb.SelectedKey()
	assert.False(t, ok)
	assert.Equal(t, -1, tb.Cursor())
	tb.MoveDown(1)
	tb.ToggleMark()
	tb.MarkRange()
	tb.PageDown()
	tb.Wheel(3)
	assert.Empty(t, selected(tb), "nothing to move on")
}

func TestAFilteredOutCursorComesBack(t *testing.T) {
	t.Parallel()
	odd := func(f *function) bool { return (f.name[5]-'0')%2 == 1 }
	tb := numberedTable(20)
	tb.MoveDown(8)
	tb.SetFilter("odd", odd)
	assert.Equal(t, "fn-009", selected(tb))
	tb.SetFilter("", nil)
	assert.Equal(t, "fn-008", selected(tb))

	tb.SetFilter("odd", odd)
	tb.MoveDown(1)
	tb.SetFilter("", nil)
	assert.Equal(t, "fn-011", selected(tb), "unless it was moved in the meantime")
}

func TestSelectWaitsForItsRow(t *testing.T) {
	t.Parallel()
	tb := newTable(60, 11, "none")
	assert.False(t, tb.Select(id(30)))
	tb.Apply(numbered(0, 20), nil)
	assert.Equal(t, "fn-000", selected(tb))
	tb.Apply(numbered(20, 40), nil)
	assert.Equal(t, "fn-030", selected(tb))
	assert.True(t, tb.Select(id(3)))
	assert.Equal(t, "fn-003", selected(tb))
}

func TestRowsStayVisibleAroundTheCursor(t *testing.T) {
	t.Parallel()
	tb := numberedTable(100)
	tb.MoveDown(6)
	assert.Equal(t, "fn-000", firstRow(t, tb))
	tb.MoveDown(1)
	assert.Equal(t, "fn-001", firstRow(t, tb), "three rows stay below")
	tb.MoveUp(4)
	assert.Equal(t, "fn-000", firstRow(t, tb), "three rows stay above")
	tb.Bottom()
	assert.Equal(t, 10, cursorLine(t, tb))
	assert.Equal(t, "fn-090", firstRow(t, tb))
}

func TestPagesKeepTheLine(t *testing.T) {
	t.Parallel()
	tb := numberedTable(100)
	tb.MoveDown(5)
	_ = tb.View()
	tb.PageDown()
	assert.Equal(t, "fn-014", selected(tb))
	assert.Equal(t, 6, cursorLine(t, tb))
	tb.HalfPageDown()
	assert.Equal(t, "fn-019", selected(tb))
	tb.HalfPageUp()
	tb.PageUp()
	assert.Equal(t, "fn-005", selected(tb))
	assert.Equal(t, "fn-000", firstRow(t, tb))
}

func TestTheWheelMovesTheWindow(t *testing.T) {
	t.Parallel()
	tb := numberedTable(100)
	tb.MoveDown(6)
	tb.Wheel(3)
	assert.Equal(t, "fn-003", firstRow(t, tb))
	assert.Equal(t, "fn-006", selected(tb), "the cursor stays while it is visible")
	tb.Wheel(20)
	assert.Equal(t, "fn-023", firstRow(t, tb))
	assert.Equal(t, "fn-026", selected(tb))
	tb.Wheel(-1000)
	assert.Equal(t, "fn-000", firstRow(t, tb))
	tb.Wheel(1000)
	assert.Equal(t, "fn-090", firstRow(t, tb))
}

func TestClicks(t *testing.T) {
	t.Parallel()
	tb := numberedTable(5)
	require.Equal(t, HitRow, tb.Click(9, 3))
	assert.Equal(t, "fn-002", selected(tb))
	assert.Equal(t, HitNothing, tb.Click(9, 8), "below the last row")
	assert.Equal(t, HitNothing, tb.Click(-1, 3))
	assert.Equal(t, HitNothing, tb.Click(9, 99))

	header := strings.Split(plain(t, tb), "\n")[0]
	at := len([]rune(header[:strings.Index(header, "GRADE")]))
	require.Equal(t, HitHeader, tb.Click(at, 0))
	by, desc := tb.SortedBy()
	assert.Equal(t, "grade", by)
	assert.True(t, desc, "worst grade first")
	assert.Contains(t, plain(t, tb), "GRADE↓")
	tb.Click(at+2, 0)
	_, desc = tb.SortedBy()
	assert.False(t, desc)
	assert.Equal(t, "fn-002", selected(tb))
	assert.Equal(t, HitNothing, tb.Click(0, 0), "the gutter is no title")
}

func TestMarks(t *testing.T) {
	t.Parallel()
	tb := numberedTable(20)
	tb.MoveDown(2)
	tb.ToggleMark()
	tb.MoveDown(3)
	tb.MarkRange()
	assert.Equal(t, "fn-002 fn-003 fn-004 fn-005", names(tb.Marked()))
	assert.Contains(t, plain(t, tb), "*fn-003")

	tb.SetFilter("", func(f *function) bool { return f.name < "fn-004" })
	marked, hidden := tb.MarkedCount()
	assert.Equal(t, []int{4, 2}, []int{marked, hidden}, "marks survive what the filter hides")
	tb.InvertMarks()
	assert.Equal(t, "fn-000 fn-001 fn-004 fn-005", names(tb.Marked()), "only what is visible is inverted")

	changed := *makeFunction(0)
	changed.namespace, changed.name = "shop", "fn-000"
	tb.Apply([]*function{&changed}, []key{id(5)})
	assert.Equal(t, "fn-000 fn-001 fn-004", names(tb.Marked()), "marks stay with the key and go with the row")
	assert.True(t, tb.IsMarked(id(4)))
	tb.SetMarks([]key{id(7), id(99)})
	assert.Equal(t, "fn-007", names(tb.Marked()))
	tb.ClearMarks()
	assert.Empty(t, tb.Marked())
}

func TestMarkRangeWithoutAVisibleStartMarksOneRow(t *testing.T) {
	t.Parallel()
	tb := numberedTable(20)
	tb.MoveDown(2)
	tb.ToggleMark()
	tb.SetFilter("", func(f *function) bool { return f.name > "fn-009" })
	tb.MoveDown(3)
	tb.MarkRange()
	assert.Equal(t, "fn-002 "+selected(tb), names(tb.Marked()))
}

func TestColumnsScrollBesideTheFrozenOne(t *testing.T) {
	t.Parallel()
	tb := numberedTable(5)
	first := plain(t, tb)
	seen := map[string]bool{}
	steps := 0
	for tb.ScrollRight() {
		steps++
		require.Less(t, steps, 20)
		frame := plain(t, tb)
		header := strings.Split(frame, "\n")[0]
		assert.Contains(t, header, "NAME", "the name stays")
		for _, title := range strings.Fields(strings.Trim(header, "‹›")) {
			seen[title] = true
		}
	}
	for _, c := range tb.Columns() {
		assert.Equal(t, !c.Wide, seen[c.Title] || seen[c.Title+"↑"], c.ID)
	}
	assert.Contains(t, plain(t, tb), "‹")
	for tb.ScrollLeft() {
		steps--
	}
	assert.Zero(t, steps)
	assert.Equal(t, first, plain(t, tb))

	tb.SetSize(200, 11)
	assert.False(t, tb.ScrollRight(), "nothing to scroll when all columns fit")
	tb.SetSize(12, 11)
	assert.False(t, tb.ScrollRight(), "nothing to scroll to when there is only room for the name")
}

func TestWideModeAddsColumns(t *testing.T) {
	t.Parallel()
	tb := filledTable(5, 200, 11)
	assert.NotContains(t, plain(t, tb), "IMAGE")
	tb.SetWide(true)
	assert.True(t, tb.Wide())
	assert.Contains(t, plain(t, tb), "registry.example.com/team/fn:3")
	tb.SetWide(false)
	assert.NotContains(t, plain(t, tb), "IMAGE")
}

func TestSortingByWhatCannotBeSorted(t *testing.T) {
	t.Parallel()
	tb := numberedTable(3)
	columns := functionColumns()
	columns[1].Compare = nil // name
	tb.SetColumns(columns)
	by, _ := tb.SortedBy()
	assert.Empty(t, by, "a sort by a column that is gone falls back to the keys")
	for _, id := range []string{"name", "framework!"} {
		assert.False(t, tb.ToggleSort(id) || tb.Sort(id, true), id)
	}
	assert.True(t, tb.Sort("", false))
	assert.Equal(t, "fn-000 fn-001 fn-002", names(tb.Rows()))
}

func TestStatesWithRowsShowTheRows(t *testing.T) {
	t.Parallel()
	tb := newTable(60, 11, "none")
	assert.Contains(t, plain(t, tb), "Loading functions…")
	tb.SetDenied()
	assert.Contains(t, plain(t, tb), "▲ These functions may not be read.")
	tb.Apply(numbered(0, 3), nil)
	assert.Contains(t, plain(t, tb), "fn-002")
	assert.NotContains(t, plain(t, tb), "may not")
	tb.SetFilter("x", func(*function) bool { return false })
	assert.Contains(t, plain(t, tb), "It hides 3. Press esc to clear it.")
	by, on := tb.FilteredBy()
	assert.Equal(t, "x", by)
	assert.True(t, on)
	tb.Apply(nil, []key{id(0), id(1), id(2)})
	tb.SetReady("Deploy one with +.")
	assert.Contains(t, plain(t, tb), "No functions here.\n  Deploy one with +.")
}

func TestAFilterJobStopsWithItsContextAndGoesOn(t *testing.T) {
	t.Parallel()
	tb := numberedTable(2000)
	asked := 0
	ctx, cancel := context.WithCancel(context.Background())
	job := tb.PrepareFilter("even", func(f *function) bool {
		if asked++; asked == 700 {
			cancel()
		}
		return f.ready == 0
	})
	require.ErrorIs(t, job.Run(ctx), context.Canceled)
	assert.Less(t, asked, 2000)
	require.NoError(t, job.Run(context.Background()))
	assert.Equal(t, 2000, asked)

	changed := *tb.Rows()[0]
	changed.ready = 7
	tb.Apply([]*function{&changed}, nil)
	tb.ApplyFilter(job)
	assert.Equal(t, 2001, asked, "only the row that changed in between is asked again")
	assert.NotContains(t, tb.Rows(), &changed)
	assert.Less(t, tb.Visible(), tb.Total())
}

func TestAComparatorThatContradictsItselfLosesNoRow(t *testing.T) {
	t.Parallel()
	tb := newTable(60, 11, "none")
	columns := functionColumns()
	flip := 0
	for i := range columns {
		columns[i].Compare = func(_, _ *function) int { flip++; return flip%3 - 1 }
	}
	tb.SetColumns(columns)
	for round := range 20 {
		tb.Apply(numbered(round, 60+round), []key{id(round * 2)})
		tb.MoveDown(7)
		frameOf(t, tb)
	}
	seen := map[string]bool{}
	for _, f := range tb.Rows() {
		assert.False(t, seen[f.name], "%s is there twice", f.name)
		seen[f.name] = true
	}
	assert.Len(t, seen, tb.Total())
}
