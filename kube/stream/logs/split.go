package logs

import (
	"bytes"
	"io"
)

const (
	// maxText is how much of a line is kept.
	maxText = 64 << 10
	// maxHead is more than any time before a line takes.
	maxHead = 64
	// Chunks begin small: most containers say little.
	minChunk, maxChunk = 4 << 10, 64 << 10
)

// splitter cuts what is read into lines. Lines are parts of the chunks that they were read into: a chunk is not written
// again where lines lie before all who hold it have released it.
type splitter struct {
	from  io.Reader
	lent  bool   // who reads lines holds their chunk: it may be used again
	room  *chunk // what was read and not yet cut is chunk[start:end], its data
	chunk []byte
	start int
	end   int
	long  []byte // the beginning of an overlong line
	cut   int    // how much of it was left out
}

// rawLine is a line as it came, its time in front.
type rawLine struct {
	data []byte
	cut  int
}

// read reads once, and appends the lines that are complete now.
func (s *splitter) read(to []rawLine) ([]rawLine, error) {
	s.makeRoom()
	n, err := s.from.Read(s.chunk[s.end:])
	fresh := s.end
	s.end += n
	for {
		i := bytes.IndexByte(s.chunk[fresh:s.end], '\n')
		if i < 0 {
			break
		}
		to = append(to, s.line(fresh+i))
		s.start = fresh + i + 1
		fresh = s.start
	}
	if s.end-s.start > maxText+maxHead || s.cut > 0 {
		s.shorten()
	}
	return to, err
}

// line is what lies before the end of line at i.
func (s *splitter) line(i int) rawLine {
	data := s.chunk[s.start:i:i]
	if s.long == nil {
		return bounded(data, 0)
	}
	whole := append(s.long, data...)
	l := bounded(whole, s.cut)
	s.long, s.cut = nil, 0
	return l
}

func bounded(data []byte, cut int) rawLine {
	if n := len(data) - maxText - maxHead; n > 0 {
		data, cut = data[:maxText+maxHead], cut+n
	}
	return rawLine{data, cut}
}

// shorten keeps the beginning of a line that is too long to be kept, and makes its place free.
func (s *splitter) shorten() {
	data := s.chunk[s.start:s.end]
	keep := min(len(data), maxText+maxHead-len(s.long))
	if s.long == nil {
		s.long = make([]byte, 0, maxText+maxHead)
	}
	s.long = append(s.long, data[:keep]...)
	s.cut += len(data) - keep
	s.start = s.end
}

// rest is what follows the last end of line.
func (s *splitter) rest() (rawLine, bool) {
	if s.start == s.end && s.long == nil {
		return rawLine{}, false
	}
	l := s.line(s.end)
	s.start = s.end
	return l, true
}

// makeRoom takes a new chunk when the old one is nearly full. A chunk that filled up at once is followed by a larger one.
func (s *splitter) makeRoom() {
	if len(s.chunk)-s.end >= minChunk/4 {
		return
	}
	size := min(max(minChunk, 4*len(s.chunk)), maxChunk)
	for size < s.end-s.start+minChunk {
		size *= 2
	}
	next := newChunk(size)
	s.end = copy(next.data, s.chunk[s.start:s.end])
	s.close()
	s.start, s.room, s.chunk = 0, next, next.data
}

// close ends the use of the last chunk.
func (s *splitter) close() {
	if s.lent {
		s.room.release()
		s.room = nil
	}
}
