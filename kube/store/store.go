// Package store holds the records of one cluster, knows which functions a change touches, and keeps itself up to
// date from the API server.
//
// Its one rule: what was not read is not "absent". Every answer can be told from "not allowed" and "not yet".
package store

import (
	"hash/maphash"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/claims"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/record"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// fact is the hash of one question that an object answers: `Get X`, `Children of X of kind K` and so on. The
// hashes index the objects and the functions that asked. Two questions with one hash cost a needless rebuild and
// nothing else, because answers are checked against the objects.
type fact uint64

// scope is a kind in a namespace; an empty namespace is the whole cluster.
type scope struct {
	schema.GroupKind
	namespace string
}

// Store is safe for concurrent use.
type Store struct {
	decoder  *record.Decoder
	adapters []frameworks.Framework
	byName   map[string]frameworks.Framework
	entries  []string // frameworks of the configuration
	labels   map[string]bool
	seed     maphash.Seed

	mu        sync.RWMutex
	objects   objects
	index     map[fact]few[*entry]
	sources   map[string]map[model.Ref]bool
	available map[scope]frameworks.Availability
	lists     map[scope]*list
	names     map[schema.GroupKind]map[string]bool // of cluster-scoped objects

	// asked and askers are the dependencies of the functions that were built.
	asked  map[model.FunctionKey]*asker
	askers map[fact]few[*asker]
	// questions is the list in which Build notes what is asked.
	questions []fact
	dirty     map[model.FunctionKey]struct{}

	// changed are the objects and kinds that changed since the last TakeChanges; nil while nobody wants to know.
	changed *changed
	touched chan struct{}

	notify chan struct{}
}

// New returns an empty store for these adapters, which also keeps what controls read of kinds. Kinds are Loading until
// SetAvailability says otherwise.
func New(adapters []frameworks.Framework, kinds ...snapshot.Kind) *Store {
	s := &Store{
		decoder: record.NewDecoder(adapters, kinds...), adapters: adapters,
		byName: map[string]frameworks.Framework{}, labels: map[string]bool{}, seed: maphash.MakeSeed(),
		index: map[fact]few[*entry]{}, sources: map[string]map[model.Ref]bool{},
		available: map[scope]frameworks.Availability{}, lists: map[scope]*list{},
		names: map[schema.GroupKind]map[string]bool{},
		asked: map[model.FunctionKey]*asker{}, askers: map[fact]few[*asker]{},
		dirty: map[model.FunctionKey]struct{}{}, notify: make(chan struct{}, 1), touched: make(chan struct{}, 1),
	}
	s.objects = newObjects(s.seed)
	for _, a := range adapters {
		s.byName[a.Name()] = a
		if c, ok := a.(frameworks.Configured); ok && c.Configured() {
			s.entries = append(s.entries, a.Name())
		}
		if l, ok := a.(frameworks.LabelIndexer); ok {
			for _, key := range l.IndexedLabels() {
				s.labels[key] = true
			}
		}
	}
	return s
}

// Rank orders frameworks where several claim one workload. Plain comes last, and those of the configuration lie
// between, in their order.
func (s *Store) Rank(framework string) int { return claims.Rank(framework, s.entries) }

// Decoder returns the decoder that makes this store's records.
func (s *Store) Decoder() *record.Decoder { return s.decoder }

// Changed gets a value when functions became dirty since the last TakeDirty.
func (s *Store) Changed() <-chan struct{} { return s.notify }

// Upsert puts an object in, or replaces the one of the same identity.
func (s *Store) Upsert(o model.Object) {
	facts, keys := s.describe(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.upsert(o, facts, keys)
}

// UpsertAll puts many objects in under one lock.
func (s *Store) UpsertAll(objects []model.Object) {
	facts := make([][]fact, len(objects))
	keys := make([][]model.FunctionKey, len(objects))
	for i, o := range objects {
		facts[i], keys[i] = s.describe(o)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range objects {
		s.upsert(o, facts[i], keys[i])
	}
}

// Delete removes the object, if it is there.
func (s *Store) Delete(ref model.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(ref)
}

// Object returns the record, or nil.
func (s *Store) Object(ref model.Ref) model.Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.objects.get(ref); e != nil {
		return e.object
	}
	return nil
}

// Count returns the number of objects of the kind in the namespace; an empty namespace counts all.
func (s *Store) Count(kind schema.GroupKind, namespace string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if l := s.lists[scope{kind, namespace}]; l != nil {
		return len(l.entries)
	}
	return 0
}

// Names lists the names of all objects of a cluster-scoped kind, sorted.
func (s *Store) Names(kind schema.GroupKind) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for ref := range s.names[kind] {
		names = append(names, ref)
	}
	slices.Sort(names)
	return names
}

// Retain deletes the objects of a kind and namespace (empty: all) that keep does not name: what a complete list
// did not hold is gone.
func (s *Store) Retain(kind schema.GroupKind, namespace string, keep map[model.Ref]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lists[scope{kind, namespace}]
	if l == nil {
		return
	}
	var gone []model.Ref
	for _, e := range l.entries {
		if ref := e.object.Head().Ref; !keep[ref] {
			gone = append(gone, ref)
		}
	}
	for _, ref := range gone {
		s.remove(ref)
	}
}

// ReplaceSource makes the objects the only ones of that source. Connectors use it: what an API did not list any
// more is gone.
func (s *Store) ReplaceSource(source string, raws []*frameworks.Raw) {
	objects := make([]model.Object, 0, len(raws))
	now := make(map[model.Ref]bool, len(raws))
	for _, raw := range raws {
		o := s.decoder.FromRaw(raw)
		now[o.Head().Ref] = true
		objects = append(objects, o)
	}
	s.UpsertAll(objects)
	s.mu.Lock()
	defer s.mu.Unlock()
	for ref := range s.sources[source] {
		if !now[ref] {
			s.remove(ref)
		}
	}
	s.sources[source] = now
}

// SetAvailability says whether objects of a kind can be seen in a namespace (empty: cluster-wide). Functions that
// asked are built again.
func (s *Store) SetAvailability(kind schema.GroupKind, namespace string, a frameworks.Availability) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := scope{kind, namespace}
	if have, ok := s.available[at]; ok && have == a {
		return
	}
	s.available[at] = a
	s.changed.coverage(kind)
	s.touch(s.hash(askAvailability, model.Ref{Group: kind.Group, Kind: kind.Kind}, "", ""))
}

// DropAvailability forgets what was said about a kind in a namespace.
func (s *Store) DropAvailability(kind schema.GroupKind, namespace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.available, scope{kind, namespace})
	s.changed.coverage(kind)
	s.touch(s.hash(askAvailability, model.Ref{Group: kind.Group, Kind: kind.Kind}, "", ""))
}

func (s *Store) upsert(o model.Object, facts []fact, keys []model.FunctionKey) {
	ref := o.Head().Ref
	e := s.objects.get(ref)
	if e == nil {
		s.put(&entry{}, o, facts, keys)
		return
	}
	if v := o.Head().ResourceVersion; v == "" || v != e.object.Head().ResourceVersion {
		s.put(e, o, facts, keys)
	}
}

// put gives an entry its object. The caller holds the lock.
func (s *Store) put(e *entry, o model.Object, facts []fact, keys []model.FunctionKey) {
	ref, old := o.Head().Ref, e.object
	var oldFacts []fact
	var oldKeys []model.FunctionKey
	e.object = o
	if old == nil {
		s.objects.add(e)
		s.enlist(ref, e)
	} else {
		oldFacts, oldKeys = s.describe(old)
	}
	d := snapshot.Other
	if s.changed != nil && old != nil {
		d = snapshot.Compare(old, o)
	}
	s.outdate(ref, d)
	for _, f := range oldFacts {
		if !slices.Contains(facts, f) {
			take(s.index, f, e)
			s.touch(f)
		}
	}
	for _, f := range facts {
		if !slices.Contains(oldFacts, f) {
			put(s.index, f, e)
		}
		s.touch(f)
	}
	s.touch(s.hash(askGet, ref, "", ""))
	s.markDirty(oldKeys)
	s.markDirty(keys)
}

func (s *Store) remove(ref model.Ref) {
	e := s.objects.get(ref)
	if e == nil {
		return
	}
	facts, keys := s.describe(e.object)
	s.objects.remove(e)
	s.delist(ref, e)
	s.outdate(ref, snapshot.Other)
	for _, f := range facts {
		take(s.index, f, e)
		s.touch(f)
	}
	s.touch(s.hash(askGet, ref, "", ""))
	s.markDirty(keys)
}

// touch marks the functions dirty that asked the question.
func (s *Store) touch(f fact) {
	all := s.askers[f]
	for a := range all.each {
		s.dirty[a.key] = struct{}{}
	}
	s.tell(all.len())
}

func (s *Store) markDirty(keys []model.FunctionKey) {
	for _, k := range keys {
		s.dirty[k] = struct{}{}
	}
	s.tell(len(keys))
}

// tell says that n functions became dirty.
func (s *Store) tell(n int) {
	if n == 0 {
		return
	}
	select {
	case s.notify <- struct{}{}:
	default:
	}
}

// TakeDirty returns the functions to build again and forgets them.
func (s *Store) TakeDirty() []model.FunctionKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]model.FunctionKey, 0, len(s.dirty))
	for k := range s.dirty {
		keys = append(keys, k)
	}
	clear(s.dirty)
	slices.SortFunc(keys, model.FunctionKey.Compare)
	return keys
}
