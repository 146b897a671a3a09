package table

import (
	"fmt"
	"strings"
	"testing"
)

const many = 50_000

func BenchmarkFrame50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	t.Bottom()
	t.Top()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 < 500 {
			t.MoveDown(1)
		} else {
			t.MoveUp(1)
		}
		_ = t.View()
	}
}

func BenchmarkPage50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 999 {
			t.Top()
		}
		t.PageDown()
		_ = t.View()
	}
}

func BenchmarkUnchanged50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	b.ReportAllocs()
	for b.Loop() {
		_ = t.View()
	}
}

func BenchmarkTick50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	now := clock
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(1e9)
		t.SetNow(now)
		_ = t.View()
	}
}

// changes returns batches of 100 updates that move rows in the order of cpu. The second half
// changes the rows of the first half again, so that going round never repeats a row.
func changes(rows []*function) [][]*function {
	out := make([][]*function, 400)
	for b := range out {
		for i := range 100 {
			f := *rows[(b%200*9973+i*457)%len(rows)]
			f.cpu = (b*31 + i*17) % 1000
			out[b] = append(out[b], &f)
		}
	}
	return out
}

func BenchmarkApply100In50k(b *testing.B) {
	for _, by := range []string{"name", "cpu"} {
		b.Run("sorted-by-"+by, func(b *testing.B) {
			t := filledTable(many, 200, 50)
			t.Sort(by, true)
			batches := changes(t.Rows())
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				t.Apply(batches[i%len(batches)], nil)
				_ = t.View()
			}
		})
	}
}

func BenchmarkApplyOneIn50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	t.Sort("cpu", true)
	batches := changes(t.Rows())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t.Apply(batches[i%400][i/400%100:][:1], nil)
		_ = t.View()
	}
}

func BenchmarkSync50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	rows := t.Rows()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f := *rows[i%many]
		f.cpu++
		rows[i%many] = &f
		t.Sync(rows)
		_ = t.View()
	}
}

func BenchmarkFilter50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		word := fmt.Sprintf("card-%d", i%10)
		t.SetFilter(word, func(f *function) bool { return strings.Contains(f.name, word) })
		_ = t.View()
	}
}

func BenchmarkSort50k(b *testing.B) {
	t := filledTable(many, 200, 50)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t.Sort([]string{"cpu", "name", "grade"}[i%3], i%2 == 0)
		_ = t.View()
	}
}

func BenchmarkLoad50k(b *testing.B) {
	rows := makeFunctions(many)
	b.Run("at-once", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t := newTable(200, 50, "default")
			t.Apply(rows, nil)
			_ = t.View()
		}
	})
	b.Run("in-pages-of-500", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t := newTable(200, 50, "default")
			for at := 0; at < many; at += 500 {
				t.Apply(rows[at:at+500], nil)
				_ = t.View()
			}
		}
	})
}
