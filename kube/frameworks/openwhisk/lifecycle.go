package openwhisk

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Unable answers for actions, which are no objects of Kubernetes: their containers are the invoker's.
func (framework) Unable(f *model.Function, act plan.Act) string {
	switch act {
	case plan.Scaling:
		return "the invoker starts a container for each call and ends it when it idles: closest come the limits of the tenant, and replicas of the invokers"
	case plan.Pausing, plan.Resuming:
		return "OpenWhisk starts a container for every call: closest comes close-route, and its rules made inactive"
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

// Delete takes an action away through its API, and the rules that lead to it first. Triggers stay: they are events of the
// tenant, and rules of others may hear them.
func (framework) Delete(f *model.Function, _ plan.Live, _ plan.Deletion) plan.Answer {
	var rules []frameworks.Lead
	for i := range f.Triggers {
		t := &f.Triggers[i]
		if t.Origin.Group != frameworks.WhiskGroup || t.Origin.Kind != "Rule" {
			continue
		}
		rule := frameworks.Lead{Ref: t.Origin.Ref}
		if t.Disabled {
			rule.Asks = "it is inactive, and active after an undo"
		}
		rules = append(rules, rule)
	}
	a := frameworks.DeleteRecord(f, recordVersion, rules, "")
	if len(rules) > 0 {
		a.Notes = append(a.Notes, "the triggers of its rules stay: other rules may hear them")
	}
	a.Notes = append(a.Notes, "sequences that name it fail from then on; its package stays")
	return a
}
