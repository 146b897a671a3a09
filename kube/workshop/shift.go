package workshop

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/shift"
	"github.com/fn9s/fn9s/security/model"
)

// Way is how far traffic is that is shifted by steps. Each step after the first is a job of its own.
type Way struct {
	shift.Moment
	Goal plan.Share
	By   plan.Canary
	Over bool
	Back bool // the requests go where they went before
}

// Undoes is the change that an undo of the job takes back: the newest step of a way.
func (j *Job) Undoes() string {
	if j.Way != nil && len(j.Way.Changes) > 0 {
		return j.Way.Changes[len(j.Way.Changes)-1]
	}
	return j.ID
}

// over ends the job, unless its way goes on.
func (s *Shop) over(state *Job) {
	if state.Way != nil && !state.Way.Over {
		state.Phase = Applying
		return
	}
	state.Phase, state.Ended = Ended, s.o.Now()
}

// Stepwise reports whether traffic is shifted by steps of ours, because the framework does not do it itself.
func Stepwise(adapters []frameworks.Framework, t *plan.Task, f *model.Function) bool {
	return t.Act == plan.Splitting && t.Canary != nil && len(t.Shares) == 1 && !frameworks.Shifts(adapters, f)
}

// FirstStep asks for the first step of a way that changes something.
func FirstStep(t *plan.Task, ask func(*plan.Task) (plan.Answer, error)) (plan.Share, plan.Answer, error) {
	goal, by := t.Shares[0], *t.Canary
	for to := shift.First(goal, by); ; to = shift.After(to, goal, by) {
		a, err := ask(&plan.Task{Act: t.Act, Shares: []plan.Share{to}})
		switch {
		case err != nil || a.None != "":
			return to, a, err
		case a.Already && to.Percent < goal.Percent:
			continue
		}
		a.Notes = append(a.Notes, fmt.Sprintf("this is the step to %d%%, and others follow to %s: each is a change of its own (:jobs)", to.Percent, shift.Text(goal, by)),
			"between the steps what gets requests is looked at: when it is not ready any more all steps are taken back")
		return to, a, nil
	}
}

// shift carries the first step out as it was agreed to, and the others after it.
func (s *Shop) shift(j *job, subjects []change.Subject, confirmed []change.Confirmation, letGo func()) {
	d := j.state.Draft
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.work.Go(func() {
		select {
		case <-j.stop:
			cancel()
		case <-ctx.Done():
		}
	})
	w := &shift.Way{Goal: d.Task.Shares[0], By: *d.Task.Canary, From: d.from}
	begun := false
	w.Apply = func(ctx context.Context, to plan.Share) (string, error) {
		if begun {
			return s.nextStep(ctx, d, to, confirmed)
		}
		begun = true
		s.carry(j, subjects, confirmed, letGo)
		return s.became(j)
	}
	w.Trouble = func(ctx context.Context, now plan.Share) (string, error) { return s.troubled(ctx, d, now) }
	w.Back = func(ctx context.Context, id string) error {
		undo, err := s.Plan(ctx, &Order{Context: d.Context, Action: Undo, Title: "undo " + id, Undoes: id})
		if err == nil {
			_, err = s.await(ctx, undo, undo.Confirmations)
		}
		return err
	}
	w.Tell = func(m shift.Moment) {
		s.update(j, true, func(state *Job) {
			way := *state.Way
			way.Moment = m
			state.Way = &way
		})
	}
	s.arrive(j, ctx, w.Go(ctx))
}

// arrive says how a way ended.
func (s *Shop) arrive(j *job, ctx context.Context, err error) {
	s.update(j, true, func(state *Job) {
		way := *state.Way
		way.Over = true
		var back *shift.BackError
		if errors.As(err, &back) {
			way.Back = back.Left == nil
		}
		state.Way = &way
		switch {
		case err == nil || state.Outcome != journal.Applied: // the first step says why itself
		case ctx.Err() != nil && back == nil:
			state.Outcome = journal.Failed
			state.Reason = fmt.Sprintf("stopped by the operator: the requests stay where they are, %d%% of %d%% go to %s", way.Percent, way.Goal.Percent, way.Goal.Revision)
		default:
			state.Outcome, state.Reason = journal.Failed, err.Error()
		}
		s.over(state)
	})
}

// nextStep plans a step and carries it out, if it asks for nothing that was not agreed to before.
func (s *Shop) nextStep(ctx context.Context, d *Draft, to plan.Share, agreed []change.Confirmation) (string, error) {
	t := *d.Task
	t.Shares, t.Canary = []plan.Share{to}, nil
	next, err := s.Plan(ctx, &Order{Context: d.Context, Action: d.Action, Title: fmt.Sprintf("%s: %d%%", d.Order.Title, to.Percent), Picks: d.Picks, Task: &t})
	if err != nil {
		return "", err
	}
	if len(next.Steps) == 0 {
		if at := slices.IndexFunc(next.Notes, func(n Note) bool { return n.What == LeftOut }); at >= 0 {
			return "", errors.New(next.Notes[at].Text)
		}
		return "", nil
	}
	for _, c := range next.Confirmations {
		if !slices.Contains(agreed, c) {
			return "", fmt.Errorf("the step to %d%% asks for what was not agreed to: %s", to.Percent, c.Text)
		}
	}
	return s.await(ctx, next, next.Confirmations)
}

// await carries a plan out as a job of its own, and waits for the end of it.
func (s *Shop) await(ctx context.Context, d *Draft, confirmed []change.Confirmation) (string, error) {
	id, err := s.Start(d, confirmed)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	j := s.jobs[slices.IndexFunc(s.jobs, func(o *job) bool { return o.state.ID == id })]
	s.mu.Unlock()
	select {
	case <-j.ended:
	case <-ctx.Done():
		s.Stop(id)
		<-j.ended
	}
	return s.became(j)
}

// became is the id of a job that wrote something, and why it is not as it was to be.
func (s *Shop) became(j *job) (string, error) {
	s.mu.Lock()
	state := j.state
	s.mu.Unlock()
	id := ""
	if slices.ContainsFunc(state.Progress, func(p StepState) bool { return p.Outcome.May() }) {
		id = state.ID
	}
	switch {
	case state.Outcome != journal.Applied:
		return id, errors.New(state.Reason)
	case state.Journal != "":
		return id, fmt.Errorf("the journal is not complete: %s", state.Journal)
	}
	for i := range state.Seen {
		if seen := &state.Seen[i]; !seen.Verdict.Good() {
			return id, fmt.Errorf("%s: %s: %s", seen.Function.Name, seen.Verdict, seen.Reason)
		}
	}
	return id, nil
}

// troubled asks the framework whether what gets requests does well.
func (s *Shop) troubled(ctx context.Context, d *Draft, now plan.Share) (string, error) {
	id := d.Picks[0].Function
	row := s.o.Clusters.Board().Row(id)
	if row == nil {
		return id.Name + " does not exist any more", nil
	}
	p, err := s.acts(ctx, id.Context)
	if err != nil {
		return "", err
	}
	return p.Trouble(ctx, row.Function, []plan.Share{now})
}
