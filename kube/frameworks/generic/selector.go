package generic

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Selector is an element of the configuration's key `plain`: built-in workloads that are functions.
type Selector struct {
	File         string
	Line, Column int
	// Runtime, Handler and Source are cells that the selector gives.
	Runtime, Handler, Source Value

	kinds      []string
	namespaces Globs
	names      Globs
	labels     labels.Selector
}

var plainKinds = []string{"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"}

// ParseSelectors reads the value of the configuration's key `plain`. A bad element is left out and its problems are
// returned; the others work.
func ParseSelectors(file string, node *yaml.Node) ([]Selector, []Problem) {
	r := &reader{file: file}
	if node == nil || node.Kind == 0 || node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return nil, nil
	}
	if node.Kind == yaml.DocumentNode && len(node.Content) == 1 {
		node = node.Content[0]
	}
	var all []Selector
	for _, n := range r.elements(node, "plain") {
		s, problems := parseSelector(file, n)
		if len(problems) == 0 {
			all = append(all, s)
		}
		r.problems = append(r.problems, problems...)
	}
	return all, r.problems
}

func parseSelector(file string, n *yaml.Node) (Selector, []Problem) {
	s := Selector{File: file, Line: n.Line, Column: n.Column}
	r := &entryReader{reader: reader{file: file, entry: "plain"}, e: &Entry{kept: make([][]*use, atJoin)}}
	m := r.mapping(n, "an element of plain")
	if m == nil {
		return s, r.problems
	}
	s.namespaces = r.globs(m.get("namespaces"), "plain.namespaces")
	s.names = r.globs(m.get("names"), "plain.names")
	for _, k := range r.elements(m.get("kinds"), "plain.kinds") {
		if kind := r.word(k, "plain.kinds", plainKinds...); kind != "" {
			s.kinds = append(s.kinds, kind)
		}
	}
	if l := m.get("labels"); l != nil {
		sel, err := labels.Parse(r.text(l, "plain.labels"))
		if err != nil {
			r.failf(l, "plain.labels: %v", err)
		}
		s.labels = sel
	}
	s.Runtime = r.value(m.get("runtime"), "plain.runtime")
	s.Handler = r.value(m.get("handler"), "plain.handler")
	s.Source = r.value(m.get("source"), "plain.source")
	m.done()
	if len(r.problems) == 0 && s.namespaces.IsZero() && s.names.IsZero() && (s.labels == nil || s.labels.Empty()) {
		r.failf(n, "this would make a function of every workload: give namespaces, labels or names")
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return s, r.problems
}

// Match reports whether the selector takes the workload.
func (s *Selector) Match(h *model.Header) bool {
	return (len(s.kinds) == 0 || slices.Contains(s.kinds, h.Kind)) && s.namespaces.Match(h.Namespace) &&
		s.names.Match(h.Name) && (s.labels == nil || s.labels.Matches(h.Labels))
}

// Names reports whether the selector asks for the kind by its name.
func (s *Selector) Names(gk schema.GroupKind) bool { return slices.Contains(s.kinds, gk.Kind) }

// Of reads the value of one object: decoded JSON or a typed object.
func (v *Value) Of(object any) string {
	s, _ := v.first(newDocument(object))
	return s
}
