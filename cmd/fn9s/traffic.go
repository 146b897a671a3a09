package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/frameworks"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/shift"
)

const aboutTraffic = `Divide the requests of a function. Knative: between its Revisions, by name or by the number at the end of it; "latest" follows the
newest one. Fission: between functions, at the HTTPTriggers of the first. What is left of 100 stays where most of it is now.

--progressive STEP:INTERVAL gets there by steps of so many percent, waits in between, and goes back to the beginning when what gets
requests is not ready any more. Fission does that by itself, with a CanaryConfig.`

func newTraffic(a *app) *cobra.Command {
	c := newAct(a, wish.Splitting)
	cmd := &cobra.Command{
		Use: "traffic [FRAMEWORK/]NAME REVISION=PERCENT…", Short: "Divide the requests of a function", Long: aboutTraffic, Args: cobra.MinimumNArgs(2),
		Example: "  fn9s traffic cart-pricing cart-pricing-00002=90 latest=10 -n checkout\n  fn9s traffic cart-pricing latest=100 --progressive 20:1m -n checkout",
	}
	cmd.Flags().StringVar(&c.progressive, "progressive", "", "go there by steps: `STEP:INTERVAL`, as in 20:1m")
	return c.command(cmd, c.traffic)
}

func (c *actCommand) traffic(ctx context.Context, args []string) error {
	for _, arg := range args[1:] {
		s, err := share(arg)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.task.Shares, func(o wish.Share) bool { return o.Revision == s.Revision }) {
			return usageError("%s: it is named twice", arg)
		}
		c.task.Shares = append(c.task.Shares, s)
	}
	if sum := sumOf(c.task.Shares); sum > 100 {
		return usageError("the shares come to %d, more than 100", sum)
	}
	if c.progressive != "" {
		by, err := shift.Parse(c.progressive)
		if err != nil {
			return usageError("--progressive %q: %w", c.progressive, err)
		}
		if len(c.task.Shares) != 1 {
			return usageError("--progressive moves requests to one revision: name one")
		}
		c.task.Canary = &by
	}
	return c.run(ctx, args[:1])
}

func share(arg string) (wish.Share, error) {
	name, text, ok := strings.Cut(arg, "=")
	percent, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	if !ok || name == "" || err != nil || percent < 0 || percent > 100 {
		return wish.Share{}, usageError("%q: write REVISION=PERCENT, as in latest=10", arg)
	}
	return wish.Share{Revision: name, Percent: percent}, nil
}

func sumOf(all []wish.Share) int {
	sum := 0
	for _, s := range all {
		sum += s.Percent
	}
	return sum
}

// shift goes to a share by steps, and back to the beginning when that does not do well. A framework that does it by itself is
// told to.
func (c *actCommand) shift(ctx context.Context, got *chosen) error {
	p, err := c.planner(ctx, got)
	if err != nil {
		return err
	}
	row := got.rows[0]
	if frameworks.Shifts(p.Adapters, row.Function) || c.dryRun || c.export != "" {
		return c.act(ctx, got)
	}
	c.rollback = false // the way goes back by itself, all of it
	way := &shift.Way{
		Goal: c.task.Shares[0], By: *c.task.Canary,
		Apply: func(ctx context.Context, to wish.Share) (id string, err error) {
			c.task.Shares = []wish.Share{to}
			c.after = func(r *change.Result) {
				if r.Did() {
					id = r.ID
				}
			}
			err = c.act(ctx, got)
			c.yes, c.after = true, nil // what was agreed to is the whole way
			return id, err
		},
		Trouble: func(ctx context.Context, now wish.Share) (string, error) {
			why, err := p.Trouble(ctx, row.Function, []wish.Share{now})
			if err != nil {
				err = planError(err)
			}
			return why, err
		},
		Back: func(ctx context.Context, id string) error { return c.back(ctx, got, id) },
		Tell: func(m shift.Moment) {
			if m.Trouble != "" {
				_, _ = fmt.Fprintf(c.chooser.app.ErrOut, "going back: %s\n", clean(m.Trouble))
			}
		},
	}
	if err = way.Go(ctx); err != nil && ctx.Err() == nil {
		var back *shift.BackError
		if coded := new(codeError); errors.As(err, &back) || !errors.As(err, &coded) {
			err = withCode(exitFindings, err)
		}
	}
	return err
}

// back takes one step of the way back.
func (c *actCommand) back(ctx context.Context, got *chosen, id string) error {
	e, err := c.engine(got.client, got.apis)
	if err != nil {
		return err
	}
	p, err := e.PlanUndo(ctx, id)
	if err != nil {
		return planError(err)
	}
	c.describe = nil
	return c.carry(ctx, e, p, []change.Subject{})
}
