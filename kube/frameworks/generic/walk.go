package generic

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/fn9s/fn9s/kube/frameworks"
)

const (
	maxResults = frameworks.MaxList
	// maxVisits bounds the work of one path on one object: filters and wildcards may reject what they visit.
	maxVisits = 20_000
)

type scalarKind byte

const (
	composite scalarKind = iota // a map or list: it is there, and has no text
	text
	number
	boolean
)

// scalar is one value that a path led to.
type scalar struct {
	text string
	kind scalarKind
}

// document is an object to read paths of: decoded JSON or a typed object. Typed objects are read by reflection over
// their JSON names, because making a map of each of ten thousand Deployments costs more than everything else that
// is done with them.
type document struct{ root reflect.Value }

func newDocument(object any) document { return document{reflect.ValueOf(object)} }

// read returns what the path leads to. Missing is empty, never an error.
func (d document) read(p *Path) []scalar {
	var found []scalar
	d.each(p, false, func(v reflect.Value, _ string) bool {
		if s, ok := toScalar(v); ok {
			found = append(found, s)
		}
		return len(found) < maxResults
	})
	return found
}

// Find returns what the path leads to in an object that is JSON as it is decoded, at most so many.
func (p *Path) Find(object map[string]any, most int) []any {
	var found []any
	newDocument(object).each(p, false, func(v reflect.Value, _ string) bool {
		found = append(found, v.Interface())
		return len(found) < most
	})
	return found
}

// each calls yield with every place that the path leads to until it returns false. With trail it gets the place in
// words too: `spec.triggers[0]`.
func (d document) each(p *Path, trail bool, yield func(v reflect.Value, at string) bool) {
	w := walk{trail: trail, yield: yield}
	w.step(d.root, p.segments, "")
}

type walk struct {
	trail  bool
	visits int
	yield  func(reflect.Value, string) bool
}

// step returns false when the walk is over.
func (w *walk) step(v reflect.Value, rest []segment, at string) bool {
	if w.visits++; w.visits > maxVisits {
		return false
	}
	if v = resolve(v); !v.IsValid() {
		return true
	}
	if len(rest) == 0 {
		return w.yield(v, at)
	}
	s := &rest[0]
	switch s.kind {
	case byKey:
		return w.step(child(v, s.key), rest[1:], w.named(at, s.key))
	case byIndex:
		if v.Kind() == reflect.Slice && s.index < v.Len() {
			return w.step(v.Index(s.index), rest[1:], w.numbered(at, s.index))
		}
	case byAll, byFilter:
		return w.all(v, s, rest[1:], at)
	}
	return true
}

func (w *walk) all(v reflect.Value, s *segment, rest []segment, at string) bool {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			if w.visits++; w.visits > maxVisits {
				return false
			}
			if s.accepts(v.Index(i)) && !w.step(v.Index(i), rest, w.numbered(at, i)) {
				return false
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		if len(keys) > maxVisits || v.Type().Key().Kind() != reflect.String {
			return true
		}
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if w.visits++; w.visits > maxVisits {
				return false
			}
			if e := v.MapIndex(k); s.accepts(e) && !w.step(e, rest, w.named(at, k.String())) {
				return false
			}
		}
	}
	return true
}

// accepts reports whether an element passes the segment's filter. A missing field differs from every text.
func (s *segment) accepts(v reflect.Value) bool {
	if s.kind != byFilter {
		return true
	}
	v = resolve(v)
	for _, k := range s.filter {
		if !v.IsValid() {
			break
		}
		v = resolve(child(v, k))
	}
	equal := false
	if v.IsValid() {
		got, ok := toScalar(v)
		equal = ok && got.kind != composite && got.text == s.equals
	}
	return equal != s.not
}

func (w *walk) named(at, key string) string {
	if !w.trail {
		return ""
	}
	for i := range len(key) {
		if !keyByte(key[i]) {
			return at + "['" + key + "']"
		}
	}
	if at == "" {
		return key
	}
	return at + "." + key
}

func (w *walk) numbered(at string, i int) string {
	if !w.trail {
		return ""
	}
	return at + "[" + strconv.Itoa(i) + "]"
}

// resolve follows pointers and interfaces; the result is invalid for nil.
func resolve(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		if v.IsNil() {
			return reflect.Value{}
		}
		v = v.Elem()
	}
	return v
}

func child(v reflect.Value, key string) reflect.Value {
	switch v.Kind() {
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String {
			return v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key()))
		}
	case reflect.Struct:
		f, ok := fieldsOf(v.Type())[key]
		if !ok {
			return reflect.Value{}
		}
		c := v.FieldByIndex(f.index)
		if f.omitEmpty && empty(c) {
			return reflect.Value{}
		}
		return c
	}
	return reflect.Value{}
}

// empty is what encoding/json leaves out with omitempty; zero structs as the API server prints them are left out too.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

type jsonField struct {
	index     []int
	omitEmpty bool
}

var fieldCache sync.Map // reflect.Type → map[string]jsonField

func fieldsOf(t reflect.Type) map[string]jsonField {
	if have, ok := fieldCache.Load(t); ok {
		return have.(map[string]jsonField)
	}
	fields := map[string]jsonField{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			for k, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields[k] = inner
			}
			continue
		}
		if name != "" {
			fields[name] = jsonField{index: []int{i}, omitEmpty: strings.Contains(options, "omit")}
		}
	}
	fieldCache.Store(t, fields)
	return fields
}

// toScalar returns the value's text. The result is false for null.
func toScalar(v reflect.Value) (scalar, bool) {
	switch v.Kind() {
	case reflect.String:
		return scalar{frameworks.Text(v.String()), text}, true
	case reflect.Bool:
		return scalar{strconv.FormatBool(v.Bool()), boolean}, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scalar{strconv.FormatInt(v.Int(), 10), number}, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return scalar{strconv.FormatUint(v.Uint(), 10), number}, true
	case reflect.Float32, reflect.Float64:
		return scalar{strconv.FormatFloat(v.Float(), 'g', -1, 64), number}, true
	case reflect.Struct:
		return marshalled(v)
	}
	return scalar{}, true
}

// marshalled reads structs that print themselves as a text or number: times, quantities, ports.
func marshalled(v reflect.Value) (scalar, bool) {
	m, ok := v.Interface().(json.Marshaler)
	if !ok && v.CanAddr() {
		m, ok = v.Addr().Interface().(json.Marshaler)
	}
	if !ok {
		return scalar{}, true
	}
	raw, err := m.MarshalJSON()
	if err != nil {
		return scalar{}, true
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil || out == nil {
		return scalar{}, false
	}
	switch out := out.(type) {
	case string:
		return scalar{frameworks.Text(out), text}, true
	case float64:
		return scalar{strconv.FormatFloat(out, 'g', -1, 64), number}, true
	case bool:
		return scalar{strconv.FormatBool(out), boolean}, true
	}
	return scalar{}, true
}
