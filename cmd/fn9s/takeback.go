package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/fn9s/fn9s/kube/change"
)

// takeBack undoes a change after which a rollout failed. What was agreed to for the change holds for its inverse too.
func (o *changeOptions) takeBack(ctx context.Context, e *change.Engine, r *change.Result, subjects []change.Subject, told *applied) (*change.TakenBackDocument, error) {
	_, _ = fmt.Fprintln(o.app.ErrOut, "A rollout failed: the change is taken back.")
	d := &change.TakenBackDocument{Outcome: "failed", Steps: []change.StepResultDocument{}, Verdicts: []change.VerdictDocument{}}
	p, err := e.PlanUndo(ctx, r.ID)
	var cannot *change.CannotUndoError
	switch {
	case errors.As(err, &cannot):
		d.Reason = err.Error()
		return d, nil
	case err != nil:
		return nil, planError(err)
	}
	back, err := e.Apply(ctx, p, change.Approval{Confirmed: p.Confirmations()}, told.event)
	if err != nil {
		d.Reason = err.Error()
		return d, nil
	}
	return back.TakenBack(e.Verify(ctx, back, subjects, o.limit, told.seen)), nil
}
