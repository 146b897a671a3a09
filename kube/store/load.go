package store

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/model"
)

// LoadDocuments puts the objects of manifests in. Manifests are a closed world: every kind counts as Available.
func (s *Store) LoadDocuments(docs []manifest.Document) (problems []error) {
	objects := make([]model.Object, 0, len(docs))
	for i := range docs {
		o, err := s.record(&docs[i])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: document %d: %w", docs[i].File, docs[i].Index, err))
			continue
		}
		objects = append(objects, o)
	}
	s.UpsertAll(objects)
	for _, k := range s.kinds() {
		s.SetAvailability(k, "", frameworks.Available)
	}
	return problems
}

func (s *Store) record(d *manifest.Document) (model.Object, error) {
	typed, err := d.Typed()
	switch {
	case err != nil:
		return nil, err
	case typed != nil:
		return s.decoder.Typed(typed, d.GVK)
	default:
		return s.decoder.JSON(d.JSON, d.GVK)
	}
}

// kinds lists all kinds that the store and the adapters know.
func (s *Store) kinds() []schema.GroupKind {
	all := []schema.GroupKind{
		frameworks.Deployment, frameworks.StatefulSet, frameworks.DaemonSet, frameworks.Job, frameworks.CronJob,
		frameworks.Pod, frameworks.Service, frameworks.Secret, frameworks.ConfigMap, frameworks.Namespace,
		frameworks.Ingress, frameworks.HTTPRoute, frameworks.Gateway, frameworks.Autoscaler,
	}
	for _, a := range s.adapters {
		for _, r := range a.Resources() {
			all = append(all, r.GroupKind())
		}
	}
	return all
}
