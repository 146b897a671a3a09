package kyma

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart marks the Function, whose annotations reach the pod template.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind == "" {
		return frameworks.RestartWorkloads(f, at)
	}
	return frameworks.RestartObject(f, "spec.annotations", at)
}
