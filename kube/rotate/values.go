package rotate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Most is how large a value may be, in bytes: a Secret holds no more.
const Most = 1 << 20

// Values hands the values of rotations to the engine: those that were given, and pairs whose halves belong together.
// It is safe for concurrent use.
type Values struct {
	mu        sync.Mutex
	now       func() time.Time
	rotations map[model.Ref]*Rotation
	given     map[model.Ref]map[string][]byte
	pairs     map[model.Ref]*credential.Pair
}

// NewValues returns the values of these rotations. Given ones follow with Give.
func NewValues(all []*Rotation, now func() time.Time) *Values {
	v := &Values{now: now, rotations: map[model.Ref]*Rotation{}, given: map[model.Ref]map[string][]byte{}, pairs: map[model.Ref]*credential.Pair{}}
	for _, r := range all {
		v.rotations[r.target()] = r
	}
	return v
}

// target is the Secret that gets the values.
func (r *Rotation) target() model.Ref {
	if r.Successor.Name != "" {
		return r.Successor
	}
	return r.Secret
}

// Give takes over the value of a key; the caller must not use it afterwards. The error names no part of it.
func (v *Values) Give(r *Rotation, key string, value []byte) error {
	switch {
	case len(value) == 0:
		return errors.New("the value is empty")
	case len(value) > Most:
		return errors.New("the value is larger than 1 MiB")
	}
	if r.Recipe.Kind == credential.Htpasswd {
		line, err := credential.Line(r.Recipe.User, value)
		if err != nil {
			return err
		}
		clear(value)
		value = line
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.given[r.target()] == nil {
		v.given[r.target()] = map[string][]byte{}
	}
	v.given[r.target()][key] = value
	return nil
}

// Check says what is wrong with the given values together.
func (v *Values) Check() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for ref, r := range v.rotations {
		given := v.given[ref]
		for _, key := range r.Keys {
			if r.Given && len(given[key]) == 0 {
				return fmt.Errorf("nobody gave the value of %s of %s", key, holder(ref))
			}
		}
		certificate, key := given[certificateKey], given[privateKey]
		if len(certificate) > 0 && len(key) > 0 {
			if err := credential.Matching(certificate, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Value gives the engine one value.
func (v *Values) Value(_ context.Context, s *change.Step, n plan.Need) ([]byte, error) {
	steps, err := plan.ParsePath(n.Path)
	if err != nil || len(steps) != 2 {
		return nil, errors.New("it is no key of a Secret")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.rotations[s.Ref]
	if r == nil {
		return nil, errors.New("nobody gave it")
	}
	key := strings.TrimPrefix(steps[1].Key, r.below)
	switch {
	case r.Given:
		if value := v.given[s.Ref][key]; len(value) > 0 {
			return value, nil
		}
		return nil, errors.New("nobody gave it")
	}
	p, err := v.pair(s.Ref, r)
	switch {
	case err != nil:
		return nil, err
	case key == r.Public:
		return p.Public, nil
	}
	return p.Private, nil
}

// pair makes both halves once.
func (v *Values) pair(ref model.Ref, r *Rotation) (*credential.Pair, error) {
	if p := v.pairs[ref]; p != nil {
		return p, nil
	}
	var p *credential.Pair
	var err error
	if r.Recipe.Kind == credential.TLS {
		p, err = credential.SelfSigned(r.Recipe, r.Certificate, v.now())
	} else {
		p, err = credential.MakePair(r.Recipe)
	}
	if err == nil {
		v.pairs[ref] = p
	}
	return p, err
}

// Public are the public halves that were made and that no key of the Secret holds: whoever checks the private ones needs
// them.
func (v *Values) Public() map[model.Ref][]byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := map[model.Ref][]byte{}
	for ref, p := range v.pairs {
		if v.rotations[ref].Public == "" {
			all[ref] = p.Public
		}
	}
	return all
}

// Forget overwrites all values.
func (v *Values) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, given := range v.given {
		for _, value := range given {
			clear(value)
		}
	}
	for _, p := range v.pairs {
		clear(p.Private)
	}
	clear(v.given)
	clear(v.pairs)
}
