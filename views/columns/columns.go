// Package columns defines the functions table: what each column shows, how it sorts, and how a filter sees it.
// The console and `fn9s list` share it.
//
// Its one rule: a column is one value in one list. Whoever adds a column adds it there and nowhere else.
package columns

import (
	"cmp"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/text"
	"github.com/fn9s/fn9s/views/query"
)

// Unknown is drawn where nothing is known. It is never drawn for zero.
const Unknown = "–"

// Pending is drawn where a function waits to be judged.
const Pending = "…"

// Column is one column of the functions table.
type Column struct {
	ID    string // stable: filters, configuration, saved views
	Title string // as the header draws it
	About string // what it shows, in a few words
	// Wide columns are shown only when asked for.
	Wide bool
	// Priority says which columns go first when the width is short: the highest. 0 never goes.
	Priority int
	// Min and Max bound the width in cells. Columns with Flex are the ones that shrink to Min when space is short.
	Min, Max, Flex int
	Right          bool // numbers and ages stand right
	// Ages are drawn relative to now, so they change without an event.
	Ages bool
	// Live columns change all the time: words are not searched in them.
	Live bool
	// When says whether the scope makes the column worth its place; nil means always.
	When func(Scope) bool
	// Hidden columns are never drawn: only filters name them.
	Hidden bool
	// Judged columns show the posture: Pending while it is not there yet, nothing where there never is one.
	Judged bool
	// Sparse columns show nothing, instead of Unknown, where there is nothing to say.
	Sparse bool
	// WorstFirst sorts from the end when the column is first chosen.
	WorstFirst bool
	Kind       query.Type
	// Values are the values of an enumeration from best to worst, or well-known ones to complete.
	Values    []string
	Describe  func(value string) string // what a value means
	Unordered bool
	Numbered  bool // a value may be written as its index
	Aliases   []string

	// Cell is the clean text that is drawn. An empty text is drawn as Unknown.
	Cell func(r *board.Row, now time.Time) string
	// Role is how the cell is styled; nil is ordinary text.
	Role func(r *board.Row) themes.Role
	// Rank orders rows by value, not by text; nil orders by the cells.
	Rank func(r *board.Row) float64
	// Number is the value of a column that a filter compares as a number; known false when there is none.
	Number func(r *board.Row, now time.Time) (n, of float64, known bool)
	// Holds says for a column of type Set whether the row has what a filter wants.
	Holds func(r *board.Row, w query.Wanted) bool
}

// Scope is what is on screen, as far as columns depend on it.
type Scope struct {
	Contexts   int // clusters shown
	Namespaces int // namespaces shown; 0: all of them
	// Trends says that the posture of some function changed, Platforms that of some the control plane is a weakness.
	Trends, Platforms bool
	// Usage says that what functions use is measured.
	Usage bool
}

// Set is an ordered list of columns.
type Set []Column

// Functions returns the columns of the functions table in the order in which they are drawn.
func Functions() Set { return functions }

// Find returns the column of that id.
func (s Set) Find(id string) (Column, bool) {
	for _, c := range s {
		if c.ID == id {
			return c, true
		}
	}
	return Column{}, false
}

// Shown returns the columns for a scope, the wide ones only when asked for.
func (s Set) Shown(scope Scope, wide bool) Set {
	var shown Set
	for _, c := range s {
		if !c.Hidden && (wide || !c.Wide) && (c.When == nil || c.When(scope)) {
			shown = append(shown, c)
		}
	}
	return shown
}

// Query returns the columns as filters name them. The index of a column is the same in both lists.
func (s Set) Query() query.Columns {
	q := make(query.Columns, len(s))
	for i, c := range s {
		q[i] = query.Column{Name: c.ID, Aliases: c.Aliases, Title: c.About, Type: c.Kind, Values: c.Values,
			Describe: c.Describe, Unordered: c.Unordered, Numbered: c.Numbered}
	}
	return q
}

// Text returns the cell, or what stands for it where there is none.
func (c *Column) Text(r *board.Row, now time.Time) string {
	switch {
	case c.Judged && r.Posture == nil && r.Function.Opaque:
		return ""
	case c.Judged && r.Posture == nil && !c.Sparse:
		return Pending
	case c.Sparse:
		return c.Cell(r, now)
	}
	return cmp.Or(c.Cell(r, now), Unknown)
}

// Style returns the role of the cell.
func (c *Column) Style(r *board.Row) themes.Role {
	switch {
	case c.Role == nil:
		return themes.Text
	case c.Judged && r.Posture == nil:
		return themes.Muted
	}
	return c.Role(r)
}

// Order compares two rows by the column and then by their ids, so that every order is total.
func (c *Column) Order(a, b *board.Row) int {
	return cmp.Or(c.By(a, b), a.ID.Compare(b.ID))
}

// Value returns the cell as a filter sees it.
func (c *Column) Value(r *board.Row, now time.Time) query.Value {
	v := query.Value{Text: c.Cell(r, now)}
	v.Known = v.Text != ""
	if c.Number != nil {
		v.Num, v.Of, v.Known = c.Number(r, now)
	}
	return v
}

func cleaned(f func(r *board.Row) string) func(*board.Row, time.Time) string {
	return func(r *board.Row, _ time.Time) string { return text.Clean(f(r)) }
}

// By compares two rows by the column alone.
func (c *Column) By(a, b *board.Row) int {
	x, y := c.key(a), c.key(b)
	return x.compare(&y)
}
