package manifest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// node is a field or an item and where it stands. The nodes of a document are in the order of its text; those between a
// node and its end are below it.
type node struct {
	key  string // of a field
	at   int32  // where it begins: in the text, or in lines and columns when the library found it
	line int32  // by the library; 0: at counts bytes
	end  int32  // the node after those below
}

// open begins a node.
func (c *converter) open(key string, at int) int {
	if !c.marking {
		return 0
	}
	c.nodes = append(c.nodes, node{key: key, at: int32(at)})
	return len(c.nodes) - 1
}

func (c *converter) close(n int) {
	if c.marking {
		c.nodes[n].end = int32(len(c.nodes))
	}
}

// outline is where everything stands in one text.
type outline struct {
	nodes []node
	lines []int32 // where the lines begin; only for long texts
	items []int32 // the items of a list
}

// recent holds the texts that have an outline. An outline is larger than its text, and is asked for again and again
// while one function is reported.
var recent struct {
	mu    sync.Mutex
	texts [512]*text
	next  int
}

// places returns the outline of a text, which is kept for a while.
func (t *text) places() *outline {
	if o := t.outline.Load(); o != nil {
		return o
	}
	o := outlined(t.src)
	t.outline.Store(o)
	recent.mu.Lock()
	defer recent.mu.Unlock()
	if old := recent.texts[recent.next]; old != nil && old != t {
		old.outline.Store(nil)
	}
	recent.texts[recent.next] = t
	recent.next = (recent.next + 1) % len(recent.texts)
	return o
}

// markers are converters that keep nodes.
var markers = sync.Pool{New: func() any { return &converter{marking: true} }}

// outlined reads a text for the places in it. Without any node it could not be read.
func outlined(src string) *outline {
	c := markers.Get().(*converter)
	defer markers.Put(c)
	o := &outline{}
	if _, ok := c.convert(src); ok {
		o.nodes = slices.Clone(c.nodes)
	} else {
		o.nodes = libraryNodes(src)
	}
	if len(src) > 4<<10 {
		o.lines = append(o.lines, 0)
		for i := range len(src) {
			if src[i] == '\n' {
				o.lines = append(o.lines, int32(i+1))
			}
		}
	}
	if items, ok := o.child(0, "items"); ok {
		for n := items + 1; n < o.nodes[items].end; n = o.nodes[n].end {
			o.items = append(o.items, n)
		}
	}
	return o
}

func libraryNodes(src string) []node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil || len(doc.Content) == 0 {
		return nil
	}
	var nodes []node
	var visit func(key string, at, value *yaml.Node, depth int)
	visit = func(key string, at, value *yaml.Node, depth int) {
		n := len(nodes)
		nodes = append(nodes, node{key: key, at: int32(at.Column), line: int32(at.Line)})
		defer func() { nodes[n].end = int32(len(nodes)) }()
		if depth > maxDepth {
			return
		}
		switch value.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(value.Content); i += 2 {
				k := value.Content[i]
				visit(k.Value, k, value.Content[i+1], depth+1)
			}
		case yaml.SequenceNode:
			for _, item := range value.Content {
				visit("", item, item, depth+1)
			}
		}
	}
	visit("", doc.Content[0], doc.Content[0], 0)
	return nodes
}

// place returns line and column of a node, from 1.
func (o *outline) place(src string, n int32) (line, column int) {
	at := &o.nodes[n]
	if at.line > 0 {
		return int(at.line), int(at.at)
	}
	start := 0
	if o.lines != nil {
		i, found := slices.BinarySearch(o.lines, at.at)
		if !found {
			i--
		}
		line, start = i+1, int(o.lines[i])
	} else {
		before := src[:at.at]
		line, start = strings.Count(before, "\n")+1, strings.LastIndexByte(before, '\n')+1
	}
	return line, utf8.RuneCountInString(src[start:at.at]) + 1
}

// find follows a path from a node, as far as it goes.
func (o *outline) find(n int32, path string) int32 {
	for path != "" {
		below, rest, ok := o.step(n, path)
		if !ok {
			return n
		}
		n, path = below, rest
	}
	return n
}

// step follows the first part of a path. A field that has dots in its name may stand in brackets or not.
func (o *outline) step(n int32, path string) (below int32, rest string, ok bool) {
	path = strings.TrimPrefix(path, ".")
	if inner, found := strings.CutPrefix(path, "["); found {
		key, rest, found := strings.Cut(inner, "]")
		if !found {
			return 0, "", false
		}
		key = strings.Trim(key, `"'`)
		if below, ok := o.child(n, key); ok {
			return below, rest, true
		}
		below, ok := o.item(n, key)
		return below, rest, ok
	}
	best := -1
	for c := n + 1; c < o.nodes[n].end; c = o.nodes[c].end {
		key := o.nodes[c].key
		if len(key) <= best || key == "" || !strings.HasPrefix(path, key) {
			continue
		}
		if rest := path[len(key):]; rest == "" || rest[0] == '.' || rest[0] == '[' {
			best, below = len(key), c
		}
	}
	if best < 0 {
		return 0, "", false
	}
	return below, path[best:], true
}

func (o *outline) child(n int32, key string) (int32, bool) {
	if len(o.nodes) == 0 || key == "" {
		return 0, false
	}
	for c := n + 1; c < o.nodes[n].end; c = o.nodes[c].end {
		if o.nodes[c].key == key {
			return c, true
		}
	}
	return 0, false
}

func (o *outline) item(n int32, index string) (int32, bool) {
	i, err := strconv.Atoi(index)
	if err != nil {
		return 0, false
	}
	for c := n + 1; c < o.nodes[n].end; c = o.nodes[c].end {
		if o.nodes[c].key != "" {
			return 0, false
		}
		if i == 0 {
			return c, true
		}
		i--
	}
	return 0, false
}

// Position returns where a field of the object stands in its file, from 1: `spec.containers[0].image`,
// `metadata.labels[app.kubernetes.io/name]`. For a field that is not there it is the nearest one around it.
func (d *Document) Position(path string) (line, column int) {
	if d.text == nil {
		return max(d.Line, 1), 1
	}
	o := d.text.places()
	if len(o.nodes) == 0 {
		return max(d.Line, 1), 1
	}
	root := int32(0)
	for depth, i := range d.items {
		if depth == 0 && i < len(o.items) {
			root = o.items[i]
			continue
		}
		root = o.find(root, "items["+strconv.Itoa(i)+"]")
	}
	line, column = o.place(d.text.src, o.find(root, path))
	return line + d.text.line - 1, cmp.Or(column, 1)
}
