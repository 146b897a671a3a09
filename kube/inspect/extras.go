package inspect

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
)

const (
	// maxFound bounds the values in one cell, maxCell its bytes.
	maxFound = 16
	maxCell  = 256
)

// Extra is a column of the operator's own: what a path leads to in every object.
type Extra struct {
	Title string
	path  *generic.Path
}

// Extras are the operator's own columns by the name of what a table shows: `pods`, or `certificates.cert-manager.io`.
type Extras map[string][]Extra

// Own are the columns of one table.
type Own []Extra

// escaped are the keys that kubectl writes with a backslash before their dots.
var escaped = regexp.MustCompile(`^(\.metadata\.(?:labels|annotations))\.((?:[-A-Za-z0-9_/]|\\\.)+)$`)

// NewExtra makes a column of a path as kubectl has it: `.spec.replicas`, with or without `{}` and `$`.
func NewExtra(title, path string) (Extra, error) {
	path = strings.TrimSpace(path)
	if inner, ok := strings.CutPrefix(path, "{"); ok {
		path = strings.TrimSpace(strings.TrimSuffix(inner, "}"))
	}
	path = strings.TrimPrefix(path, "$")
	if m := escaped.FindStringSubmatch(path); m != nil {
		path = m[1] + "['" + strings.ReplaceAll(m[2], `\.`, ".") + "']"
	}
	p, err := generic.ParsePath(path)
	if err != nil {
		return Extra{}, err
	}
	return Extra{Title: title, path: p}, nil
}

// Of returns the columns for a kind. For Secrets there are none: a path could lead to what they hold.
func (e Extras) Of(kind schema.GroupKind, resource string) Own {
	if kind == frameworks.Secret {
		return nil
	}
	if own := e[resource+"."+kind.Group]; kind.Group != "" && own != nil {
		return own
	}
	return e[resource]
}

// Objects reports whether the columns need more than the metadata of the objects.
func (o Own) Objects() bool {
	return slices.ContainsFunc(o, func(e Extra) bool { return !strings.HasPrefix(e.path.String(), ".metadata.") })
}

// Columns puts the operator's own behind those of the server, or in the place of one with the same name.
func (o Own) Columns(all []Column) []Column {
	all = slices.Clone(all)
	for _, e := range o {
		c := Column{Name: e.Title, Type: "string"}
		if i := indexOf(all, e.Title); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}
	return all
}

func indexOf(all []Column, title string) int {
	return slices.IndexFunc(all, func(c Column) bool { return strings.EqualFold(c.Name, title) })
}

// cellsOf fills in the cells of an object that is still JSON.
func (o Own) cellsOf(raw []byte, cells []string, columns []Column) []string {
	if len(o) == 0 {
		return cells
	}
	var object map[string]any
	_ = json.Unmarshal(raw, &object) // a row without an object has empty cells
	return o.Cells(object, cells, columns)
}

// Cells fills in the cells of an object. What looks like a credential is hidden first, which changes the object.
func (o Own) Cells(object map[string]any, cells []string, columns []Column) []string {
	Hide(object)
	out := make([]string, len(columns))
	copy(out, cells)
	for _, e := range o {
		if i := indexOf(columns, e.Title); i >= 0 {
			out[i] = e.text(object)
		}
	}
	return out
}

func (e Extra) text(object map[string]any) string {
	var b strings.Builder
	for _, v := range e.path.Find(object, maxFound) {
		if b.Len() > maxCell {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(shown(v))
	}
	return frameworks.Cut(b.String(), maxCell)
}

// shown is a value as a cell has it: maps and lists as JSON.
func shown(v any) string {
	switch v.(type) {
	case map[string]any, []any:
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return fmt.Sprint(v)
		}
		return strings.TrimSpace(b.String())
	}
	return cell(v)
}
