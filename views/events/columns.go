package events

import (
	"cmp"
	"strconv"
	"time"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/table"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/listing"
	"github.com/fn9s/fn9s/views/query"
	"github.com/fn9s/fn9s/views/screen"
)

const (
	countColumn = 5
	ageColumn   = 6
)

// Columns are what a filter of events may name.
var Columns = query.Columns{{Name: "type", Title: "Normal or Warning", Values: []string{"Normal", "Warning"}},
	{Name: "reason", Title: "reason"}, {Name: "object", Title: "what it is about"}, {Name: "source", Title: "who says so"},
	{Name: "message", Title: "message"}, {Name: "count", Title: "how often", Type: query.Number},
	{Name: "age", Title: "since it happened last", Type: query.Duration}}

type key struct {
	object          model.Ref
	reason, message string
	first           int64
}

func compareKeys(a, b key) int {
	return cmp.Or(a.object.Compare(b.object), cmp.Compare(a.reason, b.reason), cmp.Compare(a.first, b.first),
		cmp.Compare(a.message, b.message))
}

// row is one event. n is its place in the answer, which is newest first.
type row struct {
	screen.Event
	n   int
	now func() time.Time
}

func (r *row) key() key { return key{r.Object, r.Reason, r.Message, r.First} }

func (r *row) last() time.Time {
	if r.Last == 0 {
		return time.Time{}
	}
	return time.Unix(r.Last, 0)
}

func (r *row) object() string { return r.Object.Kind + "/" + r.Object.Name }

// Text is what words are searched in.
func (r *row) Text() string {
	return r.Type + " " + r.Reason + " " + r.object() + " " + r.Source + " " + r.Message
}

// Field is the value in a column.
func (r *row) Field(i int) query.Value {
	switch i {
	case ageColumn:
		age := r.now().Sub(r.last())
		return query.Value{Text: text.Age(age), Num: age.Seconds(), Known: r.Last != 0}
	case countColumn:
		return query.Value{Text: strconv.Itoa(int(r.Count)), Num: float64(r.Count), Known: true}
	}
	v := []string{r.Type, r.Reason, r.object(), r.Source, r.Message}[i]
	return query.Value{Text: v, Known: v != ""}
}

// Labels are none.
func (r *row) Labels() map[string]string { return nil }

func tableColumns() []table.Column[*row] {
	role := func(r *row) themes.Role {
		if r.Type == "Warning" {
			return themes.Warning
		}
		return themes.Text
	}
	plain := func(id, title string, priority, most int, value func(*row) string, role func(*row) themes.Role) table.Column[*row] {
		return table.Column[*row]{ID: id, Title: title, Priority: priority, Max: most, Flex: 1, Min: 7, Cell: listing.Role(value, role),
			Compare: func(a, b *row) int { return cmp.Compare(value(a), value(b)) }}
	}
	object := plain("object", "OBJECT", 5, 50, (*row).object, nil)
	object.Flex = 2
	return []table.Column[*row]{
		{ID: "age", Title: "AGE", Align: text.Right, Frozen: true, Ages: true,
			Cell: func(r *row, now time.Time) table.Cell {
				return table.Cell{Text: cmp.Or(columns.Age(r.last(), now), columns.Unknown), Role: themes.Muted}
			},
			Compare: func(a, b *row) int { return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.n, b.n)) }},
		plain("type", "TYPE", 6, 9, func(r *row) string {
			if r.Type == "Warning" {
				return "▲ " + r.Type
			}
			return r.Type
		}, role),
		plain("reason", "REASON", 8, 28, func(r *row) string { return r.Reason }, role),
		object,
		{ID: "count", Title: "TIMES", Align: text.Right, Priority: 3, DescFirst: true,
			Cell:    listing.Role(func(r *row) string { return text.Count(int(max(r.Count, 1))) }, nil),
			Compare: func(a, b *row) int { return cmp.Compare(a.Count, b.Count) }},
		plain("source", "SOURCE", 2, 26, func(r *row) string { return r.Source }, func(*row) themes.Role { return themes.Muted }),
		{ID: "message", Title: "MESSAGE", Priority: 9, Flex: 4, Min: 20, Max: 400,
			Cell: listing.Role(func(r *row) string { return r.Message }, nil)},
	}
}
