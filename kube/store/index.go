package store

import (
	"hash/maphash"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// The questions of frameworks.Index.
const (
	askGet byte = iota + 1
	askChildren
	askLabelled
	askReferrers
	askMembers
	askAvailability
)

// question is what is hashed. Kind carries the kind asked for, ref the object asked about.
type question struct {
	ask         byte
	ref         model.Ref
	group, kind string
	key, value  string
}

func (s *Store) hash(ask byte, ref model.Ref, key, value string) fact {
	return fact(maphash.Comparable(s.seed, question{ask: ask, ref: ref, key: key, value: value}))
}

func (s *Store) hashKind(ask byte, ref model.Ref, kind schema.GroupKind, key, value string) fact {
	return fact(maphash.Comparable(s.seed,
		question{ask: ask, ref: ref, group: kind.Group, kind: kind.Kind, key: key, value: value}))
}

func (s *Store) hashMember(k model.FunctionKey) fact {
	return s.hash(askMembers, model.Ref{Group: k.Group, Kind: k.Kind, Namespace: k.Namespace, Name: k.Name}, k.Framework, "")
}

// describe lists the questions that an object answers, besides Get, and the functions that it belongs to.
func (s *Store) describe(o model.Object) (facts []fact, keys []model.FunctionKey) {
	h := o.Head()
	kind := h.GroupKind()
	add := func(f fact) {
		if !slices.Contains(facts, f) {
			facts = append(facts, f)
		}
	}
	for _, w := range h.Owners {
		add(s.hashKind(askChildren, model.Ref{Group: w.Group, Kind: w.Kind, Name: w.Name}, kind, "", ""))
	}
	for _, to := range h.Links {
		add(s.hashKind(askReferrers, to, kind, "", ""))
	}
	for _, l := range h.Labels {
		if !s.labels[l.Key] {
			continue
		}
		add(s.hashKind(askLabelled, model.Ref{Namespace: h.Namespace}, kind, l.Key, l.Value))
		add(s.hashKind(askLabelled, model.Ref{}, kind, l.Key, l.Value))
	}
	for _, a := range s.adapters {
		for _, k := range keysOf(a, o) {
			if k.Framework == a.Name() {
				keys = append(keys, k)
				add(s.hashMember(k))
			}
		}
	}
	return facts, keys
}

// keysOf guards against a panic of one adapter on one hostile object.
func keysOf(a frameworks.Framework, o model.Object) (keys []model.FunctionKey) {
	defer func() {
		if r := recover(); r != nil {
			keys = nil
		}
	}()
	return a.Keys(o)
}

// view answers one function's questions and records them. The store is locked while it is used.
type view struct {
	s     *Store
	asked []fact
}

var _ frameworks.Index = (*view)(nil)

func (v *view) note(f fact) fact {
	if !slices.Contains(v.asked, f) {
		v.asked = append(v.asked, f)
	}
	return f
}

func (v *view) Get(ref model.Ref) model.Object {
	v.note(v.s.hash(askGet, ref, "", ""))
	if e := v.s.objects.get(ref); e != nil {
		return e.object
	}
	return nil
}

func (v *view) Children(owner model.Ref, child schema.GroupKind) []model.Object {
	// An owner is named without its namespace: owners of one name in several are told apart by the objects.
	f := v.note(v.s.hashKind(askChildren, model.Ref{Group: owner.Group, Kind: owner.Kind, Name: owner.Name}, child, "", ""))
	var head *model.Header
	if e := v.s.objects.get(owner); e != nil {
		head = e.object.Head()
	} else {
		head = &model.Header{Ref: owner}
	}
	return v.pick(f, child, func(h *model.Header) bool {
		return (owner.Namespace == "" || h.Namespace == owner.Namespace) && h.OwnedBy(head)
	})
}

func (v *view) Labelled(kind schema.GroupKind, namespace, key, value string) []model.Object {
	f := v.note(v.s.hashKind(askLabelled, model.Ref{Namespace: namespace}, kind, key, value))
	return v.pick(f, kind, func(h *model.Header) bool {
		return (namespace == "" || h.Namespace == namespace) && h.Labels.Get(key) == value && h.Labels.Has(key)
	})
}

func (v *view) Referrers(to model.Ref, from schema.GroupKind) []model.Object {
	f := v.note(v.s.hashKind(askReferrers, to, from, "", ""))
	return v.pick(f, from, func(h *model.Header) bool { return slices.Contains(h.Links, to) })
}

func (v *view) Members(key model.FunctionKey) []model.Object {
	f := v.note(v.s.hashMember(key))
	var found []model.Object
	for e := range v.s.index[f].each {
		if s := v.s; slices.ContainsFunc(s.adapters, func(a frameworks.Framework) bool {
			return a.Name() == key.Framework && slices.Contains(keysOf(a, e.object), key)
		}) {
			found = append(found, e.object)
		}
	}
	sortObjects(found)
	return found
}

func (v *view) pick(f fact, kind schema.GroupKind, fits func(*model.Header) bool) []model.Object {
	var found []model.Object
	for e := range v.s.index[f].each {
		if h := e.object.Head(); h.Group == kind.Group && h.Kind == kind.Kind && fits(h) {
			found = append(found, e.object)
		}
	}
	sortObjects(found)
	return found
}

func sortObjects(all []model.Object) {
	if len(all) > 1 {
		slices.SortFunc(all, func(a, b model.Object) int { return a.Head().Compare(b.Head().Ref) })
	}
}

// Availability: what is known of the namespace decides, then what is known of the whole cluster. A kind of which
// nothing was said is Loading.
func (v *view) Availability(kind schema.GroupKind, namespace string) frameworks.Availability {
	v.note(v.s.hash(askAvailability, model.Ref{Group: kind.Group, Kind: kind.Kind}, "", ""))
	whole, known := v.s.available[scope{kind, ""}]
	if known && (whole == frameworks.Available || whole == frameworks.Absent) {
		return whole
	}
	if a, ok := v.s.available[scope{kind, namespace}]; ok {
		return a
	}
	if known {
		return whole
	}
	return frameworks.Loading
}

// Build describes one function, as its adapter sees it now, and remembers what it asked. It returns nil when there
// is no such function.
func (s *Store) Build(key model.FunctionKey) *model.Function {
	a := s.byName[key.Framework]
	if a == nil {
		return nil
	}
	// One lock for both: a change between reading and remembering would be lost.
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &view{s: s, asked: s.questions[:0]}
	f := build(a, key, v)
	s.questions = v.asked
	if f != nil {
		f.APIVersion = s.decoder.String(f.APIVersion)
	}
	s.remember(key, v.asked, f != nil)
	return f
}

// build guards against a panic of one adapter on one hostile object: the function is then a row that says so.
func build(a frameworks.Framework, key model.FunctionKey, x frameworks.Index) (f *model.Function) {
	defer func() {
		if r := recover(); r != nil {
			f = &model.Function{Key: key, State: model.Unknown, Reason: "cannot be read: an object of it is malformed"}
		}
	}()
	f, ok := a.Build(key, x)
	if !ok {
		return nil
	}
	if f.Owners == nil && !f.Object.IsZero() {
		f.Owners = frameworks.Owners(x, f.Object)
	}
	return f
}

// asker is a function with the questions that it was built from.
type asker struct {
	key   model.FunctionKey
	asked []fact
}

// remember replaces the questions of a function. A function that is gone keeps none: whatever brings it back names
// its key.
func (s *Store) remember(key model.FunctionKey, asked []fact, exists bool) {
	a := s.asked[key]
	if a == nil {
		a = &asker{key: key}
	}
	for _, f := range a.asked {
		if exists && slices.Contains(asked, f) {
			continue
		}
		take(s.askers, f, a)
	}
	if !exists {
		delete(s.asked, key)
		return
	}
	for _, f := range asked {
		if !slices.Contains(a.asked, f) {
			put(s.askers, f, a)
		}
	}
	if !slices.Equal(a.asked, asked) {
		a.asked = slices.Clone(asked)
	}
	s.asked[key] = a
}
