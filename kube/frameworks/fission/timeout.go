package fission

import (
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// Timeout sets how long the router waits for one call, in seconds.
func (adapter) Timeout(w *plan.Wish, limit time.Duration) plan.Answer {
	f := w.Function
	if f.Object.IsZero() {
		return w.None("its Function is gone", "")
	}
	return w.Done(plan.NextCall, w.Patch(f.Object, f.APIVersion, plan.Field{Path: "spec.functionTimeout", Value: int64(limit / time.Second)}))
}
