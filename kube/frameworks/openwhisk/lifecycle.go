package openwhisk

import (
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
		return "the connector changes actions and deletes none: wsk action delete does"
	case plan.RollingBack:
		if f.Record.IsZero() {
			return "no connector leads to the API that it could be changed through"
		}
	}
	return ""
}
