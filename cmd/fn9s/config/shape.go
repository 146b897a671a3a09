package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// kind is what a value must be.
type kind int

const (
	anything kind = iota
	textValue
	number
	boolean
	duration
	listOf
	record // a map of known keys
	dict   // a map of any keys
	either // one of several shapes
)

// shape describes a value of the configuration: the file is checked with it, and the JSON Schema is written from it.
type shape struct {
	about   string
	kind    kind
	keys    []key  // of a record
	of      *shape // elements of a list or dict
	any     []*shape
	words   []string // the only texts allowed
	pattern *regexp.Regexp
	low     int
	high    int // of a number; 0: no bound
	// whole marks a record or list that is off when anything in it is wrong, an unknown key too. Of others only the
	// wrong part is off.
	whole bool
	// elsewhere marks what another package checks.
	elsewhere bool
}

// key is one key of a record.
type key struct {
	name string
	must bool
	*shape
}

const maxQuoted = 60

// quote repeats a text of the file in a message.
func quote(s string) string {
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return strconv.Quote(s)
}

// checker walks through the file and takes out what is wrong, so that the rest can be decoded without an error.
type checker struct {
	file     string
	problems []Problem
}

func (c *checker) note(n *yaml.Node, off bool, format string, args ...any) {
	const most = 200 // more would not be read
	if len(c.problems) < most {
		c.problems = append(c.problems, Problem{File: c.file, Line: n.Line, Column: n.Column, Off: off, Message: fmt.Sprintf(format, args...)})
	}
}

// check reports whether the value may be kept.
func (c *checker) check(n *yaml.Node, s *shape, where string) bool {
	if n.Kind == yaml.AliasNode {
		c.note(n, true, "%s: aliases are not read here: write the value out", where)
		return false
	}
	if isNull(n) && s.kind != either && s.kind != dict && s.kind != listOf && s.kind != record {
		c.note(n, true, "%s has no value", where)
		return false
	}
	switch s.kind {
	case anything:
		return true
	case listOf:
		return c.list(n, s, where)
	case record:
		return c.record(n, s, where)
	case dict:
		return c.dict(n, s, where)
	case either:
		return c.either(n, s, where)
	}
	if why := scalar(n, s); why != "" {
		c.note(n, true, "%s: %s", where, why)
		return false
	}
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// scalar says what is wrong with a single value; nothing when it is right.
func scalar(n *yaml.Node, s *shape) string {
	if n.Kind != yaml.ScalarNode {
		return "one value is expected here, not " + describe(n)
	}
	switch s.kind {
	case boolean:
		if n.ShortTag() != "!!bool" {
			return quote(n.Value) + " is neither true nor false"
		}
	case number:
		i, err := strconv.Atoi(n.Value)
		if err != nil || n.ShortTag() != "!!int" {
			return quote(n.Value) + " is no whole number"
		}
		if i < s.low || s.high > 0 && i > s.high {
			return fmt.Sprintf("%d is not between %d and %d", i, s.low, s.high)
		}
	case duration:
		if d, err := time.ParseDuration(n.Value); err != nil || d < 0 {
			return quote(n.Value) + " is no duration such as 90s, 15m or 2160h"
		}
	case textValue:
		switch {
		case n.ShortTag() != "!!str":
			return quote(n.Value) + " is no text: put it into quotes"
		case len(s.words) > 0 && !slices.Contains(s.words, n.Value):
			return quote(n.Value) + " is none of " + strings.Join(s.words, ", ")
		case s.pattern != nil && !s.pattern.MatchString(n.Value):
			return quote(n.Value) + " is not " + s.about
		}
	}
	return ""
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	return quote(n.Value)
}

// list keeps the elements that are right.
func (c *checker) list(n *yaml.Node, s *shape, where string) bool {
	if isNull(n) {
		return true
	}
	if n.Kind != yaml.SequenceNode {
		c.note(n, true, "%s must be a list, not %s", where, describe(n))
		return false
	}
	var kept []*yaml.Node
	for i, e := range n.Content {
		if c.check(e, s.of, fmt.Sprintf("%s[%d]", where, i)) {
			kept = append(kept, e)
		}
	}
	right := len(kept) == len(n.Content) || !s.whole
	n.Content = kept
	return right
}

// record keeps the known keys whose values are right.
func (c *checker) record(n *yaml.Node, s *shape, where string) bool {
	if isNull(n) {
		return true
	}
	if n.Kind != yaml.MappingNode {
		c.note(n, true, "%s must be a map, not %s", name(where), describe(n))
		return false
	}
	right := true
	var kept []*yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(s.keys, func(x key) bool { return x.name == k.Value })
		switch {
		case at < 0:
			c.note(k, s.whole, "unknown key %s%s", quote(path(where, k.Value)), didYouMean(k.Value, s.keys))
			right = false
		case seen[k.Value]:
			c.note(k, true, "key %s is there twice", quote(path(where, k.Value)))
			right = false
		case s.keys[at].elsewhere || c.check(v, s.keys[at].shape, path(where, k.Value)):
			kept = append(kept, k, v)
		default:
			right = false
		}
		seen[k.Value] = true
	}
	for _, k := range s.keys {
		if k.must && !seen[k.name] {
			c.note(n, true, "%s needs the key %q", name(where), k.name)
			right = false
		}
	}
	n.Content = kept
	return right || !s.whole
}

// dict keeps the entries that are right.
func (c *checker) dict(n *yaml.Node, s *shape, where string) bool {
	if isNull(n) {
		return true
	}
	if n.Kind != yaml.MappingNode {
		c.note(n, true, "%s must be a map, not %s", where, describe(n))
		return false
	}
	var kept []*yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || k.Value == "":
			c.note(k, true, "%s: a key must be a text", where)
		case seen[k.Value]:
			c.note(k, true, "key %s is there twice", quote(path(where, k.Value)))
		case s.pattern != nil && !s.pattern.MatchString(k.Value):
			c.note(k, true, "key %s: it must be %s", quote(path(where, k.Value)), s.about)
		case c.check(v, s.of, path(where, k.Value)):
			kept = append(kept, k, v)
		}
		seen[k.Value] = true
	}
	n.Content = kept
	return true
}

// either takes the first shape that fits the kind of node, and its complaints.
func (c *checker) either(n *yaml.Node, s *shape, where string) bool {
	for _, one := range s.any {
		if fits(n, one) {
			return c.check(n, one, where)
		}
	}
	if isNull(n) {
		c.note(n, true, "%s has no value", where)
		return false
	}
	c.note(n, true, "%s: %s is not expected here: %s", where, describe(n), s.about)
	return false
}

func fits(n *yaml.Node, s *shape) bool {
	switch s.kind {
	case listOf:
		return n.Kind == yaml.SequenceNode
	case record, dict:
		return n.Kind == yaml.MappingNode
	case boolean:
		return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool"
	}
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str"
}

func path(where, key string) string {
	if where == "" {
		return key
	}
	return where + "." + key
}

func name(where string) string {
	if where == "" {
		return "the configuration"
	}
	return where
}

// didYouMean offers the known key that differs in case, or by one letter at most.
func didYouMean(word string, keys []key) string {
	for _, k := range keys {
		if near(strings.ToLower(word), strings.ToLower(k.name)) {
			return fmt.Sprintf(": did you mean %q?", k.name)
		}
	}
	return ""
}

// near reports whether one insertion, deletion, replacement or swap of neighbours makes a of b.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return i == len(a) || a[i+1:] == b[i+1:] ||
			i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}
