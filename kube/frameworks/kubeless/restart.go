package kubeless

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart marks the pod template in the Function: it is one of the fields that the controller compares. The mark would stay
// in the Deployment when it goes from the Function, so that has it first.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind == "" {
		return frameworks.RestartWorkloads(f, at)
	}
	a := frameworks.RestartObject(f, "spec.deployment.spec.template.metadata.annotations", at)
	for _, w := range f.Workloads {
		if w.GroupKind() == frameworks.Deployment && w.Role == model.Run && !w.Shared {
			a.Edits = append([]plan.Edit{frameworks.Mark(w.Ref, "", "spec.template.metadata.annotations", frameworks.OwnRestartedAt, at)}, a.Edits...)
		}
	}
	return a
}

// Point changes the workloads too where no controller is in sight that reads the Function.
func (adapter) Point(f *model.Function, _ plan.Objects, e plan.Edit, direct []plan.Edit) []plan.Edit {
	if f.Platform.Version == "" {
		return append([]plan.Edit{e}, direct...)
	}
	return []plan.Edit{e}
}
