package board

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/model"
)

func row(name string, ready int32) *Row {
	key := model.FunctionKey{Framework: "plain", Namespace: "a", Name: name}
	return &Row{
		ID:       model.FunctionID{Context: "c", FunctionKey: key},
		Function: &model.Function{Key: key, Ready: model.Count(ready)},
	}
}

// A reader that follows Since must hold the same rows as one that takes all of them.
func TestSinceAddsUpToRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	boards := []*Board{Empty()}
	for step := range 200 {
		b := boards[len(boards)-1]
		ups := map[string]*Row{}
		for range r.IntN(5) {
			name := fmt.Sprintf("f%02d", r.IntN(40))
			ups[name] = row(name, int32(step))
		}
		var upserts []*Row
		for _, u := range ups {
			upserts = append(upserts, u)
		}
		slices.SortFunc(upserts, compareRows)
		var deletes []model.FunctionID
		for range r.IntN(3) {
			name := fmt.Sprintf("f%02d", r.IntN(40))
			if ups[name] == nil {
				deletes = append(deletes, row(name, 0).ID)
			}
		}
		slices.SortFunc(deletes, model.FunctionID.Compare)
		boards = append(boards, b.next(nil, upserts, slices.Compact(deletes)))
	}
	last := boards[len(boards)-1]
	require.True(t, slices.IsSortedFunc(last.Rows(), compareRows))
	followed := 0
	for _, b := range boards {
		upserts, deletes, ok := last.Since(b.Version)
		if !ok {
			continue
		}
		followed++
		have := map[model.FunctionID]*Row{}
		for _, r := range b.Rows() {
			have[r.ID] = r
		}
		for _, u := range upserts {
			have[u.ID] = u
		}
		for _, id := range deletes {
			delete(have, id)
		}
		want := map[model.FunctionID]*Row{}
		for _, r := range last.Rows() {
			want[r.ID] = r
			assert.Same(t, r, last.Row(r.ID))
		}
		require.Equal(t, want, have, "from version %d", b.Version)
	}
	assert.Equal(t, keepSteps+1, followed, "a reader that is a little behind is told what changed")
	_, _, ok := last.Since(last.Version + 1)
	assert.False(t, ok, "a version of another board")
}

// The rows of boards of any size are those that were put in, and each is found by its id.
func TestRowsAreThoseThatWerePutIn(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	want := map[model.FunctionID]*Row{}
	b := Empty()
	name := func() string { return fmt.Sprintf("f%03d", r.IntN(400)) }
	for step := range 120 {
		var upserts []*Row
		var deletes []model.FunctionID
		many := 3
		if step%50 == 0 {
			many = 200
		}
		for range r.IntN(many) {
			u := row(name(), int32(step))
			upserts, want[u.ID] = append(upserts, u), u
		}
		for range r.IntN(many) {
			id := row(name(), 0).ID
			if !slices.ContainsFunc(upserts, func(u *Row) bool { return u.ID == id }) {
				deletes = append(deletes, id)
				delete(want, id)
			}
		}
		slices.SortStableFunc(upserts, compareRows)
		upserts = slices.CompactFunc(upserts, func(a, b *Row) bool { return a.ID == b.ID })
		for _, u := range upserts {
			want[u.ID] = u
		}
		slices.SortFunc(deletes, model.FunctionID.Compare)
		before := b.Rows()
		b = b.next(nil, upserts, slices.Compact(deletes))
		require.True(t, slices.IsSortedFunc(b.Rows(), compareRows))
		require.Len(t, b.Rows(), len(want))
		require.True(t, slices.IsSortedFunc(before, compareRows), "the board before stays as it was")
		for _, row := range b.Rows() {
			require.Same(t, want[row.ID], row)
			require.Same(t, row, b.Row(row.ID))
		}
		require.Equal(t, len(want), b.Count("c"))
		require.Zero(t, b.Count("b"))
		require.Nil(t, b.Row(row("g", 0).ID))
		require.Nil(t, b.Row(row("e", 0).ID))
	}
}

func BenchmarkNext10k100Changes(b *testing.B) {
	rows := make([]*Row, 10_000)
	for i := range rows {
		rows[i] = row(fmt.Sprintf("f%05d", i), 1)
	}
	start := New(1, nil, rows)
	upserts := make([]*Row, 100)
	for i := range upserts {
		upserts[i] = row(fmt.Sprintf("f%05d", i*100), 2)
	}
	b.ReportAllocs()
	for b.Loop() {
		start.next(nil, upserts, nil)
	}
}
