package kubeless

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const replicas = "spec.deployment.spec.replicas"

// Scale writes the replicas into the Function, and into its Deployment where no controller is in sight that would. The
// autoscaler that a Function describes is of a version that is no longer served: one of its own is made, with another name,
// which the controller leaves alone.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ScaleWorkloads(f, live, to)
	}
	var answers []plan.Answer
	refs := frameworks.RunWorkloads(f)
	if to.Replicas != nil {
		for _, ref := range refs {
			a := frameworks.ScaleWorkload(f, live, ref, plan.Scale{Replicas: to.Replicas})
			if a.None != "" {
				return a
			}
			if f.Platform.Version == "" {
				answers = append(answers, a)
			}
		}
		answers = append(answers, frameworks.SetFields(f.Object, f.APIVersion, live.Object(f.Object), plan.Scaling, plan.Rollout,
			frameworks.Number64(replicas, to.Replicas)...))
	}
	if to.Min != nil || to.Max != nil {
		answers = append(answers, bounds(f, live, refs, to))
	}
	return frameworks.Join(answers...)
}

func bounds(f *model.Function, live plan.Live, refs []model.Ref, to plan.Scale) plan.Answer {
	to.Replicas = nil
	switch {
	case len(refs) == 0:
		return plan.Answer{None: "it has no Deployment that could be scaled"}
	case frameworks.AutoscalerOf(live, refs[0]) != nil || to.Max == nil || to.Min != nil && *to.Min < 1:
		return frameworks.ScaleWorkload(f, live, refs[0], to)
	}
	return frameworks.MakeAutoscaler(f, refs[0], "apps/v1", refs[0].Name+"-bounds", to)
}

var asleep = []plan.Field{{Path: replicas, Value: int64(0)}}

// Pause sets the replicas to zero: callers find nobody, and nothing wakes it.
func (adapter) Pause(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.PauseWorkloads(f, live)
	}
	a := frameworks.PauseObject(f.Object, f.APIVersion, live.Object(f.Object), plan.Rollout, asleep...)
	if f.Platform.Version == "" {
		a = frameworks.Join(frameworks.PauseWorkloads(f, live), a)
	}
	return a
}

// Resume gives Function and Deployment back what they had. A controller takes a field that goes from the Function for
// nothing said, so the Deployment gets its number too.
func (adapter) Resume(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ResumeWorkloads(f, live)
	}
	object := live.Object(f.Object)
	a := frameworks.ResumeObject(f.Object, f.APIVersion, object, plan.Rollout, asleep, []plan.Field{{Path: replicas, Value: int64(1)}})
	dropped := len(a.Edits) > 0 && a.Edits[0].Fields[0].Path == replicas && a.Edits[0].Fields[0].Remove
	if f.Platform.Version == "" || dropped {
		a = frameworks.Join(a, frameworks.ResumeWorkloads(f, live))
	}
	return a
}

// Delete takes along the triggers that call nothing else, and what was made of the function.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	return frameworks.Leaving{
		Triggers: []schema.GroupKind{httpKind, cronKind, kafkaKind, natsKind, kinesisKind},
		Owned:    []schema.GroupKind{{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"}},
	}.Delete(f, live, how)
}
