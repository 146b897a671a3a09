package service

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Lookup answers which objects have to do with a name, from an index of a namespace or of the cluster. The index is made
// once; an answer that stays the same lets what was computed from it stand. Most indexes are empty: then there is one
// answer for all names.
type Lookup struct {
	some    *snapshot.Query[string, bool]
	answers *snapshot.Query[entry, []model.Ref]
}

type entry struct{ scope, name string }

// NewLookup returns a lookup with an index that add fills: of a namespace, or of the cluster when the scope is empty.
func NewLookup(title string, fill func(r *snapshot.Reader, scope string, add func(name string, ref model.Ref))) *Lookup {
	index := snapshot.NewQuery(title+", all", func(r *snapshot.Reader, scope string) map[string][]model.Ref {
		m := map[string][]model.Ref{}
		fill(r, scope, func(name string, ref model.Ref) {
			if all := m[name]; len(all) == 0 || all[len(all)-1] != ref {
				m[name] = append(all, ref)
			}
		})
		return m
	}, nil)
	return &Lookup{
		some: snapshot.NewQuery(title+", any", func(r *snapshot.Reader, scope string) bool {
			return len(index.Get(r, scope)) > 0
		}, nil),
		answers: snapshot.NewQuery(title, func(r *snapshot.Reader, e entry) []model.Ref {
			return index.Get(r, e.scope)[e.name]
		}, slices.Equal),
	}
}

// Get returns the objects in their order.
func (l *Lookup) Get(r *snapshot.Reader, scope, name string) []model.Ref {
	if !l.some.Get(r, scope) {
		return nil
	}
	return l.answers.Get(r, entry{scope, name})
}

// Index finds what has a selector for labels without trying everything.
type Index[T any] struct {
	items []item[T]
	by    map[model.Label][]int // by the rarest pair of the selector
	wide  []int                 // without selector
}

type item[T any] struct {
	selector model.Labels
	value    T
}

// NewIndex makes an index of values by their selectors.
func NewIndex[T any](values []T, selector func(T) model.Labels) *Index[T] {
	x := &Index[T]{by: map[model.Label][]int{}}
	count := map[model.Label]int{}
	for _, v := range values {
		s := selector(v)
		x.items = append(x.items, item[T]{s, v})
		for _, l := range s {
			count[l]++
		}
	}
	for i, one := range x.items {
		if len(one.selector) == 0 {
			x.wide = append(x.wide, i)
			continue
		}
		rarest := one.selector[0]
		for _, l := range one.selector[1:] {
			if count[l] < count[rarest] {
				rarest = l
			}
		}
		x.by[rarest] = append(x.by[rarest], i)
	}
	return x
}

// For returns what selects these labels, in the order of the values; what has no selector selects everything.
func (x *Index[T]) For(labels model.Labels) []T {
	found := slices.Clone(x.wide)
	for _, l := range labels {
		for _, i := range x.by[l] {
			if Selects(x.items[i].selector, labels) {
				found = append(found, i)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	all := make([]T, len(found))
	for n, i := range found {
		all[n] = x.items[i].value
	}
	return all
}
