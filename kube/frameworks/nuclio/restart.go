package nuclio

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart marks the Deployment: a new deployment of the function would build it anew where it has no image.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	a := frameworks.RestartWorkloads(f, at)
	if len(a.Edits) > 0 {
		a.Lost = "the next update of the function takes the mark of the restart away, and restarts once more"
	}
	return a
}

// Point has the controller take the change up in every state that the function may be in.
func (adapter) Point(_ *model.Function, _ plan.Objects, e plan.Edit, _ []plan.Edit) []plan.Edit {
	e.Fields = force(e.Fields)
	return []plan.Edit{e}
}
