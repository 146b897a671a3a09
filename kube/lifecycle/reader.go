package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Source is where objects are read from. Of Secrets it gives the metadata only.
type Source interface {
	// Object returns an object, nil when there is none or its kind is not served.
	Object(ctx context.Context, ref model.Ref) (map[string]any, error)
	// List returns the objects of a kind in a namespace, none where it is not served.
	List(ctx context.Context, kind schema.GroupKind, namespace, selector string) ([]map[string]any, error)
}

type listing struct {
	kind                schema.GroupKind
	namespace, selector string
}

// Reader is a plan.Live for one question: everything is read once.
type Reader struct {
	ctx       context.Context
	source    Source
	functions func(string) []*model.Function
	objects   map[model.Ref]map[string]any
	lists     map[listing][]map[string]any
	denied    []string
	err       error // about the cluster
}

// NewReader reads for one question. Functions may be nil.
func NewReader(ctx context.Context, source Source, functions func(namespace string) []*model.Function) *Reader {
	return &Reader{ctx: ctx, source: source, functions: functions, objects: map[model.Ref]map[string]any{}, lists: map[listing][]map[string]any{}}
}

// Err says what the cluster did not answer, but for what is not there or may not be read.
func (r *Reader) Err() error { return r.err }

// Denied are the objects that may not be read.
func (r *Reader) Denied() []string {
	slices.Sort(r.denied)
	return slices.Compact(r.denied)
}

// Functions lists the functions of a namespace.
func (r *Reader) Functions(namespace string) []*model.Function {
	if r.functions == nil {
		return nil
	}
	return r.functions(namespace)
}

// Object reads an object whole.
func (r *Reader) Object(ref model.Ref) map[string]any {
	if ref.Name == "" {
		return nil
	}
	o, ok := r.objects[ref]
	if ok || r.err != nil {
		return o
	}
	o, err := r.source.Object(r.ctx, ref)
	r.failed(err, ref.String())
	r.objects[ref] = o
	return o
}

// List reads the objects of a kind in a namespace.
func (r *Reader) List(kind schema.GroupKind, namespace, selector string) []map[string]any {
	at := listing{kind, namespace, selector}
	all, ok := r.lists[at]
	if ok || r.err != nil {
		return all
	}
	all, err := r.source.List(r.ctx, kind, namespace, selector)
	r.failed(err, kind.Kind+" objects of "+namespace)
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		return strings.Compare(plan.Text(a, "metadata.name"), plan.Text(b, "metadata.name"))
	})
	r.lists[at] = all
	return all
}

func (r *Reader) failed(err error, what string) {
	switch client.Classify(err) {
	case client.KindNone, client.KindNotFound:
	case client.KindForbidden:
		r.denied = append(r.denied, what)
	default:
		r.err = fmt.Errorf("read %s: %w", what, err)
	}
}

// explained adds what could not be read to an answer.
func (r *Reader) explained(a plan.Answer) (plan.Answer, error) {
	if r.err != nil {
		return plan.Answer{}, r.err
	}
	if len(r.denied) > 0 {
		text := "may not be read: " + strings.Join(r.Denied(), ", ")
		if a.None != "" {
			a.None += " (" + text + ")"
		} else {
			a.Notes = append(a.Notes, text)
		}
	}
	return a, nil
}

// Live reads from an API server.
type Live struct {
	Client *client.Client
	APIs   *client.APIs
}

func form(kind schema.GroupKind) client.Form {
	if kind == (schema.GroupKind{Kind: "Secret"}) {
		return client.Metadata
	}
	return client.Whole
}

// Object reads an object.
func (l Live) Object(ctx context.Context, ref model.Ref) (map[string]any, error) {
	api, ok := l.APIs.Find(ref.GroupKind(), nil)
	if !ok {
		return nil, nil
	}
	raw, err := l.Client.Get(ctx, client.Query{API: api, Namespace: ref.Namespace, Form: form(ref.GroupKind())}, ref.Name)
	if client.Classify(err) == client.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var o map[string]any
	if err := utiljson.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("its JSON cannot be read: %w", err)
	}
	return typed(o, api), nil
}

func typed(o map[string]any, api client.API) map[string]any {
	if o != nil {
		o["apiVersion"], o["kind"] = api.GVK().GroupVersion().String(), api.Kind
	}
	return o
}

const (
	page = 500
	most = 20_000 // objects of a kind in one namespace
)

// List reads all objects of a kind in a namespace.
func (l Live) List(ctx context.Context, kind schema.GroupKind, namespace, selector string) ([]map[string]any, error) {
	api, ok := l.APIs.Find(kind, nil)
	if !ok {
		return nil, nil
	}
	var all []map[string]any
	for token := ""; ; {
		raw, err := l.Client.ListRaw(ctx, client.Query{API: api, Namespace: namespace, Labels: selector, Form: form(kind)}, page, token)
		if err != nil {
			return nil, err
		}
		var list struct {
			Metadata struct{ Continue string }
			Items    []json.RawMessage
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("list %s: its JSON cannot be read: %w", api.Resource, err)
		}
		for _, item := range list.Items {
			var o map[string]any
			if err := utiljson.Unmarshal(item, &o); err != nil {
				return nil, fmt.Errorf("list %s: its JSON cannot be read: %w", api.Resource, err)
			}
			all = append(all, typed(o, api))
		}
		if token = list.Metadata.Continue; token == "" {
			return all, nil
		}
		if len(all) > most {
			return nil, fmt.Errorf("list %s: there are more than %d", api.Resource, most)
		}
	}
}
