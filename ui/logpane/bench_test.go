package logpane

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/ui/action"
)

// lineOf is a line as a function writes it: JSON, logfmt, plain, or with colours.
func lineOf(i int) []byte {
	switch i % 4 {
	case 0:
		return fmt.Appendf(nil, `{"time":"2026-09-01T12:04:31.%09dZ","level":"info","msg":"charged the card","order":%d,"user":"jane","ms":%d,"trace":"%032x"}`, i, i, i%977, i)
	case 1:
		return fmt.Appendf(nil, `time=2026-09-01T12:04:31Z level=warn msg="the gateway was slow" order=%d attempt=%d ms=%d`, i, i%5, i%1977)
	case 2:
		return fmt.Appendf(nil, "2026-09-01 12:04:31,%03d ERROR [http-nio-8080-exec-%d] c.e.Payments: request %d failed after %d ms", i%1000, i%64, i, i%977)
	}
	return fmt.Appendf(nil, "\x1b[32m[Nest] %d\x1b[39m  - \x1b[33m[RoutesResolver]\x1b[39m request %d was served in %d ms", i%3000, i, i%977)
}

func fill(b *Block, n int) {
	for i := range n {
		b.Add(&Line{Time: time.Unix(1_787_000_000, int64(i)*1000), Source: i % 20, Text: lines[i%len(lines)]})
	}
}

var lines = func() [][]byte {
	all := make([][]byte, 20_000)
	for i := range all {
		all[i] = lineOf(i)
	}
	return all
}()

// full is a pane with a ring that is full.
func full(tb testing.TB) *Pane {
	p := New(theme(tb, "default"), clock)
	p.SetSize(200, 50)
	for i := range 20 {
		p.SetSource(i, Source{Label: fmt.Sprintf("pod-%02d", i), Color: i})
	}
	b := &Block{}
	fill(b, 10_000)
	for p.Gone() == 0 {
		do(p, p.Append(b))
	}
	return p
}

func BenchmarkBlock100k(b *testing.B) {
	block := &Block{}
	b.ReportAllocs()
	for b.Loop() {
		block.Reset()
		fill(block, 100_000)
	}
	b.SetBytes(int64(block.Bytes()))
}

func BenchmarkAppend100k(b *testing.B) {
	p := full(b)
	block := &Block{}
	fill(block, 5000)
	b.ReportAllocs()
	for b.Loop() {
		for range 20 {
			do(p, p.Append(block))
			p.View()
		}
	}
}

func BenchmarkMoveAndView(b *testing.B) {
	for _, wrap := range []bool{false, true} {
		b.Run(fmt.Sprintf("wrap=%v", wrap), func(b *testing.B) {
			p := full(b)
			p.SetWrap(wrap)
			p.Do(action.PageUp)
			for b.Loop() {
				p.Do(action.MoveUp)
				p.View()
			}
		})
	}
}

func BenchmarkSearch64MiB(b *testing.B) {
	for _, pattern := range []string{"order-99", "timeout", "ERROR", "was served in 976", "failed", "/fail(ed|ure)/", "/[0-9]{7,}/", "/[a-z]+ion-[0-9]+x/", "/slow|db|cache$/", "/\\bget\\b/", "/(a|e).{12}q/"} {
		b.Run(pattern, func(b *testing.B) {
			p := full(b)
			b.SetBytes(int64(p.ring.size))
			for b.Loop() {
				cmd, err := p.Search(pattern)
				require.NoError(b, err)
				do(p, cmd)
			}
		})
	}
}

func BenchmarkFilter64MiB(b *testing.B) {
	for _, pattern := range []string{"976 ms", "/97[5-6] ms/"} {
		b.Run(pattern, func(b *testing.B) {
			p := full(b)
			b.SetBytes(int64(p.ring.size))
			for b.Loop() {
				cmd, err := p.Filter(pattern, 2)
				require.NoError(b, err)
				do(p, cmd)
				cmd, err = p.Filter("", 0)
				require.NoError(b, err)
				do(p, cmd)
			}
		})
	}
}

func BenchmarkResize(b *testing.B) {
	p := full(b)
	p.SetWrap(true)
	for i := 0; b.Loop(); i++ {
		p.SetSize(80+i%2*40, 40)
		p.View()
	}
}

// TestBudgets holds the figures of the design. The shortest of several runs counts: what the code costs when nothing else
// runs.
func TestBudgets(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("timing")
	}
	p := full(t)
	block := &Block{}
	require.Less(t, shortest(5, func() { block.Reset(); fill(block, 100_000) }), 500*time.Millisecond, "100,000 lines are made ready")
	block.Reset()
	fill(block, 5000)
	require.Less(t, shortest(20, func() { do(p, p.Append(block)); p.View() }), 5*time.Millisecond, "a twentieth of 100,000 lines/s on the loop")
	p.Do(action.PageUp)
	require.Less(t, shortest(100, func() { p.Do(action.MoveUp); p.View() }), time.Millisecond)
	p.SetWrap(true)
	require.Less(t, shortest(100, func() { p.Do(action.PageUp); p.View() }), time.Millisecond)
	width := 80
	require.Less(t, shortest(20, func() { width++; p.SetSize(width, 40); p.View() }), 2*time.Millisecond)
	for _, pattern := range []string{"order-99", "timeout", "failed", "/order-[0-9]+x/", "/fail(ed|ure)/", "/[0-9]{9,}x/", "/slow|db|cache$/"} {
		require.Less(t, shortest(5, func() {
			cmd, err := p.Search(pattern)
			require.NoError(t, err)
			do(p, cmd)
		}), time.Second/16, "%s in 64 MiB: one second for a GiB", pattern)
	}
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
