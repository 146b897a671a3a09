package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
)

const aboutUndo = `Take a change back: without an ID the newest of yours on this cluster that is neither an undo nor undone. The ID of an
undo takes that one back, and so does the change again. The beginning of an ID is enough.

Nothing is taken back where somebody changed the same fields since; it says which.

` + aboutChanges + "\n\n" + changeCodes

func newUndo(a *app) *cobra.Command {
	o := &changeOptions{app: a}
	c := &cobra.Command{
		Use: "undo [ID]", Short: "Take a change back", Long: aboutUndo, Args: cobra.MaximumNArgs(1),
		Example: "  fn9s undo\n  fn9s undo 20260901-101500-ab12cd --dry-run",
		RunE: func(cmd *cobra.Command, args []string) error {
			id := ""
			if len(args) > 0 {
				id = args[0]
			}
			return o.planned(cmd.Context(), func(ctx context.Context, e *change.Engine) (*change.Plan, error) { return e.PlanUndo(ctx, id) })
		},
	}
	o.addFlags(c.Flags())
	complete(c, "output", "json")
	return c
}

// planned connects, plans and carries out.
func (o *changeOptions) planned(ctx context.Context, makePlan func(context.Context, *change.Engine) (*change.Plan, error)) error {
	if err := o.check(); err != nil {
		return err
	}
	e, c, stop, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	p, err := makePlan(ctx, e)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return planError(fmt.Errorf("%s: %w", c.Context, err))
	}
	if c.Gate().ReadOnly() && !o.dryRun && o.export == "" {
		return withCode(exitFindings, &client.RefusedError{Method: "plan", Path: p.ID})
	}
	return o.carry(ctx, e, p, nil)
}

const aboutApply = `Carry out a plan that was saved with --dry-run -o json. It is planned again: when the cluster is not as it was then, so
that another plan comes out, nothing is changed and the difference is said. --yes does not skip that.

` + aboutChanges + "\n\n" + changeCodes

func newApply(a *app) *cobra.Command {
	o := &changeOptions{app: a}
	c := &cobra.Command{
		Use: "apply PLAN", Short: "Carry out a saved plan", Long: aboutApply, Args: cobra.ExactArgs(1),
		Example: "  fn9s restart charge-card -n payments --dry-run -o json > plan.json\n  fn9s apply plan.json",
		RunE:    func(cmd *cobra.Command, args []string) error { return o.applySaved(cmd.Context(), args[0]) },
	}
	o.addFlags(c.Flags())
	o.addValueFlags(c.Flags())
	complete(c, "output", "json")
	return c
}

func (o *changeOptions) applySaved(ctx context.Context, path string) error {
	if err := o.check(); err != nil {
		return err
	}
	raw, err := o.savedPlan(path)
	if err != nil {
		return withCode(exitUsage, fmt.Errorf("read plan: %w", err))
	}
	d, err := change.ParsePlan(raw)
	if err != nil {
		return withCode(exitUsage, err)
	}
	return o.planned(ctx, func(ctx context.Context, e *change.Engine) (*change.Plan, error) { return e.PlanSaved(ctx, d) })
}

// savedPlan reads a file, or standard input.
func (o *changeOptions) savedPlan(path string) ([]byte, error) {
	const most = 64 << 20
	in := io.Reader(o.app.In)
	if path != "-" {
		f, err := os.Open(path) // the operator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && len(raw) > most {
		err = fmt.Errorf("%s is larger than %d MiB", path, most>>20)
	}
	return raw, err
}
