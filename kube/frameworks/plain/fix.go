package plain

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
)

// Fix changes the workloads: they are the source.
func (a *adapter) Fix(w *plan.Wish) plan.Answer { return frameworks.FixWorkloads(w) }
