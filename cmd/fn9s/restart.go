package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// chooser is how functions are named and chosen by commands that change them.
type chooser struct {
	app      *app
	selector string
	filter   string
	reading  time.Duration
	judging  bool // what posture is computed from is read too
	later    bool // it is enough when some match later
	opaque   bool // what only stands for functions may be named too
}

func (c *chooser) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&c.selector, "selector", "l", "", "label selector that chooses functions")
	f.StringVar(&c.filter, "filter", "", "filter that chooses functions, as the console has it")
	f.DurationVar(&c.reading, "read-timeout", time.Minute, "how long to wait until the functions are read")
}

// chosen is what was chosen, and where it is.
type chosen struct {
	rows   []*board.Row
	pick   func(*board.Row) bool
	answer *answer
	client *client.Client
	apis   *client.APIs
}

// choose reads the cluster and picks the functions. Stop must be called.
func (c *chooser) choose(ctx context.Context, names []string, now time.Time) (got *chosen, stop func(), err error) {
	stop = func() {}
	many := c.selector != "" || c.filter != "" || c.app.allNamespaces
	switch {
	case len(names) == 0 && !many:
		return nil, stop, usageError("name a function, or choose some with -l, --filter or -A")
	case len(names) > 0 && (c.selector != "" || c.filter != ""):
		return nil, stop, usageError("names, and -l or --filter, exclude each other")
	case c.reading <= 0:
		return nil, stop, usageError("--read-timeout %s: it must be longer than nothing", c.reading)
	}
	pick, err := (&listCommand{app: c.app, selector: c.selector, filter: c.filter}).picker(now)
	if err != nil {
		return nil, stop, err
	}
	known, err := c.app.frameworkNames()
	if err != nil {
		return nil, stop, err
	}
	q := question{app: c.app, contexts: []string{*c.app.flags.Context}, limit: c.reading}
	if c.filter != "" || c.judging {
		q.kinds = kindsOf()
	}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, stop, err
	}
	// Who changes must know what there is: a cluster that was not read whole is an error, not a warning.
	if err := a.warn(c.app.ErrOut); err != nil {
		return nil, stop, err
	}
	if c.filter != "" {
		if err := a.judge(ctx, c.app, now, func(r *board.Row) *board.Row { return r }); err != nil {
			return nil, stop, err
		}
	}
	got = &chosen{answer: a, pick: pick}
	if got.rows, err = c.rows(a, names, known, pick); err != nil {
		return nil, stop, err
	}
	open, ok := a.fleet.Cluster(a.contexts[0])
	if !ok || open.APIs() == nil {
		return nil, stop, withCode(exitUnreachable, fmt.Errorf("%s has not told its APIs", a.contexts[0]))
	}
	got.client, got.apis = open.Client(), open.APIs()
	return got, stop, nil
}

func (c *chooser) rows(a *answer, names, known []string, pick func(*board.Row) bool) ([]*board.Row, error) {
	var rows []*board.Row
	if len(names) == 0 {
		for _, r := range a.rows {
			if !r.Function.Opaque && pick(r) {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 && !c.later {
			return nil, withCode(exitFindings, errors.New("no function was chosen"))
		}
		return rows, nil
	}
	for _, name := range names {
		r, err := find(a, wantedOf(name, known))
		if err != nil {
			return nil, err
		}
		if r.Function.Opaque && !c.opaque {
			return nil, withCode(exitFindings, fmt.Errorf("%s: %s", r.ID, r.Function.Reason))
		}
		if !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// subjects says what is to be watched of the functions after a change.
func (c *chosen) subjects() []change.Subject {
	var all []change.Subject
	for _, r := range c.rows {
		s := change.Subject{Function: r.ID, Object: r.Function.Object}
		for _, w := range r.Function.Workloads {
			if !w.Shared && (w.Role == model.Run || w.Role == "") {
				s.Workloads = append(s.Workloads, w.Ref)
			}
		}
		if len(s.Workloads) == 0 {
			s.Unseen = "no workload of its own runs it"
		}
		all = append(all, s)
	}
	return all
}

// subjectsOf says what is to be watched after a plan: of what it deletes that it is gone.
func (c *chosen) subjectsOf(p *change.Plan) []change.Subject {
	all := c.subjects()
	for i, r := range c.rows {
		named := r.Function.Named()
		if slices.ContainsFunc(p.Steps, func(s *change.Step) bool { return s.Verb == wish.Delete && s.Ref == named }) {
			all[i].Object, all[i].Unseen = named, ""
		}
	}
	return all
}

const aboutRestart = `Replace the pods of functions, by their framework's own mechanism: where its controller copies a field into the pod
template, the mark is written there.

` + aboutChanges + "\n\n" + changeCodes

// restartCommand is `fn9s restart`.
type restartCommand struct {
	changeOptions
	chooser
}

func newRestart(a *app) *cobra.Command {
	r := &restartCommand{changeOptions: changeOptions{app: a}, chooser: chooser{app: a}}
	c := &cobra.Command{
		Use: "restart [FRAMEWORK/]NAME…", Short: "Replace the pods of functions", Long: aboutRestart,
		Example: "  fn9s restart charge-card -n payments\n  fn9s restart -A -l team=checkout --yes\n  fn9s restart resize -n media --export fix/",
		RunE:    func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	r.changeOptions.addFlags(c.Flags())
	r.chooser.addFlags(c.Flags())
	complete(c, "output", "json")
	return c
}

func (r *restartCommand) run(ctx context.Context, names []string) error {
	if err := r.check(); err != nil {
		return err
	}
	now, err := r.chooser.app.clock()
	if err != nil {
		return err
	}
	got, stop, err := r.choose(ctx, names, now())
	defer stop()
	if err != nil {
		return err
	}
	adapters, err := r.chooser.app.adapters(nil)
	if err != nil {
		return err
	}
	request := change.Request{Action: "restart", Title: "restart " + functionsText(got.rows)}
	for _, row := range got.rows {
		answer := frameworks.Restart(adapters, row.Function, time.Now())
		if answer.None != "" {
			if len(got.rows) == 1 {
				return withCode(exitFindings, fmt.Errorf("%s cannot be restarted: %s", address(row, true), answer.None))
			}
			_, _ = fmt.Fprintf(r.chooser.app.ErrOut, "warning: %s cannot be restarted: %s\n", clean(address(row, true)), clean(answer.None))
			continue
		}
		request.Wishes = append(request.Wishes, wishesOf(row, &answer)...)
	}
	return r.wish(ctx, got, request)
}

// wishesOf takes over what an adapter answers for a function.
func wishesOf(row *board.Row, a *wish.Answer) []change.Wish {
	var all []change.Wish
	for _, e := range a.Edits {
		all = append(all, change.Wish{Edit: e, Functions: []model.FunctionID{row.ID}, Effect: a.Effect})
	}
	return all
}

func functionsText(rows []*board.Row) string {
	if len(rows) == 1 {
		return address(rows[0], false) + " in " + rows[0].ID.Namespace
	}
	return count(len(rows), "function")
}

// wish plans what is wished for the chosen functions, and carries it out.
func (o *changeOptions) wish(ctx context.Context, got *chosen, request change.Request) error {
	e, err := o.engine(got.client, got.apis)
	if err != nil {
		return err
	}
	p, err := e.Plan(ctx, request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return planError(err)
	}
	if got.client.Gate().ReadOnly() && !o.dryRun && o.export == "" {
		return withCode(exitFindings, &client.RefusedError{Method: "plan", Path: p.ID})
	}
	return o.carry(ctx, e, p, got.subjectsOf(p))
}
