package offline

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/model"
)

// nameLabel is the label that the API server keeps on every namespace.
const nameLabel = "kubernetes.io/metadata.name"

var (
	namespaceKind = schema.GroupKind{Kind: "Namespace"}
	accountKind   = schema.GroupKind{Kind: "ServiceAccount"}
	configKind    = schema.GroupKind{Kind: "ConfigMap"}
)

// complete adds what every cluster has by itself: in each namespace that an object names the ServiceAccount `default`
// and the ConfigMap of the cluster's certificate, and on each Namespace the label with its name.
func complete(docs []manifest.Document) ([]manifest.Document, error) {
	docs = slices.Clone(docs)
	have := map[model.Ref]bool{}
	var namespaces []string
	named := map[string]bool{}
	for i := range docs {
		ref := docs[i].Ref()
		switch ref.GroupKind() {
		case accountKind, configKind:
			have[ref] = true
		case namespaceKind:
			if err := label(&docs[i], ref.Name); err != nil {
				return nil, err
			}
			ref.Namespace = ref.Name
		}
		if ns := ref.Namespace; ns != "" && !named[ns] {
			named[ns] = true
			namespaces = append(namespaces, ns)
		}
	}
	for _, ns := range namespaces {
		for _, ref := range []model.Ref{{Kind: "ServiceAccount", Namespace: ns, Name: "default"}, {Kind: "ConfigMap", Namespace: ns, Name: "kube-root-ca.crt"}} {
			if have[ref] {
				continue
			}
			d, err := implied(ref)
			if err != nil {
				return nil, err
			}
			docs = append(docs, d)
		}
	}
	return docs, nil
}

func implied(ref model.Ref) (manifest.Document, error) {
	o := map[string]any{
		"apiVersion": "v1", "kind": ref.Kind, "metadata": map[string]string{"namespace": ref.Namespace, "name": ref.Name},
	}
	if ref.Kind == "ConfigMap" {
		o["data"] = map[string]string{"ca.crt": ""}
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return manifest.Document{}, fmt.Errorf("make %s: %w", ref, err)
	}
	return manifest.Object(raw)
}

// label sets the label with the namespace's name. What cannot be read is left as it is: reading it tells.
func label(d *manifest.Document, name string) error {
	var o, metadata map[string]json.RawMessage
	if json.Unmarshal(d.JSON, &o) != nil || json.Unmarshal(o["metadata"], &metadata) != nil {
		return nil
	}
	labels := map[string]any{}
	if json.Unmarshal(metadata["labels"], &labels) != nil && metadata["labels"] != nil || labels[nameLabel] == name {
		return nil
	}
	if labels == nil {
		labels = map[string]any{}
	}
	labels[nameLabel] = name
	var err error
	if metadata["labels"], err = json.Marshal(labels); err != nil {
		return fmt.Errorf("label namespace %s: %w", name, err)
	}
	if o["metadata"], err = json.Marshal(metadata); err != nil {
		return fmt.Errorf("label namespace %s: %w", name, err)
	}
	if d.JSON, err = json.Marshal(o); err != nil {
		return fmt.Errorf("label namespace %s: %w", name, err)
	}
	return nil
}
