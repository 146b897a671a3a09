package pager

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func benchLines(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("    - name: environment-variable-%06d  # read by the gateway of functions, value: %d", i, i*i)
	}
	return lines
}

func BenchmarkSetLines100k(b *testing.B) {
	lines := benchLines(100_000)
	p := New(theme(b, "default"))
	p.SetSize(200, 50)
	for b.Loop() {
		p.SetLines(lines)
	}
}

func BenchmarkMoveAndView100k(b *testing.B) {
	for _, wrap := range []bool{false, true} {
		b.Run(fmt.Sprintf("wrap=%v", wrap), func(b *testing.B) {
			p := New(theme(b, "default"))
			p.SetSize(80, 50)
			p.SetSpans(paintYAML)
			p.SetLines(benchLines(100_000))
			require.NoError(b, p.Search("gateway"))
			p.SetWrap(wrap)
			p.Goto(50_000)
			for b.Loop() {
				p.MoveBy(1)
				p.View()
			}
		})
	}
}

func BenchmarkSearch100k(b *testing.B) {
	p := New(theme(b, "default"))
	p.SetSize(200, 50)
	p.SetLines(benchLines(100_000))
	for b.Loop() {
		require.NoError(b, p.Search("variable-09"))
	}
}

// TestBudgets holds the figures of the design: setting 100,000 lines ≤ 30 ms, a move and its frame ≤ 0.5 ms. The
// shortest of many runs counts: what the code costs when nothing else runs.
func TestBudgets(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("timing")
	}
	lines := benchLines(100_000)
	p := New(theme(t, "default"))
	p.SetSize(200, 50)
	require.Less(t, shortest(20, func() { p.SetLines(lines) }), 30*time.Millisecond)
	p.SetSpans(paintYAML)
	p.SetWrap(true)
	require.Less(t, shortest(200, func() { p.MoveBy(777); p.View() }), 500*time.Microsecond)
}

func shortest(runs int, f func()) time.Duration {
	best := time.Hour
	for range runs {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}
