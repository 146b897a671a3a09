package action

import "slices"

// AddScoped lists an action that the configuration defines for some screens. On those its keys come first; elsewhere
// they are what they are. A key that another action has is taken only with override.
func (r *Registry) AddScoped(spec Spec, h Handler, override bool, options ...Option) *Action {
	keys := spec.Keys
	spec.Keys, spec.K9s = nil, nil
	a := r.AddSpec(spec, h, options...)
	r.scoped = append(r.scoped, scoped{Action: a, keys: keys, override: override})
	return a
}

// scoped is an action whose keys count on some screens only.
type scoped struct {
	*Action
	keys     []string
	override bool
}

// Find returns the action of a key on a screen.
func (r *Registry) Find(set KeySet, key string, target any) (*Action, bool) {
	r.bind()
	key = Normalize(key)
	for _, a := range r.scoped {
		if a.Set&set != 0 && slices.Contains(a.bound[set], key) && a.Applies(target) {
			return a.Action, true
		}
	}
	return r.Lookup(set, key)
}

// bindScoped gives the scoped actions their keys, after all others have theirs.
func (r *Registry) bindScoped() {
	for _, a := range r.scoped {
		for _, raw := range a.keys {
			key := Normalize(raw)
			if problem := CheckKey(key); problem != "" {
				r.warnf("keys: %s: %s", a.ID, problem)
				continue
			}
			for _, s := range keySets {
				if a.Set&s.set == 0 {
					continue
				}
				other := r.bindings[s.set][key]
				switch {
				case other != nil && other.Fixed:
					r.warnf("keys: %s of %s is off: the keys of %s cannot be changed", key, a.ID, other.ID)
				case other != nil && !a.override:
					r.warnf("keys: %s of %s is off: the key belongs to %s; override: true takes it", key, a.ID, other.ID)
				default:
					a.bound[s.set] = append(a.bound[s.set], key)
				}
			}
		}
	}
}
