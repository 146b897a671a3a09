package columns

import (
	"encoding/binary"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/views/query"
)

// Source makes items of rows. Filters of its items are parsed with the same columns. Items may be matched away from
// the loop, so the clock is atomic.
type Source struct {
	Columns Set
	now     atomic.Pointer[time.Time]
	buffer  []byte
}

// NewSource makes a source for the columns at a moment.
func NewSource(columns Set, now time.Time) *Source {
	s := &Source{Columns: columns}
	s.SetNow(now)
	return s
}

// SetNow sets the moment that ages are compared with.
func (s *Source) SetNow(now time.Time) { s.now.Store(&now) }

// Item is a row as filters see it: it is a query.Row.
type Item struct {
	*board.Row
	source *Source
	text   string
	sortID string // the column that sort is the key of
	sort   sortKey
	labels atomic.Pointer[map[string]string]
}

// Item makes the item of a row, with the text that words are searched in: all cells that do not depend on the time.
func (s *Source) Item(r *board.Row) *Item {
	b := s.buffer[:0]
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Ages || c.Live {
			continue
		}
		if cell := c.Cell(r, time.Time{}); cell != "" {
			b = append(b, cell...)
			b = append(b, '\n')
		}
	}
	s.buffer = b
	return &Item{Row: r, source: s, text: string(b)}
}

// Renew makes the item of a row that differs from its last one in what is measured alone, if it does.
func (s *Source) Renew(old *Item, r *board.Row) *Item {
	if old.source != s || old.Function != r.Function || old.Posture != r.Posture || old.Trend != r.Trend {
		return s.Item(r)
	}
	i := &Item{Row: r, source: s, text: old.text}
	i.labels.Store(old.labels.Load())
	return i
}

// Text is what words are searched in.
func (i *Item) Text() string { return i.text }

// Field is the value in a column.
func (i *Item) Field(column int) query.Value {
	return i.source.Columns[column].Value(i.Row, *i.source.now.Load())
}

// Holds reports whether the set in a column has what is wanted.
func (i *Item) Holds(column int, w query.Wanted) bool {
	c := &i.source.Columns[column]
	return c.Holds != nil && c.Holds(i.Row, w)
}

// Labels are the labels of the declaring object, made when a selector first asks for them.
func (i *Item) Labels() map[string]string {
	if l := i.labels.Load(); l != nil {
		return *l
	}
	l := i.Function.Labels.Map()
	i.labels.Store(&l)
	return l
}

// Compare orders two items by a column alone. The keys of the column that was asked for last are kept, so that a
// sort reads every row once. It belongs to the goroutine of the event loop.
func (c *Column) Compare(a, b *Item) int {
	c.keep(a)
	c.keep(b)
	return a.sort.compare(&b.sort)
}

func (c *Column) keep(i *Item) {
	if i.sortID != c.ID {
		i.sortID, i.sort = c.ID, c.key(i.Row)
	}
}

// sortKey is where a row stands in the order of a column: by number, or by text of which the first bytes are in the
// number, so that most comparisons never read it.
type sortKey struct {
	number uint64
	text   string
}

func (k *sortKey) compare(o *sortKey) int {
	if k.number != o.number {
		if k.number < o.number {
			return -1
		}
		return 1
	}
	return strings.Compare(k.text, o.text)
}

func (c *Column) key(r *board.Row) sortKey {
	if c.Rank != nil {
		return sortKey{number: ordered(c.Rank(r))}
	}
	s := c.Cell(r, time.Time{})
	var first [8]byte
	copy(first[:], s)
	return sortKey{number: binary.BigEndian.Uint64(first[:]), text: s}
}

// ordered maps numbers to integers that have the same order.
func ordered(f float64) uint64 {
	const sign = 1 << 63
	b := math.Float64bits(f)
	if b&sign != 0 {
		return ^b
	}
	return b | sign
}
