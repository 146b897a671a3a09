package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// Table is a table that the server made of objects of any kind.
type Table struct {
	Group, Kind, Resource string
	Namespaced            bool
	Columns               []Column
	Rows                  []TableRow
	More                  bool // there are more objects than a table shows
}

// Column is one column of Table. Priority 0 is always shown.
type Column struct {
	Name, Type string
	Priority   int
}

// TableRow is one object of a Table.
type TableRow struct {
	Target Target
	Cells  []string
}

// AmbiguousError says that a word names kinds of several groups.
type AmbiguousError struct {
	Word  string
	Names []string // resource.group of each
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q is served by several groups: %s", e.Word, strings.Join(e.Names, ", "))
}

// UnknownKindError says that the server serves nothing of that name.
type UnknownKindError struct{ Word, Context string }

func (e *UnknownKindError) Error() string {
	return fmt.Sprintf("%s serves no kind %q", e.Context, e.Word)
}

// maxRows bounds one table of any kind.
const maxRows = 5000

// List asks the server for a table of any kind, by kind, plural or short name with an optional group. No namespaces
// means all.
func (r *Reader) List(ctx context.Context, contextName, word string, namespaces []string) (*Table, error) {
	c, ok := r.clusters.Cluster(contextName)
	if !ok {
		return nil, fmt.Errorf("context %q is not open", contextName)
	}
	apis := c.APIs()
	if apis == nil {
		return nil, fmt.Errorf("%s has not told its APIs yet", contextName)
	}
	api, err := resolve(apis, contextName, word)
	if err != nil {
		return nil, err
	}
	if len(namespaces) == 0 || !api.Namespaced {
		namespaces = []string{""}
	}
	t := &Table{Group: api.Group, Kind: api.Kind, Resource: api.Resource, Namespaced: api.Namespaced}
	own := r.extras.Of(schema.GroupKind{Group: api.Group, Kind: api.Kind}, api.Resource)
	for _, ns := range namespaces {
		q := client.Query{API: api, Namespace: ns, Objects: own.Objects()}
		if err := t.read(ctx, c.Client(), contextName, q, own); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// resolve finds the kind that a word means. A core or built-in kind wins over a custom one of that name.
func resolve(apis *client.APIs, contextName, word string) (client.API, error) {
	found := apis.Named(word)
	switch {
	case len(found) == 0:
		return client.API{}, &UnknownKindError{Word: word, Context: contextName}
	case len(found) == 1 || strings.Contains(word, ".") || builtInGroup(found[0].Group) && !builtInGroup(found[1].Group):
		return found[0], nil
	case builtInGroup(found[0].Group):
		return found[0], nil // events are served by two built-in groups, as the same objects
	}
	names := make([]string, 0, len(found))
	for _, a := range found {
		names = append(names, a.Resource+"."+a.Group)
	}
	return client.API{}, &AmbiguousError{Word: word, Names: names}
}

func builtInGroup(g string) bool { return !strings.Contains(g, ".") || strings.HasSuffix(g, ".k8s.io") }

func (t *Table) read(ctx context.Context, c *client.Client, contextName string, q client.Query, own Own) error {
	token := ""
	for {
		page, err := c.Table(ctx, q, 500, token)
		if err != nil {
			return err
		}
		if t.Columns == nil {
			for _, d := range page.ColumnDefinitions {
				t.Columns = append(t.Columns, Column{Name: d.Name, Type: d.Type, Priority: int(d.Priority)})
			}
			t.Columns = own.Columns(t.Columns)
		}
		for i := range page.Rows {
			row := t.row(contextName, &page.Rows[i])
			row.Cells = own.cellsOf(page.Rows[i].Object.Raw, row.Cells, t.Columns)
			t.Rows = append(t.Rows, row)
		}
		if token = page.Continue; token == "" {
			return nil
		}
		if len(t.Rows) >= maxRows {
			t.More = true
			return nil
		}
	}
}

func (t *Table) row(contextName string, r *metav1.TableRow) TableRow {
	var o metav1.PartialObjectMetadata
	_ = json.Unmarshal(r.Object.Raw, &o) // a row without metadata has no target, and its cells all the same
	row := TableRow{Target: Target{Context: contextName, Ref: model.Ref{
		Group: t.Group, Kind: t.Kind, Namespace: o.Namespace, Name: o.Name,
	}}}
	for _, c := range r.Cells {
		row.Cells = append(row.Cells, cell(c))
	}
	return row
}

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return fmt.Sprintf("%g", v)
	default:
		return fmt.Sprint(v)
	}
}
