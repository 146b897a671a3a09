package table

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// naive is the table as one would write it without a thought for cost: every question sorts and
// filters everything anew.
type naive struct {
	rows    map[key]*function
	marks   map[key]bool
	filter  func(*function) bool
	compare func(a, b *function) int

	cursor  key
	on      bool // the cursor is on a row
	sticky  bool
	want    key
	wanting bool
}

func (n *naive) all() []*function {
	var out []*function
	for _, f := range n.rows {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *function) int {
		return cmp.Or(n.compare(a, b), compareKeys(keyOf(a), keyOf(b)))
	})
	return out
}

func (n *naive) shown() []*function {
	return slices.DeleteFunc(n.all(), func(f *function) bool { return n.filter != nil && !n.filter(f) })
}

func (n *naive) index() int {
	return slices.IndexFunc(n.shown(), func(f *function) bool { return n.on && keyOf(f) == n.cursor })
}

// settle moves the cursor after a change: before is the order in which its neighbours are sought.
func (n *naive) settle(before []*function) {
	shown := n.shown()
	if len(shown) == 0 {
		n.on, n.sticky = false, true
		return
	}
	has := func(k key) bool {
		return slices.ContainsFunc(shown, func(f *function) bool { return keyOf(f) == k })
	}
	switch {
	case n.wanting && has(n.want):
		n.cursor, n.on, n.wanting, n.sticky = n.want, true, false, false
	case n.sticky || !n.on:
		n.cursor, n.on = keyOf(shown[0]), true
	case !has(n.cursor):
		at := max(slices.IndexFunc(before, func(f *function) bool { return keyOf(f) == n.cursor }), 0)
		order := slices.Clone(before[at:])
		for i := at - 1; i >= 0; i-- {
			order = append(order, before[i])
		}
		next := slices.IndexFunc(order, func(f *function) bool { return has(keyOf(f)) })
		if next < 0 {
			n.cursor = keyOf(shown[0])
			return
		}
		n.cursor = keyOf(order[next])
	}
}

func (n *naive) move(to int) {
	shown := n.shown()
	if len(shown) == 0 {
		return
	}
	to = max(min(to, len(shown)-1), 0)
	n.cursor, n.on, n.sticky, n.wanting = keyOf(shown[to]), true, to == 0, false
}

// twin drives a table and its naive model through the same steps.
type twin struct {
	tb    testing.TB
	table *Table[key, *function]
	model *naive
	next  func(n int) int
}

func newTwin(tb testing.TB, next func(n int) int) *twin {
	t := newTable(100, 12, "none")
	t.Sort("", false)
	return &twin{tb: tb, table: t, next: next, model: &naive{
		rows: map[key]*function{}, marks: map[key]bool{}, sticky: true,
		compare: func(a, b *function) int { return 0 },
	}}
}

// someFunction is one of few keys with one of few values, so that equal sort keys, repeated
// updates and deletes of what is not there all happen.
func (w *twin) someFunction() *function {
	f := *makeFunction(w.next(40))
	f.cpu, f.grade = w.next(4), string(rune('A'+w.next(4)))
	return &f
}

func (w *twin) step() {
	switch w.next(12) {
	case 0, 1, 2, 3:
		w.apply(w.next(8), w.next(4))
	case 4:
		w.apply(w.next(60), w.next(40))
	case 5:
		w.sync(w.next(60))
	case 6:
		w.sort()
	case 7, 8:
		w.filter()
	case 9:
		w.mark()
	default:
		w.move()
	}
	w.check()
}

func (w *twin) apply(upserts, deletes int) {
	before := w.model.shown()
	var up []*function
	var del []key
	for range deletes {
		k := keyOf(w.someFunction())
		del = append(del, k)
	}
	for range upserts {
		up = append(up, w.someFunction())
	}
	w.drop(del, up)
	for _, f := range up {
		w.model.rows[keyOf(f)] = f
	}
	w.table.Apply(up, del)
	w.model.settle(before)
}

// drop deletes from the model; what comes back in the same batch keeps its mark.
func (w *twin) drop(del []key, up []*function) {
	for _, k := range del {
		delete(w.model.rows, k)
		if !slices.ContainsFunc(up, func(f *function) bool { return keyOf(f) == k }) {
			delete(w.model.marks, k)
			w.model.wanting = w.model.wanting && w.model.want != k
		}
	}
}

func (w *twin) sync(n int) {
	before := w.model.shown()
	var rows []*function
	for range n {
		rows = append(rows, w.someFunction())
	}
	if w.next(2) == 0 {
		rows = append(rows, before...)
	}
	var gone []key
	for k := range w.model.rows {
		gone = append(gone, k)
	}
	w.drop(gone, rows)
	for _, f := range rows {
		w.model.rows[keyOf(f)] = f
	}
	w.table.Sync(rows)
	w.model.settle(before)
}

func (w *twin) sort() {
	id := []string{"", "name", "cpu", "grade"}[w.next(4)]
	desc := w.next(2) == 0
	require.True(w.tb, w.table.Sort(id, desc))
	by := map[string]func(a, b *function) int{
		"":      func(a, b *function) int { return 0 },
		"name":  func(a, b *function) int { return strings.Compare(a.name, b.name) },
		"cpu":   func(a, b *function) int { return a.cpu - b.cpu },
		"grade": func(a, b *function) int { return strings.Compare(a.grade, b.grade) },
	}[id]
	w.model.compare = by
	if desc {
		w.model.compare = func(a, b *function) int { return by(b, a) }
	}
	w.model.settle(nil)
}

func (w *twin) filter() {
	var f func(*function) bool
	limit := w.next(5)
	if limit > 0 {
		f = func(r *function) bool { return r.cpu < limit-1 || r.grade == "A" }
	}
	w.model.filter = f
	all := w.model.all()
	if m := w.model; m.on && f != nil && !f(m.rows[m.cursor]) && !m.sticky && !m.wanting {
		m.want, m.wanting = m.cursor, true
	}
	if f != nil && w.next(2) == 0 {
		job := w.table.PrepareFilter("cpu", f)
		if w.next(2) == 0 {
			require.NoError(w.tb, job.Run(context.Background()))
		}
		w.table.ApplyFilter(job)
	} else {
		w.table.SetFilter("cpu", f)
	}
	w.model.settle(all)
}

func (w *twin) mark() {
	m := w.model
	switch w.next(3) {
	case 0:
		w.table.InvertMarks()
		for _, f := range m.shown() {
			w.flip(keyOf(f))
		}
	case 1:
		w.table.ClearMarks()
		clear(m.marks)
	default:
		w.table.ToggleMark()
		if m.on {
			w.flip(m.cursor)
			m.sticky = false
		}
	}
}

func (w *twin) flip(k key) {
	if w.model.marks[k] {
		delete(w.model.marks, k)
	} else {
		w.model.marks[k] = true
	}
}

func (w *twin) move() {
	at := max(w.model.index(), 0)
	n := w.next(9)
	switch w.next(5) {
	case 0:
		w.table.MoveUp(n)
		w.model.move(at - n)
	case 1:
		w.table.Top()
		w.model.move(0)
	case 2:
		w.table.Bottom()
		w.model.move(1 << 20)
	default:
		w.table.MoveDown(n)
		w.model.move(at + n)
	}
}

func (w *twin) check() {
	w.tb.Helper()
	require.Equal(w.tb, names(w.model.shown()), names(w.table.Rows()))
	require.Equal(w.tb, len(w.model.rows), w.table.Total())
	for _, f := range w.table.Rows() {
		require.Same(w.tb, w.model.rows[keyOf(f)], f, "the newest row is shown")
	}
	marked, _ := w.table.MarkedCount()
	require.Equal(w.tb, len(w.model.marks), marked)
	for _, f := range w.table.Marked() {
		require.True(w.tb, w.model.marks[keyOf(f)])
	}
	selected, ok := w.table.SelectedKey()
	require.Equal(w.tb, w.model.on, ok)
	require.Equal(w.tb, w.model.index(), w.table.Cursor())
	if ok {
		require.Equal(w.tb, w.model.cursor, selected)
		glyph := strings.Count(plain(w.tb, w.table), cursorGlyph)
		require.Equal(w.tb, 1, glyph, "the cursor is always on screen")
	}
}

func TestRandomStepsAgreeWithSortingEverythingAnew(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := newTwin(t, r.IntN)
		for range 250 {
			w.step()
		}
	}
}

func FuzzSteps(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Fuzz(func(t *testing.T, script []byte) {
		at := 0
		w := newTwin(t, func(n int) int {
			if at >= len(script) {
				return 0
			}
			at++
			return int(script[at-1]) % n
		})
		for at < len(script) && at < 4000 {
			w.step()
		}
	})
}
