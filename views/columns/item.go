package columns

import (
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/views/query"
)

// Source makes items of rows. Its columns are those that filters were parsed with, and Now is the moment that ages
// are compared with.
type Source struct {
	Columns Set
	Now     time.Time
	buffer  []byte
}

// Item is a row as filters see it: it is a query.Row.
type Item struct {
	*board.Row
	source *Source
	text   string
	labels map[string]string
}

// Item makes the item of a row, with the text that words are searched in: all cells that do not depend on the time.
func (s *Source) Item(r *board.Row) *Item {
	b := s.buffer[:0]
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Ages {
			continue
		}
		if cell := c.Cell(r, s.Now); cell != "" {
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
	return i.source.Columns[column].Value(i.Row, i.source.Now)
}

// Labels are the labels of the declaring object, made when a selector first asks for them.
func (i *Item) Labels() map[string]string {
	if i.labels == nil {
		i.labels = i.Function.Labels.Map()
	}
	return i.labels
}
