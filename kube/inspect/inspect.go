// Package inspect reads single objects, events and tables when an operator asks for them.
//
// Its one rule: values of Secrets are not read, whatever is asked; of a Secret there is metadata.
package inspect

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security/model"
)

// Target is an object of one cluster.
type Target struct {
	Context string
	model.Ref
}

// Cluster is one open cluster.
type Cluster interface {
	Client() *client.Client
	// APIs is nil until the server has told.
	APIs() *client.APIs
	Object(ref model.Ref) model.Object
}

// Clusters finds the open cluster of a context.
type Clusters interface {
	Cluster(context string) (Cluster, bool)
}

// Reader reads. It is safe for concurrent use.
type Reader struct {
	clusters Clusters
	extras   Extras
}

// New returns a reader whose tables have these columns besides the server's own.
func New(c Clusters, extras Extras) *Reader { return &Reader{clusters: c, extras: extras} }

// Record returns what the store holds of the object now, nil when nothing. It does not take time.
func (r *Reader) Record(t Target) model.Object {
	c, ok := r.clusters.Cluster(t.Context)
	if !ok {
		return nil
	}
	return c.Object(t.Ref)
}

func (r *Reader) find(t Target) (*client.Client, client.API, error) {
	c, ok := r.clusters.Cluster(t.Context)
	if !ok {
		return nil, client.API{}, fmt.Errorf("context %q is not open", t.Context)
	}
	apis := c.APIs()
	if apis == nil {
		return nil, client.API{}, fmt.Errorf("%s has not told its APIs yet", t.Context)
	}
	api, ok := apis.Find(t.GroupKind(), nil)
	if !ok {
		return nil, client.API{}, fmt.Errorf("%s does not serve %s", t.Context, t.GroupKind())
	}
	return c.Client(), api, nil
}

// YAML returns the object without managedFields. What looks like a credential in it is hidden. Of a Secret it shows metadata and the names of the keys.
func (r *Reader) YAML(ctx context.Context, t Target) (string, error) {
	c, api, err := r.find(t)
	if err != nil {
		return "", err
	}
	if t.GroupKind() == frameworks.Secret {
		return secretYAML(ctx, c, api, t)
	}
	raw, err := c.Get(ctx, client.Query{API: api, Namespace: t.Namespace}, t.Name)
	if err != nil {
		return "", err
	}
	var o unstructured.Unstructured
	if err := o.UnmarshalJSON(raw); err != nil {
		return "", fmt.Errorf("read %s: %w", t.Ref, err)
	}
	o.SetManagedFields(nil)
	Hide(o.Object)
	out, err := yaml.Marshal(o.Object)
	if err != nil {
		return "", fmt.Errorf("print %s: %w", t.Ref, err)
	}
	return string(out), nil
}

// hidden stands where a value would be.
const hidden = "<hidden>"

func readSecret(ctx context.Context, c *client.Client, api client.API, t Target) (*metav1.ObjectMeta, *model.Secret, error) {
	raw, err := c.Get(ctx, client.Query{API: api, Namespace: t.Namespace, Form: client.Rows}, t.Name)
	if err != nil {
		return nil, nil, err
	}
	var table struct {
		Rows []struct {
			Cells  []any `json:"cells"`
			Object struct {
				Metadata metav1.ObjectMeta `json:"metadata"`
			} `json:"object"`
		} `json:"rows"`
	}
	if err := json.Unmarshal(raw, &table); err != nil || len(table.Rows) != 1 {
		return nil, nil, fmt.Errorf("read %s: the server sent no table", t.Ref)
	}
	m := &table.Rows[0].Object.Metadata
	return m, record.NewPool().SecretRow(m, table.Rows[0].Cells), nil
}

func secretYAML(ctx context.Context, c *client.Client, api client.API, t Target) (string, error) {
	m, s, err := readSecret(ctx, c, api, t)
	if err != nil {
		return "", err
	}
	m.ManagedFields = nil
	delete(m.Annotations, "kubectl.kubernetes.io/last-applied-configuration")
	data := map[string]string{}
	for _, k := range s.Names {
		data[k] = hidden
	}
	out, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": m, "type": s.Type, "data": data,
	})
	if err != nil {
		return "", fmt.Errorf("print %s: %w", t.Ref, err)
	}
	text := string(out)
	if n := s.Keys - len(s.Names); n > 0 {
		text += fmt.Sprintf("# %d more keys, whose names nothing but the values would tell\n", n)
	}
	return text, nil
}
