package logs

import (
	"sync"
	"sync/atomic"
)

// Lines of busy containers come by the ten thousand a second. What they are read into is used again once the feed's reader
// has done with them, so that the collector, which looks at everything that the program keeps, has nothing to do for them.

// chunk is what was read at once. It is used again when nobody reads or writes it any more.
type chunk struct {
	data []byte
	uses atomic.Int32 // by the splitter that fills it, and by blocks and batches with lines in it
}

var (
	chunks = sync.Pool{New: func() any { return &chunk{data: make([]byte, maxChunk)} }}
	rooms  sync.Pool // of *[]Line
)

// newChunk is a chunk that its splitter uses.
func newChunk(size int) *chunk {
	c := &chunk{}
	if size == maxChunk {
		c, _ = chunks.Get().(*chunk)
	} else {
		c.data = make([]byte, size)
	}
	c.uses.Store(1)
	return c
}

func (c *chunk) hold() *chunk {
	if c != nil {
		c.uses.Add(1)
	}
	return c
}

func (c *chunk) release() {
	if c != nil && c.uses.Add(-1) == 0 && len(c.data) == maxChunk {
		chunks.Put(c)
	}
}

// newLines is an empty list with room for some lines.
func newLines(n int) []Line {
	if l, ok := rooms.Get().(*[]Line); ok && cap(*l) >= n {
		return *l
	}
	return make([]Line, 0, max(n, leastRoom))
}

// leastRoom and mostRoom bound the lists that are used again.
const leastRoom, mostRoom = 256, 4 * batchLines

func freeLines(l []Line) {
	if cap(l) < leastRoom || cap(l) > mostRoom {
		return
	}
	clear(l)
	l = l[:0]
	rooms.Put(&l)
}

// Release says that nobody reads the batch's lines any more: what they lie in is used again. Batches are released in the
// order in which they came, or not at all.
func (b *Batch) Release() {
	for _, c := range b.spent {
		c.release()
	}
	freeLines(b.Lines)
	b.Lines, b.spent = nil, nil
}
