package query

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// Op is a comparison operator.
type Op uint8

// The operators of "column OP value".
const (
	Equal Op = iota
	NotEqual
	Contains
	Greater
	GreaterEqual
	Less
	LessEqual
)

var opText = [...]string{"=", "!=", "~", ">", ">=", "<", "<="}

func (o Op) String() string { return opText[o] }

// TermKind says what a term looks at.
type TermKind uint8

// The kinds of terms.
const (
	Word     TermKind = iota // the text contains it; phrases too
	Fuzzy                    // ~abc: its letters in this order within one cell
	Regex                    // /re/
	Selector                 // -l app=web
	Compare                  // column OP value
)

// Term is one of the conditions that a filter ANDs.
type Term struct {
	Kind TermKind
	Not  bool
	// Text is the word, pattern, selector or value as written, without quotes.
	Text   string
	Column string // canonical name, for Compare
	Op     Op     // for Compare
	// Pos and End are the bytes of the input that the term came from.
	Pos, End int

	literal  bool // the value was quoted: no lists, no wildcards
	column   int
	typ      Type
	needle   needle
	re       *pattern
	selector labels.Selector
	values   []operand
}

// operand is one alternative of a comparison's value.
type operand struct {
	typed
	needle needle
	glob   []string // the pieces around "*"; nil without one
}

// Filter is a parsed filter. The zero Filter matches everything.
type Filter struct {
	terms []Term
	eval  []*Term // cheapest first
}

// ParseFilter reads what is typed after "/". On an error the Filter is empty and the error is an *Error.
func ParseFilter(text string, columns Columns) (Filter, error) {
	p := parser{in: text, columns: columns}
	if err := p.run(); err != nil {
		return Filter{}, err
	}
	return newFilter(p.terms), nil
}

func newFilter(terms []Term) Filter {
	f := Filter{terms: terms}
	for i := range terms {
		f.eval = append(f.eval, &terms[i])
	}
	slices.SortStableFunc(f.eval, func(a, b *Term) int { return a.cost() - b.cost() })
	return f
}

func (t *Term) cost() int {
	return [...]int{Word: 1, Fuzzy: 3, Regex: 4, Selector: 2, Compare: 0}[t.Kind]
}

// Empty reports whether the filter matches everything.
func (f Filter) Empty() bool { return len(f.terms) == 0 }

// Terms returns the terms in the order they were written.
func (f Filter) Terms() []Term { return f.terms }

// And returns a filter that matches what both match.
func (f Filter) And(g Filter) Filter {
	return newFilter(slices.Concat(f.terms, g.terms))
}

// Selector returns the label selector of all -l terms together: what a server may select for us.
func (f Filter) Selector() labels.Selector {
	all := labels.Everything()
	for i := range f.terms {
		if f.terms[i].Kind == Selector {
			reqs, _ := f.terms[i].selector.Requirements()
			all = all.Add(reqs...)
		}
	}
	return all
}

// String prints the filter in its canonical form, which parses to the same filter.
func (f Filter) String() string {
	var b strings.Builder
	for i := range f.terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		f.terms[i].print(&b)
	}
	return b.String()
}

func (t *Term) print(b *strings.Builder) {
	if t.Not {
		b.WriteByte('!')
	}
	switch t.Kind {
	case Word:
		if t.barable() {
			b.WriteString(t.Text)
		} else {
			b.WriteString(quotePhrase(t.Text))
		}
	case Fuzzy:
		b.WriteString("~" + t.Text)
	case Regex:
		b.WriteString("/" + t.Text + "/")
	case Selector:
		b.WriteString("-l " + t.selector.String())
	case Compare:
		b.WriteString(t.Column + t.Op.String())
		switch {
		case t.re != nil:
			b.WriteString("/" + t.Text + "/")
		case t.valueNeedsQuotes():
			b.WriteString(quotePhrase(t.Text))
		default:
			b.WriteString(t.Text)
		}
	}
}

// barable reports whether a word needs no quotes to be read as the same word again.
func (t *Term) barable() bool {
	return t.Text != "" && !strings.ContainsFunc(t.Text, func(r rune) bool {
		return r < 0x80 && !isLetter(byte(r)) && !isDigit(byte(r)) && !strings.ContainsRune("-._:+%,", r)
	}) && t.Text[0] != '-'
}

func (t *Term) valueNeedsQuotes() bool {
	return t.literal && (t.Text == "" || strings.IndexByte("=~<>!/\"", t.Text[0]) >= 0 ||
		strings.ContainsAny(t.Text, ",*") || strings.ContainsFunc(t.Text, isSpaceRune))
}

func quotePhrase(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
