package change

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

var jobKind = schema.GroupKind{Group: "batch", Kind: "Job"}

// runs is the verdict on a function that the change started by a Job; false: it started none. How long a Job takes nobody
// knows: it does well once its pods run.
func (w *watcher) runs(ctx context.Context) (Verdict, string, bool) {
	i := slices.IndexFunc(w.r.Steps, func(s StepResult) bool {
		return s.Outcome == journal.Applied && s.Step.Verb == plan.Create && s.Step.Ref.GroupKind() == jobKind &&
			s.Step.Ref != w.s.Object && slices.Contains(s.Step.Functions, w.s.Function)
	})
	if i < 0 {
		return "", "", false
	}
	ref := w.r.Steps[i].Step.Ref
	o, why, err := w.get(ctx, ref)
	switch {
	case err != nil:
		return Progressing, client.Reason(err), true
	case why != "":
		return NotObservable, why, true
	case o == nil:
		return Gone, ref.String() + " does not exist any more", true
	}
	verdict, reason := w.job(ctx, ref, o)
	return verdict, reason, true
}

func (w *watcher) job(ctx context.Context, ref model.Ref, o object) (Verdict, string) {
	status, _ := child(o, "status")
	conditions, _ := child(status, "conditions")
	for _, c := range listOf(conditions) {
		switch {
		case text(c, "status") != "True":
		case text(c, "type") == "Complete":
			return Ready, ref.String() + " succeeded"
		case text(c, "type") == "Failed":
			return RolloutFailed, ref.String() + ": " + text(c, "reason") + ": " + text(c, "message")
		case text(c, "type") == "Suspended":
			return Idle, ref.String() + " is suspended"
		}
	}
	if reason := w.podTrouble(ctx, o, ref.Namespace); reason != "" {
		return RolloutFailed, reason
	}
	active, _ := number(o, "status", "active")
	if ready, _ := number(o, "status", "ready"); ready > 0 {
		return Ready, fmt.Sprintf("%s runs: %d of %d pods are ready", ref, ready, active)
	}
	return Progressing, ref.String() + ": no pod of it runs yet"
}
