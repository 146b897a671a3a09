package logpane

// headLine is the number of the row above the first entry.
func (p *Pane) headLine() int64 { return p.ring.first() - 1 }

// next finds the entry that is shown behind one.
func (p *Pane) next(n int64) (int64, bool) {
	n = max(n+1, p.ring.first())
	if n >= p.ring.end() || p.ring.empty() {
		return 0, false
	}
	if !p.filtering() {
		return n, true
	}
	for i := p.ring.index(n); i < len(p.ring.chunks); i++ {
		c := p.ring.chunks[i]
		if c.shown.n == 0 {
			continue
		}
		if at := c.shown.marks.after(int(max(n-c.first, 0))); at >= 0 {
			return c.first + int64(at), true
		}
	}
	return 0, false
}

// prev finds the entry that is shown before one. Above the first one is the head.
func (p *Pane) prev(n int64) (int64, bool) {
	head := p.headLine()
	if n <= head {
		return 0, false
	}
	if m, ok := p.prevEntry(n); ok {
		return m, true
	}
	return head, p.head != ""
}

func (p *Pane) prevEntry(n int64) (int64, bool) {
	n = min(n-1, p.ring.end()-1)
	if n < p.ring.first() || p.ring.empty() {
		return 0, false
	}
	if !p.filtering() {
		return n, true
	}
	for i := p.ring.index(n); i >= 0; i-- {
		c := p.ring.chunks[i]
		if c.shown.n == 0 {
			continue
		}
		if at := c.shown.marks.before(int(min(n, c.end()-1) - c.first)); at >= 0 {
			return c.first + int64(at), true
		}
	}
	return 0, false
}

func (p *Pane) firstShown() (int64, bool) {
	if p.head != "" {
		return p.headLine(), true
	}
	return p.next(p.headLine())
}

func (p *Pane) lastShown() (int64, bool) { return p.prev(p.ring.end()) }

// shows reports whether an entry is shown at all.
func (p *Pane) shows(n int64) bool {
	if n == p.headLine() {
		return p.head != ""
	}
	if n < p.ring.first() || n >= p.ring.end() {
		return false
	}
	if !p.filtering() {
		return true
	}
	c, i := p.ring.at(n)
	return c.shown.marks.has(i)
}

// nearest is the entry that is shown at a number, else behind it, else before it.
func (p *Pane) nearest(n int64) int64 {
	if p.shows(n) {
		return n
	}
	if m, ok := p.next(n); ok {
		return m
	}
	m, _ := p.lastShown()
	return m
}

// down and up go some rows on; moved is how far they came.
func (p *Pane) down(at place, rows int) (to place, moved int) {
	for {
		left := p.rows(at.n) - 1 - at.sub
		if rows-moved <= left {
			at.sub += rows - moved
			return at, rows
		}
		n, ok := p.next(at.n)
		if !ok {
			at.sub += left
			return at, moved + left
		}
		moved += left + 1
		at = place{n: n}
	}
}

func (p *Pane) up(at place, rows int) (to place, moved int) {
	for {
		if rows-moved <= at.sub {
			at.sub -= rows - moved
			return at, rows
		}
		n, ok := p.prev(at.n)
		if !ok {
			moved += at.sub
			at.sub = 0
			return at, moved
		}
		moved += at.sub + 1
		at = place{n, p.rows(n) - 1}
	}
}

// settle makes position, cursor and window agree after any change.
func (p *Pane) settle() {
	defer p.changed()
	last, ok := p.lastShown()
	if !ok {
		if p.scan.left == 0 {
			p.top, p.cursor = place{}, 0
		}
		return
	}
	if p.follow {
		p.cursor = last
		p.top, _ = p.up(place{last, p.rows(last) - 1}, p.body()-1)
		return
	}
	if n := p.nearest(p.top.n); n != p.top.n {
		p.top = place{n: n}
	}
	p.top.sub = min(p.top.sub, p.rows(p.top.n)-1)
	p.cursor = p.nearest(p.cursor)
	p.clampTop()
	p.keepCursor()
}

// clampTop fills the window when there is enough to fill it with.
func (p *Pane) clampTop() {
	if _, moved := p.down(p.top, p.body()-1); moved < p.body()-1 {
		p.top, _ = p.up(p.top, p.body()-1-moved)
	}
}

// body is how many rows the window has for entries.
func (p *Pane) body() int {
	if p.grid != nil {
		return max(p.height-1, 1)
	}
	return max(p.height, 1)
}
