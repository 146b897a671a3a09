package fn

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Unable answers for functions of Fn, which are no objects of Kubernetes: runners keep their containers.
func (framework) Unable(f *model.Function, act plan.Act) string {
	switch act {
	case plan.Scaling:
		return "runners start a container for each call, of all functions alike: closest come replicas of the runners"
	case plan.Pausing, plan.Resuming:
		return "Fn starts a container for every call: closest comes taking its triggers away"
	case plan.Deleting:
		if f.Record.IsZero() {
			return "no connector leads to the API that it could be deleted through"
		}
	case plan.RollingBack:
		if f.Record.IsZero() {
			return "no connector leads to the API that it could be changed through"
		}
	}
	return ""
}

// Delete takes a function away through its API, and its triggers first: the server would leave them.
func (framework) Delete(f *model.Function, _ plan.Live, _ plan.Deletion) plan.Answer {
	var triggers []frameworks.Lead
	for i := range f.Triggers {
		if o := f.Triggers[i].Origin; o.Group == frameworks.FnGroup && o.Kind == "Trigger" {
			triggers = append(triggers, frameworks.Lead{Ref: o.Ref})
		}
	}
	a := frameworks.DeleteRecord(f, "v2", triggers, "after an undo it has another id, and another address /invoke/ID")
	a.Notes = append(a.Notes, "its app stays")
	return a
}
