package logpane

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/ui/action"
	"github.com/fn9s/fn9s/ui/text"
)

// Next goes to the next match that is shown, from the last to the first.
func (p *Pane) Next(id action.ID) {
	from := p.cursor
	if p.search.pattern == nil {
		return
	}
	var n int64
	var ok bool
	if id == action.SearchPrevious {
		if n, ok = p.matchBefore(from - 1); !ok {
			n, ok = p.matchBefore(p.ring.end() - 1)
		}
	} else if n, ok = p.matchAfter(from + 1); !ok {
		n, ok = p.matchAfter(p.ring.first())
	}
	if ok {
		p.goTo(n)
	}
}

func (p *Pane) jump() {
	n, ok := p.matchAfter(p.cursor)
	if !ok {
		n, ok = p.matchBefore(p.cursor)
	}
	if ok {
		p.goTo(n)
	}
	p.changed()
}

func (p *Pane) goTo(n int64) {
	p.leave()
	p.search.line, p.cursor = n, n
	p.reveal(true)
	p.showColumns(n)
}

// showColumns scrolls sideways when the first match of an entry is off screen.
func (p *Pane) showColumns(n int64) {
	b := p.bodyOf(n)
	start, end, ok := p.search.pattern.First(b.text)
	if p.wrap || !ok {
		return
	}
	from, to := text.Width(string(b.text[:start])), text.Width(string(b.text[:end]))
	if from < p.left || to > p.left+p.textWidth() {
		p.left = max(0, from-p.textWidth()/3)
		if to <= p.textWidth() {
			p.left = 0
		}
	}
	p.changed()
}

func (p *Pane) matchAfter(n int64) (int64, bool) {
	n = max(n, p.ring.first())
	for i := p.ring.index(n); i < len(p.ring.chunks); i++ {
		c := p.ring.chunks[i]
		for at := c.found.marks.after(int(max(n-c.first, 0))); at >= 0; at = c.found.marks.after(at + 1) {
			if p.shows(c.first + int64(at)) {
				return c.first + int64(at), true
			}
		}
	}
	return 0, false
}

func (p *Pane) matchBefore(n int64) (int64, bool) {
	n = min(n, p.ring.end()-1)
	if n < p.ring.first() {
		return 0, false
	}
	for i := p.ring.index(n); i >= 0; i-- {
		c := p.ring.chunks[i]
		for at := c.found.marks.before(int(min(n, c.end()-1) - c.first)); at >= 0; at = c.found.marks.before(at - 1) {
			if p.shows(c.first + int64(at)) {
				return c.first + int64(at), true
			}
		}
	}
	return 0, false
}

// Status says in a few words what is looked for and where the cursor is.
func (p *Pane) Status() string {
	var parts []string
	if n := p.ring.count(); n > 0 {
		parts = append(parts, text.Count(int(max(p.cursor-p.ring.first()+1, 0)))+" of "+text.Count(n))
	}
	if s := p.searchStatus(); s != "" {
		parts = append(parts, s)
	}
	if p.rule.filter != nil {
		parts = append(parts, "& "+p.rule.filter.Text())
	}
	if p.left > 0 {
		parts = append(parts, "column "+text.Count(p.left+1))
	}
	if p.count > 0 {
		parts = append(parts, strconv.Itoa(p.count))
	}
	return strings.Join(parts, " · ")
}

func (p *Pane) searchStatus() string {
	if p.search.pattern == nil {
		return ""
	}
	if p.scan.left > 0 && p.search.pending {
		return "searching " + strconv.Itoa((p.scan.total-p.scan.left)*100/max(p.scan.total, 1)) + "%"
	}
	before, all := p.matched()
	switch {
	case all == 0:
		return "no match for " + p.search.pattern.Text()
	case before == 0:
		return text.Count(all) + " lines match"
	}
	return "match " + text.Count(before) + " of " + text.Count(all)
}

// matched counts the entries that match and are shown, and those of them up to the one that was gone to last.
func (p *Pane) matched() (before, all int) {
	for _, c := range p.ring.chunks {
		marks := c.found.marks
		if p.filtering() {
			marks = marks.and(c.shown.marks)
		}
		n := marks.count(len(c.entries))
		all += n
		switch {
		case c.end() <= p.search.line:
			before += n
		case c.first <= p.search.line:
			before += marks.count(int(p.search.line-c.first) + 1)
		}
	}
	if p.search.line == noLine {
		before = 0
	}
	return before, all
}
