package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// Form is how objects come over the wire.
type Form int

// Typed objects are those of client-go, as protobuf. Secrets are asked for as Tables, so that their data stay on
// the server.
const (
	Whole Form = iota
	Typed
	Metadata
	Rows
)

func (f Form) accept() string {
	switch f {
	case Metadata:
		return "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	case Rows:
		return "application/json;as=Table;g=meta.k8s.io;v=v1"
	default:
		return jsonType
	}
}

func (f Form) acceptWatch() string {
	if f == Metadata {
		return "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	}
	return f.accept()
}

// Query selects objects of one API.
type Query struct {
	API            API
	Namespace      string // empty: all
	Labels, Fields string
	Form           Form
	// Objects asks for whole objects behind Rows, not their metadata alone. Never for Secrets: the data would come too.
	Objects bool
}

func (q Query) params(p map[string]string) map[string]string {
	if q.Labels != "" {
		p["labelSelector"] = q.Labels
	}
	if q.Fields != "" {
		p["fieldSelector"] = q.Fields
	}
	if q.Form == Rows {
		p["includeObject"] = "Metadata"
		if q.Objects {
			p["includeObject"] = "Object"
		}
	}
	return p
}

// WatchOptions say where a watch begins.
type WatchOptions struct {
	ResourceVersion string
	// Initial asks for all objects first, as events, ended by a bookmark.
	Initial bool
	Timeout int // seconds, after which the server ends the watch
}

func (q Query) watchParams(o WatchOptions) map[string]string {
	p := q.params(map[string]string{
		"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": strconv.Itoa(o.Timeout),
	})
	if o.ResourceVersion != "" {
		p["resourceVersion"] = o.ResourceVersion
	}
	if o.Initial {
		p["sendInitialEvents"] = "true"
		p["resourceVersionMatch"] = string(metav1.ResourceVersionMatchNotOlderThan)
	}
	return p
}

// Watch opens a watch. The body holds one event after the other: of Typed objects as protobuf, each behind its length,
// of the others as lines of JSON.
func (c *Client) Watch(ctx context.Context, q Query, o WatchOptions) (io.ReadCloser, error) {
	from, accept := c.json, q.Form.acceptWatch()
	if q.Form == Typed {
		from, accept = c.proto, protobuf
	}
	r := from.Get().AbsPath(path(q.API.GroupVersionResource, q.Namespace, "")...).MaxRetries(0).SetHeader("Accept", accept)
	for k, v := range q.watchParams(o) {
		r = r.Param(k, v)
	}
	body, err := r.Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", q.API.Resource, err)
	}
	return body, nil
}

// ListTyped reads one page into list, and returns it with its resource version and the token of the next page.
func (c *Client) ListTyped(ctx context.Context, q Query, list runtime.Object, limit int, token string) (metav1.ListMeta, error) {
	r := c.proto.Get().AbsPath(path(q.API.GroupVersionResource, q.Namespace, "")...).MaxRetries(0)
	for k, v := range q.params(page(limit, token)) {
		r = r.Param(k, v)
	}
	if err := r.Do(ctx).Into(list); err != nil {
		return metav1.ListMeta{}, fmt.Errorf("list %s: %w", q.API.Resource, err)
	}
	acc, ok := list.(metav1.ListMetaAccessor)
	if !ok {
		return metav1.ListMeta{}, fmt.Errorf("list %s: answer is no list", q.API.Resource)
	}
	m := acc.GetListMeta()
	return metav1.ListMeta{ResourceVersion: m.GetResourceVersion(), Continue: m.GetContinue()}, nil
}

// ListRaw reads one page of JSON.
func (c *Client) ListRaw(ctx context.Context, q Query, limit int, token string) ([]byte, error) {
	r := c.json.Get().AbsPath(path(q.API.GroupVersionResource, q.Namespace, "")...).MaxRetries(0).
		SetHeader("Accept", q.Form.accept())
	for k, v := range q.params(page(limit, token)) {
		r = r.Param(k, v)
	}
	raw, err := answer(r.Do(ctx))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.API.Resource, err)
	}
	return raw, nil
}

// answer returns the body, or what the server said instead: Result.Raw alone leaves out the words of a refusal.
func answer(r rest.Result) ([]byte, error) {
	if err := r.Error(); err != nil {
		return nil, err
	}
	return r.Raw()
}

func page(limit int, token string) map[string]string {
	p := map[string]string{"limit": strconv.Itoa(limit)}
	if token != "" {
		p["continue"] = token
	}
	return p
}

// StreamsLists reports whether the server can send lists as watch events; true until it refused once.
func (c *Client) StreamsLists() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.noStreamLists
}

// ListsNotStreamed notes that the server refused to send lists as watch events.
func (c *Client) ListsNotStreamed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noStreamLists = true
}

func (c *Client) getJSON(ctx context.Context, at string, into any) error {
	raw, err := answer(c.json.Get().AbsPath(at).MaxRetries(0).Do(ctx))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	return nil
}

// Get reads one object in the form of the query.
func (c *Client) Get(ctx context.Context, q Query, name string) ([]byte, error) {
	r := c.json.Get().AbsPath(path(q.API.GroupVersionResource, q.Namespace, name)...).MaxRetries(0)
	switch q.Form {
	case Metadata:
		r = r.SetHeader("Accept", q.Form.acceptWatch())
	case Rows:
		r = r.SetHeader("Accept", q.Form.accept()).Param("includeObject", "Metadata")
	}
	raw, err := answer(r.Do(ctx))
	if err != nil {
		return nil, fmt.Errorf("get %s %s/%s: %w", q.API.Resource, q.Namespace, name, err)
	}
	return raw, nil
}

// Table reads one page of objects as the server's own table.
func (c *Client) Table(ctx context.Context, q Query, limit int, token string) (*metav1.Table, error) {
	q.Form = Rows
	raw, err := c.ListRaw(ctx, q, limit, token)
	if err != nil {
		return nil, err
	}
	var t metav1.Table
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, fmt.Errorf("read table of %s: %w", q.API.Resource, err)
	}
	return &t, nil
}
