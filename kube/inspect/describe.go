package inspect

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/kubectl/pkg/describe"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Describe returns what `kubectl describe` would say.
func (r *Reader) Describe(ctx context.Context, t Target) (string, error) {
	c, api, err := r.find(t)
	if err != nil {
		return "", err
	}
	if t.GroupKind() == frameworks.Secret {
		return describeSecret(ctx, c, api, t)
	}
	d, ok := describe.DescriberFor(t.GroupKind(), c.Config())
	if !ok {
		scope := meta.RESTScopeRoot
		if api.Namespaced {
			scope = meta.RESTScopeNamespace
		}
		d, ok = describe.GenericDescriberFor(&meta.RESTMapping{
			Resource: api.GroupVersionResource, GroupVersionKind: api.GVK(), Scope: scope,
		}, c.Config())
	}
	if !ok {
		return "", fmt.Errorf("describe %s: no describer", t.Ref)
	}
	type answer struct {
		text string
		err  error
	}
	// The describers take no context: let one finish alone when ours ends first.
	done := make(chan answer, 1)
	go func() {
		text, err := d.Describe(t.Namespace, t.Name, describe.DescriberSettings{ShowEvents: true, ChunkSize: 500})
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			return "", fmt.Errorf("describe %s: %w", t.Ref, a.err)
		}
		return a.text, nil
	case <-ctx.Done():
		return "", fmt.Errorf("describe %s: %w", t.Ref, ctx.Err())
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
