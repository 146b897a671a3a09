package frameworks

import (
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// FixRecord is the answer of these changes of the object that a connector tells of, through the API of its framework.
func FixRecord(w *plan.Wish, version, asks string, fields ...plan.Field) plan.Answer {
	ref := w.Function.Record
	e := w.Patch(ref, ref.Group+"/"+version, fields...)
	e.Asks = Also(e.Asks, asks, "")
	return w.Done(plan.NextCall, e)
}

// RecordKeys are the keys of a field of a record that paths name: `config[DB_PASSWORD]`.
func RecordKeys(field string, paths []string) []string {
	var keys []string
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(p, field+"["); ok && strings.HasSuffix(rest, "]") {
			keys = append(keys, strings.TrimSuffix(rest, "]"))
		}
	}
	return keys
}

// Datum is the path of a value of a record that is or may be secret.
func Datum(key string) string { return "data[" + strconv.Quote(key) + "]" }

// WithoutValues takes values out of a record that stand there as text.
func WithoutValues(w *plan.Wish, version, field string, paths []string) plan.Answer {
	var fields []plan.Field
	keys := RecordKeys(field, paths)
	for _, k := range keys {
		fields = append(fields, plan.Field{Path: Datum(field + "/" + k), Remove: true, Secret: true})
	}
	if len(fields) == 0 {
		return plan.Answer{}
	}
	return FixRecord(w, version, "the function fails until its code fetches the value when it runs ("+strings.Join(keys, ", ")+"); the old values were readable: they must be rotated too", fields...)
}

// OfRecord reports whether the function is one that a connector tells of, in a form of this kind.
func OfRecord(f *model.Function, group, kind string) bool {
	return f.Record.Group == group && f.Record.Kind == kind
}

// Lead is an object of an API that leads to a function of it.
type Lead struct {
	model.Ref
	Asks string
}

// DeleteRecord takes a function away through the API that a connector leads to, and what leads to it first.
func DeleteRecord(f *model.Function, version string, leads []Lead, asks string) plan.Answer {
	a := plan.Answer{Effect: plan.AtOnce}
	take := func(ref model.Ref, why, asks string) {
		a.Edits = append(a.Edits, plan.Edit{Verb: plan.Delete, Object: ref, APIVersion: ref.Group + "/" + version, Why: why, Asks: asks})
	}
	for _, l := range leads {
		take(l.Ref, "leads to it", l.Asks)
	}
	take(f.Record, string(plan.Deleting), asks)
	return a
}
