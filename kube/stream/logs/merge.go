package logs

import "time"

const (
	// hold is how long a line waits for earlier ones of other containers that speak too; opening is how long the first
	// ones wait, for containers whose logs are still being opened.
	hold, opening = 100 * time.Millisecond, 400 * time.Millisecond
	// patience is how long lines wait where the feed ends: all of them lie there already.
	patience = 5 * time.Second
	// batchLines is how many lines a batch has at most.
	batchLines = 4096
)

// merger takes lines from the queues of sources in the order of their times. It is used under the feed's lock.
type merger struct {
	now    time.Time
	hold   time.Duration
	heads  []*source // a heap by the time of the first line
	silent []*source // those that may still have something earlier to say
	spent  []*chunk  // of blocks of which every line was taken
}

// ready sorts the sources: those with lines, and those whose next line others have to wait for.
func (m *merger) ready(all []*source, follow bool) {
	m.heads, m.silent = m.heads[:0], m.silent[:0]
	for _, s := range all {
		switch {
		case len(s.queue) > 0:
			m.heads = append(m.heads, s)
		case s.speaks(m.now, follow):
			m.silent = append(m.silent, s)
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
}

// speaks reports whether a source without lines is likely to have some at once.
func (s *source) speaks(now time.Time, follow bool) bool {
	switch {
	case s.ended || s.begun.IsZero():
		return false
	case !follow:
		return true
	case s.pushed.IsZero():
		return now.Sub(s.begun) < opening
	}
	return now.Sub(s.pushed) < hold
}

func (s *source) head() *Line { return &s.queue[0].lines[s.taken] }

func before(a, b *source) bool {
	x, y := a.head(), b.head()
	if x.Time.Equal(y.Time) {
		return a.ID < b.ID
	}
	return x.Time.Before(y.Time)
}

func (m *merger) sink(i int) {
	h := m.heads
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && before(h[c+1], h[c]) {
			c++
		}
		if !before(h[c], h[i]) {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// take appends lines that may be shown now. Wait is after how long there may be more; zero: when something comes.
func (m *merger) take(to []Line) (lines []Line, wait time.Duration) {
	for len(m.heads) > 0 && len(to) < batchLines {
		s := m.heads[0]
		if len(m.silent) > 0 {
			if wait = m.hold - m.now.Sub(s.queue[0].came); wait > 0 {
				return to, wait
			}
		}
		to = append(to, *s.head())
		m.advance(s)
		if len(s.queue) > 0 {
			m.sink(0)
			continue
		}
		last := len(m.heads) - 1
		m.heads[0] = m.heads[last]
		m.heads = m.heads[:last]
		m.sink(0)
		if !s.ended {
			m.silent = append(m.silent, s)
		}
	}
	return to, 0
}

// advance drops the first line, and makes room when that was the last one of its block.
func (m *merger) advance(s *source) {
	if s.taken++; s.taken < len(s.queue[0].lines) {
		return
	}
	if s.queue[0].room != nil {
		m.spent = append(m.spent, s.queue[0].room)
	}
	freeLines(s.queue[0].lines)
	s.queued -= s.queue[0].bytes
	s.queue[0] = block{}
	s.queue, s.taken = s.queue[1:], 0
	select {
	case s.room <- struct{}{}:
	default:
	}
}
