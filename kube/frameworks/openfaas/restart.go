package openfaas

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart marks the Function, whose annotations all reach the pod template. Functions of the community edition are declared
// by no object: their Deployment is marked, until the next deployment.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind != functionKind.Kind {
		a := frameworks.RestartWorkloads(f, at)
		a.Lost = "the mark of the restart goes with the next deployment, which restarts by itself"
		return a
	}
	return frameworks.RestartObject(f, "spec.annotations", at)
}
