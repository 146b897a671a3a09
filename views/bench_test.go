package views

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/viewtest"
)

func large(b testing.TB, rows int) *console {
	c := start(b, viewtest.NewWorld(viewtest.Many(rows, 100)), 200, 50, "default", nil)
	c.frame()
	return c
}

func (c *console) step(b *testing.B, msg tea.Msg) {
	c.root.Update(msg)
	if c.frame() == "" {
		b.Fatal("no frame")
	}
}

func BenchmarkKeyPress(b *testing.B) {
	for _, rows := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			c := large(b, rows)
			down, up := keyOf("j"), keyOf("k")
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%200 < 100 {
					c.step(b, down)
				} else {
					c.step(b, up)
				}
			}
		})
	}
}

func BenchmarkPageDown(b *testing.B) {
	c := large(b, 10_000)
	for i := 0; b.Loop(); i++ {
		if i%200 == 0 {
			c.step(b, keyOf("g"))
		}
		c.step(b, keyOf("pgdown"))
	}
}

// BenchmarkBoardOf100Changes is what a board message costs that brings 100 changed rows.
func BenchmarkBoardOf100Changes(b *testing.B) {
	for _, rows := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			all := viewtest.Many(rows, 100)
			w := viewtest.NewWorld(all)
			c := start(b, w, 200, 50, "default", nil)
			c.frame()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				changed := all[:0:0]
				for j := range 100 {
					r := all[(i*100+j*97)%rows]
					changed = append(changed, viewtest.Change(r, func(f *model.Function) { f.Ready = model.Count(int32(i % 9)) }))
				}
				msg := w.Step(changed, nil)
				b.StartTimer()
				c.step(b, msg)
			}
		})
	}
}

// BenchmarkFilterTyped is one more letter of a filter.
func BenchmarkFilterTyped(b *testing.B) {
	for _, rows := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			c := large(b, rows)
			c.press("/").write("ready<2 tea")
			letter, back := keyOf("m"), keyOf("backspace")
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					c.step(b, letter)
				} else {
					c.step(b, back)
				}
			}
		})
	}
}

// BenchmarkSortChanged turns the order round, and goes from one column to another.
func BenchmarkSortChanged(b *testing.B) {
	for _, rows := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			c := large(b, rows)
			click := []tea.Msg{tea.MouseClickMsg{X: 5, Y: 1, Button: tea.MouseLeft}, tea.MouseClickMsg{X: 60, Y: 1, Button: tea.MouseLeft}}
			for i := 0; b.Loop(); i++ {
				c.step(b, click[i%2])
			}
		})
	}
}

func BenchmarkTick(b *testing.B) {
	c := large(b, 10_000)
	for b.Loop() {
		c.now = c.now.Add(time.Second)
		c.step(b, tickMsg{})
	}
}

// BenchmarkFirstBoard is the first complete board: every row is new.
func BenchmarkFirstBoard(b *testing.B) {
	rows := viewtest.Many(10_000, 100)
	for b.Loop() {
		c := start(b, viewtest.NewWorld(nil), 200, 50, "default", nil)
		c.step(b, c.world.Set(rows, viewtest.Cluster()))
	}
}
