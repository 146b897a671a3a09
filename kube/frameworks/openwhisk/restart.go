package openwhisk

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart deletes the containers of the action: the invoker makes new ones for the next calls.
func (framework) Restart(f *model.Function, _ time.Time) plan.Answer {
	return frameworks.ReplacePods(f, "no container of it runs: the next call starts a new one")
}
