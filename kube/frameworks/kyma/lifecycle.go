package kyma

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Scale sets the replicas of the Function: its Deployment is set back within seconds. Bounds are the Function's own where
// Kyma still makes an autoscaler of them, else those of an autoscaler that scales the Function.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ScaleWorkloads(f, live, to)
	}
	if f.Platform.Shape != shapeClassic {
		return frameworks.ScaleWorkload(f, live, f.Object, to)
	}
	object := live.Object(f.Object)
	if _, own := plan.Lookup(object, "spec.scaleConfig"); own && to.Replicas != nil && *to.Replicas > 0 {
		return plan.Answer{None: "spec.scaleConfig says how many there are: give it other bounds with --min and --max"}
	}
	fields := frameworks.Number64("spec.replicas", to.Replicas)
	fields = append(fields, frameworks.Number64("spec.scaleConfig.minReplicas", to.Min)...)
	fields = append(fields, frameworks.Number64("spec.scaleConfig.maxReplicas", to.Max)...)
	return frameworks.SetFields(f.Object, f.APIVersion, object, plan.Scaling, plan.Rollout, fields...)
}

var asleep = []plan.Field{{Path: "spec.replicas", Value: int64(0)}}

// Pause sets the replicas of the Function to zero: nothing wakes it.
func (adapter) Pause(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.PauseWorkloads(f, live)
	}
	return frameworks.PauseObject(f.Object, f.APIVersion, live.Object(f.Object), plan.Rollout, asleep...)
}

// Resume gives the Function its replicas back.
func (adapter) Resume(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ResumeWorkloads(f, live)
	}
	return frameworks.ResumeObject(f.Object, f.APIVersion, live.Object(f.Object), plan.Rollout, asleep, []plan.Field{{Path: "spec.replicas", Value: int64(1)}})
}

// Delete takes APIRules and Subscriptions along that lead nowhere else: left behind they would lead to nothing.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	return frameworks.Leaving{Triggers: []schema.GroupKind{ruleKind, subscriptionKind}}.Delete(f, live, how)
}
