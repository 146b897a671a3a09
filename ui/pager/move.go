package pager

import (
	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

// scrollStep is how many cells the text moves sideways.
const scrollStep = 8

// Do runs the action of a pager's key; it reports whether the pager has that action. Search, filter and what needs
// an input are the screen's.
func (p *Pager) Do(id action.ID) bool {
	switch id {
	case action.MoveDown:
		p.MoveBy(p.takeCount(1))
	case action.MoveUp:
		p.MoveBy(-p.takeCount(1))
	case action.MoveTop:
		p.Goto(p.takeCount(1) - 1)
	case action.MoveBottom:
		p.Goto(p.takeCount(len(p.lines)) - 1)
	case action.HalfPageDown:
		p.pageBy(max(1, p.height/2))
	case action.HalfPageUp:
		p.pageBy(-max(1, p.height/2))
	case action.PageDown:
		p.pageBy(max(1, p.height-1))
	case action.PageUp:
		p.pageBy(-max(1, p.height-1))
	case action.ScrollLeft:
		p.ScrollX(-scrollStep)
	case action.ScrollRight:
		p.ScrollX(scrollStep)
	case action.SearchNext:
		p.SearchNext()
	case action.SearchPrevious:
		p.SearchPrevious()
	case action.Wrap:
		p.SetWrap(!p.wrap)
	case action.Fold:
		p.ToggleFold()
	case action.FoldAll:
		p.ToggleFoldAll()
	default:
		return false
	}
	p.count = 0
	return true
}

// Digit takes a digit of a count: 42G goes to line 42. It reports whether the key was one.
func (p *Pager) Digit(key string) bool {
	if len(key) != 1 || key[0] < '0' || key[0] > '9' || (key == "0" && p.count == 0) {
		return false
	}
	if p.count < 1_000_000 {
		p.count = p.count*10 + int(key[0]-'0')
	}
	p.changed()
	return true
}

func (p *Pager) takeCount(otherwise int) int {
	if p.count == 0 {
		return otherwise
	}
	n := p.count
	p.count = 0
	return n
}

// MoveBy moves the cursor, or the window when there is none, by lines.
func (p *Pager) MoveBy(n int) {
	if !p.pointer {
		p.ScrollBy(n)
		return
	}
	p.cursor = p.skipSeparator(p.cursor+n, n)
	p.clamp()
}

// skipSeparator keeps the cursor off the gaps between filtered lines.
func (p *Pager) skipSeparator(row, direction int) int {
	row = min(max(row, 0), max(0, p.rowCount()-1))
	if row < p.rowCount() && p.lineOf(row) == separator {
		if direction < 0 {
			return row - 1
		}
		return row + 1
	}
	return row
}

// ScrollBy moves the window by lines on screen; the cursor stays on screen.
func (p *Pager) ScrollBy(n int) {
	p.scrollTop(n)
	p.clampTop()
	if p.pointer {
		p.cursor = p.skipSeparator(min(max(p.cursor, p.firstWhole()), p.lastRow()), n)
	}
	p.clampCursor(false)
}

// firstWhole is the first row on screen whose beginning is: the cursor may stand there without moving the window.
func (p *Pager) firstWhole() int {
	if p.sub > 0 && p.rowHeight(p.top) <= p.height {
		return p.top + 1
	}
	return p.top
}

// pageBy moves window and cursor together; at an end the cursor goes on alone.
func (p *Pager) pageBy(n int) {
	top, sub := p.top, p.sub
	p.scrollTop(n)
	p.clampTop()
	if p.pointer {
		if top == p.top && sub == p.sub {
			p.cursor += n
		} else {
			p.cursor += p.top - top
		}
		p.cursor = p.skipSeparator(max(p.cursor, p.firstWhole()), n)
	}
	p.clamp()
}

// Goto goes to a line, from 0, and opens the folds that hide it.
func (p *Pager) Goto(line int) {
	line = min(max(line, 0), max(0, len(p.lines)-1))
	p.unfoldAround(line)
	p.cursor = p.rowOf(line)
	if !p.pointer {
		p.top, p.sub = p.cursor, 0
	}
	p.clamp()
}

// Reveal goes to a line, from 0, and shows what is around it.
func (p *Pager) Reveal(line int) { p.reveal(min(max(line, 0), max(0, len(p.lines)-1))) }

// reveal goes to a line and puts it in the middle when it was not on screen.
func (p *Pager) reveal(line int) {
	p.unfoldAround(line)
	p.cursor = p.rowOf(line)
	if p.cursor < p.top || p.cursor > p.lastRow() {
		p.top, p.sub = p.cursor, 0
		p.scrollTop(-p.height / 2)
	}
	p.clamp()
}

// ScrollX moves the text sideways.
func (p *Pager) ScrollX(n int) {
	if p.wrap {
		return
	}
	p.left = min(max(0, p.left+n), max(0, p.widest()-p.textWidth()/2))
	p.changed()
}

// widest is the width of the widest line on screen.
func (p *Pager) widest() int {
	widest := 0
	for row := p.top; row < min(p.top+p.height, p.rowCount()); row++ {
		if line := p.lineOf(row); line != separator {
			widest = max(widest, text.Width(p.line(line)))
		}
	}
	return widest
}

// SetWrap wraps long lines or cuts them.
func (p *Pager) SetWrap(on bool) {
	p.wrap, p.left, p.sub = on, 0, 0
	p.clamp()
}

// Wrapped reports whether long lines are wrapped.
func (p *Pager) Wrapped() bool { return p.wrap }

// rowHeight is how many lines on screen a row takes.
func (p *Pager) rowHeight(row int) int {
	if !p.wrap {
		return 1
	}
	line := p.lineOf(row)
	if line == separator {
		return 1
	}
	w := p.textWidth()
	if s := p.line(line); !text.IsASCII(s) {
		return len(wrapped(s, w))
	}
	return max(1, (len(p.line(line))+w-1)/w)
}

// scrollTop moves the first line on screen by n lines on screen. It walks only over what it passes.
func (p *Pager) scrollTop(n int) {
	if !p.wrap {
		p.top += n
		return
	}
	for ; n > 0 && p.top < p.rowCount(); n-- {
		if p.sub++; p.sub >= p.rowHeight(p.top) {
			p.top, p.sub = p.top+1, 0
		}
	}
	for ; n < 0; n++ {
		if p.sub > 0 {
			p.sub--
			continue
		}
		if p.top == 0 {
			return
		}
		p.top--
		p.sub = p.rowHeight(p.top) - 1
	}
}

// lastRow is the last row that has a line on screen.
func (p *Pager) lastRow() int {
	if !p.wrap {
		return max(0, min(p.top+p.height, p.rowCount())-1)
	}
	row, used := p.top, -p.sub
	for row < p.rowCount() {
		if used += p.rowHeight(row); used >= p.height {
			return row
		}
		row++
	}
	return max(0, row-1)
}

// clampTop keeps the window on the text: the last page is full when there is enough text.
func (p *Pager) clampTop() {
	n := p.rowCount()
	if p.top < 0 || n == 0 {
		p.top, p.sub = 0, 0
	}
	if p.top >= n {
		p.top, p.sub = max(0, n-1), 0
	}
	if n == 0 {
		return
	}
	p.sub = min(p.sub, p.rowHeight(p.top)-1)
	room := p.height + p.sub
	for row := p.top; row < n && room > 0; row++ {
		room -= p.rowHeight(row)
	}
	if room > 0 {
		if p.scrollTop(-room); p.top < 0 {
			p.top = 0
		}
	}
}

// clamp makes position, cursor and window agree after any change.
func (p *Pager) clamp() { p.clampCursor(true) }

// clampCursor moves the window to the cursor: to all of its line, or to the beginning of it.
func (p *Pager) clampCursor(whole bool) {
	defer p.changed()
	p.clampTop()
	if !p.pointer {
		return
	}
	p.cursor = p.skipSeparator(p.cursor, 1)
	if p.cursor < p.firstWhole() {
		p.top, p.sub = p.cursor, 0
	}
	for p.cursor > p.top && !p.shows(p.cursor, whole) {
		if !p.wrap {
			p.top = p.cursor - p.height + 1
			break
		}
		if p.cursor-p.top > p.height {
			p.top = p.cursor - p.height
			continue
		}
		p.top, p.sub = p.top+1, 0
	}
	p.clampTop()
}

// shows reports whether a row, all of it or its beginning, is on screen.
func (p *Pager) shows(row int, whole bool) bool {
	if !p.wrap {
		return row < p.top+p.height
	}
	used := -p.sub
	for r := p.top; r < row; r++ {
		if used += p.rowHeight(r); used >= p.height {
			return false
		}
	}
	return !whole || used+p.rowHeight(row) <= p.height
}

// textWidth is the room for text beside the gutter.
func (p *Pager) textWidth() int { return max(1, p.width-1) }
