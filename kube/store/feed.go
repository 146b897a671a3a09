package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
	listed  bool  // of Bookmark: all objects have been sent
	err     error // of Error, and of a broken stream; nothing follows
}

// feed reads the objects of one query and makes records of them.
type feed struct {
	client  *client.Client
	decoder *record.Decoder
	query   client.Query
}

// watch opens a watch. Its events end with one that has err set, or with the channel's end when the server ended it
// in order.
func (f *feed) watch(ctx context.Context, o client.WatchOptions) (<-chan event, error) {
	if f.query.Form == client.Typed {
		w, err := f.client.WatchTyped(ctx, f.query, o)
		if err != nil {
			return nil, err
		}
		out := make(chan event, 256)
		go f.readTyped(ctx, w, out)
		return out, nil
	}
	body, err := f.client.WatchRaw(ctx, f.query, o)
	if err != nil {
		return nil, err
	}
	out := make(chan event, 256)
	go f.readRaw(ctx, body, out)
	return out, nil
}

func send(ctx context.Context, out chan<- event, e event) bool {
	select {
	case out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *feed) readTyped(ctx context.Context, w watch.Interface, out chan<- event) {
	defer close(out)
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case got, ok := <-w.ResultChan():
			if !ok {
				return
			}
			e := f.typedEvent(got)
			if !send(ctx, out, e) || e.err != nil {
				return
			}
		}
	}
}

func (f *feed) typedEvent(got watch.Event) event {
	if got.Type == watch.Error {
		return event{kind: watch.Error, err: apierrors.FromObject(got.Object)}
	}
	acc, ok := got.Object.(metav1.ObjectMetaAccessor)
	if !ok {
		return event{kind: watch.Error, err: fmt.Errorf("watch %s: unexpected %T", f.query.API.Resource, got.Object)}
	}
	m := acc.GetObjectMeta()
	e := event{kind: got.Type, version: m.GetResourceVersion()}
	if got.Type == watch.Bookmark {
		e.listed = m.GetAnnotations()[initialEventsEnd] == "true"
		return e
	}
	o, err := f.decoder.Typed(got.Object, f.query.API.GVK())
	if err != nil {
		return event{kind: watch.Error, err: err}
	}
	e.object = o
	return e
}

// rawEvent is the wire form of one event.
type rawEvent struct {
	Type   watch.EventType `json:"type"`
	Object json.RawMessage `json:"object"`
}

func (f *feed) readRaw(ctx context.Context, body io.ReadCloser, out chan<- event) {
	defer close(out)
	defer func() { _ = body.Close() }()
	// Reading blocks whatever the context says: closing the body ends it.
	stop := context.AfterFunc(ctx, func() { _ = body.Close() })
	defer stop()
	dec := json.NewDecoder(bufio.NewReaderSize(body, 64<<10))
	for {
		var raw rawEvent
		if err := dec.Decode(&raw); err != nil {
			if !errors.Is(err, io.EOF) {
				send(ctx, out, event{kind: watch.Error, err: fmt.Errorf("read watch of %s: %w", f.query.API.Resource, err)})
			}
			return
		}
		for _, e := range f.rawEvents(raw) {
			if !send(ctx, out, e) || e.err != nil {
				return
			}
		}
	}
}

// rawEvents makes events of one wire event: a Table may hold several rows.
func (f *feed) rawEvents(raw rawEvent) []event {
	switch raw.Type {
	case watch.Error:
		var status metav1.Status
		if err := json.Unmarshal(raw.Object, &status); err != nil {
			return []event{{kind: watch.Error, err: fmt.Errorf("read error of the watch: %w", err)}}
		}
		return []event{{kind: watch.Error, err: apierrors.FromObject(&status)}}
	case watch.Bookmark:
		return []event{f.bookmark(raw.Object)}
	}
	objects, err := f.records(raw.Object)
	if err != nil {
		// One object that nobody can name is no reason to lose the others.
		return nil
	}
	events := make([]event, 0, len(objects))
	for _, o := range objects {
		events = append(events, event{kind: raw.Type, object: o, version: o.Head().ResourceVersion})
	}
	return events
}

func (f *feed) bookmark(raw []byte) event {
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
		return event{kind: watch.Error, err: fmt.Errorf("read bookmark: %w", err)}
	}
	m := b.Metadata
	if len(b.Rows) > 0 { // a Table says it in its row
		m = b.Rows[0].Object.Metadata
	}
	return event{
		kind: watch.Bookmark, version: m.ResourceVersion, listed: m.Annotations[initialEventsEnd] == "true",
	}
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
		o, err := f.decoder.JSON(raw, f.query.API.GVK())
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
