package logpane

import (
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

// scrollStep is how many cells the text moves sideways.
const scrollStep = 8

// Do runs the action of a key. It reports whether the pane has that action.
func (p *Pane) Do(id action.ID) bool {
	p.anchor.held = false
	switch id {
	case action.MoveDown:
		p.moveBy(p.takeCount(1))
	case action.MoveUp:
		p.moveBy(-p.takeCount(1))
	case action.MoveTop:
		p.leave()
		if first, ok := p.firstShown(); ok {
			p.Goto(first)
		}
	case action.MoveBottom:
		if n := p.takeCount(0); n > 0 {
			p.leave()
			p.Goto(p.ring.first() + int64(n) - 1)
		} else {
			p.SetFollow(true)
		}
	case action.HalfPageDown:
		p.pageBy(max(1, p.body()/2))
	case action.HalfPageUp:
		p.pageBy(-max(1, p.body()/2))
	case action.PageDown:
		p.pageBy(max(1, p.body()-1))
	case action.PageUp:
		p.pageBy(-max(1, p.body()-1))
	case action.ScrollLeft:
		p.scrollX(-scrollStep)
	case action.ScrollRight:
		p.scrollX(scrollStep)
	default:
		return false
	}
	p.count = 0
	p.changed()
	return true
}

// leave ends following, where something would move.
func (p *Pane) leave() { p.follow = false }

// Goto goes to an entry.
func (p *Pane) Goto(n int64) {
	p.cursor = p.nearest(n)
	p.reveal(false)
}

// Digit takes a digit of a count: 42G goes to the 42nd line. It reports whether the key was one.
func (p *Pane) Digit(key string) bool {
	if len(key) != 1 || key[0] < '0' || key[0] > '9' || (key == "0" && p.count == 0) {
		return false
	}
	if p.count < 10_000_000 {
		p.count = p.count*10 + int(key[0]-'0')
	}
	p.changed()
	return true
}

func (p *Pane) takeCount(otherwise int) int {
	if p.count == 0 {
		return otherwise
	}
	n := p.count
	p.count = 0
	return n
}

// moveBy moves the cursor by entries. One that goes on below the window is scrolled through first.
func (p *Pane) moveBy(n int) {
	if n < 0 {
		p.leave()
	}
	for ; n > 0; n-- {
		if _, end := p.span(); end > p.body() {
			p.top, _ = p.down(p.top, 1)
			continue
		}
		m, ok := p.next(p.cursor)
		if !ok {
			break
		}
		p.cursor = m
		p.reveal(false)
	}
	for ; n < 0; n++ {
		if begin, _ := p.span(); begin < 0 {
			p.top, _ = p.up(p.top, 1)
			continue
		}
		m, ok := p.prev(p.cursor)
		if !ok {
			break
		}
		p.cursor = m
		p.revealEnd()
	}
	p.changed()
}

// span is where the entry under the cursor begins and ends, in rows of the window. It is exact where it is in sight.
func (p *Pane) span() (begin, end int) {
	if p.cursor < p.top.n {
		return -1, 0
	}
	begin = -p.top.sub
	for n := p.top.n; n != p.cursor && begin <= p.body(); {
		begin += p.rows(n)
		m, ok := p.next(n)
		if !ok {
			break
		}
		n = m
	}
	return begin, begin + p.rows(p.cursor)
}

// reveal moves the window to the entry under the cursor: all of it, or its beginning. Away is for one that is far off: it
// is put into the middle.
func (p *Pane) reveal(away bool) {
	defer p.changed()
	begin, end := p.span()
	rows := p.rows(p.cursor)
	switch {
	case begin >= 0 && end <= p.body():
		return
	case away && rows < p.body():
		p.top, _ = p.up(place{n: p.cursor}, (p.body()-rows)/2)
	case begin < 0 || rows >= p.body():
		p.top = place{n: p.cursor}
	default:
		p.top, _ = p.up(place{p.cursor, rows - 1}, p.body()-1)
	}
	p.clampTop()
}

// revealEnd is reveal of the end of an entry that is come to from below.
func (p *Pane) revealEnd() {
	if begin, _ := p.span(); begin < 0 && p.rows(p.cursor) > p.body() {
		p.top = place{p.cursor, p.rows(p.cursor) - p.body()}
		p.changed()
		return
	}
	p.reveal(false)
}

// ScrollBy moves the window by rows; the cursor stays on screen.
func (p *Pane) ScrollBy(rows int) {
	if rows < 0 {
		p.leave()
		p.top, _ = p.up(p.top, -rows)
	} else {
		p.top, _ = p.down(p.top, rows)
		p.clampTop()
	}
	p.keepCursor()
	p.changed()
}

// keepCursor brings the cursor into the window.
func (p *Pane) keepCursor() {
	begin, end := p.span()
	switch {
	case begin < 0 && end <= 0 || p.cursor < p.top.n:
		p.cursor = p.top.n
		if p.top.sub > 0 {
			if n, ok := p.next(p.top.n); ok {
				if at := p.rows(p.top.n) - p.top.sub; at < p.body() {
					p.cursor = n
				}
			}
		}
	case begin >= p.body():
		at, _ := p.down(p.top, p.body()-1)
		p.cursor = at.n
	}
}

// pageBy moves window and cursor together; at an end the cursor goes on alone.
func (p *Pane) pageBy(rows int) {
	if rows < 0 {
		p.leave()
	}
	before, begin := p.top, 0
	begin, _ = p.span()
	if rows < 0 {
		p.top, _ = p.up(p.top, -rows)
	} else {
		p.top, _ = p.down(p.top, rows)
		p.clampTop()
	}
	if p.top == before { // the end
		if rows < 0 {
			p.cursor, _ = p.firstShown()
		} else {
			p.cursor, _ = p.lastShown()
		}
		return
	}
	at, _ := p.down(p.top, max(0, min(begin, p.body()-1)))
	p.cursor = at.n
	p.keepCursor()
}

// scrollX moves the text sideways.
func (p *Pane) scrollX(cells int) {
	if p.wrap {
		return
	}
	widest := 0
	n := p.top.n
	for range p.body() {
		b := p.bodyOf(n)
		widest = max(widest, text.Width(string(b.text)))
		m, ok := p.next(n)
		if !ok {
			break
		}
		n = m
	}
	p.left = min(max(0, p.left+cells), max(0, widest-p.textWidth()/2))
}
