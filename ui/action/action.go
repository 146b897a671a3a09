// Package action is the registry of everything the console can do by a key.
//
// Help, menus, footers, key documentation, read-only and greying-out all read it. Rule: an action is listed only
// once it is built, that is once a screen has added a handler for it; its keys and words stand in the table of
// defaults and nowhere else.
package action

import (
	tea "charm.land/bubbletea/v2"
)

// ID names an action in the configuration. It never changes once released.
type ID string

// KeySet is a set of keys within which a key always means the same. An action can be in several.
type KeySet uint8

// The key sets.
const (
	Lists KeySet = 1 << iota
	Pagers
	Plan
)

var keySets = []struct {
	set   KeySet
	title string
}{{Lists, "Lists"}, {Pagers, "Pagers"}, {Plan, "Plan"}}

func (k KeySet) String() string {
	name := ""
	for _, s := range keySets {
		if k&s.set == 0 {
			continue
		}
		if name != "" {
			name += ", "
		}
		name += s.title
	}
	return name
}

// Spec is what the table of defaults says about an action.
type Spec struct {
	ID      ID
	Keys    []string // in the preset "default"
	K9s     []string // in the preset "k9s"; nil is the same as Keys, empty is unbound
	Title   string   // short, for menus and footers
	Tooltip string   // one sentence, for help
	Group   string
	Set     KeySet
	// Mutates is set for what changes something in the cluster, or starts something in it.
	Mutates bool
	// Plans is set for a mutating action that shows a plan first: read-only lets the plan be seen.
	Plans bool
	// Fixed keys can be neither rebound nor unbound.
	Fixed bool
}

// Access is one permission that an action needs.
type Access struct {
	Verb, Group, Resource, Subresource string
	// Namespace says in which namespace, for the selection of a screen; nil or "" is cluster-wide.
	Namespace func(target any) string
}

// In makes an Access's namespace function of a method of a screen.
func In[S any](namespace func(S) string) func(any) string {
	return func(target any) string {
		if s, ok := target.(S); ok {
			return namespace(s)
		}
		return ""
	}
}

// Handler runs an action on a screen. It applies to the screens that are of the type it was made for, which is
// usually a small interface: an action exists on every screen that has the method.
type Handler struct {
	applies func(target any) bool
	run     func(target any, key string) tea.Cmd
}

// On makes a handler for screens of type S.
func On[S any](run func(S) tea.Cmd) Handler {
	return OnKey(func(s S, _ string) tea.Cmd { return run(s) })
}

// OnKey makes a handler that is told which of its keys was pressed.
func OnKey[S any](run func(S, string) tea.Cmd) Handler {
	return Handler{
		applies: func(target any) bool { _, ok := target.(S); return ok },
		run: func(target any, key string) tea.Cmd {
			if s, ok := target.(S); ok {
				return run(s, key)
			}
			return nil
		},
	}
}

// When makes a handler for the screens that it applies to, where no type tells them.
func When(applies func(target any) bool, run func(target any) tea.Cmd) Handler {
	return Handler{applies: applies, run: func(target any, _ string) tea.Cmd { return run(target) }}
}

// Reason makes an action's Disabled function of a function on screens of type S.
func Reason[S any](reason func(S) string) func(any) string {
	return func(target any) string {
		if s, ok := target.(S); ok {
			return reason(s)
		}
		return ""
	}
}

// Option completes an action when it is added.
type Option func(*Action)

// Needs adds permissions without which the action is disabled.
func Needs(access ...Access) Option {
	return func(a *Action) { a.Access = append(a.Access, access...) }
}

// DisabledBy says why the action cannot run now; an empty text enables it.
func DisabledBy[S any](reason func(S) string) Option {
	return func(a *Action) { a.Disabled = Reason(reason) }
}

// Titled replaces title and tooltip where a screen's own words say it better.
func Titled(title, tooltip string) Option {
	return func(a *Action) { a.Title, a.Tooltip = title, tooltip }
}

// Action is one entry of the registry.
type Action struct {
	Spec
	Access   []Access
	Disabled func(target any) string

	handler Handler
	bound   map[KeySet][]string
}

// Bound returns the keys that the action has in a key set, after preset and configuration.
func (a *Action) Bound(set KeySet) []string { return a.bound[set] }

// Applies reports whether the action exists on a screen.
func (a *Action) Applies(target any) bool { return a.handler.applies(target) }
