package kubeless

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Close takes what a Function says about its Service back. The controller never changes the type of one that is there.
func (adapter) Close(w *plan.Wish, route model.Ref) plan.Answer {
	if w.Function.Object.IsZero() || route.GroupKind() != frameworks.Service || route.Name != w.Function.Key.Name {
		return plan.Answer{}
	}
	return w.Done(plan.AtOnce, w.Patch(w.Function.Object, w.Function.APIVersion, plan.Field{Path: "spec.service.type", Value: "ClusterIP"}))
}
