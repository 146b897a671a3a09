package kubeless

import (
	"strconv"
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// Timeout sets how long one call may take, in seconds as text. The controller writes it into the Deployment.
func (adapter) Timeout(w *plan.Wish, limit time.Duration) plan.Answer {
	f := w.Function
	if f.Object.IsZero() {
		return w.None("its Function is gone", "")
	}
	a := w.Done(plan.Rollout, w.Patch(f.Object, f.APIVersion, plan.Field{Path: "spec.timeout", Value: strconv.Itoa(int(limit / time.Second))}))
	if f.Platform.Version == "" {
		a.Left = "no controller of Kubeless is in sight: FUNC_TIMEOUT of the Deployment stays as it is until one runs"
	}
	return a
}
