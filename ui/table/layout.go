package table

import (
	"slices"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
)

const (
	// gutter holds the signs of cursor and mark, left of the first column.
	gutter = 2
	// gap is the space between columns; its first cell takes the sort arrow.
	gap = 2
	// tail is the space after the last column, for its arrow and for the sign of more columns.
	tail = 1
	// minClipped is the least a scrolled column is cut to at the right edge.
	minClipped = 6
	// sampleSize is how many rows all over the table are measured for the first widths.
	sampleSize = 64
)

// measure knows how wide the contents of the columns are, from the rows seen so far. Widths
// only grow, so that nothing jumps while scrolling, until reset forgets them.
type measure struct {
	active  []int // indexes of the columns that take part, by slot
	ages    []int // slots of the columns that depend on the time
	columns uint64
	natural []int
	version uint64
	era     uint64 // grows with every reset
	sampled bool
}

func (m *measure) reset() {
	m.natural = nil
	m.version++
	m.era++
	m.sampled = false
}

func (m *measure) see(d *drawn) {
	if d.era == m.era {
		return
	}
	d.era = m.era
	for i := range d.cells {
		if w := d.cells[i].width(); w > m.natural[i] {
			m.natural[i] = w
			m.version++
		}
	}
}

// sample gives the columns their first widths: the titles and a sample of all rows.
func (t *Table[K, R]) sample() {
	if t.measure.sampled {
		return
	}
	t.measure.natural = make([]int, len(t.measure.active))
	for slot := range t.measure.active {
		t.measure.natural[slot] = text.Width(text.Clean(t.column(slot).Title))
	}
	rows := t.rows()
	t.measure.sampled = len(rows) > 0
	step := max(len(rows)/sampleSize, 1)
	for i := 0; i < len(rows); i += step {
		t.prepare(rows[i])
	}
}

// place is where a column stands in the frame.
type place struct{ slot, x, width int }

// layout is the arrangement of the columns in the last frame.
type layout struct {
	key       layoutKey
	places    []place
	scroll    int // 0: as many columns as fit, by priority; n: all, from the n-th on
	moreLeft  bool
	moreRight bool
	version   uint64
}

type layoutKey struct {
	width, scroll    int
	columns, version uint64
	theme            themes.Theme
	match            uint64
}

// arrange places the columns anew if anything that decides about it has changed.
func (t *Table[K, R]) arrange() {
	l := &t.layout
	key := layoutKey{t.width, l.scroll, t.measure.columns, t.measure.version, t.theme, t.frame.matchVersion}
	if key == l.key {
		return
	}
	places, dropped := t.placeByPriority()
	l.moreLeft, l.moreRight = false, dropped
	if !dropped {
		l.scroll = 0
	}
	if l.scroll > 0 {
		places = t.placeScrolled()
	}
	same := key
	same.version = l.key.version
	if same != l.key || !slices.Equal(places, l.places) {
		l.version++
	}
	key.scroll = l.scroll
	l.key, l.places = key, places
}

// natural is a column's width by its contents and its own bound.
func (t *Table[K, R]) natural(slot int) int {
	w := max(t.measure.natural[slot], 1)
	if m := t.column(slot).Max; m > 0 {
		w = min(w, m)
	}
	return w
}

// placeByPriority fits as many columns as possible, the most important first.
func (t *Table[K, R]) placeByPriority() (places []place, dropped bool) {
	chosen := make([]place, len(t.measure.active))
	total := gutter + tail - gap
	for slot := range chosen {
		w := t.natural(slot)
		if c := t.column(slot); c.Flex > 0 {
			w = min(w, max(c.Min, 1))
		}
		chosen[slot] = place{slot: slot, width: w}
		total += w + gap
	}
	for total > t.width {
		drop := -1
		for i, p := range chosen {
			c := t.column(p.slot)
			if !c.Frozen && (drop < 0 || c.Priority <= t.column(chosen[drop].slot).Priority) {
				drop = i
			}
		}
		if drop < 0 {
			break
		}
		total -= chosen[drop].width + gap
		chosen = slices.Delete(chosen, drop, drop+1)
		dropped = true
	}
	t.spread(chosen, t.width-total)
	return t.position(chosen), dropped
}

// spread gives spare cells to flexible columns that are narrower than their contents.
func (t *Table[K, R]) spread(chosen []place, spare int) {
	for spare > 0 {
		weights := 0
		for _, p := range chosen {
			if c := t.column(p.slot); c.Flex > 0 && p.width < t.natural(p.slot) {
				weights += c.Flex
			}
		}
		if weights == 0 {
			return
		}
		round := spare
		for i := range chosen {
			p := &chosen[i]
			c := t.column(p.slot)
			if missing := t.natural(p.slot) - p.width; c.Flex > 0 && missing > 0 {
				give := min(missing, spare, max(round*c.Flex/weights, 1))
				p.width += give
				spare -= give
			}
		}
	}
}

// placeScrolled shows the frozen columns and then the others from the scroll position on, with
// all the width they need; the last one is cut at the edge.
func (t *Table[K, R]) placeScrolled() []place {
	var frozen, others []place
	for slot := range t.measure.active {
		p := place{slot: slot, width: t.natural(slot)}
		if t.column(slot).Frozen {
			p.width = min(p.width, max(t.width/2, 1))
			frozen = append(frozen, p)
		} else {
			others = append(others, p)
		}
	}
	from := min(t.layout.scroll-1, max(len(others)-1, 0))
	t.layout.moreLeft = from > 0
	placed := t.position(append(slices.Clone(frozen), others[from:]...))
	if len(placed) <= len(frozen) {
		places, _ := t.placeByPriority() // no room beside the frozen columns: scrolling shows nothing
		return places
	}
	final := placed[len(placed)-1]
	t.layout.moreRight = len(placed) < len(frozen)+len(others)-from || final.width < t.natural(final.slot)
	return placed
}

// position gives the columns their places from the left and cuts what does not fit.
func (t *Table[K, R]) position(columns []place) []place {
	x := gutter
	for i := range columns {
		left := t.width - tail - x
		if columns[i].width > left {
			if left < minClipped && i > 0 || left < 1 {
				return columns[:i]
			}
			columns[i].width = left
		}
		columns[i].x = x
		x += columns[i].width + gap
	}
	return columns
}

// ScrollRight shows columns further right; the frozen ones stay. It returns false at the end.
func (t *Table[K, R]) ScrollRight() bool { return t.scrollColumns(1) }

// ScrollLeft goes back, at last to the columns that were chosen by priority.
func (t *Table[K, R]) ScrollLeft() bool { return t.scrollColumns(-1) }

// scrollColumns goes on until the frame looks different, so that no key press is without effect.
func (t *Table[K, R]) scrollColumns(step int) bool {
	t.sample()
	t.arrange()
	start, before := t.layout.scroll, t.layout.places
	for {
		next := t.layout.scroll + step
		if next < 0 || next > len(t.measure.active) || (step > 0 && !t.layout.moreRight) {
			break
		}
		t.layout.scroll = next
		t.arrange()
		if !slices.Equal(before, t.layout.places) {
			return true
		}
		if t.layout.scroll != next {
			break
		}
	}
	t.layout.scroll = start
	t.arrange()
	return false
}

// HiddenColumns returns how many columns the last frame had no room for.
func (t *Table[K, R]) HiddenColumns() int { return len(t.measure.active) - len(t.layout.places) }
