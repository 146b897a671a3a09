package compare

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// deepest bounds how deep an object is gone through.
const deepest = 64

// free are maps whose keys are the operator's: what came to them later is a difference, not a default.
var free = map[string]bool{"labels": true, "annotations": true, "data": true, "binaryData": true, "nodeSelector": true, "matchLabels": true}

// written are annotations that clients and controllers write for themselves.
var written = []string{"kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/", "deprecated.daemonset.template.generation",
	"serving.knative.dev/creator", "serving.knative.dev/lastModifier", "autoscaling.alpha.kubernetes.io/"}

// amounts are maps of quantities, which can be written in several ways.
var amounts = map[string]bool{"limits": true, "requests": true, "capacity": true, "hard": true}

// without drops what is null: it says nothing.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			v[k] = without(e)
		}
	case []any:
		for i, e := range v {
			v[i] = without(e)
		}
	}
	return v
}

// reduced leaves of a live object what was applied of it and what others wrote later, so that what the server filled in is no
// difference.
func reduced(applied, live map[string]any) map[string]any {
	return reducer{later: later(live)}.object(applied, live, "")
}

// reducer goes through an object. Later are the sets of fields that others wrote, from where it is.
type reducer struct {
	depth int
	later []map[string]any
}

func (r reducer) value(applied, live any, under string) any {
	if r.depth++; r.depth > deepest {
		return live
	}
	switch a := applied.(type) {
	case map[string]any:
		if l, ok := live.(map[string]any); ok {
			return r.object(a, l, under)
		}
	case []any:
		if l, ok := live.([]any); ok {
			return r.list(a, l)
		}
	default:
		if amounts[under] && sameAmount(applied, live) {
			return applied
		}
	}
	return live
}

func (r reducer) object(applied, live map[string]any, under string) map[string]any {
	out := map[string]any{}
	for k, v := range live {
		a, ok := applied[k]
		switch {
		case ok && amounts[under]:
			out[k] = r.value(a, v, under)
		case ok:
			out[k] = r.under(k).value(a, v, k)
		case k == "managedFields" || under == "annotations" && own(k):
		case free[under], len(member(r.later, k)) > 0 && (k != "annotations" && k != "labels" || under != "metadata"):
			out[k] = v
		case (k == "labels" || k == "annotations") && under == "metadata":
			if more := r.object(nil, asMap(v), k); len(more) > 0 {
				out[k] = more
			}
		}
	}
	// An empty one is not kept by the server.
	for k, v := range applied {
		if _, ok := out[k]; !ok && empty(v) {
			out[k] = v
		}
	}
	return out
}

func (r reducer) under(key string) reducer {
	r.later = member(r.later, key)
	return r
}

func own(annotation string) bool {
	for _, w := range written {
		if strings.HasPrefix(annotation, w) {
			return true
		}
	}
	return false
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	case bool:
		return !v
	}
	return false
}

// list pairs elements by their names where all have one, else by their places. What is there besides is a difference.
func (r reducer) list(applied, live []any) []any {
	byName := map[string]any{}
	for _, a := range applied {
		byName[name(a)] = a
	}
	named := len(byName) == len(applied) && !has(byName, "")
	out := make([]any, len(live))
	for i, l := range live {
		var a any
		switch {
		case named && name(l) != "":
			a = byName[name(l)]
		case i < len(applied):
			a = applied[i]
		}
		if out[i] = l; a != nil {
			at := r
			at.later = element(r.later, l)
			out[i] = at.value(a, l, "")
		}
	}
	return out
}

func has(m map[string]any, key string) bool {
	_, ok := m[key]
	return ok
}

func name(v any) string {
	n, _ := asMap(v)["name"].(string)
	return n
}

func sameAmount(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	qa, err := resource.ParseQuantity(fmt.Sprint(a))
	if err != nil {
		return false
	}
	qb, err := resource.ParseQuantity(fmt.Sprint(b))
	return err == nil && qa.Cmp(qb) == 0
}
