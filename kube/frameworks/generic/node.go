package generic

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxElements   = 64
	maxScalar     = 4 << 10
	maxProblems   = 50 // of one entry: the rest would not be read
	quotedInError = 60
)

// reader turns YAML nodes into values strictly, and collects what is wrong with the place of it.
type reader struct {
	file     string
	entry    string
	problems []Problem
}

func (r *reader) failf(n *yaml.Node, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		return
	}
	r.problems = append(r.problems, Problem{
		File: r.file, Line: n.Line, Column: n.Column, Entry: r.entry, Message: fmt.Sprintf(format, args...),
	})
}

// short quotes a text of the configuration for a message.
func short(s string) string {
	if len(s) > quotedInError {
		s = strings.ToValidUTF8(s[:quotedInError], "") + "…"
	}
	return strconv.Quote(s)
}

// describe names the kind of a node for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return "nothing"
		case "!!str":
			return "a text"
		}
		return short(n.Value)
	}
	return "nothing"
}

// mapping is a map whose keys are asked for one by one; done reports those that nobody asked for.
type mapping struct {
	r      *reader
	node   *yaml.Node
	what   string
	keys   []*yaml.Node
	values map[string]*yaml.Node
	known  []string
}

// mapping reads a map. The result is nil, and a problem noted, when n is none.
func (r *reader) mapping(n *yaml.Node, what string) *mapping {
	if n.Kind != yaml.MappingNode {
		r.failf(n, "%s must be a map, not %s", what, describe(n))
		return nil
	}
	m := &mapping{r: r, node: n, what: what, values: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str":
			r.failf(k, "keys of %s must be texts, not %s; put it into quotes if it is meant as a text", what, describe(k))
		case m.values[k.Value] != nil:
			r.failf(k, "key %s is there twice", short(k.Value))
		default:
			m.keys = append(m.keys, k)
			m.values[k.Value] = n.Content[i+1]
		}
	}
	return m
}

// get returns the value of the key, nil when it is absent. A key without a value is a problem.
func (m *mapping) get(key string) *yaml.Node {
	n := m.raw(key)
	if n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		m.r.failf(n, "%s.%s has no value", m.what, key)
		return nil
	}
	return n
}

// raw is get for keys that may be null.
func (m *mapping) raw(key string) *yaml.Node {
	m.known = append(m.known, key)
	return m.values[key]
}

func (m *mapping) has(key string) bool { return m.values[key] != nil }

// need is get for keys that must be there.
func (m *mapping) need(key string) *yaml.Node {
	n := m.get(key)
	if n == nil && !m.has(key) {
		m.r.failf(m.node, "%s needs the key %q", m.what, key)
	}
	return n
}

func (m *mapping) done() {
	for _, k := range m.keys {
		if !slices.Contains(m.known, k.Value) {
			slices.Sort(m.known)
			m.r.failf(k, "%s has no key %s; it has: %s", m.what, short(k.Value), strings.Join(slices.Compact(m.known), " "))
		}
	}
}

// elements reads a list of at most maxElements.
func (r *reader) elements(n *yaml.Node, what string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.failf(n, "%s must be a list, not %s", what, describe(n))
		return nil
	}
	if len(n.Content) > maxElements {
		r.failf(n, "%s has more than %d elements", what, maxElements)
		return nil
	}
	return n.Content
}

// literal reads a scalar of any type but null.
func (r *reader) literal(n *yaml.Node, what string) (scalar, bool) {
	if n == nil {
		return scalar{}, false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		r.failf(n, "%s must be a text, number or boolean, not %s", what, describe(n))
		return scalar{}, false
	}
	if len(n.Value) > maxScalar {
		r.failf(n, "%s is longer than %d bytes", what, maxScalar)
		return scalar{}, false
	}
	switch n.ShortTag() {
	case "!!bool":
		return scalar{strings.ToLower(n.Value), boolean}, true
	case "!!int", "!!float":
		return scalar{n.Value, number}, true
	}
	return scalar{n.Value, text}, true
}

// text reads a scalar that must be a text and not empty.
func (r *reader) text(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		r.failf(n, "%s must be a text, not %s", what, describe(n))
		return ""
	}
	if n.Value == "" || len(n.Value) > maxScalar {
		r.failf(n, "%s must have 1 to %d bytes", what, maxScalar)
		return ""
	}
	return n.Value
}

// word reads a text that must be one of a list.
func (r *reader) word(n *yaml.Node, what string, words ...string) string {
	s := r.text(n, what)
	if s != "" && !slices.Contains(words, s) {
		r.failf(n, "%s cannot be %s; it is one of: %s", what, short(s), strings.Join(words, " "))
		return ""
	}
	return s
}

// matching reads a text that must look like the description.
func (r *reader) matching(n *yaml.Node, what string, ok func(string) bool, looks string) string {
	s := r.text(n, what)
	if s != "" && !ok(s) {
		r.failf(n, "%s %s is not valid: %s", what, short(s), looks)
		return ""
	}
	return s
}

func (r *reader) flag(n *yaml.Node, what string) bool {
	if n == nil {
		return false
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		r.failf(n, "%s must be true or false, not %s", what, describe(n))
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

// texts reads a list of texts.
func (r *reader) texts(n *yaml.Node, what string) []string {
	var all []string
	for _, e := range r.elements(n, what) {
		if s := r.text(e, "an element of "+what); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// textMap reads a map of texts, in the order of the file.
func (r *reader) textMap(n *yaml.Node, what string) (keys []string, values map[string]string) {
	if n == nil {
		return nil, nil
	}
	m := r.mapping(n, what)
	if m == nil {
		return nil, nil
	}
	values = make(map[string]string, len(m.keys))
	if len(m.keys) > maxElements {
		r.failf(n, "%s has more than %d keys", what, maxElements)
		return nil, nil
	}
	for _, k := range m.keys {
		if s := r.text(m.values[k.Value], what+"."+k.Value); s != "" {
			keys = append(keys, k.Value)
			values[k.Value] = s
		}
	}
	return keys, values
}
