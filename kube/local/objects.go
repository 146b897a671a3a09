package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/model"
)

// ErrNoEvents says why there are none.
var ErrNoEvents = errors.New("files hold no events: only a cluster keeps them")

// Record returns what is known of an object, nil when nothing. It does not take time.
func (f *Files) Record(t inspect.Target) model.Object { return f.source().world.Object(t.Ref) }

// Position returns where a field of an object stands, or the nearest one around it. file is empty for objects that no
// document holds.
func (f *Files) Position(ref model.Ref, path string) (file string, line, column int) {
	return f.source().world.Position(ref, path)
}

// Events says that there are none.
func (f *Files) Events(context.Context, []inspect.Target) ([]inspect.Event, error) {
	return nil, ErrNoEvents
}

// document finds the document of an object, and its place.
func (f *Files) document(ref model.Ref) (*manifest.Document, error) {
	s := f.source()
	if d := s.docs[ref]; d != nil {
		return d, nil
	}
	if s.world.Object(ref) != nil {
		return nil, fmt.Errorf("no file holds %s: every cluster has it by itself", ref)
	}
	return nil, fmt.Errorf("no file holds %s", ref)
}

// place names the file and the line of a document.
func place(d *manifest.Document) string {
	if d.File == "" {
		return "no file"
	}
	line := d.Line
	if _, at, ok := d.Text(); ok {
		line = at
	}
	if d.Generated() {
		return d.File + " (built)"
	}
	return d.File + ":" + strconv.Itoa(max(line, 1))
}

// content is the object of a document.
func content(d *manifest.Document) (map[string]any, error) {
	raw := d.JSON
	if text, _, ok := d.Text(); raw == nil && ok {
		docs, problems := manifest.Read(d.File, []byte(text))
		if len(docs) != 1 {
			return nil, fmt.Errorf("read %s again: %w", place(d), errors.Join(problems...))
		}
		raw = docs[0].JSON
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read %s again: %w", place(d), err)
	}
	return o, nil
}

// YAML returns the document as it was written, with its place before it. What looks like a credential in it is hidden. Of
// a Secret all values are, and what else could hold them is left out.
func (f *Files) YAML(_ context.Context, t inspect.Target) (string, error) {
	d, err := f.document(t.Ref)
	if err != nil {
		return "", err
	}
	head := "# " + place(d) + "\n"
	o, err := content(d)
	if err != nil {
		return "", err
	}
	if t.GroupKind() == frameworks.Secret {
		hide(o)
	} else {
		values := inspect.Hide(o)
		if text, _, ok := d.Text(); ok && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			if text, ok = inspect.HideIn(text, values); ok {
				return head + text, nil
			}
		}
	}
	out, err := yaml.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("print %s: %w", t.Ref, err)
	}
	return head + string(out), nil
}

// hidden stands where a value would be.
const hidden = "<hidden>"

// hide leaves of a Secret what is no value: metadata without what was applied, the type and the names of the keys.
func hide(o map[string]any) {
	if m, ok := o["metadata"].(map[string]any); ok {
		if a, ok := m["annotations"].(map[string]any); ok {
			delete(a, "kubectl.kubernetes.io/last-applied-configuration")
		}
		delete(m, "managedFields")
	}
	for field, v := range o {
		switch field {
		case "apiVersion", "kind", "metadata", "type", "immutable":
			continue
		}
		values, ok := v.(map[string]any)
		if !ok {
			o[field] = hidden
			continue
		}
		for k := range values {
			values[k] = hidden
		}
	}
}

// Describe says what the document holds, in the order of kubectl describe, and what only a cluster would tell.
func (f *Files) Describe(_ context.Context, t inspect.Target) (string, error) {
	d, err := f.document(t.Ref)
	if err != nil {
		return "", err
	}
	o, err := content(d)
	if err != nil {
		return "", err
	}
	if t.GroupKind() == frameworks.Secret {
		hide(o)
	}
	m, _ := o["metadata"].(map[string]any)
	var b strings.Builder
	field := func(name, value string) { fmt.Fprintf(&b, "%-13s %s\n", name+":", cmp.Or(value, "<none>")) }
	field("Name", t.Name)
	if t.Namespace != "" {
		field("Namespace", t.Namespace)
	}
	field("Kind", t.Kind)
	field("API Version", d.GVK.GroupVersion().String())
	field("File", place(d))
	pairs(&b, "Labels", m["labels"])
	pairs(&b, "Annotations", m["annotations"])
	for _, name := range slices.Sorted(keysOf(o)) {
		switch name {
		case "apiVersion", "kind", "metadata":
			continue
		}
		out, err := yaml.Marshal(o[name])
		if err != nil {
			return "", fmt.Errorf("describe %s: %w", t.Ref, err)
		}
		title := strings.ToUpper(name[:1]) + name[1:]
		if text := strings.TrimRight(string(out), "\n"); strings.Contains(text, "\n") || strings.HasSuffix(text, ":") {
			fmt.Fprintf(&b, "%s:\n  %s\n", title, strings.ReplaceAll(text, "\n", "\n  "))
		} else {
			field(title, text)
		}
	}
	b.WriteString("\nThis is what the file says. Events, and what controllers make of it, only a cluster can tell.\n")
	return b.String(), nil
}

func keysOf(o map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range o {
			if k != "" && !yield(k) {
				return
			}
		}
	}
}

// pairs writes labels or annotations, one a line.
func pairs(b *strings.Builder, title string, v any) {
	all, _ := v.(map[string]any)
	if len(all) == 0 {
		fmt.Fprintf(b, "%-13s <none>\n", title+":")
		return
	}
	head := title + ":"
	for _, k := range slices.Sorted(keysOf(all)) {
		value, _, more := strings.Cut(fmt.Sprint(all[k]), "\n")
		if more {
			value += " …"
		}
		fmt.Fprintf(b, "%-13s %s=%s\n", head, k, value)
		head = ""
	}
}

// columns are those of a table of documents.
var columns = []inspect.Column{
	{Name: "Name", Type: "string"}, {Name: "API Version", Type: "string", Priority: 1},
	{Name: "File", Type: "string"}, {Name: "Line", Type: "integer"},
}

// List makes a table of the documents of a kind.
func (f *Files) List(_ context.Context, _, word string, namespaces []string) (*inspect.Table, error) {
	s := f.source()
	found := s.named(word)
	if len(found) == 0 {
		return nil, fmt.Errorf("no file holds anything of kind %q", word)
	}
	if len(found) > 1 {
		names := make([]string, len(found))
		for i := range found {
			names[i] = found[i].Name
		}
		return nil, &inspect.AmbiguousError{Word: word, Names: names}
	}
	k := found[0]
	t := &inspect.Table{Group: k.group.Group, Kind: k.group.Kind, Resource: k.Words[0], Namespaced: k.Namespaced}
	own := f.o.Columns.Of(k.group, k.Words[0])
	t.Columns = own.Columns(columns)
	for ref, d := range s.docs {
		if ref.GroupKind() != k.group || ref.Namespace != "" && !cluster.InScope(namespaces, ref.Namespace) {
			continue
		}
		line := ""
		if !d.Generated() {
			_, at, _ := f.Position(ref, "")
			line = strconv.Itoa(at)
		}
		cells := []string{ref.Name, d.GVK.GroupVersion().String(), d.File, line}
		if len(own) > 0 {
			o, _ := content(d) // cells of what cannot be read again are empty
			cells = own.Cells(o, cells, t.Columns)
		}
		t.Rows = append(t.Rows, inspect.TableRow{Target: inspect.Target{Context: f.o.Name, Ref: ref}, Cells: cells})
	}
	slices.SortFunc(t.Rows, func(a, b inspect.TableRow) int { return a.Target.Compare(b.Target.Ref) })
	return t, nil
}
