package store

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// list is the objects of a kind in a namespace, or everywhere.
type list struct {
	entries []*entry
	sorted  []model.Object // nil when it has to be made anew
}

// scopes are the lists that an object stands in.
func scopes(ref model.Ref) [2]scope {
	kind := ref.GroupKind()
	if ref.Namespace == "" {
		return [2]scope{{}, {kind, ""}}
	}
	return [2]scope{{kind, ref.Namespace}, {kind, ""}}
}

// enlist puts a new object into the lists of its kind. The caller holds the lock.
func (s *Store) enlist(ref model.Ref, e *entry) {
	for i, at := range scopes(ref) {
		if at.Kind == "" {
			continue
		}
		l := s.lists[at]
		if l == nil {
			l = &list{}
			s.lists[at] = l
		}
		e.place[i] = int32(len(l.entries))
		l.entries = append(l.entries, e)
	}
	if ref.Namespace == "" {
		kind := ref.GroupKind()
		if s.names[kind] == nil {
			s.names[kind] = map[string]bool{}
		}
		s.names[kind][ref.Name] = true
	}
}

// delist takes an object out again. The caller holds the lock.
func (s *Store) delist(ref model.Ref, e *entry) {
	for i, at := range scopes(ref) {
		if at.Kind == "" {
			continue
		}
		l := s.lists[at]
		last := len(l.entries) - 1
		moved := l.entries[last]
		l.entries[e.place[i]], l.entries[last] = moved, nil
		moved.place[i] = e.place[i]
		l.entries = l.entries[:last]
		l.sorted = nil
		if last == 0 {
			delete(s.lists, at)
		}
	}
	if ref.Namespace == "" {
		delete(s.names[ref.GroupKind()], ref.Name)
	}
}

// outdate takes note that an object changed, and what of it. The caller holds the lock.
func (s *Store) outdate(ref model.Ref, d snapshot.Difference) {
	for _, at := range scopes(ref) {
		if l := s.lists[at]; l != nil {
			l.sorted = nil
		}
	}
	if s.changed != nil && d != snapshot.None {
		s.changed.objects[ref] = max(s.changed.objects[ref], d)
		s.changed.tell()
	}
}

// List returns the objects of a kind in a namespace (empty: everywhere), in the order of Ref.Compare. The slice is
// shared and must not be changed.
func (s *Store) List(kind schema.GroupKind, namespace string) []model.Object {
	at := scope{kind, namespace}
	s.mu.RLock()
	l := s.lists[at]
	if l == nil || l.sorted != nil {
		defer s.mu.RUnlock()
		if l == nil {
			return nil
		}
		return l.sorted
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l = s.lists[at]; l == nil {
		return nil
	}
	if l.sorted == nil {
		of := 1
		if namespace != "" {
			of = 0
		}
		l.entries = ordered(l.entries)
		l.sorted = make([]model.Object, len(l.entries))
		for i, e := range l.entries {
			e.place[of], l.sorted[i] = int32(i), e.object
		}
	}
	return l.sorted
}

// ordered sorts entries that were in order but for a few: those that stand in the way of the others are taken out,
// sorted, and merged with them.
func ordered(entries []*entry) []*entry {
	before := func(a, b *entry) bool { return a.object.Head().Compare(b.object.Head().Ref) < 0 }
	kept, late := make([]*entry, 0, len(entries)), []*entry(nil)
	for _, e := range entries {
		last := len(kept) - 1
		switch {
		case last < 0 || before(kept[last], e):
			kept = append(kept, e)
		case last == 0 || before(kept[last-1], e):
			late = append(late, kept[last]) // it was one that does not belong here
			kept[last] = e
		default:
			late = append(late, e)
		}
	}
	if len(late) == 0 {
		return kept
	}
	slices.SortFunc(late, func(a, b *entry) int { return a.object.Head().Compare(b.object.Head().Ref) })
	all := make([]*entry, 0, len(entries))
	for len(kept) > 0 && len(late) > 0 {
		if before(late[0], kept[0]) {
			all, late = append(all, late[0]), late[1:]
		} else {
			all, kept = append(all, kept[0]), kept[1:]
		}
	}
	return append(append(all, kept...), late...)
}

// Coverage says whether List is all there is. What is known of the namespace decides, then what is known of the whole
// cluster; cluster-wide, one namespace that may not be read hides something.
func (s *Store) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	whole, known := s.available[scope{kind, ""}]
	if known && (whole == frameworks.Available || whole == frameworks.Absent) {
		return coverages[whole]
	}
	if a, ok := s.available[scope{kind, namespace}]; ok && namespace != "" {
		return coverages[a]
	}
	if known {
		return coverages[whole]
	}
	return snapshot.Loading
}

var coverages = map[frameworks.Availability]snapshot.Coverage{
	frameworks.Loading: snapshot.Loading, frameworks.Available: snapshot.Seen,
	frameworks.Absent: snapshot.Absent, frameworks.Denied: snapshot.Denied,
}

// changed collects what changed.
type changed struct {
	objects map[model.Ref]snapshot.Difference
	kinds   map[schema.GroupKind]struct{}
	touched chan struct{}
}

func (c *changed) coverage(kind schema.GroupKind) {
	if c != nil {
		c.kinds[kind] = struct{}{}
		c.tell()
	}
}

func (c *changed) tell() {
	select {
	case c.touched <- struct{}{}:
	default:
	}
}

// Touched gets a value when TakeChanges would return something.
func (s *Store) Touched() <-chan struct{} { return s.touched }

// TakeChanges returns what changed of objects, and of their coverage, since it was called last, and forgets it. From the
// first call on the store keeps account.
func (s *Store) TakeChanges() (c snapshot.Changes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		for ref, d := range s.changed.objects {
			switch d {
			case snapshot.Tags:
				c.Tags = append(c.Tags, ref)
			case snapshot.Marks:
				c.Marks = append(c.Marks, ref)
			default:
				c.Objects = append(c.Objects, ref)
			}
		}
		for kind := range s.changed.kinds {
			c.Coverage = append(c.Coverage, kind)
		}
	}
	s.changed = &changed{objects: map[model.Ref]snapshot.Difference{}, kinds: map[schema.GroupKind]struct{}{}, touched: s.touched}
	return c
}
