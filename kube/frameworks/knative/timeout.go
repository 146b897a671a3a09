package knative

import (
	"time"

	"github.com/fn9s/fn9s/kube/plan"
)

// Timeout sets how long one call may take, in seconds: a new revision.
func (adapter) Timeout(w *plan.Wish, limit time.Duration) plan.Answer {
	f := w.Function
	if f.Object.GroupKind() != serviceKind && f.Object.GroupKind() != configurationKind {
		return w.None("a revision cannot be changed, and nothing makes a new one", "")
	}
	return w.Done(plan.Rollout, w.Patch(f.Object, f.APIVersion, plan.Field{Path: "spec.template.spec.timeoutSeconds", Value: int64(limit / time.Second)}))
}
