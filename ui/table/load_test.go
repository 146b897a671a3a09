package table

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALoadReplacesTheRowsAndKeepsCursorAndMarks(t *testing.T) {
	t.Parallel()
	tb := newTable(60, 11, "none")
	tb.Apply(numbered(0, 100), nil)
	tb.Sort("name", true)
	tb.Select(id(40))
	tb.ToggleMark()
	tb.MoveDown(1)
	at, _ := tb.SelectedKey()
	rows := numbered(10, 200)
	slices.Reverse(rows)
	job := tb.PrepareLoad()
	tb.SetFilter("even", func(f *function) bool { return len(f.name) > 0 && (f.name[len(f.name)-1]-'0')%2 == 1 })
	tb.Sort("name", false)
	job.Run(append(rows, rows[0]))
	tb.ApplyLoad(job)

	fresh := newTable(60, 11, "none")
	fresh.Sort("name", false)
	fresh.Apply(rows, nil)
	fresh.SetFilter("even", func(f *function) bool { return (f.name[len(f.name)-1]-'0')%2 == 1 })
	assert.Equal(t, names(fresh.Rows()), names(tb.Rows()))
	assert.Equal(t, len(rows), tb.Total())
	now, ok := tb.SelectedKey()
	require.True(t, ok)
	assert.Equal(t, at, now)
	assert.True(t, tb.IsMarked(id(40)))
	marked, hidden := tb.MarkedCount()
	assert.Equal(t, []int{1, 1}, []int{marked, hidden})
	tb.Apply(nil, []key{at})
	assert.Equal(t, len(rows)-1, tb.Total())
	frameOf(t, tb)
}

func TestASortJobSortsAsTheTableDoesWhateverChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, meanwhile := range []struct {
		what string
		do   func(*Table[key, *function])
	}{
		{"nothing", func(*Table[key, *function]) {}},
		{"rows come, go and change", func(tb *Table[key, *function]) {
			changed := *tb.Rows()[7]
			changed.cpu = 9999
			tb.Apply(append(numbered(500, 40), &changed), []key{id(3), id(4)})
		}},
		{"a row is made anew", func(tb *Table[key, *function]) {
			r := tb.Rows()[7]
			tb.Apply(nil, []key{keyOf(r)})
			tb.Apply([]*function{r}, nil)
		}},
	} {
		tb := newTable(60, 11, "none")
		tb.Apply(numbered(0, 300), nil)
		tb.SetFilter("ready", func(f *function) bool { return f.ready >= 0 })
		tb.Select(id(50))
		job := tb.PrepareSort("cpu", true)
		meanwhile.do(tb)
		job.Run()
		tb.ApplySort(job)
		by, desc := tb.SortedBy()
		assert.Equal(t, "cpu", by)
		assert.True(t, desc)
		got := names(tb.Rows())
		at, _ := tb.SelectedKey()
		assert.Equal(t, id(50), at)
		tb.Sort("name", false)
		tb.Sort("cpu", true)
		assert.Equal(t, names(tb.Rows()), got, meanwhile.what)
	}
	assert.Nil(t, newTable(60, 11, "none").PrepareSort("no such column", false))
}
