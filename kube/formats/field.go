package formats

import (
	"iter"
	"strconv"
	"strings"
)

// field is a place in a document from which something is asked. What is not there answers with nothing.
type field struct {
	r *reader
	n *node
}

// root begins with a document; what is left of it in the end is listed.
func (r *reader) root(n *node) field {
	r.roots = append(r.roots, n)
	n.used = true
	return field{r, n}
}

func (f field) ok() bool { return f.n != nil && !f.n.null() }

// at goes to a key.
func (f field) at(keys ...string) field {
	for _, key := range keys {
		if f.n == nil || f.n.kind != mapping {
			return field{f.r, nil}
		}
		if f.n = f.n.names[key]; f.n == nil {
			return f
		}
		if f.n.kind != scalar {
			f.n.used = true
		}
	}
	return f
}

// first goes to the first of the keys that is there.
func (f field) first(keys ...string) field {
	for _, key := range keys {
		if c := f.at(key); c.ok() {
			return c
		}
	}
	return field{f.r, nil}
}

func (f field) place() Place {
	if f.n == nil {
		return Place{File: f.r.files.name}
	}
	return f.n.place()
}

func (f field) note(text string) { f.r.note(f.place(), text) }

func (f field) problem(text string) {
	if f.n != nil {
		f.n.all()
	}
	f.r.problem(f.place(), text)
}

// lacks is a problem of what is not there: what is there is still to be looked at.
func (f field) lacks(text string) { f.r.problem(f.place(), text) }

// drop notes why something that is there has no place in the result.
func (f field) drop(why string) {
	if f.n == nil {
		return
	}
	f.n.all()
	if !f.n.null() {
		f.note(why)
	}
}

// pass accounts for what needs no word.
func (f field) pass() {
	if f.n != nil {
		f.n.all()
	}
}

// is reports whether the kind is the expected one; what is not is a problem.
func (f field) is(k kind, what string) bool {
	if !f.ok() {
		f.pass()
		return false
	}
	if f.n.kind != k {
		f.problem("must be " + what)
		return false
	}
	f.n.used = true
	return true
}

// text is a scalar as it is written.
func (f field) text() string {
	if !f.is(scalar, "a text") {
		return ""
	}
	return f.n.text
}

// members are what is below a mapping; anything else that has no place in the result is told as a whole.
func (f field) members() iter.Seq2[string, field] {
	if f.ok() && f.n.kind != mapping {
		f.drop("is no mapping, and has no place in a function")
		return func(func(string, field) bool) {}
	}
	return f.each()
}

func (f field) number() (n int, ok bool) {
	if !f.is(scalar, "a number") {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(f.n.text, "_", ""))
	if err != nil {
		f.problem("must be a whole number")
	}
	return n, err == nil
}

// count is a number that is not negative, as requests have it.
func (f field) count() *int {
	n, ok := f.number()
	if !ok {
		return nil
	}
	if n < 0 {
		f.problem("must not be negative")
		return nil
	}
	return &n
}

func (f field) flag() bool {
	if !f.is(scalar, "true or false") {
		return false
	}
	b, err := strconv.ParseBool(f.n.text)
	if err != nil {
		f.problem("must be true or false")
	}
	return b
}

// each visits the fields of a mapping in their order.
func (f field) each() iter.Seq2[string, field] {
	return func(yield func(string, field) bool) {
		if !f.is(mapping, "a mapping") {
			return
		}
		for _, c := range f.n.below {
			if c.kind != scalar {
				c.used = true
			}
			if !yield(c.key, field{f.r, c}) {
				return
			}
		}
	}
}

// items visits the items of a list.
func (f field) items() iter.Seq[field] {
	return func(yield func(field) bool) {
		if !f.is(list, "a list") {
			return
		}
		for _, c := range f.n.below {
			if c.kind != scalar {
				c.used = true
			}
			if !yield(field{f.r, c}) {
				return
			}
		}
	}
}

// words is a list of texts.
func (f field) words() []string {
	var all []string
	for item := range f.items() {
		if s := item.text(); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// pairs is a mapping of texts, nil when it is empty.
func (f field) pairs() map[string]string {
	var all map[string]string
	for key, value := range f.each() {
		if all == nil {
			all = map[string]string{}
		}
		all[key] = value.text()
	}
	return all
}

// value is everything there as a value of JSON.
func (f field) value() any {
	if f.n == nil {
		return nil
	}
	f.n.all()
	return f.n.json()
}

// object is a mapping as a value of JSON, nil when it is none.
func (f field) object() map[string]any {
	m, _ := f.value().(map[string]any)
	return m
}
