package generic

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// MaxEntries is the number of frameworks that the configuration may have.
const MaxEntries = 32

// Parse reads the value of the configuration's key `frameworks`, or a file of the folder frameworks.d: one entry, a
// list of them, or a map with the key `frameworks`. A bad entry is left out and its problems are returned; the
// others work.
func Parse(file string, node *yaml.Node) ([]Entry, []Problem) {
	r := &reader{file: file}
	if node == nil || node.Kind == 0 {
		return nil, nil
	}
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return nil, nil
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "frameworks" {
		node = node.Content[1]
	}
	nodes := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		nodes = node.Content
	}
	if len(nodes) > MaxEntries {
		r.failf(nodes[MaxEntries], "more than %d frameworks: the rest is off", MaxEntries)
		nodes = nodes[:MaxEntries]
	}
	var entries []Entry
	problems := r.problems
	for _, n := range nodes {
		e, found := parseEntry(file, n)
		if len(found) == 0 {
			entries = append(entries, *e)
		}
		problems = append(problems, found...)
	}
	entries, twice := Unique(entries)
	return entries, append(problems, twice...)
}

// Unique leaves out entries whose name an earlier one has, and those past MaxEntries. It is for entries that were
// read from several files.
func Unique(entries []Entry) ([]Entry, []Problem) {
	var kept []Entry
	var problems []Problem
	for i := range entries {
		e := &entries[i]
		why := ""
		first := slices.IndexFunc(kept, func(k Entry) bool { return k.Name == e.Name })
		switch {
		case first >= 0:
			why = fmt.Sprintf("the name is taken by %s:%d", kept[first].File, kept[first].Line)
		case len(kept) == MaxEntries:
			why = fmt.Sprintf("more than %d frameworks", MaxEntries)
		default:
			kept = append(kept, *e)
			continue
		}
		problems = append(problems, Problem{File: e.File, Line: e.Line, Column: e.Column, Entry: e.Name, Message: why})
	}
	return kept, problems
}

// entryReader reads one entry. place and element are where a path that is read next belongs.
type entryReader struct {
	reader
	e       *Entry
	place   place
	element *each
	keep    bool // values at the paths are kept with the objects
	write   bool // the paths are fields that a fix changes
}

var (
	nameText    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)
	kindText    = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,62}$`)
	groupText   = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$`)
	versionText = regexp.MustCompile(`^v[1-9][0-9]{0,3}((alpha|beta)[1-9][0-9]{0,3})?$`)
)

func parseEntry(file string, n *yaml.Node) (*Entry, []Problem) {
	r := &entryReader{reader: reader{file: file}, e: &Entry{File: file, Line: n.Line, Column: n.Column}}
	m := r.mapping(n, "a framework")
	if m == nil {
		return nil, r.problems
	}
	if name := m.values["name"]; name != nil && nameText.MatchString(name.Value) {
		r.entry = name.Value
	}
	r.e.Name = r.matching(m.need("name"), "name", nameText.MatchString, "small letters, digits and dashes, at most 20")
	if slices.Contains(builtIn, r.e.Name) {
		r.failf(m.values["name"], "name %q belongs to a built-in framework", r.e.Name)
	}
	r.joins(m.get("joins")) // first: later keys name them
	r.e.kept = make([][]*use, int(atJoin)+len(r.e.joins))
	r.e.eaches = make([][]*each, len(r.e.kept))
	r.joinPaths(m.get("joins"))
	r.function(m.need("function"))
	r.keep = true
	r.cells(m)
	r.objects(m)
	r.rules(m)
	r.keep = false
	r.operations(m)
	m.done()
	if len(r.problems) == 0 && len(r.e.workloads) == 0 && r.e.podSpec == nil {
		r.failf(n, "nothing says what runs the function: give workloads or podSpec")
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.e, r.problems
}

// register notes a path with the place where its values are to be kept.
func (r *entryReader) register(p *Path, n *yaml.Node, what string, at place) *use {
	u := &use{path: p, place: at, slot: -1, what: what, line: n.Line, column: n.Column, write: r.write}
	r.e.uses = append(r.e.uses, u)
	inside := r.element != nil && at == r.element.place
	if inside {
		u.element = r.element
	}
	switch {
	case !r.keep:
	case inside:
		u.slot = len(r.element.uses)
		r.element.uses = append(r.element.uses, u)
	default:
		u.slot = len(r.e.kept[at])
		r.e.kept[at] = append(r.e.kept[at], u)
	}
	return u
}

// at reads the key `at` of a map.
func (r *entryReader) at(m *mapping, standard place) place {
	n := m.get("at")
	s := r.text(n, m.what+".at")
	switch s {
	case "":
		return standard
	case "function":
		return atFunction
	case "workload":
		return atWorkload
	}
	for i := range r.e.joins {
		if r.e.joins[i].name == s {
			return atJoin + place(i)
		}
	}
	r.failf(n, "%s.at: there is no join %s; it is function, workload or the name of a join", m.what, short(s))
	return standard
}

func (r *entryReader) groupKind(m *mapping, must bool) schema.GroupKind {
	var gk schema.GroupKind
	if n := m.get("group"); n != nil && (n.Kind != yaml.ScalarNode || n.Value != "") {
		gk.Group = r.matching(n, m.what+".group", groupText.MatchString, "an API group such as apps or keda.sh")
	}
	n := m.get("kind")
	if n == nil && must && !m.has("kind") {
		r.failf(m.node, "%s needs the key \"kind\"", m.what)
	}
	gk.Kind = r.matching(n, m.what+".kind", kindText.MatchString, "a kind such as Deployment")
	if gk.Group == "" && gk.Kind == "Secret" {
		r.failf(n, "%s.kind: Secrets are never read", m.what)
	}
	return gk
}

func (r *entryReader) versions(m *mapping, must bool) []string {
	n := m.get("versions")
	var all []string
	for _, e := range r.elements(n, m.what+".versions") {
		if s := r.matching(e, m.what+".versions", versionText.MatchString, "a version such as v1beta1"); s != "" {
			all = append(all, s)
		}
	}
	if must && len(all) == 0 && (n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0) {
		r.failf(m.node, "%s needs the key \"versions\"", m.what)
	}
	return all
}

func (r *entryReader) function(n *yaml.Node) {
	if n == nil {
		return
	}
	m := r.mapping(n, "function")
	if m == nil {
		return
	}
	t := &r.e.function
	t.GroupKind = r.groupKind(m, true)
	t.versions = r.versions(m, true)
	if n := m.get("labels"); n != nil {
		t.labelText = r.text(n, "function.labels")
		sel, err := labels.Parse(t.labelText)
		if err != nil {
			r.failf(n, "function.labels: %v", err)
		}
		t.labels = sel
	}
	if n := m.get("fields"); n != nil {
		r.fieldSelector(n)
	}
	keys, values := r.textMap(m.get("annotations"), "function.annotations")
	for _, k := range keys {
		t.annotations = append(t.annotations, annotation{k, values[k]})
	}
	r.place = atFunction
	t.where = r.conditions(m.get("where"), "function.where")
	for i := range t.where {
		if t.where[i].use.place != atFunction {
			r.failf(m.values["where"], "function.where: conditions are about the function's own object: no at")
		}
	}
	t.namespaces = r.globs(m.get("namespaces"), "function.namespaces")
	t.names = r.globs(m.get("names"), "function.names")
	m.done()
}

// fieldSelector reads a selector that the API server evaluates. It is evaluated here too, because objects that the
// store reads for everybody come without it.
func (r *entryReader) fieldSelector(n *yaml.Node) {
	t := &r.e.function
	t.fieldText = r.text(n, "function.fields")
	sel, err := fields.ParseSelector(t.fieldText)
	if err != nil {
		r.failf(n, "function.fields: %v", err)
		return
	}
	t.fields = sel
	for _, q := range sel.Requirements() {
		p, err := ParsePath("." + strings.TrimPrefix(q.Field, "."))
		if err != nil {
			r.failf(n, "function.fields: %s: %v", short(q.Field), err)
			continue
		}
		t.fieldUses = append(t.fieldUses, r.register(p, n, "function.fields", atFunction))
	}
}
