package frameworks

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

var replicaSet = schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}

// ScaleWorkloads sets the replicas of the function's workloads, and the bounds of the autoscaler beside them; where bounds
// are wanted and there is none one is made.
func ScaleWorkloads(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	return eachWorkload(f, live, func(ref model.Ref, object map[string]any) plan.Answer {
		return ScaleWorkload(f, live, ref, to)
	})
}

// ScaleWorkload does that for one object with replicas.
func ScaleWorkload(f *model.Function, live plan.Live, ref model.Ref, to plan.Scale) plan.Answer {
	object := live.Object(ref)
	if object == nil {
		return plan.Answer{None: ref.String() + " is not there, or may not be read"}
	}
	switch ref.GroupKind() {
	case DaemonSet:
		return plan.Answer{None: "a DaemonSet runs one pod on every node: its number is that of the nodes"}
	case CronJob, Job:
		return plan.Answer{None: "a " + ref.Kind + " starts pods for its work, none in advance: pause stops that"}
	case Pod:
		return plan.Answer{None: "a Pod has no replicas: a Deployment of it would have"}
	}
	scaler := AutoscalerOf(live, ref)
	var answers []plan.Answer
	if to.Replicas != nil {
		if scaler != nil && *to.Replicas > 0 {
			name := plan.Text(scaler, "metadata.name")
			return plan.Answer{None: fmt.Sprintf("HorizontalPodAutoscaler %s sets its replicas: give it other bounds with --min and --max (only 0 replicas switch it off)", name)}
		}
		answers = append(answers, setNumbers(ref, plan.Text(object, "apiVersion"), object, Number64("spec.replicas", to.Replicas)))
	}
	if to.Min != nil || to.Max != nil {
		answers = append(answers, bounds(f, ref, object, scaler, to))
	}
	return Join(answers...)
}

// setNumbers patches the fields that are different.
func setNumbers(ref model.Ref, apiVersion string, object map[string]any, fields ...[]plan.Field) plan.Answer {
	return SetFields(ref, apiVersion, object, plan.Scaling, plan.Rollout, flat(fields)...)
}

func flat(all [][]plan.Field) (out []plan.Field) {
	for _, f := range all {
		out = append(out, f...)
	}
	return out
}

// SetFields is the answer of a patch of those fields that are not so yet.
func SetFields(ref model.Ref, apiVersion string, object map[string]any, act plan.Act, effect plan.Effect, fields ...plan.Field) plan.Answer {
	if object == nil {
		return plan.Answer{None: ref.String() + " is not there, or may not be read"}
	}
	var change []plan.Field
	for _, f := range fields {
		now, there := plan.Lookup(object, f.Path)
		if f.Remove && !there || !f.Remove && there && sameScalar(now, f.Value) {
			continue
		}
		change = append(change, f)
	}
	if len(change) == 0 {
		return plan.Answer{Already: true}
	}
	return Change(ref, apiVersion, act, effect, change...)
}

// Number64 is the field of a number that is wanted; none where it is nil.
func Number64(path string, n *int) []plan.Field {
	if n == nil {
		return nil
	}
	return []plan.Field{{Path: path, Value: int64(*n)}}
}

// AutoscalerOf returns the autoscaler of an object; nil: there is none.
func AutoscalerOf(live plan.Live, ref model.Ref) map[string]any {
	for _, o := range live.List(Autoscaler, ref.Namespace, "") {
		if plan.Text(o, "spec.scaleTargetRef.kind") == ref.Kind && plan.Text(o, "spec.scaleTargetRef.name") == ref.Name {
			return o
		}
	}
	return nil
}

// bounds changes the autoscaler, or makes one.
func bounds(f *model.Function, ref model.Ref, object, scaler map[string]any, to plan.Scale) plan.Answer {
	if to.Min != nil && *to.Min < 1 {
		return plan.Answer{None: "an autoscaler keeps at least 1 replica: to zero go scale 0 and pause"}
	}
	if scaler != nil {
		at := model.Ref{Group: Autoscaler.Group, Kind: Autoscaler.Kind, Namespace: ref.Namespace, Name: plan.Text(scaler, "metadata.name")}
		return SetFields(at, "autoscaling/v2", scaler, plan.Scaling, plan.AtOnce, flat([][]plan.Field{
			Number64("spec.minReplicas", to.Min), Number64("spec.maxReplicas", to.Max)})...)
	}
	if to.Max == nil {
		return plan.Answer{None: "there is no autoscaler: one can be made with --max too"}
	}
	return MakeAutoscaler(f, ref, plan.Text(object, "apiVersion"), ref.Name, to)
}

// MakeAutoscaler is the answer that makes an autoscaler of an object with replicas.
func MakeAutoscaler(f *model.Function, ref model.Ref, apiVersion, name string, to plan.Scale) plan.Answer {
	const percent = 80 // of the CPU that is asked for: what kubectl autoscale takes
	least := 1
	if to.Min != nil {
		least = *to.Min
	}
	at := model.Ref{Group: Autoscaler.Group, Kind: Autoscaler.Kind, Namespace: ref.Namespace, Name: name}
	a := plan.Answer{Effect: plan.AtOnce, Edits: []plan.Edit{{
		Verb: plan.Create, Object: at, APIVersion: "autoscaling/v2", Why: string(plan.Scaling), New: map[string]any{
			"apiVersion": "autoscaling/v2", "kind": at.Kind, "metadata": map[string]any{"name": name, "namespace": ref.Namespace},
			"spec": map[string]any{
				"scaleTargetRef": map[string]any{"apiVersion": apiVersion, "kind": ref.Kind, "name": ref.Name},
				"minReplicas":    int64(least), "maxReplicas": int64(*to.Max),
				"metrics": []any{map[string]any{"type": "Resource", "resource": map[string]any{
					"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": int64(percent)}}}},
			},
		}}}}
	for _, t := range f.Templates {
		if c := FunctionContainer(t.Spec, t.Container); c != nil && c.Resources.Requests.Cpu().IsZero() && c.Resources.Limits.Cpu().IsZero() {
			a.Left = "the autoscaler needs a CPU request to compare with, and the function has none: tighten with the intent limits"
		}
	}
	return a
}
