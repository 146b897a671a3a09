package query

import (
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// Match reports whether every term holds for the row. It allocates nothing.
func (f Filter) Match(row Row) bool {
	for _, t := range f.eval {
		if t.match(row) == t.Not {
			return false
		}
	}
	return true
}

func (t *Term) match(row Row) bool {
	switch t.Kind {
	case Word:
		return t.needle.in(row.Text())
	case Fuzzy:
		return t.needle.fuzzyIn(row.Text())
	case Regex:
		return t.re.in(row.Text())
	case Selector:
		return t.selector.Matches(labels.Set(row.Labels()))
	}
	if t.typ == Members {
		return t.held(row) != (t.Op == NotEqual)
	}
	return t.compare(row.Field(t.column))
}

// held reports whether the row holds one of the values.
func (t *Term) held(row Row) bool {
	h, ok := row.(Holder)
	for i := range t.values {
		if ok && h.Holds(t.column, Wanted{&t.values[i]}) {
			return true
		}
	}
	return false
}

func (t *Term) compare(v Value) bool {
	switch t.Op {
	case Equal:
		return t.equalsAny(v)
	case NotEqual:
		return !t.equalsAny(v)
	case Contains:
		if t.re != nil {
			return v.Known && t.re.in(v.Text)
		}
		return v.Known && t.needle.in(v.Text)
	}
	if !v.Known {
		return false
	}
	have, want, ok := t.sides(v)
	if !ok {
		return false
	}
	switch t.Op {
	case Greater:
		return have > want && !near(have, want)
	case GreaterEqual:
		return have > want || near(have, want)
	case Less:
		return have < want && !near(have, want)
	default:
		return have < want || near(have, want)
	}
}

// sides returns what an order compares. A ready count is compared with a count, a fraction with a fraction; what is
// scaled to zero on purpose has no fraction.
func (t *Term) sides(v Value) (have, want float64, ok bool) {
	w := &t.values[0]
	if t.typ != Ratio || w.of == 0 {
		return v.Num, w.num, w.hasNum
	}
	if v.Of == 0 {
		return 0, 0, false
	}
	return v.Num / v.Of, w.num / w.of, true
}

func (t *Term) equalsAny(v Value) bool {
	for i := range t.values {
		if t.equals(&t.values[i], v) {
			return true
		}
	}
	return false
}

func (t *Term) equals(w *operand, v Value) bool {
	if w.unknown || !v.Known {
		return w.unknown && !v.Known
	}
	switch t.typ {
	case Text:
		return w.matches(v.Text)
	case List:
		return w.matchesElement(v.Text)
	case Ratio:
		if !w.hasNum || !w.percent {
			return w.matches(v.Text) || w.hasNum && v.Num == w.num && (w.of == 0 || v.Of == w.of)
		}
		return v.Of != 0 && near(v.Num/v.Of, w.num)
	case Enum:
		return v.Num == w.num && (w.mark == 0 || strings.HasSuffix(v.Text, string(rune(w.mark))))
	default:
		return near(v.Num, w.num) || v.Text == w.text
	}
}

func (w *operand) matchesElement(list string) bool {
	for {
		element, rest, more := strings.Cut(list, ",")
		if w.matches(strings.TrimSpace(element)) {
			return true
		}
		if !more {
			return false
		}
		list = rest
	}
}

func (w *operand) matches(s string) bool {
	if w.glob == nil {
		return w.needle.equal(s)
	}
	return matchGlob(w.glob, s, w.needle.fold)
}

// matchGlob matches s against the pieces between the stars of a pattern.
func matchGlob(pieces []string, s string, fold bool) bool {
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(s) < len(first)+len(last) || !equalText(s[:len(first)], first, fold) ||
		!equalText(s[len(s)-len(last):], last, fold) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := indexText(s, piece, fold)
		if at < 0 {
			return false
		}
		s = s[at+len(piece):]
	}
	return true
}

func equalText(a, b string, fold bool) bool {
	return a == b || fold && strings.EqualFold(a, b)
}

func indexText(s, piece string, fold bool) int {
	if !fold {
		return strings.Index(s, piece)
	}
	for i := 0; i+len(piece) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(piece)], piece) {
			return i
		}
	}
	return -1
}

// near compares quantities that came from different units: 0.1 cores is 100m is 100000000n.
func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}
