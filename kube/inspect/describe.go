package inspect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Describe returns an object as an outline, its events last, for any kind. It is laid out as `kubectl describe` lays
// out kinds that it does not know: kubectl's own describers would add a fifth to the size of the program.
func (r *Reader) Describe(ctx context.Context, t Target) (string, error) {
	c, api, err := r.find(t)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if t.GroupKind() == frameworks.Secret {
		text, err := describeSecret(ctx, c, api, t)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	} else {
		raw, err := c.Get(ctx, client.Query{API: api, Namespace: t.Namespace}, t.Name)
		if err != nil {
			return "", err
		}
		var o unstructured.Unstructured
		if err := o.UnmarshalJSON(raw); err != nil {
			return "", fmt.Errorf("read %s: %w", t.Ref, err)
		}
		outline(&b, &o)
	}
	events, err := r.Events(ctx, []Target{t})
	writeEvents(&b, events, err)
	return b.String(), nil
}

// shownApart are the metadata that the head of an outline shows, or that nobody wants to read.
var shownApart = []string{"name", "namespace", "labels", "annotations", "managedFields"}

func outline(b *strings.Builder, o *unstructured.Unstructured) {
	fmt.Fprintf(b, "Name:         %s\n", o.GetName())
	if ns := o.GetNamespace(); ns != "" {
		fmt.Fprintf(b, "Namespace:    %s\n", ns)
	}
	pairs(b, "Labels:       ", o.GetLabels())
	annotations := o.GetAnnotations()
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	pairs(b, "Annotations:  ", annotations)
	fmt.Fprintf(b, "API Version:  %s\nKind:         %s\n", o.GetAPIVersion(), o.GetKind())
	if m, ok := o.Object["metadata"].(map[string]any); ok {
		rest := maps.Clone(m)
		for _, k := range shownApart {
			delete(rest, k)
		}
		b.WriteString("Metadata:\n")
		fields(b, rest, 1)
	}
	for _, k := range slices.Sorted(maps.Keys(o.Object)) {
		if k != "apiVersion" && k != "kind" && k != "metadata" {
			field(b, k, o.Object[k], 0)
		}
	}
}

// pairs writes a map as `key=value` lines below each other.
func pairs(b *strings.Builder, title string, m map[string]string) {
	if len(m) == 0 {
		fmt.Fprintf(b, "%s<none>\n", title)
		return
	}
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			title = strings.Repeat(" ", len(title))
		}
		fmt.Fprintf(b, "%s%s=%s\n", title, k, m[k])
	}
}

// deepest bounds the nesting that is written out; the API server itself allows little more.
const deepest = 40

func fields(b *strings.Builder, m map[string]any, depth int) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		field(b, k, m[k], depth)
	}
}

func field(b *strings.Builder, key string, v any, depth int) {
	indent := strings.Repeat("  ", depth)
	title := words(key)
	switch v := v.(type) {
	case map[string]any:
		fmt.Fprintf(b, "%s%s:\n", indent, title)
		if depth < deepest {
			fields(b, v, depth+1)
		}
	case []any:
		fmt.Fprintf(b, "%s%s:\n", indent, title)
		if depth < deepest {
			items(b, v, depth+1)
		}
	case string:
		if strings.Contains(strings.TrimSuffix(v, "\n"), "\n") {
			fmt.Fprintf(b, "%s%s:\n", indent, title)
			for line := range strings.Lines(v) {
				fmt.Fprintf(b, "%s  %s\n", indent, strings.TrimSuffix(line, "\n"))
			}
			return
		}
		fmt.Fprintf(b, "%s%s:  %s\n", indent, title, v)
	default:
		fmt.Fprintf(b, "%s%s:  %v\n", indent, title, v)
	}
}

func items(b *strings.Builder, list []any, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			fmt.Fprintf(b, "%s- %v\n", indent, v)
			continue
		}
		var inner strings.Builder
		fields(&inner, m, depth+1)
		text := inner.String()
		if len(text) > len(indent)+2 {
			text = indent + "- " + text[len(indent)+2:] // the first field stands behind the dash
		}
		b.WriteString(text)
	}
}

// words makes a title of a field name: `containerPort` is `Container Port`. Keys that are no field names, such as
// those of labels, stay as they are.
func words(key string) string {
	if strings.ContainsAny(key, "./-_ ") || key == "" {
		return key
	}
	var out []rune
	all := []rune(key)
	for i, c := range all {
		if i > 0 && unicode.IsUpper(c) && (unicode.IsLower(all[i-1]) || startsWord(all[i+1:])) {
			out = append(out, ' ')
		}
		if i == 0 {
			c = unicode.ToUpper(c)
		}
		out = append(out, c)
	}
	return string(out)
}

// startsWord reports whether a capital followed by these letters begins a word. The `s` of a plural does not make
// one: `externalIPs`.
func startsWord(rest []rune) bool {
	return len(rest) > 0 && unicode.IsLower(rest[0]) && (rest[0] != 's' || len(rest) > 1 && unicode.IsLower(rest[1]))
}

func writeEvents(b *strings.Builder, events []Event, err error) {
	switch {
	case err != nil:
		fmt.Fprintf(b, "Events:  not read: %s\n", client.Reason(err))
		return
	case len(events) == 0:
		b.WriteString("Events:  <none>\n")
		return
	}
	b.WriteString("Events:\n")
	for _, e := range events {
		last := "unknown"
		if e.Last != 0 {
			last = time.Unix(e.Last, 0).UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(b, "  %-7s  %s  ×%d  %s  %s\n           %s\n", e.Type, last, e.Count, e.Reason, e.Source, e.Message)
	}
}

func describeSecret(ctx context.Context, c *client.Client, api client.API, t Target) (string, error) {
	m, s, err := readSecret(ctx, c, api, t)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Name:       %s\nNamespace:  %s\nType:       %s\nKeys:       %d\n", m.Name, m.Namespace, s.Type, s.Keys)
	fmt.Fprintf(&b, "Created:    %s\n", m.CreationTimestamp.UTC().Format("2006-01-02 15:04:05 MST"))
	if !s.DataChanged.IsZero() {
		fmt.Fprintf(&b, "Data:       not changed since %s\n", s.DataChanged.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	list(&b, "Labels", s.Labels)
	list(&b, "Annotations", s.Annotations)
	b.WriteString("\nData (values are not read)\n")
	for _, k := range s.Names {
		fmt.Fprintf(&b, "  %s\n", k)
	}
	return b.String(), nil
}

func list(b *strings.Builder, title string, labels model.Labels) {
	for i, l := range labels {
		if i == 0 {
			fmt.Fprintf(b, "%s:\n", title)
		}
		fmt.Fprintf(b, "  %s=%s\n", l.Key, l.Value)
	}
}
