package pager

import (
	"slices"
	"sort"

	"github.com/fn9s/fn9s/ui/text"
)

// search is what is looked for and where it is. Of the matches only their number per line is kept: the places in a
// line are found again when it is drawn.
type search struct {
	find    *finder
	lines   []int32 // lines with matches
	before  []int   // matches before that line
	total   int
	line    int // of the current match, -1 without one
	nth     int // of the matches in that line
	current int // number from 0
}

// run counts the matches in the visible lines; what only a fold hides counts too.
func (s *search) run(p *Pager) {
	if s.find == nil {
		return
	}
	s.lines, s.before, s.total = s.lines[:0], s.before[:0], 0
	add := func(line int) {
		if n := s.find.count(p.line(line)); n > 0 {
			s.lines = append(s.lines, int32(line))
			s.before = append(s.before, s.total)
			s.total += n
		}
	}
	if p.filter == nil {
		for line := range p.lines {
			add(line)
		}
	} else {
		for _, line := range p.rows {
			if line != separator {
				add(int(line))
			}
		}
	}
	if i, ok := slices.BinarySearch(s.lines, int32(s.line)); ok && s.line >= 0 {
		s.current = s.before[i] + s.nth
	} else {
		s.line, s.current = -1, 0
	}
}

func (s *search) status() string {
	switch {
	case s.find == nil:
		return ""
	case s.total == 0:
		return "no match for " + s.find.text
	case s.line < 0:
		return text.Count(s.total) + " matches"
	}
	return "match " + text.Count(s.current+1) + " of " + text.Count(s.total)
}

// Search looks for a text, or for a pattern written /re/, and goes to the first match at or behind the cursor. An
// error leaves the last search as it was; an empty text ends it.
func (p *Pager) Search(pattern string) error {
	if pattern == "" {
		p.search = search{}
		p.changed()
		return nil
	}
	find, err := newFinder(text.Clean(pattern))
	if err != nil {
		return err
	}
	p.search = search{find: find, line: -1}
	p.search.run(p)
	line, _ := p.Line()
	at := sort.Search(len(p.search.lines), func(i int) bool { return int(p.search.lines[i]) >= line })
	if at == len(p.search.lines) {
		at = 0
	}
	p.showMatch(at, 0)
	return nil
}

// Matches returns the number of the current match, from 1, and how many there are.
func (p *Pager) Matches() (current, total int) {
	if p.search.line < 0 || p.search.total == 0 {
		return 0, p.search.total
	}
	return p.search.current + 1, p.search.total
}

// SearchNext goes to the next match, from the last to the first.
func (p *Pager) SearchNext() { p.searchBy(1) }

// SearchPrevious goes to the match before.
func (p *Pager) SearchPrevious() { p.searchBy(-1) }

func (p *Pager) searchBy(direction int) {
	s := &p.search
	if s.total == 0 {
		return
	}
	next := s.current + direction
	if s.line < 0 {
		next = 0
	}
	next = (next + s.total) % s.total
	i := sort.Search(len(s.before), func(i int) bool { return s.before[i] > next }) - 1
	p.showMatch(i, next-s.before[i])
}

// showMatch goes to the nth match of the i-th line with matches.
func (p *Pager) showMatch(i, nth int) {
	s := &p.search
	if i < 0 || i >= len(s.lines) {
		p.changed()
		return
	}
	s.line, s.nth, s.current = int(s.lines[i]), nth, s.before[i]+nth
	p.reveal(s.line)
	p.showColumns(s.line, nth)
}

// showColumns scrolls sideways when the match is off screen.
func (p *Pager) showColumns(line, nth int) {
	if p.wrap {
		return
	}
	start, end := 0, 0
	for range nth + 1 {
		var ok bool
		if start, end, ok = p.search.find.next(p.line(line), end); !ok {
			return
		}
	}
	from, to := text.Width(p.line(line)[:start]), text.Width(p.line(line)[:end])
	if from < p.left || to > p.left+p.textWidth() {
		p.left = max(0, from-p.textWidth()/3)
		if to <= p.textWidth() {
			p.left = 0
		}
	}
	p.changed()
}

// Filter shows only the lines that match, with some lines around each. An error leaves the last filter as it was; an
// empty text ends it.
func (p *Pager) Filter(pattern string, around int) error {
	if pattern == "" {
		p.filter = nil
		p.layout()
		return nil
	}
	find, err := newFinder(text.Clean(pattern))
	if err != nil {
		return err
	}
	p.filter, p.around = find, max(0, around)
	p.layout()
	return nil
}

// Filtered reports whether a filter is on.
func (p *Pager) Filtered() bool { return p.filter != nil }

func (p *Pager) filteredRows() []int32 {
	rows := []int32{}
	next := 0 // first line that is not in rows yet
	for line := range p.lines {
		s := p.line(line)
		if _, _, ok := p.filter.next(s, 0); !ok {
			continue
		}
		from := max(next, line-p.around)
		if from > next && len(rows) > 0 && p.around > 0 {
			rows = append(rows, separator)
		}
		to := min(len(p.lines), line+p.around+1)
		for l := from; l < to; l++ {
			rows = append(rows, int32(l))
		}
		next = max(next, to)
	}
	return rows
}
