package logpane

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/ui/logpane/match"
)

// pause is how long a step of a scan takes before it tells what it found.
const pause = 60 * time.Millisecond

// noLine is the number of no entry.
const noLine = int64(-1) << 62

// search is what is looked for.
type search struct {
	pattern *match.Pattern
	line    int64 // of the match that was gone to last
	pending bool  // it is gone to the first match once all is scanned
}

// scan looks at the entries of all chunks, in steps.
type scan struct {
	running    bool
	generation int // of search and rule
	left       int // chunks to look at
	total      int
}

// piece is a part of a chunk that a step looks at, and what it found there.
type piece struct {
	chunk    *chunk
	data     []byte
	entries  []entry
	from     int
	found    bitset // by the search, nil: not asked
	kept     bitset
	forMatch bool
	forRule  bool
	done     bool
}

// ScannedMsg brings what a step of a scan found. Hand it to Update.
type ScannedMsg struct {
	pane       *Pane
	generation int
	pieces     []piece
}

// Update takes what a scan found, and goes on with it.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	m, ok := msg.(ScannedMsg)
	if !ok || m.pane != p {
		return nil
	}
	p.scan.running = false
	if m.generation == p.scan.generation {
		for i := range m.pieces {
			p.apply(&m.pieces[i])
		}
		p.found()
	}
	return p.work()
}

// found brings the window up to date with what a scan found.
func (p *Pane) found() {
	if p.anchor.held && !p.follow {
		p.cursor = p.nearest(p.anchor.n)
		p.top, _ = p.up(place{n: p.cursor}, p.anchor.row)
	}
	p.settle()
}

// anchor is where the cursor was when something was hidden or shown: it stays near that until all is looked at.
type anchor struct {
	held bool
	n    int64
	row  int // of the window
}

// apply takes what was found in a piece. Its chunk may have left the ring: then it does not matter.
func (p *Pane) apply(w *piece) {
	if !w.done {
		return
	}
	end := w.from + len(w.entries)
	if w.forMatch && w.chunk.found.seen == w.from {
		p.mergeFound(w.chunk, w.found, end)
	}
	if w.forRule && w.chunk.kept.seen == w.from {
		for i := w.kept.after(w.from); i >= 0; i = w.kept.after(i + 1) {
			w.chunk.kept.mark(i)
		}
		w.chunk.kept.seen = end
		p.spread(w.chunk, w.from)
	}
}

func (p *Pane) mergeFound(c *chunk, marks bitset, end int) {
	for i := marks.after(c.found.seen); i >= 0; i = marks.after(i + 1) {
		c.found.mark(i)
	}
	c.found.seen = end
}

// spread shows what is kept of a chunk from an entry on, with the lines around.
func (p *Pane) spread(c *chunk, from int) {
	around := int64(p.around)
	if p.rule.filter == nil {
		around = 0
	}
	for i := c.kept.marks.after(from); i >= 0; i = c.kept.marks.after(i + 1) {
		n := c.first + int64(i)
		for m := max(n-around, p.ring.first()); m <= min(n+around, p.ring.end()-1); m++ {
			p.show(c, m)
		}
	}
	if around == 0 {
		return
	}
	// What is kept just before shows the first of these, too.
	for n := max(c.first+int64(from)-around, p.ring.first()); n < c.first+int64(from); n++ {
		if b, i := p.ring.at(n); !b.kept.marks.has(i) {
			continue
		}
		for m := c.first + int64(from); m <= min(n+around, p.ring.end()-1); m++ {
			p.show(c, m)
		}
	}
}

// show marks an entry as shown: most are of the chunk that is given. A source that is hidden stays hidden.
func (p *Pane) show(c *chunk, n int64) {
	i := int(n - c.first)
	if i < 0 || i >= len(c.entries) {
		c, i = p.ring.at(n)
	}
	if !p.rule.hidden[c.entries[i].source] {
		c.shown.mark(i)
	}
}

// judgeNew looks at what was appended, unless a scan is under way, which then comes to it.
func (p *Pane) judgeNew() {
	if p.scan.running || p.search.pattern == nil && p.rule.all() {
		return
	}
	for i := len(p.ring.chunks) - 1; i >= 0; i-- {
		c := p.ring.chunks[i]
		w := p.piece(c)
		if w.chunk == nil {
			break
		}
		if len(w.entries) > chunkLines/2 && w.from == 0 {
			return // more than belongs on the loop
		}
		w.look(p.search.pattern, &p.rule)
		p.apply(&w)
	}
}

// piece is what is still to be looked at in a chunk; without a chunk there is nothing.
func (p *Pane) piece(c *chunk) piece {
	w := piece{forMatch: p.search.pattern != nil && c.found.seen < len(c.entries), forRule: p.filtering() && c.kept.seen < len(c.entries)}
	switch {
	case w.forMatch && w.forRule:
		if w.from = c.found.seen; c.kept.seen != w.from {
			w.forRule = c.kept.seen < c.found.seen
			w.forMatch = !w.forRule
			w.from = min(c.found.seen, c.kept.seen)
		}
	case w.forMatch:
		w.from = c.found.seen
	case w.forRule:
		w.from = c.kept.seen
	default:
		return w
	}
	w.chunk, w.data, w.entries = c, c.data, c.entries[w.from:]
	return w
}

// scanned is what happens once all is looked at.
func (p *Pane) scanned(news bool) {
	p.scan.left = 0
	if news || p.anchor.held {
		p.found()
	}
	p.anchor.held = false
	if p.search.pending {
		p.search.pending = false
		p.jump()
	}
}

// atOnce is how many entries are looked at without leaving the loop.
const atOnce = 1 << 10

// work begins the next step of what is to be looked at, if there is anything: the newest lines first.
func (p *Pane) work() tea.Cmd {
	if p.scan.running {
		return nil
	}
	var pieces []piece
	entries := 0
	for i := len(p.ring.chunks) - 1; i >= 0; i-- {
		if w := p.piece(p.ring.chunks[i]); w.chunk != nil {
			pieces = append(pieces, w)
			entries += len(w.entries)
		}
	}
	p.scan.left, p.scan.total = len(pieces), len(p.ring.chunks)
	if entries > atOnce {
		p.scan.running = true
		p.ring.readers.Add(1)
		m := ScannedMsg{pane: p, generation: p.scan.generation, pieces: pieces}
		pattern, rule, readers := p.search.pattern, p.rule, p.ring.readers
		return func() tea.Msg {
			defer readers.Add(-1)
			m.scan(pattern, &rule)
			return m
		}
	}
	for i := range pieces {
		pieces[i].look(p.search.pattern, &p.rule)
		p.apply(&pieces[i])
	}
	p.scanned(entries > 0)
	return nil
}

// scan looks at the pieces, several at a time, until it is time to tell.
func (m *ScannedMsg) scan(pattern *match.Pattern, rule *rule) {
	var next atomic.Int64
	var wait sync.WaitGroup
	begun := time.Now()
	for range min(4, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(m.pieces) || i > 3 && time.Since(begun) > pause {
					return
				}
				m.pieces[i].look(pattern, rule)
			}
		})
	}
	wait.Wait()
}

// look finds what matches.
func (w *piece) look(pattern *match.Pattern, rule *rule) {
	w.done = true
	if w.forMatch {
		w.search(pattern)
	}
	if !w.forRule {
		return
	}
	for i := range w.entries {
		e := &w.entries[i]
		if rule.keeps(e, w.data[e.off:e.off+e.size]) {
			w.kept.set(w.from + i)
		}
	}
}

// search looks into the lines that hold what every match holds.
func (w *piece) search(pattern *match.Pattern) {
	some, all := pattern.Hold()
	switch {
	case all:
		w.holding(pattern, w.matched)
	case some:
		var holding []int32
		w.holding(pattern, func(i int) { holding = append(holding, int32(i)) })
		pattern.Lines(len(holding), func(i int) []byte { return w.text(int(holding[i])) }, func(i int) { w.matched(int(holding[i])) })
	default:
		pattern.Lines(len(w.entries), w.text, w.matched)
	}
}

func (w *piece) text(i int) []byte {
	e := &w.entries[i]
	return w.data[e.off : e.off+e.size]
}

func (w *piece) matched(i int) { w.found.set(w.from + i) }

// holding tells which lines hold the text of a pattern. All lines are searched as one; what is found across two of them, or
// in what is kept of colours, does not count.
func (w *piece) holding(pattern *match.Pattern, found func(i int)) {
	i := 0
	texts := pattern.Texts(w.data)
	for at := int(w.entries[0].off); ; {
		start, end, ok := texts.Next(at)
		if !ok {
			return
		}
		for i < len(w.entries) && int(w.entries[i].end()) <= start {
			i++
		}
		if i == len(w.entries) {
			return
		}
		if e := &w.entries[i]; start >= int(e.off) && end <= int(e.off+e.size) {
			found(i)
			at = int(e.end())
		} else {
			at = start + 1
		}
	}
}
