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
	chunks          = sync.Pool{New: func() any { return &chunk{data: make([]byte, maxChunk)} }}
	blocks, batches sync.Pool // of *[]Line
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

// Lists of a block's lines have room for as many as a chunk mostly has, those of a batch for all that it may have.
const blockLines = 1024

// newLines is an empty list with room for some lines.
func newLines(n int) []Line {
	pool, size := &blocks, blockLines
	switch {
	case n > batchLines:
		return make([]Line, 0, n)
	case n > blockLines:
		pool, size = &batches, batchLines
	}
	if l, ok := pool.Get().(*[]Line); ok {
		return *l
	}
	return make([]Line, 0, size)
}

func freeLines(l []Line) {
	pool := &blocks
	switch cap(l) {
	case blockLines:
	case batchLines:
		pool = &batches
	default:
		return
	}
	clear(l)
	l = l[:0]
	pool.Put(&l)
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
