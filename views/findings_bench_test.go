package views

import (
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/views/screen"
)

// latency collects how long the loop was busy with one message, its paint included.
type latency []time.Duration

// step sends a message, paints, and does the same with all that follows from it. What commands do counts only where
// they come back to the loop.
func (l *latency) step(c *console, msg tea.Msg) {
	began := time.Now()
	_, cmd := c.root.Update(msg)
	c.frame()
	*l = append(*l, time.Since(began))
	l.follow(c, cmd)
}

func (l *latency) follow(c *console, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			l.follow(c, cmd)
		}
	default:
		l.step(c, msg)
	}
}

func (l *latency) report(b *testing.B) {
	slices.Sort(*l)
	b.ReportMetric(float64((*l)[len(*l)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64((*l)[len(*l)-1].Microseconds())/1000, "worst-ms")
}

// BenchmarkFindingsKeyPress is a key in 100,000 findings, with the paint.
func BenchmarkFindingsKeyPress(b *testing.B) {
	c := start(b, manyFindings(10_000), 200, 50, "default", nil)
	command("findings")(c)
	c.press("t", "t", "t")
	c.frame()
	pages := []string{"j", "pgdown", "k", "G", "pgup", "g", "ctrl+d"}
	var l latency
	for i := 0; b.Loop(); i++ {
		l.step(c, keyOf(pages[i%len(pages)]))
	}
	l.report(b)
	if len(ansi.Strip(c.frame())) == 0 {
		b.Fatal("no frame")
	}
}

// BenchmarkFindingsOpen is opening 100,000 findings: an operation is all of it, the figures are what the loop sees.
func BenchmarkFindingsOpen(b *testing.B) {
	c := start(b, manyFindings(10_000), 200, 50, "default", nil)
	b.ReportAllocs()
	var l latency
	for b.Loop() {
		l.step(c, screen.OpenMsg{Place: screen.Place{Page: screen.PageFindings}})
		b.StopTimer()
		c.press("[")
		b.StartTimer()
	}
	l.report(b)
}

// BenchmarkFindingsFilterTyped is one more letter of a filter of 100,000 findings, grouped and one by one.
func BenchmarkFindingsFilterTyped(b *testing.B) {
	for _, by := range []struct{ name, keys string }{{"grouped", ""}, {"flat", "ttt"}} {
		b.Run(by.name, func(b *testing.B) {
			c := start(b, manyFindings(10_000), 200, 50, "default", nil)
			command("findings")(c)
			c.write(by.keys)
			c.press("/")
			var l latency
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					l.step(c, keyOf("s"))
				} else {
					l.step(c, keyOf("backspace"))
				}
			}
			l.report(b)
		})
	}
}

// BenchmarkFindingsGrouped is summing 100,000 findings up by the next thing, and putting them into another order.
func BenchmarkFindingsGrouped(b *testing.B) {
	c := start(b, manyFindings(10_000), 200, 50, "default", nil)
	command("findings")(c)
	var l latency
	for b.Loop() {
		l.step(c, keyOf("t"))
		l.step(c, keyOf("z"))
		l.step(c, keyOf("esc"))
	}
	l.report(b)
}

// BenchmarkFindingsSorted is putting 100,000 findings into another order.
func BenchmarkFindingsSorted(b *testing.B) {
	c := start(b, manyFindings(10_000), 200, 50, "default", nil)
	command("findings")(c)
	c.press("t", "t", "t")
	var l latency
	for b.Loop() {
		l.step(c, tea.MouseClickMsg{X: 70, Y: 1, Button: tea.MouseLeft})
	}
	l.report(b)
}

// BenchmarkFindingsBoardOf100Changes is a board that changes the postures of 100 functions.
func BenchmarkFindingsBoardOf100Changes(b *testing.B) {
	w := manyFindings(10_000)
	c := start(b, w, 200, 50, "default", nil)
	command("findings")(c)
	all := w.Board().Rows()
	var l latency
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		var changed []*board.Row
		for j := range 100 {
			r := *all[(i*100+j*97)%len(all)]
			posture := *r.Posture.Posture
			r.Posture = &board.Posture{Posture: &posture}
			changed = append(changed, &r)
		}
		msg := w.Step(changed, nil)
		b.StartTimer()
		l.step(c, msg)
	}
	l.report(b)
}
