// Package query is the grammar of the console: what is typed after ":" and after "/".
//
// It is pure: text and a vocabulary go in, typed commands, filters and completions come out. Rule: nothing here may
// panic or take more than linear time, whatever was typed or pasted; what cannot be understood is an *Error that
// says where and why.
package query

import (
	"fmt"
	"strings"
)

const (
	maxInput = 4096
	maxTerms = 64
)

// Error says in plain words what is wrong with the input, and where: the bytes from Pos to End.
type Error struct {
	Pos, End int
	Msg      string
}

func (e *Error) Error() string { return e.Msg }

// Span is where the error is, for the prompt to point at.
func (e *Error) Span() (start, end int) { return e.Pos, e.End }

func errorf(pos, end int, format string, args ...any) *Error {
	return &Error{Pos: pos, End: max(pos, end), Msg: fmt.Sprintf(format, args...)}
}

// Type says how the values of a column are compared.
type Type uint8

// The types of columns.
const (
	Text     Type = iota // equal, contains; no order
	List                 // comma-separated; equal to one of its elements
	Number               // 3, 0.5
	Quantity             // Kubernetes quantities: 500m, 64Mi
	Duration             // seconds, written 90s, 2h, 3d
	Enum                 // one of Column.Values, greater is worse
	Ratio                // ready of desired: 1/2, 50%, 1
	Bool                 // true, false
	Members              // one of many that are never drawn; the row is asked (see Holder)
)

// Column is one column that a filter may name.
type Column struct {
	Name    string   // canonical, lower case
	Aliases []string // further names, lower case
	Title   string   // what it shows, for the completion list
	Type    Type
	// Values are the values of an Enum from best to worst, all Members that there are, or known values of a Text or List
	// column to complete.
	Values []string
	// Describe says what a value means, for the completion list; nil: the title does.
	Describe func(value string) string
	// Unordered is set for an Enum whose values have no order.
	Unordered bool
	// Numbered is set for an Enum that may be written as the index of its value (blast>=3).
	Numbered bool
}

// Columns are the columns of one table. The index of a column is what Row.Field is asked for.
type Columns []Column

// Find returns the index of the column of that name or alias, in any case.
func (c Columns) Find(name string) (int, bool) {
	for i := range c {
		if strings.EqualFold(c[i].Name, name) {
			return i, true
		}
	}
	for i := range c {
		for _, a := range c[i].Aliases {
			if strings.EqualFold(a, name) {
				return i, true
			}
		}
	}
	return 0, false
}

// Value is one cell as a filter sees it. The zero Value is unknown: it equals nothing but "unknown", is on neither
// side of any order, and differs from everything (so that grade!=A also shows what could not be graded).
type Value struct {
	Text  string  // as drawn
	Num   float64 // number, base units, seconds, index of the enum value, ready count, 1 for true
	Of    float64 // desired count of a Ratio
	Known bool
}

// Row is what a filter is matched against. None of its methods should allocate.
type Row interface {
	// Text is what words are searched in: the cells, separated by white space.
	Text() string
	// Field is the value in the column of that index of the Columns given to ParseFilter.
	Field(column int) Value
	// Labels are the labels that -l selects on; nil when there are none.
	Labels() map[string]string
}

// Holder is a Row with columns of type Members.
type Holder interface {
	// Holds reports whether the set of the row in a column has an element that is wanted.
	Holds(column int, w Wanted) bool
}

// Wanted is an element of Members that a filter asks for.
type Wanted struct{ operand *operand }

// Is reports whether it is this element.
func (w Wanted) Is(element string) bool { return w.operand.matches(element) }

// Doubtful reports whether it was written with a `?`: what could not be decided is wanted.
func (w Wanted) Doubtful() bool { return w.operand.mark == '?' }
