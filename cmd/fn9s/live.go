package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/inspect"
	ports "github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

// liveCommand is a command about one function that runs.
type liveCommand struct {
	app     *app
	reading time.Duration
}

// live is the function, and the cluster in which it runs. The cluster stays watched until it is stopped.
type live struct {
	row     *board.Row
	answer  *answer
	cluster inspect.Cluster
	client  *client.Client
}

// open finds the function of a name. Stop must be called.
func (l *liveCommand) open(ctx context.Context, name string) (got *live, stop func(), err error) {
	stop = func() {}
	if l.reading <= 0 {
		return nil, stop, usageError("--read-timeout %s: it must be longer than nothing", l.reading)
	}
	known, err := l.app.frameworkNames()
	if err != nil {
		return nil, stop, err
	}
	q := question{app: l.app, contexts: []string{*l.app.flags.Context}, limit: l.reading}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, stop, err
	}
	row, err := find(a, wantedOf(name, known))
	if trouble := a.warn(l.app.ErrOut); err != nil || row == nil {
		return nil, stop, errors.Join(trouble, err)
	}
	open, ok := a.fleet.Cluster(a.contexts[0])
	if !ok || open.APIs() == nil {
		return nil, stop, withCode(exitUnreachable, fmt.Errorf("%s has not told its APIs", a.contexts[0]))
	}
	return &live{row: row, answer: a, cluster: open, client: open.Client()}, stop, nil
}

// function finds functions as the board has them now.
func (l *live) function(id model.FunctionID) *model.Function {
	if r := l.answer.fleet.Board().Row(id); r != nil {
		return r.Function
	}
	return nil
}

// finder finds pods of functions.
func (l *live) finder() ports.Store {
	return ports.Store{Clusters: l.answer.fleet, Functions: l.function}
}

// failed gives an error of a live command its exit code: 4 where nobody answers, else 1.
func failed(err error) error {
	var coded *codeError
	var denied *tunnel.DeniedError
	switch {
	case err == nil || errors.As(err, &coded):
		return err
	case errors.As(err, &denied):
		return withCode(exitFindings, err)
	}
	switch k := client.Classify(err); {
	case k == client.KindAuth || k == client.KindUnreachable && client.Refused(err):
		return withCode(exitUnreachable, err)
	}
	return withCode(exitFindings, err)
}
