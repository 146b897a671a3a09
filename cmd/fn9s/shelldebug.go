package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/stream/debug"
	"github.com/fn9s/fn9s/kube/stream/shell"
)

// debugging are the flags of a debug container.
type debugging struct {
	debug   bool
	image   string
	yes     bool
	confirm []string
	patient time.Duration
}

// starting is how long a debug container may take to start: its image may have to be pulled.
const starting = 2 * time.Minute

func (d *debugging) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&d.debug, "debug", false, "put a container with a shell beside it, for images that have none")
	f.StringVar(&d.image, "image", "", "`image` of the debug container (default: shell.debugImage of the configuration, else "+debug.DefaultImage+")")
	f.BoolVarP(&d.yes, "yes", "y", false, "do not ask before the debug container is made")
	f.StringSliceVar(&d.confirm, "confirm", nil, "a `word` that a guardrail asks for")
	f.DurationVar(&d.patient, "timeout", starting, "how long to wait until the debug container runs")
}

// given reports whether one of the flags was used that only --debug has.
func (d *debugging) given() bool {
	return d.image != "" || d.yes || len(d.confirm) > 0 || d.patient != starting
}

// beside makes a debug container beside the one of the request, and has the request attach to it.
func (s *shellCommand) beside(ctx context.Context, got *live, r *shell.Request) error {
	if s.patient <= 0 {
		return usageError("--timeout %s: it must be longer than nothing", s.patient)
	}
	settings, err := s.app.settings()
	if err != nil {
		return err
	}
	_, tty := s.terminal()
	x, err := debug.New(ctx, got.client, got.cluster.APIs(), r.Pod, r.Container, cmp.Or(s.image, settings.DebugImage, debug.DefaultImage), tty)
	if err != nil {
		return err
	}
	if err := s.made(ctx, got, x); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.app.ErrOut, "waiting for debug container %s\n", clean(x.Name))
	wctx, cancel := context.WithTimeout(ctx, s.patient)
	defer cancel()
	if err := x.Wait(wctx, got.client, got.cluster.APIs()); err != nil {
		return err
	}
	r.Container = x.Name
	return nil
}

// made plans the container, asks, and carries the plan out. What is said of it is no output of the shell.
func (s *shellCommand) made(ctx context.Context, got *live, x *debug.Container) error {
	beside := *s.app
	beside.Out = s.app.ErrOut
	var result *change.Result
	o := &changeOptions{app: &beside, yes: s.yes, confirm: s.confirm, limit: s.patient}
	o.after = func(r *change.Result) { result = r }
	e, err := o.engine(got.client, got.cluster.APIs())
	if err != nil {
		return err
	}
	p, err := e.Plan(ctx, x.Request(got.row.ID))
	if err != nil {
		return planError(err)
	}
	if err := o.carry(ctx, e, p, nil); err != nil {
		return err
	}
	if result == nil || result.Outcome != journal.Applied {
		return withCode(exitFindings, errors.New("the debug container was not made"))
	}
	return nil
}
