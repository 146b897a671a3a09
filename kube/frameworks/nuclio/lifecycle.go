package nuclio

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Scale sets the bounds of the NuclioFunction: a fixed number is both of them. What is written into the Deployment lasts until
// the next event.
func (adapter) Scale(f *model.Function, live plan.Live, to plan.Scale) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ScaleWorkloads(f, live, to)
	}
	object := live.Object(f.Object)
	var fields []plan.Field
	_, fixed := plan.Lookup(object, "spec.replicas")
	switch n := to.Replicas; {
	case n != nil && *n == 0:
		a := adapter{}.Pause(f, live)
		a.Notes = append(a.Notes, "to zero and back on calls goes with --min 0, where the platform's autoscaler runs")
		return a
	case n != nil && fixed:
		fields = frameworks.Number64("spec.replicas", n)
	case n != nil:
		fields = append(frameworks.Number64("spec.minReplicas", n), frameworks.Number64("spec.maxReplicas", n)...)
	default:
		fields = append(frameworks.Number64("spec.minReplicas", to.Min), frameworks.Number64("spec.maxReplicas", to.Max)...)
		if fixed {
			fields = append(fields, plan.Field{Path: "spec.replicas", Remove: true})
		}
	}
	return forced(frameworks.SetFields(f.Object, f.APIVersion, object, plan.Scaling, plan.Rollout, fields...))
}

// forced has the controller take a change up in every state.
func forced(a plan.Answer) plan.Answer {
	for i := range a.Edits {
		a.Edits[i].Fields = force(a.Edits[i].Fields)
	}
	return a
}

var asleep = []plan.Field{{Path: "spec.disable", Value: true}}

// Pause disables the function: the controller leaves it without pods, and nothing wakes it.
func (adapter) Pause(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.PauseWorkloads(f, live)
	}
	return forced(frameworks.PauseObject(f.Object, f.APIVersion, live.Object(f.Object), plan.Rollout, asleep...))
}

// Resume enables the function again.
func (adapter) Resume(f *model.Function, live plan.Live) plan.Answer {
	if f.Object.IsZero() {
		return frameworks.ResumeWorkloads(f, live)
	}
	return forced(frameworks.ResumeObject(f.Object, f.APIVersion, live.Object(f.Object), plan.Rollout, asleep, []plan.Field{{Path: "spec.disable", Value: false}}))
}

// Delete names what the controller removes by its name: no object says that the function owns it.
func (adapter) Delete(f *model.Function, live plan.Live, how plan.Deletion) plan.Answer {
	l := frameworks.Leaving{Triggers: []schema.GroupKind{gatewayKind}, Notes: []string{"its image stays in the registry"}}
	name := prefix + f.Key.Name
	for _, kind := range []schema.GroupKind{frameworks.Ingress, frameworks.Autoscaler, frameworks.Service, frameworks.Deployment, frameworks.ConfigMap} {
		l.Named = append(l.Named, model.Ref{Group: kind.Group, Kind: kind.Kind, Namespace: f.Key.Namespace, Name: name})
	}
	for _, o := range live.List(frameworks.CronJob, f.Key.Namespace, labelFunction+"="+f.Key.Name) {
		l.Named = append(l.Named, model.Ref{Group: frameworks.CronJob.Group, Kind: frameworks.CronJob.Kind, Namespace: f.Key.Namespace, Name: plan.Text(o, "metadata.name")})
	}
	a := l.Delete(f, live, how)
	for i := range a.Edits {
		if e := &a.Edits[i]; e.Object == f.Object { // without that the controller does not look at it
			e.Fields = []plan.Field{{Path: "status.state", Value: "waitingForResourceConfiguration"}}
		}
		if e := &a.Edits[i]; e.Object.Kind == "Secret" && strings.HasPrefix(e.Object.Name, prefix) {
			e.Along = true
		}
	}
	return a
}
