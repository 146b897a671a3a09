package workshop

import (
	"context"
	"fmt"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/lifecycle"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Unable says at once why a function cannot be treated so; empty: a plan can be made, which says more. It does not take
// time.
func (s *Shop) Unable(id model.FunctionID, act plan.Act) string {
	row := s.o.Clusters.Board().Row(id)
	if row == nil {
		return "it does not exist any more"
	}
	return frameworks.Unable(s.o.Adapters, row.Function, act)
}

// Revisions lists the states of a function that can be gone back to, the newest first. It takes time.
func (s *Shop) Revisions(ctx context.Context, id model.FunctionID) ([]plan.Revision, error) {
	row := s.o.Clusters.Board().Row(id)
	if row == nil {
		return nil, fmt.Errorf("%s does not exist any more", id.Name)
	}
	p, err := s.acts(ctx, id.Context)
	if err != nil {
		return nil, err
	}
	return p.Revisions(ctx, id, row.Function)
}

// acts asks the frameworks of one cluster.
func (s *Shop) acts(ctx context.Context, context string) (*lifecycle.Planner, error) {
	e, err := s.engine(context)
	if err != nil {
		return nil, err
	}
	here, _, err := e.Identity(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	b := s.engines[context]
	s.mu.Unlock()
	return &lifecycle.Planner{
		Source: lifecycle.Live{Client: b.client, APIs: b.apis}, Adapters: s.o.Adapters, Book: s.o.Journal.Read, Cluster: here,
		Functions: func(namespace string) []*model.Function {
			var all []*model.Function
			for _, r := range s.o.Clusters.Board().Rows() {
				if r.ID.Context == context && r.ID.Namespace == namespace {
					all = append(all, r.Function)
				}
			}
			return all
		},
	}, nil
}

// task asks the frameworks for the edits of an act.
func (s *Shop) task(ctx context.Context, d *Draft, r *change.Request) error {
	p, err := s.acts(ctx, d.Context)
	if err != nil {
		return err
	}
	b := s.o.Clusters.Board()
	for _, pick := range d.Picks {
		id := pick.Function
		row := b.Row(id)
		if row == nil {
			d.Notes = append(d.Notes, Note{Function: id, What: LeftOut, Text: "it does not exist any more"})
			continue
		}
		ask := func(t *plan.Task) (plan.Answer, error) { return p.Do(ctx, id, row.Function, t) }
		var a plan.Answer
		if Stepwise(s.o.Adapters, d.Task, row.Function) {
			d.from = new(plan.Share)
			*d.from, a, err = FirstStep(d.Task, ask)
		} else {
			a, err = ask(d.Task)
		}
		if err != nil {
			return err
		}
		d.Notes = append(d.Notes, Told(id, &a)...)
		r.Wishes = append(r.Wishes, wishesOf(id, string(d.Task.Act), &a)...)
	}
	return nil
}

// Told are the notes of an answer.
func Told(id model.FunctionID, a *plan.Answer) []Note {
	var all []Note
	add := func(what, text string) {
		if text != "" {
			all = append(all, Note{Function: id, What: what, Text: text})
		}
	}
	add(LeftOut, a.None)
	for _, n := range a.Notes {
		add(Known, n)
	}
	add(NotCured, a.Left)
	add(Lost, a.Lost)
	return all
}
