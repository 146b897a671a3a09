package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/stream/debug"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// MayDebug says why no debug container can be put beside a container.
func (s shells) MayDebug(ctx context.Context, room screen.Room) string {
	c, ok := s.of.fleet.Cluster(room.Context)
	if !ok {
		return "context " + room.Context + " is not open"
	}
	if err := debug.May(ctx, c.Client(), room.Pod); err != nil && ctx.Err() == nil {
		return err.Error()
	}
	return ""
}

// Debug plans a debug container.
func (s shells) Debug(ctx context.Context, id model.FunctionID, room screen.Room) (*screen.Debugging, error) {
	c, ok := s.of.fleet.Cluster(room.Context)
	if !ok || c.APIs() == nil {
		return nil, fmt.Errorf("context %s is not open any more", room.Context)
	}
	x, err := debug.New(ctx, c.Client(), c.APIs(), room.Pod, room.Container, s.of.image, true)
	if err != nil {
		return nil, err
	}
	e, err := s.of.engine(c.Client(), c.APIs())
	if err != nil {
		return nil, err
	}
	var functions []model.FunctionID
	if id.Name != "" {
		functions = append(functions, id)
	}
	p, err := e.Plan(ctx, x.Request(functions...))
	if err != nil {
		return nil, err
	}
	d := &screen.Debugging{About: "A container of " + x.Image + " is put into the pod, with no more rights than the restricted Pod Security level allows. It stands in the journal."}
	if blocked := p.Blocked(); len(blocked) > 0 {
		return nil, errors.New(listed(blocked, 3))
	}
	if p.Steps[0].Checked != change.Passed {
		d.About += " The server could not try it: " + p.Steps[0].Reason + "."
	}
	for _, confirmation := range p.Confirmations() {
		if confirmation.Word != "" && d.Word != "" && confirmation.Word != d.Word {
			return nil, errors.New("guardrails ask for several words: fn9s shell --debug --confirm takes them")
		}
		if confirmation.Word != "" {
			d.Word = confirmation.Word
		}
		d.Asks = append(d.Asks, confirmation.Text)
	}
	d.Make = func(ctx context.Context) (screen.Room, error) {
		r, err := e.Apply(ctx, p, change.Approval{Confirmed: p.Confirmations()}, nil)
		switch {
		case err != nil:
			return screen.Room{}, err
		case r.Outcome != journal.Applied:
			return screen.Room{}, fmt.Errorf("the debug container was not made: %s", r.Reason)
		}
		ctx, cancel := context.WithTimeout(ctx, starting)
		defer cancel()
		return screen.Room{Context: room.Context, Pod: room.Pod, Container: x.Name}, x.Wait(ctx, c.Client(), c.APIs())
	}
	return d, nil
}
