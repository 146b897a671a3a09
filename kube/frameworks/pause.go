package frameworks

import (
	"encoding/json"
	"reflect"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// PausedKey is the annotation in which a paused object keeps what it had before.
const PausedKey = "fn9s.io/paused"

const (
	pausedPath = `metadata.annotations["` + PausedKey + `"]`
	maxKept    = 4096
)

// PauseObject sets fields, and has the object keep what they were.
func PauseObject(ref model.Ref, apiVersion string, object map[string]any, effect plan.Effect, fields ...plan.Field) plan.Answer {
	if object == nil {
		return plan.Answer{None: ref.String() + " is not there, or may not be read"}
	}
	was := map[string]any{}
	var change []plan.Field
	for _, f := range fields {
		old, _ := plan.Lookup(object, f.Path)
		if old == nil && f.Remove || old != nil && sameScalar(old, f.Value) {
			continue
		}
		was[f.Path] = old
		change = append(change, f)
	}
	if len(change) == 0 {
		return plan.Answer{Already: true}
	}
	kept, err := json.Marshal(was)
	if err != nil || len(kept) > maxKept {
		return plan.Answer{None: "what " + ref.String() + " has now cannot be kept in an annotation"}
	}
	change = append(change, plan.Field{Path: pausedPath, Value: string(kept)})
	return Change(ref, apiVersion, plan.Pausing, effect, change...)
}

// ResumeObject gives an object back what PauseObject took with these fields: of what is kept nothing else is believed. Where
// nothing is kept and the fields are as a pause leaves them it gets those of otherwise.
func ResumeObject(ref model.Ref, apiVersion string, object map[string]any, effect plan.Effect, paused, otherwise []plan.Field) plan.Answer {
	if object == nil {
		return plan.Answer{None: ref.String() + " is not there, or may not be read"}
	}
	text := plan.Text(object, pausedPath)
	var was map[string]any
	known := text != "" && len(text) <= maxKept && json.Unmarshal([]byte(text), &was) == nil
	var change []plan.Field
	for _, f := range paused {
		now, _ := plan.Lookup(object, f.Path)
		old, kept := was[f.Path]
		if !kept || !sameScalar(now, f.Value) {
			continue // somebody changed it since
		}
		if value, ok := believable(old); ok {
			change = append(change, plan.Field{Path: f.Path, Value: value, Remove: value == nil})
		}
	}
	if known || text != "" {
		change = append(change, plan.Field{Path: pausedPath, Remove: true})
		return Change(ref, apiVersion, plan.Resuming, effect, change...)
	}
	for _, f := range paused {
		if now, _ := plan.Lookup(object, f.Path); !sameScalar(now, f.Value) {
			return plan.Answer{Already: true}
		}
	}
	if len(otherwise) == 0 {
		return plan.Answer{Already: true}
	}
	a := Change(ref, apiVersion, plan.Resuming, effect, otherwise...)
	a.Notes = append(a.Notes, "what "+ref.String()+" had before was not kept")
	return a
}

// believable reports whether a value that an annotation keeps is one that a pause can have taken.
func believable(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case bool:
		return v, true
	case string:
		return v, len(v) <= 64
	case float64:
		const most = 100_000
		return int64(v), v >= 0 && v <= most && v == float64(int64(v))
	}
	return nil, false
}

func sameScalar(a, b any) bool {
	number := func(v any) (float64, bool) {
		switch v := v.(type) {
		case int:
			return float64(v), true
		case int64:
			return float64(v), true
		case float64:
			return v, true
		}
		return 0, false
	}
	x, ok := number(a)
	y, also := number(b)
	if ok && also {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}

// PauseWorkloads leaves the function without pods.
func PauseWorkloads(f *model.Function, live plan.Live) plan.Answer {
	return eachWorkload(f, live, func(ref model.Ref, object map[string]any) plan.Answer {
		fields, none := pausing(ref)
		if none != "" {
			return plan.Answer{None: none}
		}
		return PauseObject(ref, "", object, plan.Rollout, fields...)
	})
}

// ResumeWorkloads gives the function's workloads back what they had.
func ResumeWorkloads(f *model.Function, live plan.Live) plan.Answer {
	return eachWorkload(f, live, func(ref model.Ref, object map[string]any) plan.Answer {
		fields, none := pausing(ref)
		if none != "" {
			return plan.Answer{None: none}
		}
		otherwise := []plan.Field{{Path: fields[0].Path, Value: int64(1)}}
		if fields[0].Value == true {
			otherwise[0].Value = false
		}
		return ResumeObject(ref, "", object, plan.Rollout, fields, otherwise)
	})
}

// pausing are the fields that stop a workload, or why none does.
func pausing(ref model.Ref) ([]plan.Field, string) {
	switch ref.GroupKind() {
	case Deployment, StatefulSet, replicaSet:
		return []plan.Field{{Path: "spec.replicas", Value: int64(0)}}, ""
	case CronJob, Job:
		return []plan.Field{{Path: "spec.suspend", Value: true}}, ""
	case DaemonSet:
		return nil, "a DaemonSet runs on every node: closest comes a node selector that no node meets"
	}
	return nil, "a " + ref.Kind + " cannot be paused: closest comes deleting it"
}

// eachWorkload joins the answers for the workloads that run the function.
func eachWorkload(f *model.Function, live plan.Live, answer func(model.Ref, map[string]any) plan.Answer) plan.Answer {
	var all []plan.Answer
	for _, ref := range RunWorkloads(f) {
		o := live.Object(ref)
		if o == nil {
			all = append(all, plan.Answer{None: ref.String() + " is not there, or may not be read"})
			continue
		}
		all = append(all, answer(ref, o))
	}
	if len(all) == 0 {
		return plan.Answer{None: "no workload of its own runs it"}
	}
	return Join(all...)
}
