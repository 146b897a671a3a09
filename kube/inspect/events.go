package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/security/model"
)

// Event is one Kubernetes event about an object.
type Event struct {
	Type, Reason, Message, Source string
	Object                        model.Ref
	Count                         int32
	First, Last                   int64 // Unix seconds; 0 unknown
}

const (
	maxEvents = 500
	// oneByOne is up to how many objects are asked for each; beyond that the namespace is read and sifted.
	oneByOne = 8
)

// Events lists events about the objects, newest first. A target without a name means all of its namespace, and one
// without a namespace too means the whole cluster.
func (r *Reader) Events(ctx context.Context, targets []Target) ([]Event, error) {
	type query struct{ context, namespace, selector string }
	queries := map[query]bool{}
	wanted := map[model.Ref]bool{}
	perNamespace := map[string]int{}
	for _, t := range targets {
		perNamespace[t.Context+"\x00"+t.Namespace]++
	}
	for _, t := range targets {
		q := query{context: t.Context, namespace: t.Namespace}
		if t.Name != "" {
			wanted[model.Ref{Kind: t.Kind, Namespace: t.Namespace, Name: t.Name}] = true
			if perNamespace[t.Context+"\x00"+t.Namespace] <= oneByOne {
				q.selector = "involvedObject.kind=" + t.Kind + ",involvedObject.name=" + t.Name
			}
		}
		queries[q] = true
	}
	results := make(chan []Event, len(queries))
	g, gctx := errgroup.WithContext(ctx)
	for q := range queries {
		g.Go(func() error {
			found, err := r.events(gctx, q.context, q.namespace, q.selector)
			results <- found
			return err
		})
	}
	err := g.Wait()
	close(results)
	var all []Event
	for found := range results {
		for _, e := range found {
			key := model.Ref{Kind: e.Object.Kind, Namespace: e.Object.Namespace, Name: e.Object.Name}
			if len(wanted) == 0 || wanted[key] {
				all = append(all, e)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(b.Last, a.Last) })
	return all[:min(len(all), maxEvents)], err
}

func (r *Reader) events(ctx context.Context, context, namespace, selector string) ([]Event, error) {
	c, api, err := r.find(Target{Context: context, Ref: model.Ref{Kind: "Event"}})
	if err != nil {
		return nil, err
	}
	raw, err := c.ListRaw(ctx, client.Query{API: api, Namespace: namespace, Fields: selector}, maxEvents*2, "")
	if err != nil {
		return nil, err
	}
	var page corev1.EventList
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, fmt.Errorf("read events of %s: %w", namespace, err)
	}
	all := make([]Event, 0, len(page.Items))
	for i := range page.Items {
		all = append(all, event(&page.Items[i]))
	}
	return all, nil
}

func event(e *corev1.Event) Event {
	gv, _ := schema.ParseGroupVersion(e.InvolvedObject.APIVersion) // a malformed group is an empty one
	out := Event{
		Type: e.Type, Reason: e.Reason, Message: e.Message,
		Source: cmp.Or(e.ReportingController, e.Source.Component),
		Object: model.Ref{
			Group: gv.Group, Kind: e.InvolvedObject.Kind,
			Namespace: cmp.Or(e.InvolvedObject.Namespace, e.Namespace), Name: e.InvolvedObject.Name,
		},
		Count: max(e.Count, 1),
	}
	first, last := e.FirstTimestamp.Time, e.LastTimestamp.Time
	if first.IsZero() {
		first = e.EventTime.Time
	}
	if e.Series != nil {
		out.Count = max(out.Count, e.Series.Count)
		last = e.Series.LastObservedTime.Time
	}
	if last.IsZero() {
		last = first
	}
	if !first.IsZero() {
		out.First, out.Last = first.Unix(), last.Unix()
	}
	return out
}
