package detect

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Leaf is a value in a document, and the kind of credential that it looks like.
type Leaf struct {
	Path string // `spec.triggers[0].metadata.password`
	Name string // what the value goes by: its key, or the name beside it in `{name, value}`
	Kind string // empty: none as things are, but one if an operator's expression matches the name
}

const (
	maxLeaves = 64 // of each sort
	maxDepth  = 24
)

// Tree finds credentials in a document as JSON is decoded: in objects, lists and strings. Fields that skip names, by
// their path, are left out with all below them; it may be nil.
func Tree(document any, skip func(path string) bool) []Leaf {
	w := walker{skip: skip}
	w.walk("", "", document, 0)
	return w.found
}

type walker struct {
	skip       func(path string) bool
	found      []Leaf
	hits, open int
}

func (w *walker) walk(path, name string, v any, depth int) {
	if depth > maxDepth || w.hits >= maxLeaves || w.skip != nil && path != "" && w.skip(path) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		w.object(path, v, depth)
	case []any:
		for i, e := range v {
			w.walk(path+"["+strconv.Itoa(i)+"]", name, e, depth+1)
		}
	case string:
		kind, open := look(name, v)
		switch {
		case kind != "":
			w.hits++
		case open && w.open < maxLeaves:
			w.open++
		default:
			return
		}
		w.found = append(w.found, Leaf{Path: path, Name: name, Kind: kind})
	}
}

func (w *walker) object(path string, v map[string]any, depth int) {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	named, _ := v["name"].(string)
	for _, k := range keys {
		name := k
		if k == "value" && named != "" {
			name = named
		}
		w.walk(field(path, k), name, v[k], depth+1)
	}
}

// field joins a path and a key, which is quoted where it could be mistaken for a path.
func field(path, key string) string {
	if strings.ContainsAny(key, "./[]") {
		return path + "['" + key + "']"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// Value is Literal for values that may be whole documents: configuration files and JSON are looked into.
func Value(name, value string, own *Names) string {
	kind, open := look(name, value)
	if kind == "" && open && own.Own(name) {
		return KindNamed
	}
	return kind
}

func look(name, value string) (kind string, open bool) {
	if kind, open = judge(name, value); kind != "" || !strings.Contains(value, "\n") {
		return kind, open
	}
	if hits := Config(value); len(hits) > 0 {
		return hits[0].Kind, false
	}
	return "", open
}

// inJSON looks into a value that is a JSON document.
func inJSON(name, v string) (kind string, open bool) {
	var document any
	if json.Unmarshal([]byte(v), &document) != nil {
		return "", false
	}
	switch document.(type) {
	case map[string]any, []any:
	default:
		return "", false
	}
	w := walker{}
	w.walk("", name, document, maxDepth/2)
	for _, l := range w.found {
		if l.Kind != "" {
			return l.Kind, false
		}
	}
	return "", false
}
