package snapshot

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// ObjectTrait is what queries read of every object of a kind: a small value that depends on that object alone, without
// what Same leaves out. A list of traits is another one only when one of the traits is, so that queries about a whole
// namespace, or about everything, are not asked again because some object changed in another way. Make traits once, as
// package variables.
type ObjectTrait[V any] struct {
	index int
	of    func(model.Object) (V, bool)
	equal func(a, b V) bool
}

// NewObjectTrait returns a trait. Objects of which of returns false are not listed.
func NewObjectTrait[V any](of func(model.Object) (V, bool), equal func(a, b V) bool) *ObjectTrait[V] {
	return &ObjectTrait[V]{int(queries.Add(1)), of, equal}
}

// FunctionTrait is the same of functions, without what SameFunction leaves out.
type FunctionTrait[V any] struct {
	index int
	of    func(*model.Function) (V, bool)
	equal func(a, b V) bool
}

// NewFunctionTrait returns a trait. Functions of which of returns false are not listed.
func NewFunctionTrait[V any](of func(*model.Function) (V, bool), equal func(a, b V) bool) *FunctionTrait[V] {
	return &FunctionTrait[V]{int(queries.Add(1)), of, equal}
}

// With is a trait and whose it is.
type With[K, V any] struct {
	Of    K
	Trait V
}

// List returns the traits of the objects of a kind in a namespace (empty: everywhere), in the order of Ref. The slice
// must not be kept.
func (t *ObjectTrait[V]) List(r *Reader, kind schema.GroupKind, namespace string) []With[model.Ref, V] {
	at := traitAt{t.index, list{kind, namespace}}
	all, ok := r.traits[at].(*traits[model.Ref, V])
	if !ok {
		defer r.unless(func() { input(r, r.lists, at.list) })
		all = newTraits(r, model.Ref.Compare, t.equal, func(ref model.Ref) (v V, ok bool) {
			if o := r.source.Get(ref); o != nil {
				return t.of(o)
			}
			return v, false
		})
		fill(all, r.source.List(kind, namespace), func(o model.Object) model.Ref { return o.Head().Ref }, t.of)
		keep(r, at, all, r.objectTraits, at.list)
	}
	r.note(&all.node)
	return all.all
}

// List returns the traits of the functions of a namespace (empty: of all), in the order of FunctionKey. The slice must
// not be kept.
func (t *FunctionTrait[V]) List(r *Reader, namespace string) []With[model.FunctionKey, V] {
	at := traitAt{t.index, list{namespace: namespace}}
	all, ok := r.traits[at].(*traits[model.FunctionKey, V])
	if !ok {
		defer r.unless(func() { input(r, r.residents, namespace) })
		all = newTraits(r, model.FunctionKey.Compare, t.equal, func(key model.FunctionKey) (v V, ok bool) {
			if f := r.source.Function(key); f != nil {
				return t.of(f)
			}
			return v, false
		})
		fill(all, r.source.Functions(namespace), func(f *model.Function) model.FunctionKey { return f.Key }, t.of)
		keep(r, at, all, r.functionTraits, namespace)
	}
	r.note(&all.node)
	return all.all
}

// unless has the list itself count as read when the traits of it cannot be told: any change of it may mend that.
func (r *Reader) unless(read func()) {
	if cause := recover(); cause != nil {
		read()
		panic(cause)
	}
}

type traitAt struct {
	index int
	list
}

// traits are the traits of one list, sorted.
type traits[K comparable, V any] struct {
	node
	all     []With[K, V]
	of      func(K) (V, bool)
	equal   func(a, b V) bool
	compare func(a, b K) int
}

func newTraits[K comparable, V any](r *Reader, compare func(a, b K) int, equal func(a, b V) bool, of func(K) (V, bool)) *traits[K, V] {
	t := &traits[K, V]{node: node{state: clean, since: r.clock, shared: true}, of: of, equal: equal, compare: compare}
	r.enter(&t.node)
	return t
}

// fill takes the traits of all that are listed.
func fill[K comparable, O, V any](t *traits[K, V], listed []O, key func(O) K, of func(O) (V, bool)) {
	t.all = make([]With[K, V], 0, len(listed))
	for _, o := range listed {
		if v, ok := of(o); ok {
			t.all = append(t.all, With[K, V]{key(o), v})
		}
	}
	if len(t.all) < len(listed) {
		t.all = append([]With[K, V](nil), t.all...) // they stay for long: no room to grow
	}
}

// keep has traits found again, and told of changes of what they are of.
func keep[K, L comparable, V any](r *Reader, at traitAt, t *traits[K, V], lists map[L][]trait[K], where L) {
	r.traits[at] = t
	if r.tracked {
		lists[where] = append(lists[where], t)
	}
}

// change takes note that somebody's trait may be another one, and reports whether it is. Where it cannot be told the
// traits are broken: whoever reads them next is told why.
func (t *traits[K, V]) change(key K) (changed, broken bool) {
	defer func() {
		if recover() != nil {
			changed, broken = true, true
		}
	}()
	v, ok := t.of(key)
	i, found := slices.BinarySearchFunc(t.all, key, func(w With[K, V], key K) int { return t.compare(w.Of, key) })
	switch {
	case !ok && !found:
		return false, false
	case !ok:
		t.all = slices.Delete(t.all, i, i+1)
	case !found:
		t.all = slices.Insert(t.all, i, With[K, V]{key, v})
	case t.equal(t.all[i].Trait, v):
		return false, false
	default:
		t.all[i].Trait = v
	}
	return true, false
}

func (t *traits[K, V]) at() *node { return &t.node }

// trait is one list of traits, whatever they are.
type trait[K any] interface {
	change(key K) (changed, broken bool)
	at() *node
}

// retrait takes note of a change in all lists of traits in which somebody stands.
func retrait[K, L comparable](r *Reader, lists map[L][]trait[K], where L, key K) {
	all := lists[where]
	for i := 0; i < len(all); i++ {
		changed, broken := all[i].change(key)
		if changed {
			r.touch(all[i].at())
		}
		if broken {
			for at, have := range r.traits {
				if have == all[i] {
					delete(r.traits, at)
				}
			}
			all = slices.Delete(all, i, i+1)
			lists[where] = all
			i--
		}
	}
}

// spaces are the namespaces that hold objects of a kind, sorted.
type spaces struct {
	node
	names []string
}

// Spaces lists the namespaces that hold objects of a kind, in their order. The slice must not be changed.
func (r *Reader) Spaces(kind schema.GroupKind) []string {
	s := r.spaces[kind]
	if s == nil {
		s = &spaces{node: node{state: clean, since: r.clock, shared: true}}
		r.enter(&s.node)
		for _, o := range r.source.List(kind, "") {
			if ns := o.Head().Namespace; len(s.names) == 0 || s.names[len(s.names)-1] != ns {
				s.names = append(s.names, ns)
			}
		}
		r.spaces[kind] = s
	}
	r.note(&s.node)
	return s.names
}

// respace takes note that an object appeared, changed or went.
func (r *Reader) respace(ref model.Ref) {
	s := r.spaces[ref.GroupKind()]
	if s == nil {
		return
	}
	i, found := slices.BinarySearch(s.names, ref.Namespace)
	if found && r.source.Get(ref) != nil {
		return
	}
	if found == (len(r.source.List(ref.GroupKind(), ref.Namespace)) > 0) {
		return
	}
	if s.names = slices.Clone(s.names); found {
		s.names = slices.Delete(s.names, i, i+1)
	} else {
		s.names = slices.Insert(s.names, i, ref.Namespace)
	}
	r.touch(&s.node)
}
