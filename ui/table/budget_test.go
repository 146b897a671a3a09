package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// cost runs f n times and returns a low decile of the durations: what f itself takes, not what
// else the machine is doing.
func cost(n int, f func(i int)) time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		f(i)
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[n/10]
}

func TestFrameBudgetAt50kRows(t *testing.T) {
	if raceEnabled {
		t.Skip("budgets are not measured under the race detector")
	}
	table := filledTable(many, 200, 50)
	table.Sort("cpu", true)
	batches := changes(table.Rows())
	budgets := []struct {
		what   string
		budget time.Duration
		run    func(i int)
	}{
		{"move the cursor and draw", time.Millisecond, func(int) { table.MoveDown(1); _ = table.View() }},
		{"move a page and draw", time.Millisecond, func(int) { table.PageDown(); _ = table.View() }},
		{"apply 100 updates and draw", time.Millisecond, func(i int) { table.Apply(batches[i], nil); _ = table.View() }},
		{"tick the ages and draw", time.Millisecond, func(i int) {
			table.SetNow(clock.Add(time.Duration(i) * time.Second))
			_ = table.View()
		}},
		{"type a filter and draw", 20 * time.Millisecond, func(i int) {
			word := fmt.Sprintf("card-%d", i%10)
			table.SetFilter(word, func(f *function) bool { return strings.Contains(f.name, word) })
			_ = table.View()
		}},
	}
	for _, b := range budgets {
		got := cost(101, b.run)
		t.Logf("%-28s %v (budget %v)", b.what, got, b.budget)
		assert.LessOrEqual(t, got, b.budget, b.what)
	}
}
