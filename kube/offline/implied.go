package offline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	podKind       = schema.GroupKind{Kind: "Pod"}

	deploymentKind = schema.GroupKind{Group: "apps", Kind: "Deployment"}
)

// complete adds what every cluster has by itself: in each namespace that an object names the ServiceAccount `default`
// and the ConfigMap of the cluster's certificate, on each Namespace the label with its name, and on each pod of a
// Deployment the owner that exports leave out.
func complete(docs []manifest.Document) ([]manifest.Document, error) {
	docs = slices.Clone(docs)
	have := map[model.Ref]bool{}
	var namespaces []string
	named := map[string]bool{}
	for i := range docs {
		ref := docs[i].Ref()
		switch ref.GroupKind() {
		case deploymentKind:
			have[ref] = true
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
	for i := range docs {
		if docs[i].GVK.GroupKind() != podKind {
			continue
		}
		if err := own(&docs[i], have); err != nil {
			return nil, err
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

// own gives a pod without owners the ReplicaSet that its name and its label pod-template-hash tell, where the Deployment
// behind it is there. In a cluster such a pod has it: the ReplicaSet would have adopted it.
func own(d *manifest.Document, have map[model.Ref]bool) error {
	var o struct {
		Metadata struct {
			Labels          map[string]string `json:"labels"`
			OwnerReferences []json.RawMessage `json:"ownerReferences"`
		} `json:"metadata"`
	}
	if json.Unmarshal(d.JSON, &o) != nil || len(o.Metadata.OwnerReferences) > 0 {
		return nil
	}
	ref, hash := d.Ref(), o.Metadata.Labels["pod-template-hash"]
	i := strings.LastIndex(ref.Name, "-"+hash+"-")
	if hash == "" || i < 1 {
		return nil
	}
	deployment := model.Ref{Group: deploymentKind.Group, Kind: deploymentKind.Kind, Namespace: ref.Namespace, Name: ref.Name[:i]}
	if !have[deployment] {
		return nil
	}
	owners, err := json.Marshal([]map[string]any{
		{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": deployment.Name + "-" + hash, "controller": true},
	})
	if err != nil {
		return fmt.Errorf("name the owner of pod %s: %w", ref.Name, err)
	}
	return edit(d, func(metadata map[string]json.RawMessage) { metadata["ownerReferences"] = owners })
}

// edit changes the metadata of a document.
func edit(d *manifest.Document, change func(metadata map[string]json.RawMessage)) error {
	var o, metadata map[string]json.RawMessage
	if json.Unmarshal(d.JSON, &o) != nil || json.Unmarshal(o["metadata"], &metadata) != nil {
		return nil
	}
	change(metadata)
	var err error
	if o["metadata"], err = json.Marshal(metadata); err != nil {
		return fmt.Errorf("complete %s: %w", d.Ref(), err)
	}
	if d.JSON, err = json.Marshal(o); err != nil {
		return fmt.Errorf("complete %s: %w", d.Ref(), err)
	}
	return nil
}

// label sets the label with the namespace's name. What cannot be read is left as it is: reading it tells.
func label(d *manifest.Document, name string) error {
	var o struct {
		Metadata struct {
			Labels map[string]any `json:"labels"`
		} `json:"metadata"`
	}
	if json.Unmarshal(d.JSON, &o) != nil || o.Metadata.Labels[nameLabel] == name {
		return nil
	}
	labels := o.Metadata.Labels
	if labels == nil {
		labels = map[string]any{}
	}
	labels[nameLabel] = name
	raw, err := json.Marshal(labels)
	if err != nil {
		return fmt.Errorf("label namespace %s: %w", name, err)
	}
	return edit(d, func(metadata map[string]json.RawMessage) { metadata["labels"] = raw })
}
