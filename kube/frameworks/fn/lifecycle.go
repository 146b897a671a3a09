package fn

import (
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
		return "the connector changes functions and deletes none: fn delete function does"
	case plan.RollingBack:
		if f.Record.IsZero() {
			return "no connector leads to the API that it could be changed through"
		}
	}
	return ""
}
