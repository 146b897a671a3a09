package snapshot

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// Wanted is a Secret of a cluster whose data controls would look at, as the operator allows.
type Wanted struct {
	Secret model.Ref
	Parts  model.Content
}

// Certificates makes a Decode function for the certificates of Secrets: it is asked only where they may be looked at.
func Certificates(keep func(*corev1.Secret) any) func(*Raw) (any, error) {
	return looking(model.Certificates, func(s *corev1.Secret, _ []byte) any { return keep(s) })
}

// Values makes a Decode function for the values of Secrets, which are kept as hashes with the key at most.
func Values(keep func(s *corev1.Secret, key []byte) any) func(*Raw) (any, error) {
	return looking(model.Values, keep)
}

func looking(part model.Content, keep func(*corev1.Secret, []byte) any) func(*Raw) (any, error) {
	return func(raw *Raw) (any, error) {
		s, ok := raw.Typed.(*corev1.Secret)
		if !ok {
			return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
		}
		if raw.Content&part == 0 {
			return nil, nil
		}
		return keep(s, raw.Key), nil
	}
}

// Unread says that a part of the data of a Secret has not been looked at, although the operator allows it. The reader
// takes note of it: see Wanted.
func (r *Reader) Unread(s *model.Secret, part model.Content) (Missing, bool) {
	o := r.Options()
	allowed := part == model.Certificates && o.ReadCertificates || part == model.Values && o.CompareSecretValues
	if !allowed || s.Content&part != 0 {
		return Missing{}, false
	}
	if r.wanted == nil {
		r.wanted = map[model.Ref]model.Content{}
	}
	r.wanted[s.Ref] |= part
	m := Missing{Verb: "get", Resource: "secrets", Namespace: s.Namespace, Reason: "Secret " + s.Name + " has not been read yet"}
	if s.Refused != "" {
		m.Reason = s.Refused
	}
	return m, true
}

// Wanted lists the Secrets of which Unread was told since it was called last.
func (r *Reader) Wanted() []Wanted {
	all := make([]Wanted, 0, len(r.wanted))
	for ref, parts := range r.wanted {
		all = append(all, Wanted{ref, parts})
	}
	r.wanted = nil
	slices.SortFunc(all, func(a, b Wanted) int { return a.Secret.Compare(b.Secret) })
	return all
}
