package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

// FieldManager is the name under which fn9s owns fields.
const FieldManager = "fn9s"

// Target is the object of a write.
type Target struct {
	API             API
	Namespace, Name string
	Part            string // the subresource that is written; empty: the object itself
}

func (t Target) String() string {
	resource := t.API.Resource
	if t.Part != "" {
		resource += "/" + t.Part
	}
	if t.Namespace == "" {
		return resource + " " + t.Name
	}
	return resource + " " + t.Namespace + "/" + t.Name
}

func (t Target) path() []string {
	at := path(t.API.GroupVersionResource, t.Namespace, t.Name)
	if t.Part != "" {
		at = append(at, t.Part)
	}
	return at
}

// Written is what the server says to a write.
type Written struct {
	Object   []byte   // as it is afterwards; empty after a delete
	Created  bool     // it was not there before
	Warnings []string // of the server and its admission plugins, each once
}

// listener collects the warnings of one request. The client's own handler does not hear them: who writes tells them
// beside the object.
type listener struct {
	mu   sync.Mutex
	said []string
	seen map[string]bool
}

func (l *listener) HandleWarningHeaderWithContext(_ context.Context, code int, _, text string) {
	const most = 50
	l.mu.Lock()
	defer l.mu.Unlock()
	if code != 299 || text == "" || l.seen[text] || len(l.said) >= most {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[text] = true
	l.said = append(l.said, text)
}

// PatchJSON sends a JSON patch (RFC 6902). Unknown fields are refused, not dropped.
func (c *Client) PatchJSON(ctx context.Context, t Target, patch []byte, dry bool) (*Written, error) {
	return c.write(ctx, "patch", t, c.json.Patch(types.JSONPatchType).Body(patch).Param("fieldManager", FieldManager).
		Param("fieldValidation", "Strict"), dry)
}

// Apply sends a whole object by server-side apply. It never takes a field from another manager.
func (c *Client) Apply(ctx context.Context, t Target, object []byte, dry bool) (*Written, error) {
	return c.write(ctx, "apply", t, c.json.Patch(types.ApplyYAMLPatchType).Body(object).Param("fieldManager", FieldManager).
		Param("fieldValidation", "Strict").Param("force", "false"), dry)
}

// Delete deletes the object of that UID. A resource version that is not empty must be the present one.
func (c *Client) Delete(ctx context.Context, t Target, uid types.UID, resourceVersion string, dry bool) (*Written, error) {
	policy := metav1.DeletePropagationBackground
	o := metav1.DeleteOptions{PropagationPolicy: &policy, Preconditions: &metav1.Preconditions{UID: &uid}}
	o.Kind, o.APIVersion = "DeleteOptions", "v1"
	if resourceVersion != "" {
		o.Preconditions.ResourceVersion = &resourceVersion
	}
	if dry {
		o.DryRun = []string{metav1.DryRunAll}
	}
	body, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("delete %s: %w", t, err)
	}
	w, err := c.write(ctx, "delete", t, c.json.Delete().SetHeader("Content-Type", jsonType).Body(body), dry)
	if err == nil {
		w.Object = nil
	}
	return w, err
}

// write does not retry: only who knows what a write did may send it again.
func (c *Client) write(ctx context.Context, verb string, t Target, r *rest.Request, dry bool) (*Written, error) {
	var l listener
	r = r.AbsPath(t.path()...).MaxRetries(0).WarningHandlerWithContext(&l)
	if dry {
		r = r.Param("dryRun", metav1.DryRunAll)
	}
	result := r.Do(ctx)
	status := 0
	result.StatusCode(&status)
	raw, err := answer(result)
	w := &Written{Object: raw, Created: status == http.StatusCreated, Warnings: l.said}
	if err != nil {
		return w, fmt.Errorf("%s %s: %w", verb, t, err)
	}
	return w, nil
}
