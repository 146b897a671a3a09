package knative

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// jsonTime reads what it can: a malformed time of a condition is no reason to lose the object.
type jsonTime struct{ time.Time }

func (t *jsonTime) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		t.Time, _ = time.Parse(time.RFC3339, s)
	}
	return nil
}

type jsonRef struct{ APIVersion, Kind, Namespace, Name, Group string }

// in returns the object that is named, in the namespace of the naming object unless it says another.
func (r jsonRef) in(namespace string) model.Ref {
	gv, _ := schema.ParseGroupVersion(r.APIVersion)
	group := gv.Group
	if group == "" {
		group = r.Group
	}
	if r.Namespace != "" {
		namespace = r.Namespace
	}
	return model.Ref{
		Group: frameworks.Line(group), Kind: frameworks.Line(r.Kind),
		Namespace: frameworks.Line(namespace), Name: frameworks.Line(r.Name),
	}
}

func decodeMapping(raw *frameworks.Raw) (any, error) {
	var o struct {
		Spec struct {
			Ref jsonRef
			TLS struct{ SecretName string }
		}
		Status struct {
			URL        string
			Conditions []jsonCondition
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	m := &mapping{
		target: o.Spec.Ref.in(raw.Header.Namespace), url: frameworks.Line(o.Status.URL),
		secret: frameworks.Line(o.Spec.TLS.SecretName), conditions: conditionsOf(o.Status.Conditions),
	}
	if m.url == "" {
		m.url = "http://" + raw.Header.Name
		if m.secret != "" {
			m.url = "https://" + raw.Header.Name
		}
	}
	raw.Header.Links = append(raw.Header.Links, m.target)
	return m, nil
}

func decodeSource(raw *frameworks.Raw) (any, error) {
	type secret struct{ Name string }
	var o struct {
		Spec struct {
			Source struct {
				RepositoryURL, Reference string
				AuthSecretRef            secret
			}
			Registry struct{ AuthSecretRef secret }
		}
		Status struct {
			Name, Runtime string
			Conditions    []jsonCondition
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	return &source{
		name: frameworks.Line(o.Status.Name), runtime: frameworks.Line(o.Status.Runtime),
		repository: frameworks.SafeURL(o.Spec.Source.RepositoryURL), reference: frameworks.Line(o.Spec.Source.Reference),
		sourceSecret:   frameworks.Line(o.Spec.Source.AuthSecretRef.Name),
		registrySecret: frameworks.Line(o.Spec.Registry.AuthSecretRef.Name),
		conditions:     conditionsOf(o.Status.Conditions),
	}, nil
}

func decodeScaled(raw *frameworks.Raw) (any, error) {
	if !raw.Header.Labels.Has(labelFunc) {
		return nil, nil
	}
	var o struct {
		Spec struct {
			Hosts    []string
			Replicas struct{ Min, Max *int64 }
		}
	}
	if err := json.Unmarshal(raw.JSON, &o); err != nil {
		return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
	}
	s := &scaled{min: replicas(o.Spec.Replicas.Min), max: replicas(o.Spec.Replicas.Max)}
	for _, h := range frameworks.List(o.Spec.Hosts) {
		s.hosts = append(s.hosts, frameworks.Line(h))
	}
	return s, nil
}
