package deploy

import (
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/plan"
)

// identities are the keys by which elements of lists are told apart, in the order in which they are tried.
var identities = []string{"name", "mountPath"}

// identity is the key by which the elements of both lists are told apart; empty: their places tell, or nothing does.
func identity(lists ...[]any) string {
	for _, key := range identities {
		if !slices.ContainsFunc(lists, func(l []any) bool { return !distinct(l, key) }) {
			return key
		}
	}
	return ""
}

// distinct reports whether every element has its own text at the key.
func distinct(list []any, key string) bool {
	seen := map[string]bool{}
	for _, e := range list {
		m, _ := e.(object)
		s, ok := m[key].(string)
		if !ok || s == "" || seen[s] {
			return false
		}
		seen[s] = true
	}
	return true
}

// single reports whether both lists are one object each: the containers of templates that need no name.
func single(a, b []any) bool {
	if len(a) != 1 || len(b) != 1 {
		return false
	}
	_, x := a[0].(object)
	_, y := b[0].(object)
	return x && y
}

// overlay writes what is wanted over what is there: what is not spoken of stays.
func overlay(have, want object, name string) object {
	out := copied(have)
	if out == nil {
		out = object{}
	}
	for k, w := range want {
		out[k] = over(out[k], w, k, name)
	}
	exclusive(out, want)
	return out
}

// exclusive takes away what the API server refuses beside what is wanted.
func exclusive(out, want object) {
	for _, pair := range [][2]string{{"value", "valueFrom"}, {"valueFrom", "value"}} {
		if _, named := want["name"]; named && want[pair[0]] != nil && want[pair[1]] == nil {
			delete(out, pair[1])
		}
	}
}

func over(have, want any, key, in string) any {
	switch w := want.(type) {
	case object:
		h, ok := have.(object)
		if !ok {
			return clone(w)
		}
		return overlay(h, w, key)
	case []any:
		h, ok := have.([]any)
		if !ok {
			return clone(w)
		}
		return overlist(h, w)
	case string:
		if h, ok := have.(string); ok && (in == "limits" || in == "requests") && sameAmount(h, w) {
			return h
		}
	}
	return want
}

func overlist(have, want []any) any {
	key := identity(have, want)
	if key == "" {
		if single(have, want) {
			h, _ := have[0].(object)
			w, _ := want[0].(object)
			return []any{overlay(h, w, "")}
		}
		return clone(want)
	}
	out, _ := clone(have).([]any)
	for _, w := range want {
		m, _ := w.(object)
		i := slices.IndexFunc(out, func(e any) bool { o, _ := e.(object); return o[key] == m[key] })
		if i < 0 {
			out = append(out, clone(m))
			continue
		}
		h, _ := out[i].(object)
		out[i] = overlay(h, m, "")
	}
	return out
}

func sameAmount(a, b string) bool {
	x, err := resource.ParseQuantity(a)
	y, other := resource.ParseQuantity(b)
	return err == nil && other == nil && x.Cmp(y) == 0
}

// within reports whether all that is wanted is so already.
func within(want, have any) bool {
	switch w := want.(type) {
	case object:
		h, ok := have.(object)
		if !ok {
			return len(w) == 0 && have == nil
		}
		for k, v := range w {
			if !within(v, h[k]) {
				return false
			}
		}
		return true
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return len(w) == 0 && have == nil
		}
		for i := range w {
			if !within(w[i], h[i]) {
				return false
			}
		}
		return true
	case string:
		h, ok := have.(string)
		return ok && (h == w || sameAmount(h, w))
	}
	return reflect.DeepEqual(want, have)
}

// diff lists the changes that make one object of the other, by names of elements where there are any.
func diff(was, now object) []plan.Field {
	x := &differ{}
	x.maps(nil, was, now)
	return x.fields
}

type differ struct{ fields []plan.Field }

func (x *differ) field(at []plan.Step, value any) {
	x.fields = append(x.fields, plan.Field{Path: plan.Join(at...), Value: clone(value)})
}

func (x *differ) maps(at []plan.Step, was, now object) {
	keys := maps.Clone(was)
	if keys == nil {
		keys = object{}
	}
	maps.Copy(keys, now)
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		w, there := was[k]
		n, stays := now[k]
		here := append(slices.Clone(at), plan.Step{Key: k})
		switch {
		case !stays:
			x.fields = append(x.fields, plan.Field{Path: plan.Join(here...), Remove: true})
		case !there:
			x.field(here, n)
		default:
			x.values(here, w, n)
		}
	}
}

func (x *differ) values(at []plan.Step, was, now any) {
	if reflect.DeepEqual(was, now) {
		return
	}
	if w, ok := was.(object); ok {
		if n, ok := now.(object); ok {
			x.maps(at, w, n)
			return
		}
	}
	w, ok := was.([]any)
	n, also := now.([]any)
	if ok && also && x.lists(at, w, n) {
		return
	}
	x.field(at, now)
}

// lists reports whether the difference can be told element by element.
func (x *differ) lists(at []plan.Step, was, now []any) bool {
	key := identity(was, now)
	if key == "" {
		if !single(was, now) {
			return false
		}
		w, _ := was[0].(object)
		n, _ := now[0].(object)
		x.maps(append(slices.Clone(at), plan.Step{Of: plan.Place, Index: 0}), w, n)
		return true
	}
	find := func(list []any, name string) object {
		for _, e := range list {
			if m, ok := e.(object); ok && m[key] == name {
				return m
			}
		}
		return nil
	}
	each := func(m object) (string, []plan.Step) {
		name, _ := m[key].(string)
		return name, append(slices.Clone(at), plan.Step{Of: plan.Element, Key: key, Value: name})
	}
	for _, e := range now {
		n, _ := e.(object)
		name, here := each(n)
		if w := find(was, name); w != nil {
			x.maps(here, w, n)
			continue
		}
		x.field(here, n)
	}
	for _, e := range was {
		w, _ := e.(object)
		if name, here := each(w); find(now, name) == nil {
			x.fields = append(x.fields, plan.Field{Path: plan.Join(here...), Remove: true})
		}
	}
	return true
}
