// Package logpane shows lines of logs that keep coming, and knows nothing of where they come from.
//
// A ring of bytes keeps the newest of them. Only what is on screen is wrapped, coloured and measured; what has to look at
// all lines, search and filter, is done in steps away from the loop. Rule: a Pane belongs to the program's loop, a Block
// to whoever fills it.
package logpane

import (
	"maps"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/logpane/match"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
)

// DefaultLimit is how many bytes of lines are kept where nothing else is said.
const DefaultLimit = 64 << 20

// minLimit keeps enough lines for the largest screen.
const minLimit = 1 << 20

// Stamps is how the times of lines are shown.
type Stamps uint8

// The ways to show times, in the order in which Stamps follow each other.
const (
	ShortStamps Stamps = iota
	FullStamps
	Ages
	NoStamps
)

// Source is what a line came from.
type Source struct {
	Label string // a few letters that tell it from the others; empty: lines of it have no prefix
	Color int    // of the row of colours
	About []Pair // what is known of it
}

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// place is a row on screen: an entry, and which of its rows.
type place struct {
	n   int64
	sub int
}

// Pane is a window on the lines.
type Pane struct {
	theme         themes.Theme
	now           func() time.Time
	width, height int

	ring    ring
	lines   int // ever added at the end
	sources []Source
	labels  int // cells of the widest label
	head    string
	note    string
	role    themes.Role

	top    place
	cursor int64
	left   int
	count  int // typed number
	follow bool
	wrap   bool
	stamps Stamps
	grid   *grid // fields as columns; nil: lines as they are
	open   map[int64]*details

	search search
	rule   rule
	around int
	scan   scan
	anchor anchor

	wraps wraps
	view  string
	valid bool
}

// New makes an empty pane that follows its end.
func New(theme themes.Theme, now func() time.Time) *Pane {
	p := &Pane{theme: theme, now: now, follow: true}
	p.ring = ring{limit: DefaultLimit, readers: &atomic.Int32{}}
	return p
}

// SetTheme changes the styles.
func (p *Pane) SetTheme(theme themes.Theme) {
	p.theme = theme
	p.changed()
}

// SetSize sets the size in cells that View fills exactly.
func (p *Pane) SetSize(width, height int) {
	if width != p.width || height != p.height {
		if p.width > 0 { // what a wider pane has room for comes back from the left
			p.left = max(0, p.left-max(0, width-p.width))
		}
		p.width, p.height = width, height
		p.settle()
	}
}

// SetLimit sets how many bytes of lines are kept, with what is known of them.
func (p *Pane) SetLimit(bytes int) { p.ring.limit = max(bytes, minLimit) }

// SetNote is drawn in place of lines while there are none.
func (p *Pane) SetNote(role themes.Role, note string) {
	p.role, p.note = role, text.CleanMultiline(note)
	p.changed()
}

// SetHead says what is above the first line: it is drawn there as a row of its own. Empty: nothing.
func (p *Pane) SetHead(head string) {
	if head = text.Clean(head); head == p.head {
		return
	}
	p.head = head
	p.settle()
}

// SetSource says what the lines of a source are drawn with.
func (p *Pane) SetSource(id int, s Source) {
	const most = 1 << 20
	if id < 0 || id > most {
		return
	}
	for id >= len(p.sources) {
		p.sources = append(p.sources, Source{})
	}
	s.Label = text.Clean(s.Label)
	p.sources[id] = s
	p.labels = 0
	for i := range p.sources {
		p.labels = max(p.labels, text.Width(p.sources[i].Label))
	}
	p.settle()
}

// Append adds lines at the end. The block may be used again afterwards.
func (p *Pane) Append(b *Block) tea.Cmd {
	if b.Len() == 0 {
		return nil
	}
	p.ring.add(b)
	p.lines += b.Lines()
	p.judgeNew()
	p.forget()
	p.settle()
	return p.work()
}

// Prepend adds lines before the first one.
func (p *Pane) Prepend(b *Block) tea.Cmd {
	if b.Len() == 0 {
		return nil
	}
	p.ring.insert(b)
	p.forget()
	p.settle()
	return p.work()
}

// Clear forgets all lines and sources, and follows the end. Search, filter and settings stay.
func (p *Pane) Clear() {
	p.ring = ring{limit: p.ring.limit, readers: p.ring.readers}
	p.lines, p.sources, p.labels, p.head, p.open = 0, nil, 0, "", nil
	p.top, p.cursor, p.count, p.follow = place{}, 0, 0, true
	p.search.line, p.search.pending = noLine, false
	p.changed()
}

// forget drops what was kept of entries that left the ring.
func (p *Pane) forget() {
	first, end := p.ring.first(), p.ring.end()
	maps.DeleteFunc(p.open, func(n int64, _ *details) bool { return n < first || n >= end })
}

// Lines is how many lines were ever added at the end.
func (p *Pane) Lines() int { return p.lines }

// Kept is how many lines and notices are in the ring, and Fill how much of the ring they take, in percent.
func (p *Pane) Kept() int { return p.ring.count() }
func (p *Pane) Fill() int { return p.ring.size * 100 / p.ring.limit }

// Limit is the size of the ring in words.
func (p *Pane) Limit() string { return size(p.ring.limit) }

// Gone is how many entries left the ring at its beginning, and Cut how many at its end, for older ones.
func (p *Pane) Gone() int { return p.ring.gone }
func (p *Pane) Cut() int  { return p.ring.cut }

// Oldest is the time of the first line in the ring that has one.
func (p *Pane) Oldest() time.Time {
	for _, c := range p.ring.chunks {
		for i := range c.entries {
			if e := &c.entries[i]; e.at != 0 && !e.isNotice() {
				return time.Unix(0, e.at)
			}
		}
	}
	return time.Time{}
}

// Newest is the time of the last line.
func (p *Pane) Newest() time.Time {
	for i := len(p.ring.chunks) - 1; i >= 0; i-- {
		c := p.ring.chunks[i]
		for j := len(c.entries) - 1; j >= 0; j-- {
			if e := &c.entries[j]; e.at != 0 && !e.isNotice() {
				return time.Unix(0, e.at)
			}
		}
	}
	return time.Time{}
}

// Holds reports whether a block would push what is being read out of the ring: it has to wait.
func (p *Pane) Holds(b *Block) bool {
	if p.follow {
		return false
	}
	reading := p.ring.index(p.top.n)
	size := p.ring.size + b.Bytes()
	for i := 0; size > p.ring.limit && i < len(p.ring.chunks); i++ {
		if i >= reading {
			return true
		}
		size -= p.ring.chunks[i].bytes()
	}
	return false
}

// Following reports whether the pane stays at the end.
func (p *Pane) Following() bool { return p.follow }

// SetFollow stays at the end, or where it is.
func (p *Pane) SetFollow(on bool) {
	p.follow = on
	p.settle()
}

// AtTop reports whether the cursor is on the first line: whoever goes up from there wants older ones.
func (p *Pane) AtTop() bool {
	first, ok := p.firstShown()
	return !ok || p.cursor <= first
}

// SetWrap wraps long lines or cuts them.
func (p *Pane) SetWrap(on bool) {
	p.wrap, p.left, p.top.sub = on, 0, 0
	p.settle()
}

// Wrapped reports whether long lines are wrapped.
func (p *Pane) Wrapped() bool { return p.wrap }

// SetStamps shows times or not.
func (p *Pane) SetStamps(s Stamps) {
	p.stamps = s % (NoStamps + 1)
	p.settle()
}

// Stamps is how times are shown.
func (p *Pane) Stamps() Stamps { return p.stamps }

// Tick says that a second has passed: what shows ages is drawn anew.
func (p *Pane) Tick() {
	if p.stamps == Ages {
		p.changed()
	}
}

// Under is the entry under the cursor: its text, and its source; below zero where it has none.
func (p *Pane) Under() (line string, source int, ok bool) {
	if p.cursor < p.ring.first() || p.cursor >= p.ring.end() || p.ring.empty() {
		return "", -1, false
	}
	c, i := p.ring.at(p.cursor)
	return string(c.text(i)), int(c.entries[i].source), true
}

func (p *Pane) changed() { p.valid = false }

// rule says which entries are kept. It does not change: a scan away from the loop holds it.
type rule struct {
	filter *match.Pattern
	level  record.Level
	hidden map[int32]bool // sources
}

func (r *rule) all() bool { return r.filter == nil && r.level == record.Unknown && len(r.hidden) == 0 }

// keeps judges an entry.
func (r *rule) keeps(e *entry, line []byte) bool {
	if r.hidden[e.source] {
		return false
	}
	if e.isNotice() && e.tone() != Quiet {
		return true
	}
	level := e.level
	if level == record.Unknown {
		level = record.Info
	}
	if !e.isNotice() && level < r.level {
		return false
	}
	return r.filter == nil || r.filter.Keeps(line)
}

// filtering reports whether some entries may not be shown.
func (p *Pane) filtering() bool { return !p.rule.all() }
