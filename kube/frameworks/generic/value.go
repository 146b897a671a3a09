package generic

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks"
)

// place is where a path is read: the function's object, its workloads, or a join.
type place int

const (
	atFunction place = iota
	atWorkload
	atJoin // the first join; the others follow
)

// use is one path of the configuration in its place. The values at the paths of an object are kept in the order of
// slot; slot is -1 for paths that are read at once or not at all.
type use struct {
	path    *Path
	place   place
	slot    int
	element *each // the rule whose elements the path is relative to; nil: the whole object
	what    string
	line    int
	column  int
	write   bool // a field that a fix changes
}

// scope gives the values of paths.
type scope interface{ results(u *use) []scalar }

// results makes a document a scope: paths are read from it at once.
func (d document) results(u *use) []scalar { return d.read(u.path) }

// term is one way to get a value.
type term struct {
	rule    string // as it is shown by explain
	literal string
	isText  bool
	from    []*use
	format  []piece
	match   *regexp.Regexp
	group   int
}

// piece is a part of a format: a text, or the number of a source.
type piece struct {
	text   string
	source int // -1: text
}

// Value is a list of ways to get a text; the first that gives one counts.
type Value struct{ terms []term }

// IsZero reports whether the configuration has no such value.
func (v *Value) IsZero() bool { return len(v.terms) == 0 }

// first returns the first text, and the rule that gave it.
func (v *Value) first(s scope) (result, rule string) {
	for i := range v.terms {
		if all := v.terms[i].all(s); len(all) > 0 {
			return all[0], v.terms[i].rule
		}
	}
	return "", ""
}

// all returns all texts that the first fruitful way gives.
func (v *Value) all(s scope) (results []string, rule string) {
	for i := range v.terms {
		if all := v.terms[i].all(s); len(all) > 0 {
			return all, v.terms[i].rule
		}
	}
	return nil, ""
}

func (t *term) all(s scope) []string {
	switch {
	case t.isText:
		return []string{t.literal}
	case t.format != nil:
		if one := t.formatted(s); one != "" {
			return []string{one}
		}
		return nil
	}
	var all []string
	for _, got := range s.results(t.from[0]) {
		if got.text == "" {
			continue
		}
		if t.match == nil {
			all = append(all, got.text)
		} else if m := t.match.FindStringSubmatch(got.text); m != nil && m[t.group] != "" {
			all = append(all, m[t.group])
		}
	}
	return all
}

// formatted is empty unless every source has a text.
func (t *term) formatted(s scope) string {
	texts := make([]string, len(t.from))
	for i, u := range t.from {
		for _, got := range s.results(u) {
			if got.text != "" {
				texts[i] = got.text
				break
			}
		}
		if texts[i] == "" {
			return ""
		}
	}
	var b strings.Builder
	for _, p := range t.format {
		if p.source < 0 {
			b.WriteString(p.text)
		} else {
			b.WriteString(texts[p.source])
		}
	}
	return frameworks.Text(b.String())
}

// value reads a value: a path, a map that says how, or a list of these.
func (r *entryReader) value(n *yaml.Node, what string) Value {
	var v Value
	if n == nil {
		return v
	}
	if n.Kind != yaml.SequenceNode {
		if t, ok := r.term(n, what); ok {
			v.terms = []term{t}
		}
		return v
	}
	if len(n.Content) == 0 {
		r.failf(n, "%s is an empty list", what)
	}
	for _, e := range r.elements(n, what) {
		if t, ok := r.term(e, what); ok {
			v.terms = append(v.terms, t)
		}
	}
	return v
}

func (r *entryReader) term(n *yaml.Node, what string) (term, bool) {
	switch n.Kind {
	case yaml.ScalarNode:
		u := r.path(n, what, r.place)
		if u == nil {
			return term{}, false
		}
		return term{from: []*use{u}, rule: u.path.text}, true
	case yaml.MappingNode:
		before := len(r.problems)
		t := r.termMap(n, what)
		return t, len(r.problems) == before
	}
	r.failf(n, "%s must be a path, a map or a list of these, not %s", what, describe(n))
	return term{}, false
}

var termKeys = []string{"value", "path", "from", "label", "annotation"}

func (r *entryReader) termMap(n *yaml.Node, what string) term {
	m := r.mapping(n, what)
	var t term
	at := r.at(m, r.place)
	count := 0
	for _, k := range termKeys {
		if m.has(k) {
			count++
		}
	}
	if count != 1 {
		r.failf(n, "%s must have one of the keys %s", what, strings.Join(termKeys, " "))
	}
	if l, ok := r.literal(m.get("value"), what+".value"); ok {
		t.isText, t.literal, t.rule = true, l.text, "value: "+l.text
	}
	if u := m.get("path"); u != nil {
		t.use(r.path(u, what+".path", at))
	}
	for _, k := range []string{"label", "annotation"} {
		if key := r.text(m.get(k), what+"."+k); key != "" {
			p := &Path{text: k + ": " + key, segments: []segment{{key: "metadata"}, {key: k + "s"}, {key: key}}}
			element := r.element
			r.element = nil // labels are those of the object, also where a rule is about its elements
			t.use(r.register(p, m.values[k], what, at))
			r.element = element
		}
	}
	r.source(m, &t, what, at)
	m.done()
	return t
}

func (t *term) use(u *use) {
	if u != nil {
		t.from = append(t.from, u)
		t.rule = u.path.text
	}
}

// source reads from with format, or from with match and group.
func (r *entryReader) source(m *mapping, t *term, what string, at place) {
	from, format, match, group := m.get("from"), m.get("format"), m.get("match"), m.get("group")
	if from == nil {
		if format != nil || match != nil || group != nil {
			r.failf(m.node, "%s: format, match and group need the key from", what)
		}
		return
	}
	nodes := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		nodes = r.elements(from, what+".from")
	}
	for _, n := range nodes {
		t.use(r.path(n, what+".from", at))
	}
	switch {
	case len(nodes) == 0:
		r.failf(from, "%s.from is an empty list", what)
	case format != nil && (match != nil || group != nil):
		r.failf(format, "%s: format and match exclude each other", what)
	case format != nil:
		t.format = r.format(format, what+".format", len(nodes))
		t.rule = "format: " + format.Value
	case len(nodes) != 1:
		r.failf(from, "%s: several sources need a format", what)
	default:
		t.match, t.group = r.expression(match, group, what)
		if match != nil {
			t.rule += " match: " + match.Value
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func (r *entryReader) format(n *yaml.Node, what string, sources int) []piece {
	s := r.text(n, what)
	pieces := []piece{}
	for s != "" {
		loc := placeholder.FindStringIndex(s)
		if loc == nil {
			return append(pieces, piece{text: s, source: -1})
		}
		if loc[0] > 0 {
			pieces = append(pieces, piece{text: s[:loc[0]], source: -1})
		}
		i, err := strconv.Atoi(s[loc[0]+1 : loc[1]-1])
		if err != nil || i < 0 || i >= sources {
			r.failf(n, "%s: %s is none of the %d sources; the first is {0}", what, short(s[loc[0]:loc[1]]), sources)
			return pieces
		}
		pieces = append(pieces, piece{source: i})
		s = s[loc[1]:]
	}
	return pieces
}

// expression reads match and group. RE2 is linear in the text, so that no expression can hang the console.
func (r *entryReader) expression(match, group *yaml.Node, what string) (*regexp.Regexp, int) {
	if match == nil {
		if group != nil {
			r.failf(group, "%s.group needs the key match", what)
		}
		return nil, 0
	}
	re := r.regexp(match, what+".match")
	n := r.count(group, what+".group", 0, 20)
	if re != nil && n > re.NumSubexp() {
		r.failf(group, "%s.match has %d groups, there is no group %d", what, re.NumSubexp(), n)
		return re, 0
	}
	return re, n
}

func (r *reader) regexp(n *yaml.Node, what string) *regexp.Regexp {
	s := r.text(n, what)
	if s == "" {
		return nil
	}
	if len(s) > maxPathText {
		r.failf(n, "%s is longer than %d bytes", what, maxPathText)
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		r.failf(n, "%s: %v", what, err)
		return nil
	}
	return re
}

// count reads a number within bounds; absent is the lower bound.
func (r *reader) count(n *yaml.Node, what string, low, high int) int {
	if n == nil {
		return low
	}
	i, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || i < low || i > high {
		r.failf(n, "%s must be a number from %d to %d, not %s", what, low, high, describe(n))
		return low
	}
	return i
}

// path reads one path and registers it.
func (r *entryReader) path(n *yaml.Node, what string, at place) *use {
	if n == nil {
		return nil
	}
	s := r.text(n, what)
	if s == "" {
		return nil
	}
	if s[0] != '.' && s[0] != '[' {
		r.failf(n, "%s: %s is no path: paths begin with a dot; a fixed text is written {value: %s}", what, short(s), s)
		return nil
	}
	p, err := ParsePath(s)
	if err != nil {
		r.failf(n, "%s: %s: %v", what, short(s), err)
		return nil
	}
	return r.register(p, n, what, at)
}
