package store

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// Look lets f ask questions of the store, which stands still meanwhile. The Index must not be kept.
func (s *Store) Look(f func(frameworks.Index)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&view{s: s})
}

// Objects lists the objects of a kind in the order of their references.
func (s *Store) Objects(kind schema.GroupKind) []model.Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []model.Object
	if l := s.lists[scope{kind, ""}]; l != nil {
		for _, e := range l.entries {
			all = append(all, e.object)
		}
	}
	sortObjects(all)
	return all
}
