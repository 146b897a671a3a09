package frameworks

import (
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restarter is implemented by adapters whose framework has a way of its own to replace a function's pods.
type Restarter interface {
	// Restart says how all pods of the function are replaced; at is what the mark of the restart says.
	Restart(f *model.Function, at time.Time) plan.Answer
}

// RestartedAt is the annotation that tools write into pod templates to have pods replaced, and OwnRestartedAt the one for
// fields that a framework copies there.
const (
	RestartedAt    = "kubectl.kubernetes.io/restartedAt"
	OwnRestartedAt = "fn9s.io/restarted-at"
)

// Restart asks the function's adapter, or restarts the workloads where it has no way of its own.
func Restart(all []Framework, f *model.Function, at time.Time) plan.Answer {
	i := slices.IndexFunc(all, func(a Framework) bool { return a.Name() == f.Key.Framework })
	if i >= 0 {
		if r, ok := all[i].(Restarter); ok {
			return r.Restart(f, at)
		}
	}
	return RestartWorkloads(f, at)
}

const whyRestart = "restart"

// RestartWorkloads has the controllers of the function's workloads replace their pods. Workloads that other functions run
// in too are left alone.
func RestartWorkloads(f *model.Function, at time.Time) plan.Answer {
	a := plan.Answer{Effect: plan.Rollout}
	var others []string
	for _, w := range f.Workloads {
		if w.Role != model.Run && w.Role != "" {
			continue
		}
		switch gk := w.GroupKind(); {
		case w.Shared:
			others = append(others, w.Ref.String()+" runs other functions too")
		case gk == Deployment || gk == StatefulSet || gk == DaemonSet:
			a.Edits = append(a.Edits, Mark(w.Ref, "", "spec.template.metadata.annotations", RestartedAt, at))
		case gk == CronJob:
			others = append(others, "a CronJob starts new pods for every run: "+RunNow(f))
		default:
			others = append(others, "a "+w.Kind+" starts new pods by itself")
		}
	}
	if len(a.Edits) == 0 {
		a.None = "no workload of it can be restarted"
		if len(others) > 0 {
			a.None = strings.Join(slices.Compact(others), "; ")
		}
		a.Effect = ""
	}
	return a
}

// Mark is the edit that writes the moment into an annotation below a path.
func Mark(ref model.Ref, apiVersion, below, annotation string, at time.Time) plan.Edit {
	return plan.Edit{Verb: plan.Patch, Object: ref, APIVersion: apiVersion, Why: whyRestart, Fields: []plan.Field{
		{Path: below + `["` + annotation + `"]`, Value: at.UTC().Format(time.RFC3339)},
	}}
}

// RestartObject marks the object that declares the function, whose controller copies the mark into the pod template.
func RestartObject(f *model.Function, below string, at time.Time) plan.Answer {
	return plan.Answer{Effect: plan.Rollout, Edits: []plan.Edit{Mark(f.Object, f.APIVersion, below, OwnRestartedAt, at)}}
}

// ReplacePods deletes the function's pods: whoever made them makes new ones.
func ReplacePods(f *model.Function, none string) plan.Answer {
	if len(f.Pods) == 0 {
		return plan.Answer{None: none}
	}
	a := plan.Answer{Effect: plan.NextCall}
	for _, p := range f.Pods {
		a.Edits = append(a.Edits, plan.Edit{Verb: plan.Delete, Object: p, Why: whyRestart, Asks: "calls that it is serving end"})
	}
	return a
}

// Pointer is implemented by adapters for which it takes more than the field to have a function's own object name another
// Secret.
type Pointer interface {
	// Point returns the edits instead of e, which is of the function's own object. direct are the same changes of its
	// workloads.
	Point(f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit
}

// Point asks the function's adapter what it takes to have its object name another Secret.
func Point(all []Framework, f *model.Function, objects plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit {
	i := slices.IndexFunc(all, func(a Framework) bool { return a.Name() == f.Key.Framework })
	if i >= 0 {
		if p, ok := all[i].(Pointer); ok {
			return p.Point(f, objects, e, direct)
		}
	}
	return []plan.Edit{e}
}
