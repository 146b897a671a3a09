package action

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// The presets of keys.
const (
	PresetDefault = "default"
	PresetK9s     = "k9s"
)

// Override is one entry of the configuration's "keys": the keys of an action, or none to unbind it.
type Override struct {
	ID   ID
	Keys []string
}

// Guard says why an action must not run on a screen now; an empty text lets it. Read-only and permissions are guards.
type Guard func(a *Action, target any) string

// Registry holds the actions that are built. It belongs to the program's loop: no method may be called at the same
// time as another.
type Registry struct {
	preset    string
	overrides []Override
	guards    []Guard
	actions   []*Action
	byID      map[ID]*Action

	bindings map[KeySet]map[string]*Action
	warnings []string
	scoped   []scoped
}

// NewRegistry makes an empty registry. Overrides count in their order.
func NewRegistry(preset string, overrides ...Override) *Registry {
	return &Registry{preset: preset, overrides: overrides, byID: map[ID]*Action{}}
}

// Add lists an action of the table of defaults, now that there is a handler for it. Adding an action that the table
// does not have, or adding one twice, is a mistake in the program and panics.
func (r *Registry) Add(id ID, h Handler, options ...Option) *Action {
	i := slices.IndexFunc(table, func(s Spec) bool { return s.ID == id })
	if i < 0 {
		panic("action: the table of defaults has no " + string(id))
	}
	return r.AddSpec(table[i], h, options...)
}

// AddSpec lists an action that is not in the table: one that the configuration defines.
func (r *Registry) AddSpec(spec Spec, h Handler, options ...Option) *Action {
	if r.byID[spec.ID] != nil {
		panic("action: " + string(spec.ID) + " is added twice")
	}
	a := &Action{Spec: spec, handler: h}
	for _, option := range options {
		option(a)
	}
	r.byID[spec.ID] = a
	r.actions = append(r.actions, a)
	r.bindings = nil
	return a
}

// AddGuard adds a reason for which any action may be disabled. The first guard that objects is the reason shown.
func (r *Registry) AddGuard(g Guard) { r.guards = append(r.guards, g) }

// ReadOnly is the guard for a console that must change nothing. Actions that end in a plan stay: the plan may be
// looked at.
func ReadOnly(on func() bool) Guard {
	return func(a *Action, _ any) string {
		if a.Mutates && !a.Plans && on() {
			return "read-only"
		}
		return ""
	}
}

// Permissions is the guard that asks allowed for every access that an action needs. It is told the namespace, and
// returns the reason, for example "no patch on deployments in payments".
func Permissions(allowed func(a Access, namespace string) string) Guard {
	return func(a *Action, target any) string {
		for _, access := range a.Access {
			namespace := ""
			if access.Namespace != nil {
				namespace = access.Namespace(target)
			}
			if reason := allowed(access, namespace); reason != "" {
				return reason
			}
		}
		return ""
	}
}

// Get returns an action that is listed.
func (r *Registry) Get(id ID) (*Action, bool) {
	r.bind()
	a, ok := r.byID[id]
	return a, ok
}

// All returns the listed actions in the order of the table of defaults; those of the configuration come last.
func (r *Registry) All() []*Action {
	r.bind()
	order := func(a *Action) int {
		if i := slices.IndexFunc(table, func(s Spec) bool { return s.ID == a.ID }); i >= 0 {
			return i
		}
		return len(table)
	}
	all := slices.Clone(r.actions)
	slices.SortStableFunc(all, func(a, b *Action) int { return order(a) - order(b) })
	return all
}

// For returns the actions of a key set that exist on a screen.
func (r *Registry) For(set KeySet, target any) []*Action {
	return slices.DeleteFunc(r.All(), func(a *Action) bool { return a.Set&set == 0 || !a.Applies(target) })
}

// Lookup returns the action of a key, as Bubble Tea or the configuration writes it.
func (r *Registry) Lookup(set KeySet, key string) (*Action, bool) {
	r.bind()
	a, ok := r.bindings[set][Normalize(key)]
	return a, ok
}

// Reason says why an action is disabled on a screen; it is empty when the action may run.
func (r *Registry) Reason(a *Action, target any) string {
	if !a.Applies(target) {
		return "not on this screen"
	}
	for _, guard := range r.guards {
		if reason := guard(a, target); reason != "" {
			return reason
		}
	}
	if a.Disabled != nil {
		return a.Disabled(target)
	}
	return ""
}

// Run runs an action on a screen unless it is disabled; then it returns the reason and does nothing.
func (r *Registry) Run(a *Action, target any, key string) (tea.Cmd, string) {
	if reason := r.Reason(a, target); reason != "" {
		return nil, reason
	}
	return a.handler.run(target, Normalize(key)), ""
}

// Warnings says what is wrong with the bindings that the configuration asked for.
func (r *Registry) Warnings() []string {
	r.bind()
	return r.warnings
}

// bind computes the bindings: first the preset's, in the order of the table, then the operator's in his order. A
// binding that finds its key taken is off.
func (r *Registry) bind() {
	if r.bindings != nil {
		return
	}
	r.bindings, r.warnings = map[KeySet]map[string]*Action{}, nil
	for _, s := range keySets {
		r.bindings[s.set] = map[string]*Action{}
	}
	if r.preset != "" && r.preset != PresetDefault && r.preset != PresetK9s {
		r.warnf("keys: preset %q does not exist: use %s or %s", r.preset, PresetDefault, PresetK9s)
	}
	overridden := r.validOverrides()
	for _, a := range r.All() {
		a.bound = map[KeySet][]string{}
		if !slices.ContainsFunc(overridden, func(o Override) bool { return o.ID == a.ID }) {
			r.bindKeys(a, a.preset(r.preset))
		}
	}
	for _, o := range overridden {
		r.bindKeys(r.byID[o.ID], o.Keys)
	}
	r.bindScoped()
}

func (r *Registry) validOverrides() []Override {
	var valid []Override
	for _, o := range r.overrides {
		a := r.byID[o.ID]
		switch {
		case a == nil:
			r.warnf("keys: there is no action %q", o.ID)
		case a.Fixed:
			r.warnf("keys: the keys of %s cannot be changed", o.ID)
		case slices.ContainsFunc(valid, func(v Override) bool { return v.ID == o.ID }):
			r.warnf("keys: %s is listed twice; the first counts", o.ID)
		default:
			valid = append(valid, o)
		}
	}
	return valid
}

func (s *Spec) preset(name string) []string {
	if name == PresetK9s && s.K9s != nil {
		return s.K9s
	}
	return s.Keys
}

func (r *Registry) bindKeys(a *Action, keys []string) {
	for _, raw := range keys {
		key := Normalize(raw)
		if problem := CheckKey(key); problem != "" {
			r.warnf("keys: %s: %s", a.ID, problem)
			continue
		}
		if a.Mutates && isControlLetter(key) {
			r.warnf("keys: %s: nothing that changes the cluster may sit on %s", a.ID, key)
			continue
		}
		r.bindKey(a, key)
	}
}

// bindKey gives a key to an action in each of its sets in which the key is free.
func (r *Registry) bindKey(a *Action, key string) {
	var taken []string
	for _, s := range keySets {
		if a.Set&s.set == 0 {
			continue
		}
		switch other := r.bindings[s.set][key]; other {
		case nil:
			r.bindings[s.set][key] = a
			a.bound[s.set] = append(a.bound[s.set], key)
		case a:
		default:
			if !slices.Contains(taken, string(other.ID)) {
				taken = append(taken, string(other.ID))
			}
		}
	}
	if len(taken) > 0 {
		r.warnf("keys: %s of %s is off: the key belongs to %s; unbind that first", key, a.ID, strings.Join(taken, ", "))
	}
}

func (r *Registry) warnf(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}
