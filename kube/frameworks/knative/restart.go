package knative

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart makes a new Revision of the same code: Revisions themselves cannot be changed.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	if f.Object.Kind != "Service" && f.Object.Kind != "Configuration" {
		return frameworks.RestartWorkloads(f, at)
	}
	return frameworks.RestartObject(f, "spec.template.metadata.annotations", at)
}
