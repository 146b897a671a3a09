package fission

import (
	"slices"
	"strings"
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

// Point asks about the folder that code finds a Secret in: the name of the Secret is a part of it.
func (adapter) Point(f *model.Function, objects plan.Objects, e plan.Edit, _ []plan.Edit) []plan.Edit {
	o := objects.Get(f.Object)
	if o == nil {
		return []plan.Edit{e}
	}
	facts, ok := o.Head().FactsOf(Name).(*function)
	mounts := slices.ContainsFunc(e.Fields, func(x plan.Field) bool { return strings.HasPrefix(x.Path, "spec.secrets[") })
	if mounts && (!ok || facts.executor != ownPods) {
		e.Asks = frameworks.Also(e.Asks, "its code finds the values in /secrets/NAMESPACE/NAME, and the name is another one", "")
	}
	return []plan.Edit{e}
}
