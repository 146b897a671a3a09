package generic

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Schemas gives what an API server publishes about its kinds.
type Schemas interface {
	// Served lists the versions in which the server serves the kind, in its order of preference; none when it does
	// not.
	Served(gk schema.GroupKind) ([]string, error)
	// Document returns the OpenAPI v3 document of the group version, as JSON.
	Document(gv schema.GroupVersion) ([]byte, error)
}

// Finding is what a server's schemas say about one path of an entry.
type Finding struct {
	Problem         // where the path is written; Message is empty for what was found
	What    string  // the key that it belongs to: image, fixes …
	Path    string  // as written
	Kind    string  // the kind that it was looked up in
	Verdict Verdict // Unserved: the kind is not served, so that nothing could be looked up
}

// Check looks up every path of the entry in the served schemas. Findings are in the order of the file.
func Check(e Entry, s Schemas) ([]Finding, error) {
	c := &checker{e: &e, s: s, documents: map[schema.GroupVersion]*schemaDocument{}, kinds: map[schema.GroupKind]*kindSchema{}}
	var all []Finding
	for _, u := range e.uses {
		f, err := c.check(u)
		if err != nil {
			return all, err
		}
		if f != nil && !slices.Contains(all, *f) {
			all = append(all, *f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all, nil
}

type checker struct {
	e         *Entry
	s         Schemas
	documents map[schema.GroupVersion]*schemaDocument
	kinds     map[schema.GroupKind]*kindSchema
}

// kindSchema is the schema of one kind; its node is nil when the kind is not served.
type kindSchema struct {
	gvk      schema.GroupVersionKind
	document *schemaDocument
	node     *schemaNode
}

func (c *checker) check(u *use) (*Finding, error) {
	segments := u.path.segments
	if u.element != nil {
		segments = append(slices.Clone(u.element.path.path.segments), segments...)
	}
	f := &Finding{
		Problem: Problem{File: c.e.File, Line: u.line, Column: u.column, Entry: c.e.Name},
		What:    u.what, Path: u.path.text, Verdict: Unserved,
	}
	missing := ""
	for _, k := range c.kindsAt(u.place) {
		ks, err := c.schemaOf(k.GroupKind, k.versions)
		if err != nil {
			return nil, err
		}
		if ks.node == nil {
			if f.Verdict == Unserved {
				f.Kind = k.String()
				f.Message = fmt.Sprintf("the server does not serve %s", k)
			}
			continue
		}
		verdict, at := ks.document.follow(ks.node, segments)
		if verdict != NotThere { // one of several kinds that has it is enough
			f.Verdict, f.Kind, f.Message = verdict, ks.gvk.String(), ""
			return f, nil
		}
		f.Verdict, f.Kind, missing = NotThere, ks.gvk.String(), at
	}
	if f.Verdict == NotThere {
		f.Message = fmt.Sprintf("%s: %s has no field %s, at %s", u.what, f.Kind, u.path.text, missing)
		if u.write {
			f.Message += "; the server would drop what is written there"
		}
	}
	if f.Kind == "" {
		return nil, nil // the kinds of the place are known only with objects
	}
	return f, nil
}

type versionedKind struct {
	schema.GroupKind
	versions []string
}

// kindsAt lists the kinds whose objects are read in a place.
func (c *checker) kindsAt(p place) []versionedKind {
	e := c.e
	switch {
	case p == atFunction:
		return []versionedKind{{e.function.GroupKind, e.function.versions}}
	case p >= atJoin:
		j := &e.joins[p-atJoin]
		return []versionedKind{{j.GroupKind, j.versions}}
	}
	var all []versionedKind
	for i := range e.workloads {
		w := &e.workloads[i]
		switch {
		case w.role != model.Run:
		case w.Kind != "":
			all = append(all, versionedKind{w.GroupKind, nil})
		case w.by == byRef:
			all = append(all, versionedKind{frameworks.Deployment, nil}, versionedKind{frameworks.StatefulSet, nil})
		}
	}
	return all
}

func (c *checker) schemaOf(gk schema.GroupKind, versions []string) (*kindSchema, error) {
	if have := c.kinds[gk]; have != nil {
		return have, nil
	}
	served, err := c.s.Served(gk)
	if err != nil {
		return nil, fmt.Errorf("find the versions of %s: %w", gk, err)
	}
	ks := &kindSchema{}
	c.kinds[gk] = ks
	version := ""
	for _, v := range versions {
		if slices.Contains(served, v) {
			version = v
			break
		}
	}
	if len(versions) == 0 && len(served) > 0 {
		version = served[0]
	}
	if version == "" {
		return ks, nil
	}
	ks.gvk = gk.WithVersion(version)
	gv := ks.gvk.GroupVersion()
	if c.documents[gv] == nil {
		raw, err := c.s.Document(gv)
		if err != nil {
			return nil, fmt.Errorf("read the schema of %s: %w", gv, err)
		}
		if c.documents[gv], err = parseDocument(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", gv, err)
		}
	}
	ks.document = c.documents[gv]
	ks.node = ks.document.kind(ks.gvk)
	return ks, nil
}
