package generic

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// condition compares what a path leads to. Where a path leads to several values, one that fits is enough; notEquals
// wants that none is equal.
type condition struct {
	use      *use
	op       string
	literals []scalar
	re       *regexp.Regexp
	limit    float64
	want     bool
}

var operators = []string{"equals", "notEquals", "in", "exists", "matches", "above", "below"}

// conditions reads a list of conditions, all of which must hold.
func (r *entryReader) conditions(n *yaml.Node, what string) []condition {
	var all []condition
	for _, e := range r.elements(n, what) {
		if c, ok := r.condition(e, what); ok {
			all = append(all, c)
		}
	}
	return all
}

func (r *entryReader) condition(n *yaml.Node, what string) (condition, bool) {
	before := len(r.problems)
	m := r.mapping(n, "a condition of "+what)
	if m == nil {
		return condition{}, false
	}
	var c condition
	c.use = r.path(m.need("path"), what+".path", r.at(m, r.place))
	for _, op := range operators {
		v := m.get(op)
		if v == nil {
			continue
		}
		if c.op != "" {
			r.failf(v, "%s: %s and %s exclude each other; write two conditions", what, c.op, op)
			continue
		}
		c.op = op
		r.operand(&c, v, what+"."+op)
	}
	if c.op == "" && len(r.problems) == before {
		r.failf(n, "a condition of %s needs one of: %s", what, strings.Join(operators, " "))
	}
	m.done()
	return c, len(r.problems) == before
}

func (r *entryReader) operand(c *condition, n *yaml.Node, what string) {
	switch c.op {
	case "equals", "notEquals":
		if l, ok := r.literal(n, what); ok {
			c.literals = []scalar{l}
		}
	case "in":
		for _, e := range r.elements(n, what) {
			if l, ok := r.literal(e, what); ok {
				c.literals = append(c.literals, l)
			}
		}
		if len(c.literals) == 0 {
			r.failf(n, "%s is an empty list", what)
		}
	case "exists":
		c.want = r.flag(n, what)
	case "matches":
		c.re = r.regexp(n, what)
	case "above", "below":
		l, ok := r.literal(n, what)
		f, err := strconv.ParseFloat(l.text, 64)
		if ok && (l.kind != number || err != nil) {
			r.failf(n, "%s must be a number", what)
		}
		c.limit = f
	}
}

// holds reports whether all conditions do.
func holds(all []condition, s scope) bool {
	for i := range all {
		if !all[i].holds(s) {
			return false
		}
	}
	return true
}

func (c *condition) holds(s scope) bool {
	got := s.results(c.use)
	switch c.op {
	case "exists":
		return (len(got) > 0) == c.want
	case "notEquals":
		return !slices.ContainsFunc(got, func(g scalar) bool { return equal(c.literals[0], g) })
	}
	return slices.ContainsFunc(got, c.fits)
}

func (c *condition) fits(g scalar) bool {
	switch c.op {
	case "equals", "in":
		return slices.ContainsFunc(c.literals, func(l scalar) bool { return equal(l, g) })
	case "matches":
		return g.kind != composite && c.re.MatchString(g.text)
	case "above", "below":
		f, err := strconv.ParseFloat(g.text, 64)
		return err == nil && (c.op == "above" && f > c.limit || c.op == "below" && f < c.limit)
	}
	return false
}

// equal compares by value, not by type: Kubernetes writes booleans and numbers as texts in conditions and
// annotations, and YAML makes booleans of what was meant as a text.
func equal(literal, got scalar) bool {
	switch {
	case got.kind == composite:
		return false
	case literal.kind == boolean:
		return strings.EqualFold(literal.text, got.text)
	case literal.kind == number:
		a, errA := strconv.ParseFloat(literal.text, 64)
		b, errB := strconv.ParseFloat(got.text, 64)
		if errA == nil && errB == nil {
			return a == b
		}
	}
	return literal.text == got.text
}
