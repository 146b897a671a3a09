package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/lifecycle"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// actCommand is a command about functions that exist: scale, pause, resume, run, rollback, traffic, delete.
type actCommand struct {
	changeOptions
	chooser
	task wish.Task

	least, most int
	list        bool
	progressive string
}

func newAct(a *app, act wish.Act) *actCommand {
	return &actCommand{changeOptions: changeOptions{app: a}, chooser: chooser{app: a}, task: wish.Task{Act: act}}
}

// command completes a command with what all of them have.
func (c *actCommand) command(cmd *cobra.Command, run func(ctx context.Context, args []string) error) *cobra.Command {
	cmd.Long += "\n\n" + aboutChanges + "\n\n" + changeCodes
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), args) }
	c.changeOptions.addFlags(cmd.Flags())
	c.chooser.addFlags(cmd.Flags())
	complete(cmd, "output", "json")
	return cmd
}

const aboutScale = `Set how many replicas functions have, and the least and the most of them, where their framework says it: labels, annotations and
fields of its own, an autoscaler beside a workload. 0 leaves a function without pods until it is called, or for good where nothing
wakes it; fn9s pause says which.`

func newScale(a *app) *cobra.Command {
	c := newAct(a, wish.Scaling)
	cmd := &cobra.Command{
		Use: "scale [FRAMEWORK/]NAME… [N]", Short: "Set how many replicas functions have", Long: aboutScale,
		Example: "  fn9s scale charge-card 3 -n payments\n  fn9s scale resize --min 1 --max 10 -n media\n  fn9s scale -A -l team=checkout 0 --yes",
	}
	cmd.Flags().IntVar(&c.least, "min", -1, "the least replicas")
	cmd.Flags().IntVar(&c.most, "max", -1, "the most replicas")
	return c.command(cmd, c.scale)
}

const maxReplicas = 10_000

func (c *actCommand) scale(ctx context.Context, args []string) error {
	to := &c.task.Scale
	if c.least >= 0 {
		to.Min = &c.least
	}
	if c.most >= 0 {
		to.Max = &c.most
	}
	if last := len(args) - 1; last >= 0 {
		if n, err := strconv.Atoi(args[last]); err == nil {
			if n < 0 {
				return usageError("%d replicas: there are none below zero", n)
			}
			to.Replicas, args = &n, args[:last]
		}
	}
	switch {
	case to.Replicas == nil && to.Min == nil && to.Max == nil:
		return usageError("say how many: a number after the name, --min or --max")
	case to.Max != nil && *to.Max == 0:
		return usageError("--max 0: scale to 0, or pause")
	case to.Min != nil && to.Max != nil && *to.Min > *to.Max:
		return usageError("--min %d and --max %d contradict each other", *to.Min, *to.Max)
	}
	for _, n := range []*int{to.Replicas, to.Min, to.Max} {
		if n != nil && *n > maxReplicas {
			return usageError("%d replicas: more than %d are not asked for", *n, maxReplicas)
		}
	}
	return c.run(ctx, args)
}

const aboutPause = `Leave functions without pods, by their framework's own means; what they had is kept in an annotation of the object, and fn9s
resume gives it back. Where a framework starts pods for every call that is said, with what comes closest.`

func newPause(a *app) *cobra.Command {
	c := newAct(a, wish.Pausing)
	return c.command(&cobra.Command{
		Use: "pause [FRAMEWORK/]NAME…", Short: "Leave functions without pods", Long: aboutPause,
		Example: "  fn9s pause nightly-report -n batch\n  fn9s pause -A -l team=checkout --dry-run",
	}, c.run)
}

func newResume(a *app) *cobra.Command {
	c := newAct(a, wish.Resuming)
	return c.command(&cobra.Command{
		Use: "resume [FRAMEWORK/]NAME…", Short: "Give functions back what a pause took", Long: "Give functions back what fn9s pause took from them.",
		Example: "  fn9s resume nightly-report -n batch",
	}, c.run)
}

const aboutRun = `Run functions at once that run by a schedule: a Job of each CronJob, as kubectl create job --from makes it, whether the schedule
is paused or not. An undo deletes the Job.`

func newRun(a *app) *cobra.Command {
	c := newAct(a, wish.Running)
	return c.command(&cobra.Command{
		Use: "run [FRAMEWORK/]NAME…", Short: "Run scheduled functions at once", Long: aboutRun, Args: cobra.MinimumNArgs(1),
		Example: "  fn9s run nightly-report -n batch",
	}, c.run)
}

const aboutRollback = `Go back to an earlier state of a function: a Revision of Knative, a revision that a Deployment, StatefulSet or DaemonSet keeps, a
version of Fission where those are served; elsewhere to before a change that fn9s made, by the id of the change in the journal.
Without a REVISION it is the one before the present. --list shows them.`

func newRollback(a *app) *cobra.Command {
	c := newAct(a, wish.RollingBack)
	cmd := &cobra.Command{
		Use: "rollback [FRAMEWORK/]NAME [REVISION]", Short: "Go back to an earlier state of a function", Long: aboutRollback, Args: cobra.RangeArgs(1, 2),
		Example: "  fn9s rollback charge-card -n payments --list\n  fn9s rollback charge-card 4 -n payments",
	}
	cmd.Flags().BoolVar(&c.list, "list", false, "only list the revisions")
	return c.command(cmd, func(ctx context.Context, args []string) error {
		if len(args) == 2 {
			c.task.Revision, args = args[1], args[:1]
		}
		return c.run(ctx, args)
	})
}

const aboutDelete = `Delete functions: the plan names first what leads to them and to nothing else (triggers, routes, mappings), then themselves, then what
was made of them, and packages that nothing else is made of. Secrets are left alone without --with-secrets; those that something
else uses always are. What waits for a finalizer that nobody takes away is said; --remove-finalizers takes it away.

An undo makes everything again.`

func newDelete(a *app) *cobra.Command {
	c := newAct(a, wish.Deleting)
	cmd := &cobra.Command{
		Use: "delete [FRAMEWORK/]NAME…", Short: "Delete functions and what goes with them", Long: aboutDelete,
		Example: "  fn9s delete old-report -n batch --dry-run\n  fn9s delete old-report -n batch --with-secrets",
	}
	cmd.Flags().BoolVar(&c.task.Deletion.Secrets, "with-secrets", false, "delete the Secrets too that nothing else uses")
	cmd.Flags().BoolVar(&c.task.Deletion.Release, "remove-finalizers", false, "take finalizers away: what they stand for is not cleaned up")
	return c.command(cmd, func(ctx context.Context, args []string) error {
		if len(args) == 0 && c.selector == "" && c.filter == "" {
			return usageError("name a function, or choose some with -l or --filter: not every function is deleted at once")
		}
		return c.run(ctx, args)
	})
}

// run plans the act for the chosen functions, and carries it out.
func (c *actCommand) run(ctx context.Context, names []string) error {
	if err := c.check(); err != nil {
		return err
	}
	now, err := c.chooser.app.clock()
	if err != nil {
		return err
	}
	got, stop, err := c.choose(ctx, names, now())
	defer stop()
	if err != nil {
		return err
	}
	if c.progressive != "" {
		return c.shift(ctx, got)
	}
	return c.act(ctx, got)
}

// planner asks the frameworks of one cluster.
func (c *actCommand) planner(ctx context.Context, got *chosen) (*lifecycle.Planner, error) {
	adapters, err := c.chooser.app.adapters(nil)
	if err != nil {
		return nil, err
	}
	p := &lifecycle.Planner{Source: lifecycle.Live{Client: got.client, APIs: got.apis}, Adapters: adapters, Functions: got.functions}
	if c.task.Act == wish.RollingBack {
		e, err := c.engine(got.client, got.apis)
		if err != nil {
			return nil, err
		}
		p.Book = func() (*journal.Book, error) { return c.chooser.app.journal().Read() }
		if p.Cluster, _, err = e.Identity(ctx); err != nil {
			return nil, planError(err)
		}
	}
	return p, nil
}

// functions lists those of a namespace.
func (c *chosen) functions(namespace string) []*model.Function {
	var all []*model.Function
	for _, r := range c.answer.rows {
		if r.ID.Namespace == namespace {
			all = append(all, r.Function)
		}
	}
	return all
}

// act plans and carries out.
func (c *actCommand) act(ctx context.Context, got *chosen) error {
	p, err := c.planner(ctx, got)
	if err != nil {
		return err
	}
	if c.list {
		return c.revisions(ctx, p, got.rows[0])
	}
	request := change.Request{Action: string(c.task.Act), Title: c.title(got.rows)}
	var notes []string
	for _, row := range got.rows {
		answer, err := p.Do(ctx, row.ID, row.Function, &c.task)
		switch {
		case err != nil:
			return planError(err)
		case answer.None != "" && len(got.rows) == 1:
			return withCode(exitFindings, fmt.Errorf("%s: %s: %s", c.task.Act, address(row, true), answer.None))
		case answer.None != "":
			_, _ = fmt.Fprintf(c.chooser.app.ErrOut, "warning: %s: %s: %s\n", c.task.Act, clean(address(row, true)), clean(answer.None))
			continue
		}
		notes = append(notes, notesOf(row, &answer, len(got.rows) > 1)...)
		request.Wishes = append(request.Wishes, wishesOf(row, &answer)...)
	}
	c.describe = func(d *change.PlanDocument) { d.Notes = append(d.Notes, notes...) }
	return c.wish(ctx, got, request)
}

// notesOf are what an answer says beside its edits.
func notesOf(row *board.Row, a *wish.Answer, several bool) []string {
	var all []string
	add := func(text string) {
		if text != "" && several {
			text = address(row, true) + ": " + text
		}
		if text != "" {
			all = append(all, text)
		}
	}
	for _, n := range a.Notes {
		add(n)
	}
	add(a.Left)
	if a.Lost != "" {
		add("lost again: " + a.Lost)
	}
	return all
}

func (c *actCommand) title(rows []*board.Row) string {
	text := string(c.task.Act) + " " + functionsText(rows)
	to := c.task.Scale
	switch {
	case to.Replicas != nil:
		text += " to " + strconv.Itoa(*to.Replicas)
	case c.task.Revision != "":
		text += " to " + c.task.Revision
	}
	for _, b := range []struct {
		what string
		n    *int
	}{{"at least", to.Min}, {"at most", to.Max}} {
		if b.n != nil {
			text += fmt.Sprintf(", %s %d", b.what, *b.n)
		}
	}
	for _, s := range c.task.Shares {
		text += fmt.Sprintf(" %s=%d", s.Revision, s.Percent)
	}
	return text
}

// revisionDocument is one revision as it is printed.
type revisionDocument struct {
	Name    string `json:"name"`
	Made    string `json:"made,omitempty"`
	What    string `json:"what"`
	Percent *int   `json:"percent,omitempty"`
	Current bool   `json:"current"`
}

// revisions prints what can be gone back to.
func (c *actCommand) revisions(ctx context.Context, p *lifecycle.Planner, row *board.Row) error {
	all, err := p.Revisions(ctx, row.ID, row.Function)
	if err != nil {
		return planError(err)
	}
	documents := []revisionDocument{}
	for _, r := range all {
		d := revisionDocument{Name: r.Name, What: r.What, Current: r.Current}
		if !r.Made.IsZero() {
			d.Made = r.Made.UTC().Format(time.RFC3339)
		}
		if r.Percent >= 0 {
			d.Percent = &r.Percent
		}
		documents = append(documents, d)
	}
	if c.output == "json" {
		return printJSON(c.chooser.app.Out, documents)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "REVISION\tMADE\tTRAFFIC\tWHAT")
	for _, d := range documents {
		traffic := "–"
		if d.Percent != nil {
			traffic = strconv.Itoa(*d.Percent) + "%"
		}
		if d.Current {
			traffic += " current"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(d.Name), d.Made, traffic, clean(d.What))
	}
	_ = w.Flush() // a builder takes everything
	if len(documents) == 0 {
		b.Reset()
		b.WriteString("No earlier state is kept.\n")
	}
	return write(c.chooser.app.Out, b.String())
}
