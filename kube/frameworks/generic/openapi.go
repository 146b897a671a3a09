package generic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

const maxSchemaBytes = 64 << 20

// schemaNode is the part of an OpenAPI v3 schema that tells which fields there are.
type schemaNode struct {
	Ref        string                 `json:"$ref"`
	AllOf      []*schemaNode          `json:"allOf"`
	Properties map[string]*schemaNode `json:"properties"`
	Items      *schemaNode            `json:"items"`
	Additional json.RawMessage        `json:"additionalProperties"`
	Type       string                 `json:"type"`
	Preserve   bool                   `json:"x-kubernetes-preserve-unknown-fields"`
	Kinds      []struct {
		Group, Version, Kind string
	} `json:"x-kubernetes-group-version-kind"`
}

// schemaDocument is what an API server publishes for one group version.
type schemaDocument struct {
	Components struct {
		Schemas map[string]*schemaNode `json:"schemas"`
	} `json:"components"`
}

func parseDocument(raw []byte) (*schemaDocument, error) {
	if len(raw) > maxSchemaBytes {
		return nil, fmt.Errorf("the schema is larger than %d MiB", maxSchemaBytes>>20)
	}
	d := &schemaDocument{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return d, nil
}

// kind returns the schema of a kind, nil when the document has none.
func (d *schemaDocument) kind(gvk schema.GroupVersionKind) *schemaNode {
	for _, n := range d.Components.Schemas {
		if n == nil {
			continue
		}
		for _, k := range n.Kinds {
			if k.Group == gvk.Group && k.Version == gvk.Version && k.Kind == gvk.Kind && n.Properties["metadata"] != nil {
				return n
			}
		}
	}
	return nil
}

// forms lists the schema and all that it refers to: together they describe one value.
func (d *schemaDocument) forms(n *schemaNode) []*schemaNode {
	all := []*schemaNode{n}
	for i := 0; i < len(all) && i < maxSegments; i++ {
		if all[i] == nil {
			continue
		}
		if name, ok := strings.CutPrefix(all[i].Ref, "#/components/schemas/"); ok {
			all = append(all, d.Components.Schemas[name])
		}
		all = append(all, all[i].AllOf...)
	}
	return slices.DeleteFunc(all, func(n *schemaNode) bool { return n == nil })
}

// Verdict is what a schema says about a path.
type Verdict string

// The verdicts. Open is a place below a field whose content the schema leaves open: it may be there.
const (
	Found    Verdict = "found"
	Open     Verdict = "open"
	NotThere Verdict = "missing"
	Unserved Verdict = "unserved"
)

// follow walks a path from a schema. Where it ends it names the segment that is not there.
func (d *schemaDocument) follow(n *schemaNode, segments []segment) (Verdict, string) {
	for i := range segments {
		s := &segments[i]
		forms := d.forms(n)
		next, open := d.step(forms, s)
		if next != nil && s.kind == byFilter {
			keys := make([]segment, len(s.filter))
			for j, k := range s.filter {
				keys[j].key = k
			}
			if v, at := d.follow(next, keys); v == NotThere {
				return v, at
			}
		}
		switch {
		case next == nil && open:
			return Open, ""
		case next == nil:
			return NotThere, s.String()
		}
		n = next
	}
	return Found, ""
}

// step returns the schema of what the segment leads to, nil when there is none; open when the schema does not say.
func (d *schemaDocument) step(forms []*schemaNode, s *segment) (next *schemaNode, open bool) {
	typed := false
	for _, f := range forms {
		typed = typed || f.Type != "" || f.Properties != nil || f.Items != nil
		switch s.kind {
		case byKey:
			if p := f.Properties[s.key]; p != nil {
				return p, false
			}
		default:
			if f.Items != nil {
				return f.Items, false
			}
		}
		if s.kind == byKey || s.kind == byAll || s.kind == byFilter {
			if a := f.additional(); a != nil {
				return a, false
			}
		}
		open = open || f.Preserve || string(f.Additional) == "true"
	}
	return nil, open || !typed
}

func (n *schemaNode) additional() *schemaNode {
	if len(n.Additional) == 0 || n.Additional[0] != '{' {
		return nil
	}
	a := &schemaNode{}
	if err := json.Unmarshal(n.Additional, a); err != nil {
		return nil
	}
	return a
}

// String prints the segment as a path has it.
func (s *segment) String() string {
	switch s.kind {
	case byIndex:
		return fmt.Sprintf("[%d]", s.index)
	case byAll:
		return "[*]"
	case byFilter:
		return "[?(@." + strings.Join(s.filter, ".") + ")]"
	}
	return "." + s.key
}
