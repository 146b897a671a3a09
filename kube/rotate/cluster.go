package rotate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/security/model"
)

// Live reads from an API server.
type Live struct {
	Client *client.Client
	APIs   *client.APIs
}

func (l Live) get(ctx context.Context, ref model.Ref) ([]byte, error) {
	api, ok := l.APIs.Find(ref.GroupKind(), nil)
	if !ok {
		return nil, fmt.Errorf("the server does not serve %s", schema.GroupKind{Group: ref.Group, Kind: ref.Kind})
	}
	raw, err := l.Client.Get(ctx, client.Query{API: api, Namespace: ref.Namespace}, ref.Name)
	if client.Classify(err) == client.KindNotFound {
		return nil, nil
	}
	return raw, err
}

// Secret reads a Secret and drops its values.
func (l Live) Secret(ctx context.Context, ref model.Ref) (*Stored, error) {
	raw, err := l.get(ctx, ref)
	if err != nil || raw == nil {
		return nil, err
	}
	defer clear(raw)
	var o corev1.Secret
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("its JSON cannot be read") // the error might hold a part of a value
	}
	return StoredOf(&o), nil
}

// StoredOf takes over what is no value, and overwrites the values.
func StoredOf(o *corev1.Secret) *Stored {
	s := &Stored{
		Ref:  model.Ref{Kind: "Secret", Namespace: o.Namespace, Name: o.Name},
		Type: string(o.Type), Immutable: o.Immutable != nil && *o.Immutable, Labels: o.Labels, Annotations: o.Annotations,
	}
	delete(s.Annotations, lastApplied) // it is secret data
	for _, owner := range o.OwnerReferences {
		gv, err := schema.ParseGroupVersion(owner.APIVersion)
		if err == nil {
			s.Owners = append(s.Owners, model.Ref{Group: gv.Group, Kind: owner.Kind, Namespace: o.Namespace, Name: owner.Name})
		}
	}
	if text, ok := o.Data[certificateKey]; ok {
		s.Certificate, _ = credential.ReadCertificate(text) // one that cannot be read is none
	}
	for k, v := range o.Data {
		s.Keys = append(s.Keys, k)
		clear(v)
	}
	slices.Sort(s.Keys)
	return s
}

// Object reads an object.
func (l Live) Object(ctx context.Context, ref model.Ref) (map[string]any, error) {
	raw, err := l.get(ctx, ref)
	if err != nil || raw == nil {
		return nil, err
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("its JSON cannot be read: %w", err)
	}
	return o, nil
}
