package logpane

import (
	"strconv"
	"time"

	"github.com/fn9s/fn9s/ui/logpane/ink"
	"github.com/fn9s/fn9s/ui/logpane/record"
	"github.com/fn9s/fn9s/ui/text"
)

// maxLine bounds what is kept of one line.
const maxLine = 64 << 10

// Line is one line of a log as it came.
type Line struct {
	Time   time.Time
	Source int // as SetSource knows it
	Text   []byte
	Cut    int // bytes that were left out at its end already
}

// Tone is how much a row that is no line of a log matters.
type Tone uint8

// The tones of notices. A quiet one is filtered like a line; the others are always shown.
const (
	Quiet Tone = iota
	Notable
	Alarming
)

// Block is a batch of lines made ready for a Pane: cleaned, and their levels recognised. It is made away from the loop,
// and used again after Reset. The zero value is empty.
type Block struct {
	data    []byte
	entries []entry
	lines   int
	levels  map[int32]record.Level // of the last line of each source
	marks   []ink.Mark
}

// entry is a line in a chunk: its text, then its marks.
type entry struct {
	at     int64 // nanoseconds; 0: unknown
	off    uint32
	size   uint32 // of the text
	source int32
	marks  uint16
	level  record.Level
	flags  uint8
}

// entrySize is what an entry takes besides its text.
const entrySize = 24

const (
	notice      uint8 = 1 << iota
	ascii             // every byte of the text is a cell
	structured        // the text is JSON
	pairs             // the text is logfmt
	shapeOfKlog       // the text is as klog writes it
	toneShift   = 6   // the tone of a notice
)

func (e *entry) isNotice() bool { return e.flags&notice != 0 }

func (e *entry) tone() Tone { return Tone(e.flags >> toneShift) }

func (e *entry) shape() record.Shape {
	switch {
	case e.flags&structured != 0:
		return record.JSON
	case e.flags&pairs != 0:
		return record.Logfmt
	case e.flags&shapeOfKlog != 0:
		return record.Klog
	}
	return record.Plain
}

func (e *entry) end() uint32 { return e.off + e.size + uint32(e.marks)*ink.MarkSize }

// Reset empties the block.
func (b *Block) Reset() { b.data, b.entries, b.lines = b.data[:0], b.entries[:0], 0 }

// Len is how many lines and notices the block has.
func (b *Block) Len() int { return len(b.entries) }

// Lines is how many of them are lines.
func (b *Block) Lines() int { return b.lines }

// Bytes is what the block takes in a Pane.
func (b *Block) Bytes() int { return len(b.data) + entrySize*len(b.entries) }

// Add appends a line.
func (b *Block) Add(l *Line) {
	e := entry{off: uint32(len(b.data)), source: int32(l.Source)}
	if !l.Time.IsZero() {
		e.at = l.Time.UnixNano()
	}
	var cut int
	b.data, b.marks, cut = ink.Append(b.data, l.Text, maxLine, b.marks[:0])
	if cut += l.Cut; cut > 0 {
		b.data = append(b.data, "… "+text.Count(cut)+" bytes more"...)
	}
	line := b.data[e.off:]
	e.size = uint32(len(line))
	if ink.IsASCII(line) {
		e.flags |= ascii
	}
	shape, level := record.Recognise(line)
	switch shape {
	case record.JSON:
		e.flags |= structured
	case record.Logfmt:
		e.flags |= pairs
	case record.Klog:
		e.flags |= shapeOfKlog
	}
	e.level = b.continued(e.source, line, level)
	e.marks = uint16(len(b.marks))
	for _, m := range b.marks {
		b.data = ink.AppendMark(b.data, m)
	}
	b.entries = append(b.entries, e)
	b.lines++
}

// continued gives what goes on below a line the level of that line: the rest of a stack trace is as bad as its beginning.
func (b *Block) continued(source int32, line []byte, level record.Level) record.Level {
	if level == record.Unknown && record.Continues(line) {
		return b.levels[source]
	}
	if b.levels == nil {
		b.levels = map[int32]record.Level{}
	}
	if b.levels[source] != level {
		b.levels[source] = level
	}
	return level
}

// AddNotice appends a row about a source, or with a source below zero about all.
func (b *Block) AddNotice(at time.Time, source int, tone Tone, message string) {
	e := entry{off: uint32(len(b.data)), source: int32(source), flags: notice | uint8(tone)<<toneShift}
	if !at.IsZero() {
		e.at = at.UnixNano()
	}
	b.data = append(b.data, text.Clean(message)...)
	e.size = uint32(len(b.data)) - e.off
	if ink.IsASCII(b.data[e.off:]) {
		e.flags |= ascii
	}
	b.entries = append(b.entries, e)
}

// size writes a number of bytes in a few characters: 64 MiB.
func size(n int) string {
	switch {
	case n >= 10<<30:
		return strconv.Itoa(n>>30) + " GiB"
	case n >= 10<<20:
		return strconv.Itoa(n>>20) + " MiB"
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
	}
	return strconv.Itoa(n>>10) + " KiB"
}
