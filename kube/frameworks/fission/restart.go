package fission

import (
	"time"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart deletes the specialized pods of a pool, which belong to no workload of the function; others have a Deployment of
// their own.
func (adapter) Restart(f *model.Function, at time.Time) plan.Answer {
	for _, w := range f.Workloads {
		if w.Shared {
			return frameworks.ReplacePods(f, "no pod of it runs: the next call takes a new one of the pool")
		}
	}
	a := frameworks.RestartWorkloads(f, at)
	a.Lost = "the mark of the restart goes when the executor writes the Deployment anew"
	return a
}
