package mend

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
)

// flow changes what stands between brackets, and writes it anew on one line.
func (t lines) flow(n *yaml.Node, rest []plan.Step, f *plan.Field) (string, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return "", err
	}
	v, err := plain(v)
	if err != nil {
		return "", err
	}
	g := *f
	g.Path = plan.Join(append([]plan.Step{{Key: "v"}}, rest...)...)
	holder := map[string]any{"v": v}
	if err := plan.Apply(holder, []plan.Field{g}); err != nil {
		return "", err
	}
	text, err := inline(holder["v"], n)
	if err != nil {
		return "", err
	}
	line, column, err := t.close(n)
	if err != nil {
		return "", err
	}
	from := n.Line - 1
	return t.with(from, line+1, t[from][:n.Column-1]+text+t[line][column+1:]), nil
}

// inline writes a value in brackets, its keys in the order of the old one.
func inline(v any, old *yaml.Node) (string, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return "", err
	}
	reorder(&n, old)
	n.Style = yaml.FlowStyle
	out, err := yaml.Marshal(&n)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// reorder gives the entries of a map, and of those in it, the order and the style that they had.
func reorder(n, old *yaml.Node) {
	if old == nil || n.Kind != old.Kind {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Value == old.Value {
			n.Style = old.Style
		}
	case yaml.SequenceNode:
		for i := range min(len(n.Content), len(old.Content)) {
			reorder(n.Content[i], old.Content[i])
		}
	case yaml.MappingNode:
		var sorted []*yaml.Node
		seen := map[string]bool{}
		take := func(key, was *yaml.Node) {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == key.Value && !seen[key.Value] {
					seen[key.Value] = true
					reorder(n.Content[i], key)
					reorder(n.Content[i+1], was)
					sorted = append(sorted, n.Content[i], n.Content[i+1])
				}
			}
		}
		for i := 0; i+1 < len(old.Content); i += 2 {
			take(old.Content[i], old.Content[i+1])
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			take(n.Content[i], nil)
		}
		n.Content = sorted
	}
}

// close finds the bracket that ends a flow collection.
func (t lines) close(n *yaml.Node) (line, column int, err error) {
	depth, quote := 0, byte(0)
	column = n.Column - 1
	for line = n.Line - 1; line < len(t); line, column = line+1, 0 {
		for ; column < len(t[line]); column++ {
			c := t[line][column]
			switch {
			case quote == '"' && c == '\\':
				column++
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				if column == 0 || strings.IndexByte(" ,[{:\t", t[line][column-1]) >= 0 {
					quote = c
				}
			case c == '#' && (column == 0 || t[line][column-1] == ' '):
				return 0, 0, errors.New("there are comments between its brackets")
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return line, column, nil
				}
			}
		}
	}
	return 0, 0, errors.New("its brackets do not close")
}
