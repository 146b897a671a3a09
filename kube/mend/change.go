package mend

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/plan"
)

// lines is a text by lines, each with its end.
type lines []string

func split(text string) lines {
	var all lines
	for l := range strings.Lines(text) {
		all = append(all, l)
	}
	if n := len(all); n > 0 && !strings.HasSuffix(all[n-1], "\n") {
		all[n-1] += "\n"
	}
	return all
}

// place is a node and how it was reached.
type place struct {
	node   *yaml.Node
	parent *yaml.Node
	key    *yaml.Node // of the entry, where parent is a map
}

// change makes one change. Positions that are not where the parser says are no reason to end the program.
func change(text string, f *plan.Field) (out string, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			out, err = "", fmt.Errorf("the document is written in a way that cannot be changed in place: %v", problem)
		}
	}()
	steps, err := plan.ParsePath(f.Path)
	if err != nil {
		return "", err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return "", err
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return "", errors.New("it is no map")
	}
	t := split(text)
	t.measure(&doc)
	way := []place{{node: doc.Content[0]}}
	for len(way) <= len(steps) {
		next, ok := step(way[len(way)-1].node, &steps[len(way)-1])
		if !ok {
			break
		}
		way = append(way, next)
	}
	at, rest := way[len(way)-1], steps[len(way)-1:]
	if f.Remove && len(rest) > 0 {
		return text, nil
	}
	for i := range way {
		if way[i].node.Kind == yaml.AliasNode || way[i].node.Anchor != "" {
			return "", errors.New("it is an anchor or an alias, which stands for other places too")
		}
	}
	for i := range way { // what stands between brackets is written anew, as a whole
		if n := way[i].node; n.Style&yaml.FlowStyle != 0 && len(n.Content) > 0 && i < len(way) && (len(rest) > 0 || i < len(way)-1) {
			return t.flow(n, steps[i:], f)
		}
	}
	if f.Remove {
		return t.remove(way)
	}
	value := f.Value
	if m, ok := value.(map[string]any); ok && len(rest) <= 1 && len(steps) > 0 && steps[len(steps)-1].Of == plan.Element {
		value = element(&steps[len(steps)-1], m)
	}
	if len(rest) == 0 {
		return t.replace(&at, value)
	}
	return t.add(&at, rest, value)
}

// element is an element of a list with the keys that it is told apart by.
func element(s *plan.Step, m map[string]any) map[string]any {
	out := map[string]any{}
	for _, x := range s.Matches() {
		out[x.Key] = x.Typed()
	}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// step follows a path by one step.
func step(n *yaml.Node, s *plan.Step) (place, bool) {
	switch {
	case s.Of == plan.Member && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s.Key {
				return place{n.Content[i+1], n, n.Content[i]}, true
			}
		}
	case s.Of == plan.Place && n.Kind == yaml.SequenceNode && s.Index < len(n.Content):
		return place{node: n.Content[s.Index], parent: n}, true
	case s.Of == plan.Element && n.Kind == yaml.SequenceNode:
		for _, e := range n.Content {
			if !slices.ContainsFunc(s.Matches(), func(x plan.Match) bool {
				v, ok := step(e, &plan.Step{Key: x.Key})
				return !ok || v.node.Value != x.Value
			}) {
				return place{node: e, parent: n}, true
			}
		}
	}
	return place{}, false
}

// nest is the value with the steps around it that lead to it.
func nest(rest []plan.Step, value any) any {
	for i := len(rest) - 1; i >= 0; i-- {
		switch s := &rest[i]; s.Of {
		case plan.Member:
			value = map[string]any{s.Key: value}
		case plan.Place:
			value = []any{value}
		default:
			m, ok := value.(map[string]any)
			if !ok {
				m = map[string]any{}
			}
			value = []any{element(s, m)}
		}
	}
	return value
}

// indentOf counts the spaces before the first word of a line.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func blank(line string) bool {
	s := strings.TrimSpace(line)
	return s == "" || s[0] == '#'
}

// end returns the line after an entry or element that begins at a line (from 0), in a column (from 1): the first one
// that is not indented deeper. Comments and blank lines at its end are not part of it.
func (t lines) end(from, column int, list bool) int {
	last := from + 1
	for i := from + 1; i < len(t); i++ {
		if blank(t[i]) {
			continue
		}
		in := indentOf(t[i])
		dash := strings.HasPrefix(t[i][in:], "- ") || strings.TrimSpace(t[i]) == "-"
		if in < column-1 || in == column-1 && !(list && dash) || strings.HasPrefix(t[i], "---") || strings.HasPrefix(t[i], "...") {
			break
		}
		last = i + 1
	}
	return last
}

func (t lines) with(from, to int, text string) string {
	return strings.Join(t[:from], "") + text + strings.Join(t[to:], "")
}

// entryEnd is where the entry of a map ends.
func (t lines) entryEnd(key, value *yaml.Node) int {
	return t.end(key.Line-1, key.Column, value.Kind == yaml.SequenceNode && value.Style&yaml.FlowStyle == 0)
}

// replace writes another value.
func (t lines) replace(at *place, value any) (string, error) {
	if at.key == nil {
		return t.replaceElement(at, value)
	}
	text, err := entry(at.key.Value, value, at.key.Column-1)
	if err != nil {
		return "", err
	}
	from := at.key.Line - 1
	// What stands before the key, a dash perhaps, stays; so does a comment after a value of one line.
	text = t[from][:at.key.Column-1] + text[at.key.Column-1:]
	to := t.entryEnd(at.key, at.node)
	if c := at.node.LineComment; c != "" && to == from+1 && strings.Count(text, "\n") == 1 {
		text = strings.TrimSuffix(text, "\n") + "  " + c + "\n"
	}
	return t.with(from, to, text), nil
}

func (t lines) replaceElement(at *place, value any) (string, error) {
	if at.parent == nil {
		return "", errors.New("the document as a whole is not replaced")
	}
	dash, err := t.dash(at.node)
	if err != nil {
		return "", err
	}
	text, err := render([]any{value}, dash)
	if err != nil {
		return "", err
	}
	from := at.node.Line - 1
	return t.with(from, t.end(from, dash+1, false), text), nil
}

// dash is the column of the dash of an element, from 0.
func (t lines) dash(n *yaml.Node) (int, error) {
	line := t[n.Line-1]
	i := strings.LastIndex(line[:min(n.Column-1, len(line))], "-")
	if i < 0 || strings.TrimSpace(line[i+1:n.Column-1]) != "" {
		return 0, errors.New("its dash is on a line of its own")
	}
	return i, nil
}

// entry writes a key and its value.
func entry(key string, value any, indent int) (string, error) {
	return render(map[string]any{key: value}, indent)
}

// add writes what is missing.
func (t lines) add(at *place, rest []plan.Step, value any) (string, error) {
	n := at.node
	empty := len(n.Content) == 0
	switch {
	case empty && at.key != nil: // null, {} or []
		return t.replace(at, nest(rest, value))
	case empty:
		return "", errors.New("there is nothing beside which it could stand")
	case n.Kind == yaml.MappingNode && rest[0].Of == plan.Member:
		key, last := n.Content[len(n.Content)-2], n.Content[len(n.Content)-1]
		text, err := entry(rest[0].Key, nest(rest[1:], value), key.Column-1)
		if err != nil {
			return "", err
		}
		to := t.entryEnd(key, last)
		return t.with(to, to, text), nil
	case n.Kind == yaml.SequenceNode && rest[0].Of != plan.Member:
		if rest[0].Of == plan.Place && rest[0].Index != len(n.Content) {
			return "", fmt.Errorf("the list has %d elements: there is no place %d", len(n.Content), rest[0].Index)
		}
		last := n.Content[len(n.Content)-1]
		dash, err := t.dash(last)
		if err != nil {
			return "", err
		}
		text, err := render(nest(rest, value), dash)
		if err != nil {
			return "", err
		}
		to := t.end(last.Line-1, dash+1, false)
		return t.with(to, to, text), nil
	}
	return "", errors.New("what is there is of another kind")
}

// remove takes an entry or an element away. A map or list that would be empty goes with it, unless it is an element.
func (t lines) remove(way []place) (string, error) {
	at := way[len(way)-1]
	if at.key == nil {
		if at.parent == nil {
			return "", errors.New("the document as a whole is not removed")
		}
		dash, err := t.dash(at.node)
		if err != nil {
			return "", err
		}
		if len(at.parent.Content) == 1 && len(way) > 1 {
			return t.replace(&way[len(way)-2], []any{})
		}
		from := at.node.Line - 1
		return t.with(from, t.end(from, dash+1, false), ""), nil
	}
	if len(at.parent.Content) == 2 {
		if len(way) < 2 || way[len(way)-2].parent == nil {
			return "", errors.New("the document would be empty")
		}
		return t.replace(&way[len(way)-2], map[string]any{})
	}
	from, to := at.key.Line-1, t.entryEnd(at.key, at.node)
	before := t[from][:at.key.Column-1]
	if strings.TrimSpace(before) == "" {
		return t.with(from, to, ""), nil
	}
	// The first entry of an element: the next one takes its place beside the dash.
	next := at.parent.Content[2]
	if at.parent.Content[0] != at.key || next.Line-1 < to {
		return "", errors.New("several entries stand on one line")
	}
	return t.with(from, next.Line, strings.Join(t[to:next.Line-1], "")+before+t[next.Line-1][next.Column-1:]), nil
}

// measure has columns count bytes instead of characters.
func (t lines) measure(n *yaml.Node) {
	if n.Line > 0 && n.Line <= len(t) {
		at, seen := len(t[n.Line-1]), 0
		for i := range t[n.Line-1] {
			if seen++; seen == n.Column {
				at = i
				break
			}
		}
		n.Column = at + 1
	}
	for _, c := range n.Content {
		t.measure(c)
	}
}
