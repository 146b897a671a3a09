package main

import (
	"context"
	"fmt"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/connectivity"
	kubeplan "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// change plans on the cluster what the intents wish, and carries it out.
func (t *tightenCommand) change(ctx context.Context, names []string, intents []check.Intent) error {
	if err := t.check(); err != nil {
		return err
	}
	now, err := t.app.clock()
	if err != nil {
		return err
	}
	o, problems, err := t.options(t.app, now())
	if err != nil {
		return err
	}
	for _, problem := range problems {
		_, _ = fmt.Fprintf(t.app.ErrOut, "warning: %s\n", clean(problem.Error()))
	}
	translator, err := translator(t.app, &t.postureFlags)
	if err != nil {
		return err
	}
	translator = translator.With(&t.given)
	got, stop, err := t.choose(ctx, names, now())
	defer stop()
	if err != nil {
		return err
	}
	source, options, ok := got.answer.facts(got.answer.contexts[0], o)
	if !ok {
		return withCode(exitUnreachable, fmt.Errorf("%s has not told what its functions are judged from", got.answer.contexts[0]))
	}
	reader := snapshot.Once(source, options)
	request := change.Request{Action: "tighten", Title: "tighten " + functionsText(got.rows)}
	for _, row := range got.rows {
		request.Wishes = append(request.Wishes, t.wishes(ctx, reader, translator, row, intents)...)
	}
	if len(request.Wishes) == 0 {
		return write(t.app.Out, "Nothing is to be changed.\n")
	}
	if t.describe, err = connectionsOf(reader, got.rows, request.Wishes); err != nil {
		return withCode(exitFindings, err)
	}
	return t.wish(ctx, got, request)
}

// connectionsOf adds to the plan who reaches whom before and after.
func connectionsOf(r *snapshot.Reader, rows []*board.Row, wishes []change.Wish) (func(*change.PlanDocument), error) {
	var keys []model.FunctionKey
	for _, row := range rows {
		keys = append(keys, row.ID.FunctionKey)
	}
	var edits []kubeplan.Edit
	for i := range wishes {
		edits = append(edits, wishes[i].Edit)
	}
	changes, left, err := connectivity.Of(r, keys, edits)
	if err != nil {
		return nil, fmt.Errorf("compare connections: %w", err)
	}
	return func(d *change.PlanDocument) {
		d.Connectivity = changes
		if left > 0 {
			d.Notes = append(d.Notes, connectivity.Left(left))
		}
	}, nil
}

// wishes asks the function's framework for every intent that cures something, and says what is left out.
func (t *tightenCommand) wishes(ctx context.Context, r *snapshot.Reader, all *tighten.Translator, row *board.Row, intents []check.Intent) []change.Wish {
	var wishes []change.Wish
	posture := security.Of(r, row.ID.FunctionKey)
	for _, intent := range intents {
		if len(curedBy(posture, intent)) == 0 {
			continue
		}
		a := t.answer(ctx, r, all, row, intent, posture)
		if why := t.leaves(&a); why != "" {
			_, _ = fmt.Fprintf(t.app.ErrOut, "left out: %s: %s: %s\n", clean(address(row, true)), intent, clean(why))
			continue
		}
		wishes = append(wishes, wishesOf(row, &a)...)
	}
	return wishes
}

// leaves says why an answer is not planned; empty when it is.
func (t *tightenCommand) leaves(a *kubeplan.Answer) string {
	if a.None != "" {
		return reason(a)
	}
	if len(t.intents) > 0 {
		return "" // named: it is asked for
	}
	for i := range a.Edits {
		if asks := a.Edits[i].Asks; asks != "" {
			return "asks: " + asks
		}
	}
	return ""
}
