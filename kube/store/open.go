package store

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// OpenSecret replaces the record of a Secret by one that knows what controls keep of these parts of its data. It does
// nothing when the record is another one meanwhile. The values of o are overwritten.
func (s *Store) OpenSecret(was *model.Secret, o *corev1.Secret, parts model.Content) {
	s.replace(was, s.decoder.OpenSecret(o, parts))
}

// RefuseSecret notes why the data of a Secret could not be looked at.
func (s *Store) RefuseSecret(was *model.Secret, reason string) {
	now := *was
	now.Refused = reason
	s.replace(was, &now)
}

func (s *Store) replace(was, now *model.Secret) {
	facts, keys := s.describe(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.objects.get(was.Ref); e != nil && e.object == model.Object(was) && now.Ref == was.Ref {
		s.put(e, now, facts, keys)
	}
}
