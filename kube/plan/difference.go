package plan

import (
	"reflect"
	"slices"
)

// Differences are the changes below a path that make of one value another one: as few fields as say it. Elements of lists
// are told apart by their names where all have one and stay in their order; other lists are replaced whole.
func Differences(path string, was, wanted any) []Field {
	if reflect.DeepEqual(was, wanted) {
		return nil
	}
	switch w := wanted.(type) {
	case nil:
		return []Field{{Path: path, Remove: true}}
	case map[string]any:
		if m, ok := was.(map[string]any); ok {
			return differentKeys(path, m, w)
		}
	case []any:
		if l, ok := was.([]any); ok {
			if fields, ok := differentElements(path, l, w); ok {
				return fields
			}
		}
	}
	return []Field{{Path: path, Value: wanted}}
}

func differentKeys(path string, was, wanted map[string]any) []Field {
	var keys []string
	for k := range was {
		keys = append(keys, k)
	}
	for k := range wanted {
		if _, ok := was[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var all []Field
	for _, k := range keys {
		all = append(all, Differences(Keyed(path, k), was[k], wanted[k])...)
	}
	return all
}

// differentElements compares lists by name; false: they cannot be.
func differentElements(path string, was, wanted []any) ([]Field, bool) {
	before, ok := named(was)
	after, also := named(wanted)
	if !ok || !also {
		return nil, false
	}
	kept := slices.DeleteFunc(slices.Clone(before), func(n string) bool { return !slices.Contains(after, n) })
	if len(kept) == 0 || !slices.Equal(kept, after[:min(len(kept), len(after))]) {
		return nil, false // what is new is appended: another order cannot be said by names
	}
	var all []Field
	for i, n := range before {
		if !slices.Contains(after, n) {
			all = append(all, Field{Path: Named(path, n), Remove: true})
			continue
		}
		all = append(all, Differences(Named(path, n), was[i], wanted[slices.Index(after, n)])...)
	}
	for i, n := range after {
		if !slices.Contains(before, n) {
			all = append(all, Field{Path: Named(path, n), Value: wanted[i]})
		}
	}
	return all, true
}

// named lists the names of elements; false: not every one has a name of its own.
func named(list []any) ([]string, bool) {
	var names []string
	for _, e := range list {
		m, _ := e.(map[string]any)
		n, _ := m["name"].(string)
		if n == "" || slices.Contains(names, n) {
			return nil, false
		}
		names = append(names, n)
	}
	return names, len(names) > 0
}
