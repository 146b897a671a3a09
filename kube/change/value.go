package change

import (
	"encoding/json"
	"fmt"
	"reflect"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// object is one object of Kubernetes as JSON: strings, bools, int64, float64, nil, []any and map[string]any.
type object = map[string]any

// parseObject reads an object of the API server.
func parseObject(raw []byte) (object, error) {
	var o object
	if err := utiljson.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	if o == nil {
		return nil, fmt.Errorf("read object: it is empty")
	}
	return o, nil
}

// normal returns the value as the API server's JSON would have it, as a copy.
func normal(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write value: %w", err)
	}
	var out any
	if err := utiljson.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("read value: %w", err)
	}
	return out, nil
}

// clone copies a value that is JSON already.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

func cloneObject(o object) object {
	out, _ := clone(o).(map[string]any)
	return out
}

// equal compares two values of JSON; 1 and 1.0 are the same.
func equal(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			other, ok := b[k]
			if !ok || !equal(v, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case int64:
		f, ok := b.(float64)
		return ok && f == float64(a)
	case float64:
		i, ok := b.(int64)
		return ok && a == float64(i)
	}
	return false
}

// within reports whether everything of want is in have: what the server adds by itself is no difference.
func within(want, have any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		wl, ok := want.([]any)
		hl, also := have.([]any)
		if !ok || !also || len(wl) != len(hl) {
			return equal(want, have)
		}
		for i := range wl {
			if !within(wl[i], hl[i]) {
				return false
			}
		}
		return true
	}
	h, ok := have.(map[string]any)
	if !ok {
		return false
	}
	for k, v := range w {
		other, ok := h[k]
		if !ok || !within(v, other) {
			return false
		}
	}
	return true
}

// child returns what is under a key, and whether there is something; null is nothing.
func child(v any, key string) (any, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	got, ok := m[key]
	return got, ok && got != nil
}

// text returns the text at keys that follow each other; empty when there is none.
func text(o object, keys ...string) string {
	var v any = o
	for _, k := range keys {
		v, _ = child(v, k)
	}
	s, _ := v.(string)
	return s
}

// number returns the whole number at keys that follow each other.
func number(o object, keys ...string) (int64, bool) {
	var v any = o
	for _, k := range keys {
		v, _ = child(v, k)
	}
	n, ok := v.(int64)
	return n, ok
}
