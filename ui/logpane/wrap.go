package logpane

import (
	"bytes"

	"github.com/charmbracelet/x/ansi"

	"github.com/fn9s/fn9s/ui/text"
)

// part is a stretch of a text: its bytes, the spaces before it that stand for half of a wide character, the cells of its
// text, and the cells it has to fill.
type part struct{ from, to, lead, used, fill int }

// window is the part in the cells from left on. Half of a wide character is drawn as a space.
func (b *body) window(left, w int) part {
	if b.ascii {
		from, to := min(left, len(b.text)), min(left+w, len(b.text))
		return part{from: from, to: to, used: to - from, fill: w}
	}
	p := part{fill: w}
	x := 0
	for p.from < len(b.text) && x < left {
		cluster, cw := ansi.FirstGraphemeCluster(b.text[p.from:], ansi.GraphemeWidth)
		p.from += len(cluster)
		x += cw
	}
	p.lead = min(max(0, x-left), w)
	p.to, p.used = b.fitting(p.from, w-p.lead)
	return p
}

// fitting returns where the text from a byte on stops fitting into w cells, and the cells it takes.
func (b *body) fitting(from, w int) (to, used int) {
	for to = from; to < len(b.text); {
		cluster, cw := ansi.FirstGraphemeCluster(b.text[to:], ansi.GraphemeWidth)
		if used+cw > w {
			break
		}
		to += len(cluster)
		used += cw
	}
	return to, used
}

// wraps keeps how texts are wrapped that are not ASCII: it takes a look at every character.
type wraps struct {
	width int
	parts map[int64][]part
}

func (w *wraps) count(n int64, b body, width int) int {
	if b.ascii && !b.words {
		return max(1, (len(b.text)+width-1)/width)
	}
	return len(w.of(n, b, width))
}

// of cuts a text into the parts that are drawn below each other; there is at least one.
func (w *wraps) of(n int64, b body, width int) []part {
	if b.ascii {
		return b.wrapped(width)
	}
	if w.width != width || len(w.parts) > 512 {
		w.width, w.parts = width, map[int64][]part{}
	}
	parts, ok := w.parts[n]
	if !ok || parts[len(parts)-1].to != len(b.text) {
		parts = b.wrapped(width)
		w.parts[n] = parts
	}
	return parts
}

func (b *body) wrapped(w int) []part {
	var parts []part
	for from := 0; from < len(b.text) || from == 0; {
		if b.ascii {
			to := b.word(from, min(from+w, len(b.text)))
			parts = append(parts, part{from: from, to: to, used: to - from, fill: w})
			if from = to; to == 0 {
				break
			}
			continue
		}
		to, used := b.fitting(from, w)
		if to == from && to < len(b.text) { // a character wider than the window cannot be drawn
			cluster, _ := ansi.FirstGraphemeCluster(b.text[from:], ansi.GraphemeWidth)
			parts = append(parts, part{from: from, to: from, fill: w})
			if from += len(cluster); from >= len(b.text) {
				parts[len(parts)-1] = part{from: from, to: from, fill: w}
			}
			continue
		}
		if end := b.word(from, to); end < to {
			to, used = end, text.Width(string(b.text[from:end]))
		}
		parts = append(parts, part{from: from, to: to, used: used, fill: w})
		if from = to; to == 0 {
			break
		}
	}
	return parts
}

// word is where a part ends that would end at a byte: behind a space, where it is wrapped between words.
func (b *body) word(from, to int) int {
	if !b.words || to == len(b.text) {
		return to
	}
	if at := bytes.LastIndexByte(b.text[from:to], ' '); at > 0 {
		return from + at + 1
	}
	return to
}
