package change

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/client"
)

// KeptSecret is a Secret that keeps old secret values of a change.
type KeptSecret struct {
	Namespace, Name string
	Change          string
	Expires         time.Time // zero: it does not say
}

// Kept lists the Secrets with kept values; without namespaces those of all. No value crosses the wire.
func (e *Engine) Kept(ctx context.Context, namespaces []string) ([]KeptSecret, error) {
	t, err := e.secretTarget("", "")
	if err != nil {
		return nil, err
	}
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	var all []KeptSecret
	for _, ns := range namespaces {
		token := ""
		for {
			const page = 500
			q := client.Query{API: t.API, Namespace: ns, Labels: BackupLabel + "=true", Form: client.Metadata}
			raw, err := e.o.Client.ListRaw(ctx, q, page, token)
			if err != nil {
				return nil, fmt.Errorf("list kept secret values: %w", err)
			}
			list, err := parseObject(raw)
			if err != nil {
				return nil, err
			}
			items, _ := child(list, "items")
			for _, i := range listOf(items) {
				all = append(all, keptOf(i))
			}
			if token = text(list, "metadata", "continue"); token == "" {
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b KeptSecret) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return all, nil
}

func listOf(v any) []object {
	var all []object
	list, _ := v.([]any)
	for _, e := range list {
		if o, ok := e.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

func keptOf(o object) KeptSecret {
	k := KeptSecret{Namespace: text(o, "metadata", "namespace"), Name: text(o, "metadata", "name"), Change: text(o, "metadata", "labels", ChangeLabel)}
	if at, err := time.Parse(time.RFC3339, text(o, "metadata", "annotations", ExpiresAnnotation)); err == nil {
		k.Expires = at
	}
	return k
}

// Forget deletes a Secret with kept values.
func (e *Engine) Forget(ctx context.Context, k KeptSecret) error {
	return e.forget(ctx, backup{k.Namespace, k.Name})
}

// MaySecret asks whether this operator may do something to a Secret, as `get` or `patch`; `create` is about its namespace.
func (e *Engine) MaySecret(ctx context.Context, verb, namespace, name string) (client.Verdict, error) {
	t, err := e.secretTarget(namespace, name)
	if err != nil {
		return client.Verdict{}, err
	}
	return e.may(ctx, t, verb)
}
