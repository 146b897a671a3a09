package yaml

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// locate finds the line, from 0, of a field of a YAML text: `spec.containers[0].image`,
// `metadata.labels['app.kubernetes.io/name']`. Of a field that is not there it is the nearest one around it, and whole
// is false. A text that is no YAML has no lines to find: line is below zero.
func locate(text, path string) (line int, whole bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return -1, false
	}
	at, value := 1, doc.Content[0]
	for path = trim(path); path != ""; path = trim(path) {
		key, below, rest := step(value, path)
		if below == nil {
			return at - 1, false
		}
		at, value, path = key.Line, below, rest
	}
	return at - 1, true
}

func trim(path string) string { return strings.TrimPrefix(path, ".") }

// step follows the first part of a path: the node that the operator looks for, the value below it, and what is left of
// the path. A field whose name has dots in it may stand in brackets or not.
func step(n *yaml.Node, path string) (key, below *yaml.Node, rest string) {
	if inner, ok := strings.CutPrefix(path, "["); ok {
		inner, rest, ok = cutBracket(inner)
		if !ok {
			return nil, nil, ""
		}
		if n.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(inner)
			if err != nil || i < 0 || i >= len(n.Content) {
				return nil, nil, ""
			}
			return n.Content[i], n.Content[i], rest
		}
		for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
			if n.Content[i].Value == inner {
				return n.Content[i], n.Content[i+1], rest
			}
		}
		return nil, nil, ""
	}
	if n.Kind != yaml.MappingNode {
		return nil, nil, ""
	}
	best := -1
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if name == "" || len(name) <= best || !strings.HasPrefix(path, name) {
			continue
		}
		if left := path[len(name):]; left == "" || left[0] == '.' || left[0] == '[' {
			best, key, below, rest = len(name), n.Content[i], n.Content[i+1], left
		}
	}
	return key, below, rest
}

// cutBracket takes what stands in a bracket, without its quotes. A quoted name may hold brackets.
func cutBracket(s string) (inner, rest string, ok bool) {
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		if end := strings.Index(s[1:], s[:1]+"]"); end >= 0 {
			return s[1 : 1+end], s[end+3:], true
		}
	}
	inner, rest, ok = strings.Cut(s, "]")
	return strings.Trim(inner, `"'`), rest, ok
}
