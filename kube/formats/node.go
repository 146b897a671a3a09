package formats

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
)

// The bounds of a document.
const (
	maxDepth     = 64
	maxNodes     = 200_000
	maxDocuments = 1000
)

type kind uint8

const (
	scalar kind = iota
	mapping
	list
)

// node is a part of a document. Aliases and merge keys are resolved.
type node struct {
	kind   kind
	value  *yaml.Node // of a scalar
	text   string     // of a scalar, as it is written, or after expansion
	below  []*node
	names  map[string]*node // of a mapping
	parent *node
	key    string // in a mapping
	index  int    // in a list
	line   int
	file   string
	used   bool
}

// parse reads the documents of a file.
func parse(file, src string) ([]*node, error) {
	decoder := yaml.NewDecoder(strings.NewReader(src))
	var all []*node
	for {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, broken(file, err)
		}
		if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
			continue
		}
		if len(all) == maxDocuments {
			return all, &Error{Place{File: file, Line: doc.Content[0].Line}, "has more than " + strconv.Itoa(maxDocuments) + " documents"}
		}
		b := builder{file: file}
		n, err := b.build(doc.Content[0], &node{file: file}, 0)
		if err != nil {
			return all, err
		}
		all = append(all, n)
	}
}

// libraryError is an error of the library. What it quotes may be the value of a variable.
var libraryError = regexp.MustCompile("^yaml: (?:line (\\d+): )?([^'\"`]*)")

func broken(file string, err error) *Error {
	m := libraryError.FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{Place{File: file}, "cannot be read as YAML"}
	}
	line, _ := strconv.Atoi(m[1])
	text := "cannot be read as YAML"
	if reason := strings.TrimSpace(m[2]); reason != "" && len(m[0]) == len(err.Error()) {
		text += ": " + reason
	}
	return &Error{Place{File: file, Line: line}, text}
}

// builder makes nodes of a library's, as many as are allowed.
type builder struct {
	file  string
	nodes int
}

// build makes the node of a place that is known already.
func (b *builder) build(y *yaml.Node, n *node, depth int) (*node, error) {
	n.file, n.line = b.file, y.Line
	fail := func(text string) (*node, error) { return nil, &Error{n.place(), text} }
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if b.nodes++; b.nodes > maxNodes {
		return fail("aliases make the document too large")
	}
	if depth > maxDepth {
		return fail("is nested deeper than " + strconv.Itoa(maxDepth))
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind, n.names = mapping, map[string]*node{}
		return n, b.fields(n, y, depth)
	case yaml.SequenceNode:
		n.kind = list
		for i, item := range y.Content {
			c, err := b.build(item, &node{parent: n, index: i}, depth+1)
			if err != nil {
				return nil, err
			}
			n.below = append(n.below, c)
		}
	default:
		n.value, n.text = y, y.Value
	}
	return n, nil
}

// fields fills a mapping. What is merged into it gives way to what it says itself.
func (b *builder) fields(n *node, y *yaml.Node, depth int) error {
	var merged []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		for k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.Kind != yaml.ScalarNode:
			return &Error{Place{File: b.file, Line: k.Line}, "a key is no text"}
		case k.Tag == "!!merge":
			merged = append(merged, v)
			continue
		case n.names[k.Value] != nil:
			return &Error{Place{File: b.file, Line: k.Line, Path: n.child(k.Value).path()}, "stands there twice"}
		}
		c, err := b.build(v, n.child(k.Value), depth+1)
		if err != nil {
			return err
		}
		c.line = k.Line
		n.add(k.Value, c)
	}
	for _, m := range merged {
		if err := b.merge(n, m, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) merge(n *node, y *yaml.Node, depth int) error {
	from, err := b.build(y, n.child("<<"), depth)
	if err != nil {
		return err
	}
	sources := []*node{from}
	if from.kind == list {
		sources = from.below
	}
	for _, s := range sources {
		if s.kind != mapping {
			return &Error{Place{File: b.file, Line: y.Line}, "only mappings can be merged"}
		}
		for _, c := range s.below {
			if n.names[c.key] == nil {
				n.add(c.key, c)
			}
		}
	}
	return nil
}

func (n *node) add(key string, c *node) {
	c.parent, c.key = n, key
	n.below = append(n.below, c)
	n.names[key] = c
}

func (n *node) child(key string) *node { return &node{parent: n, key: key, file: n.file} }

// path names the node in its document.
func (n *node) path() string {
	var steps []plan.Step
	for at := n; at.parent != nil; at = at.parent {
		s := plan.Step{Key: at.key}
		if at.parent.kind == list {
			s = plan.Step{Of: plan.Place, Index: at.index}
		}
		steps = append([]plan.Step{s}, steps...)
	}
	return plan.Join(steps...)
}

func (n *node) place() Place { return Place{File: n.file, Line: n.line, Path: n.path()} }

func (n *node) null() bool {
	return n.kind == scalar && n.value.Tag == "!!null" && n.text == n.value.Value
}

// all marks everything below as accounted for.
func (n *node) all() {
	n.used = true
	for _, c := range n.below {
		c.all()
	}
}

// unused visits the topmost nodes that were not accounted for.
func (n *node) unused(visit func(*node)) {
	if !n.used {
		visit(n)
		return
	}
	for _, c := range n.below {
		c.unused(visit)
	}
}

// json is the node as a value of JSON.
func (n *node) json() any {
	switch n.kind {
	case mapping:
		m := make(map[string]any, len(n.below))
		for _, c := range n.below {
			m[c.key] = c.json()
		}
		return m
	case list:
		l := make([]any, 0, len(n.below))
		for _, c := range n.below {
			l = append(l, c.json())
		}
		return l
	}
	if n.text != n.value.Value {
		return n.text
	}
	return scalarOf(n.value)
}

// scalarOf reads a scalar as YAML does, and leaves as text what JSON has no word for.
func scalarOf(y *yaml.Node) any {
	var v any
	switch y.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		if y.Decode(&v) != nil {
			return y.Value
		}
	}
	switch v := v.(type) {
	case nil:
		if y.ShortTag() == "!!null" {
			return nil
		}
	case bool:
		return v
	case int:
		return int64(v)
	case float64:
		if v == v && v-v == 0 { // no infinity
			return v
		}
	}
	return y.Value
}

var nullScalar = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}

// textNode is a scalar that stands in no file.
func textNode(text string) *node {
	return &node{value: &yaml.Node{Kind: yaml.ScalarNode, Value: text}, text: text}
}

func itoa(n int) string { return strconv.Itoa(n) }
