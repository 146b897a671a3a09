package columns

import (
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
	labels atomic.Pointer[map[string]string]
}

// Item makes the item of a row, with the text that words are searched in: all cells that do not depend on the time.
func (s *Source) Item(r *board.Row) *Item {
	b := s.buffer[:0]
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Ages {
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

// Text is what words are searched in.
func (i *Item) Text() string { return i.text }

// Field is the value in a column.
func (i *Item) Field(column int) query.Value {
	return i.source.Columns[column].Value(i.Row, *i.source.now.Load())
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
