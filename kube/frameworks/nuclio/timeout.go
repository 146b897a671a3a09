package nuclio

import (
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// Timeout sets after how long a worker that is busy with one event is restarted.
func (adapter) Timeout(w *plan.Wish, limit time.Duration) plan.Answer {
	f := w.Function
	if f.Object.IsZero() {
		return w.None("its NuclioFunction is gone", "")
	}
	return w.Done(plan.Rollout, w.Patch(f.Object, f.APIVersion, force([]plan.Field{{Path: "spec.eventTimeout", Value: limit.String()}})...))
}
