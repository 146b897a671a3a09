package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/lifecycle"
	wish "github.com/fn9s/fn9s/kube/plan"
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
		step, interval, err := steps(c.progressive)
		if err != nil {
			return err
		}
		if len(c.task.Shares) != 1 {
			return usageError("--progressive moves requests to one revision: name one")
		}
		c.task.Canary = &wish.Canary{Step: step, Interval: interval}
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

// steps reads STEP:INTERVAL.
func steps(text string) (int, time.Duration, error) {
	number, pause, ok := strings.Cut(text, ":")
	step, err := strconv.Atoi(strings.TrimSuffix(number, "%"))
	interval, wrong := time.ParseDuration(pause)
	if !ok || err != nil || wrong != nil || step < 1 || step > 100 || interval < 0 || interval > 24*time.Hour {
		return 0, 0, usageError("--progressive %q: write STEP:INTERVAL, as in 20:1m", text)
	}
	return step, interval, nil
}

// shift goes to a share by steps, and back to the beginning when that does not do well. A framework that does it by itself is
// told to.
func (c *actCommand) shift(ctx context.Context, got *chosen) error {
	if got.rows[0].ID.Framework == "fission" || c.dryRun || c.export != "" {
		return c.act(ctx, got)
	}
	row, goal := got.rows[0], c.task.Shares[0]
	p, err := c.planner(ctx, got)
	if err != nil {
		return err
	}
	var done []string
	c.after = func(r *change.Result) { done = append(done, r.ID) }
	step := c.task.Canary.Step
	for percent := min(step, goal.Percent); ; percent = min(percent+step, goal.Percent) {
		c.task.Shares = []wish.Share{{Revision: goal.Revision, Percent: percent}}
		if err = c.act(ctx, got); err == nil && ctx.Err() == nil {
			c.yes = true // what was agreed to is the whole way
			err = c.watch(ctx, p, row, percent < goal.Percent)
		}
		if err != nil || percent == goal.Percent {
			break
		}
	}
	if err == nil || len(done) == 0 || errors.Is(err, context.Canceled) {
		return err
	}
	_, _ = fmt.Fprintf(c.chooser.app.ErrOut, "going back: %s\n", clean(err.Error()))
	c.after = nil
	for _, id := range slices.Backward(done) {
		if back := c.back(ctx, got, id); back != nil {
			return withCode(exitFindings, fmt.Errorf("%w; and it could not be taken back: %w", err, back))
		}
	}
	return withCode(exitFindings, fmt.Errorf("the requests go where they went before: %w", err))
}

// watch waits between two steps, and ends early when something is wrong.
func (c *actCommand) watch(ctx context.Context, p *lifecycle.Planner, row *board.Row, wait bool) error {
	const often = 5 * time.Second
	end := time.Now().Add(c.task.Canary.Interval)
	for {
		why, err := p.Trouble(ctx, row.Function, c.task.Shares)
		if err != nil && client.Classify(err) != client.KindUnreachable {
			return planError(err)
		}
		if why != "" {
			return withCode(exitFindings, errors.New(why))
		}
		left := time.Until(end)
		if !wait || left <= 0 {
			return nil
		}
		t := time.NewTimer(min(left, often))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
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
