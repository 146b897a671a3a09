package controllertest

import (
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
)

var dig = offlinetest.Dig

func at(o any, path ...any) object {
	m, _ := dig(o, path...).(object)
	return m
}

func list(o any, path ...any) []any {
	l, _ := dig(o, path...).([]any)
	return l
}

func word(o any, path ...any) string {
	s, _ := dig(o, path...).(string)
	return s
}

// in returns an object inside another one, and makes it where it is not there.
func in(o object, path ...string) object {
	for _, p := range path {
		next, ok := o[p].(object)
		if !ok {
			next = object{}
			o[p] = next
		}
		o = next
	}
	return o
}

func copyOf(v any) any { return runtime.DeepCopyJSONValue(v) }

// set makes a field what another object says, or takes it away where that says nothing.
func set(to object, key string, value any) {
	if value == nil {
		delete(to, key)
		return
	}
	to[key] = copyOf(value)
}

// instead takes the members of one map out of another one, and puts those of a third one in.
func instead(of, was, now object) object {
	out := object{}
	for k, v := range of {
		if _, ok := was[k]; !ok {
			out[k] = v
		}
	}
	for k, v := range now {
		out[k] = copyOf(v)
	}
	return out
}

// listed is instead for elements of lists, which a key tells apart: those that are new stand where the old ones stood,
// before the others or after them.
func listed(of, was, now []any, key string, first bool) []any {
	var own []any
	for _, e := range of {
		if find(was, key, word(e, key)) == nil {
			own = append(own, e)
		}
	}
	given, _ := copyOf(now).([]any)
	if first {
		return append(slices.Clone(given), own...)
	}
	return append(own, given...)
}

func find(all []any, key, value string) object {
	for _, e := range all {
		if m, ok := e.(object); ok && m[key] == value {
			return m
		}
	}
	return nil
}

// merged writes one object over another one, maps into maps, as a JSON merge patch does.
func merged(to, from object) object {
	out := runtime.DeepCopyJSON(to)
	if out == nil {
		out = object{}
	}
	for k, v := range from {
		old, a := out[k].(object)
		if m, b := v.(object); a && b {
			out[k] = merged(old, m)
			continue
		}
		out[k] = copyOf(v)
	}
	return out
}

// joined merges the elements of a list by a key, and appends those that are new.
func joined(to, from []any, key string) []any {
	out, _ := copyOf(to).([]any)
	for _, e := range from {
		m, _ := e.(object)
		if have := find(out, key, word(m, key)); have != nil {
			for k, v := range merged(have, m) {
				have[k] = v
			}
			continue
		}
		out = append(out, copyOf(e))
	}
	return out
}

// same compares what was made with what is there, which has the server's defaults too. Empty values count as none.
func same(made, live any) bool {
	switch made := made.(type) {
	case object:
		l, ok := live.(object)
		if !ok {
			return len(made) == 0 && live == nil
		}
		for k, v := range made {
			if !same(v, l[k]) {
				return false
			}
		}
		for k, v := range l {
			if _, ok := made[k]; !ok && !defaulted[k] && !empty(v) {
				return false
			}
		}
		return true
	case []any:
		l, ok := live.([]any)
		if !ok || len(l) != len(made) {
			return len(made) == 0 && live == nil
		}
		for i := range made {
			if !same(made[i], l[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(made, live) || made == nil && empty(live)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case object:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// defaulted are the fields of pod templates that the server fills in.
var defaulted = map[string]bool{
	"creationTimestamp": true, "dnsPolicy": true, "restartPolicy": true, "schedulerName": true, "terminationGracePeriodSeconds": true,
	"imagePullPolicy": true, "terminationMessagePath": true, "terminationMessagePolicy": true, "protocol": true, "defaultMode": true,
	"scheme": true, "successThreshold": true, "failureThreshold": true, "periodSeconds": true, "timeoutSeconds": true, "apiVersion": true,
	"serviceAccount": true,
}
