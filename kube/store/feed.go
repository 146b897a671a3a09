package store

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security/model"
)

// initialEventsEnd marks the bookmark that ends a list that was sent as events.
const initialEventsEnd = "k8s.io/initial-events-end"

// event is one message of a watch.
type event struct {
	kind    watch.EventType
	object  model.Object // of Added, Modified, Deleted
	version string
	listed  bool // of Bookmark: all objects have been sent
}

// feed reads the objects of one query and makes records of them.
type feed struct {
	client  *client.Client
	decoder *record.Decoder
	query   client.Query
	before  func(model.Ref) model.Object // what is known of an object; nil: nothing
}

// watch opens a watch, which ends with the context.
func (f *feed) watch(ctx context.Context, o client.WatchOptions) (*stream, error) {
	body, err := f.client.Watch(ctx, f.query, o)
	if err != nil {
		return nil, err
	}
	return newStream(ctx, f, body), nil
}

func (f *feed) bookmark(raw []byte) (event, error) {
	var b struct {
		Metadata struct {
			ResourceVersion string            `json:"resourceVersion"`
			Annotations     map[string]string `json:"annotations"`
		} `json:"metadata"`
		Rows []struct {
			Object struct {
				Metadata struct {
					ResourceVersion string            `json:"resourceVersion"`
					Annotations     map[string]string `json:"annotations"`
				} `json:"metadata"`
			} `json:"object"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return event{}, fmt.Errorf("read bookmark: %w", err)
	}
	m := b.Metadata
	if len(b.Rows) > 0 { // a Table says it in its row
		m = b.Rows[0].Object.Metadata
	}
	return event{
		kind: watch.Bookmark, version: m.ResourceVersion, listed: m.Annotations[initialEventsEnd] == "true",
	}, nil
}

// table is what is read of a Table of Secrets.
type table struct {
	Rows []struct {
		Cells  []any `json:"cells"`
		Object struct {
			Metadata metav1.ObjectMeta `json:"metadata"`
		} `json:"object"`
	} `json:"rows"`
}

func (f *feed) records(raw []byte) ([]model.Object, error) {
	switch f.query.Form {
	case client.Rows:
		var t table
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, fmt.Errorf("read table of %s: %w", f.query.API.Resource, err)
		}
		all := make([]model.Object, 0, len(t.Rows))
		for i := range t.Rows {
			all = append(all, f.decoder.SecretRow(&t.Rows[i].Object.Metadata, t.Rows[i].Cells))
		}
		return all, nil
	case client.Metadata:
		var m metav1.PartialObjectMetadata
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("read metadata of %s: %w", f.query.API.Resource, err)
		}
		return []model.Object{&model.Custom{Header: f.decoder.Header(&m.ObjectMeta, f.query.API.GVK())}}, nil
	default:
		o, err := f.decoder.Again(raw, f.query.API.GVK(), f.before)
		if err != nil {
			return nil, err
		}
		return []model.Object{o}, nil
	}
}

// pageSize is how many objects a list asks for at once, where lists are not streamed.
const pageSize = 500

// list reads all objects, page by page, and returns the version to watch from.
func (f *feed) list(ctx context.Context, take func([]model.Object)) (version string, err error) {
	token := ""
	for {
		var m metav1.ListMeta
		var objects []model.Object
		if f.query.Form == client.Typed {
			objects, m, err = f.typedPage(ctx, token)
		} else {
			objects, m, err = f.rawPage(ctx, token)
		}
		if err != nil {
			return "", err
		}
		take(objects)
		if m.Continue == "" {
			return m.ResourceVersion, nil
		}
		token = m.Continue
	}
}

func (f *feed) typedPage(ctx context.Context, token string) ([]model.Object, metav1.ListMeta, error) {
	list, err := newList(f.query.API.GVK())
	if err != nil {
		return nil, metav1.ListMeta{}, err
	}
	m, err := f.client.ListTyped(ctx, f.query, list, pageSize, token)
	if err != nil {
		return nil, m, err
	}
	var objects []model.Object
	err = eachItem(list, func(o runtime.Object) error {
		r, err := f.decoder.Typed(o, f.query.API.GVK())
		if err != nil {
			return err
		}
		objects = append(objects, r)
		return nil
	})
	return objects, m, err
}

func (f *feed) rawPage(ctx context.Context, token string) ([]model.Object, metav1.ListMeta, error) {
	raw, err := f.client.ListRaw(ctx, f.query, pageSize, token)
	if err != nil {
		return nil, metav1.ListMeta{}, err
	}
	var list struct {
		Metadata metav1.ListMeta   `json:"metadata"`
		Items    []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, metav1.ListMeta{}, fmt.Errorf("read list of %s: %w", f.query.API.Resource, err)
	}
	if f.query.Form == client.Rows {
		objects, err := f.records(raw)
		return objects, list.Metadata, err
	}
	objects := make([]model.Object, 0, len(list.Items))
	for _, item := range list.Items {
		if found, err := f.records(item); err == nil {
			objects = append(objects, found...)
		}
	}
	return objects, list.Metadata, nil
}
