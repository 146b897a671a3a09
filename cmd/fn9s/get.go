package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
	"github.com/spf13/cobra"
)

const aboutGet = `Show one function: its spec at a glance, workloads, pods, triggers, what it refers to, and its posture: grade, pillars,
exposure, Pod Security level, blast radius and findings.

NAME may be written as FRAMEWORK/NAME, or FRAMEWORK.KIND/NAME where two functions share a name. It is split at the first
"/", and only if what stands before it is a framework: names of OpenWhisk and Fn contain "/". As with kubectl, the
namespace is that of the kubeconfig's context unless -n says otherwise.

-o native prints the function as its framework's own file: stack.yml, serverless.yml, func.yaml, function.yaml, specs, a
manifest of wskdeploy; where there is none, the object that declares it, as it could be applied again. What the file has
no place for is said on standard error. No value that looks like a credential is in it.

Exit codes: 0 done · 1 no such function · 2 wrong usage, a name that several functions share, a bad kubeconfig or an
unknown context · 4 no connection, not authenticated, or nothing may be read there · 130 interrupted.`

// getCommand is `fn9s get`.
type getCommand struct {
	app    *app
	output string
	limit  time.Duration
}

func newGet(a *app) *cobra.Command {
	g := &getCommand{app: a}
	c := &cobra.Command{
		Use: "get [FRAMEWORK/]NAME", Short: "Show one function", Long: aboutGet,
		Example: "  fn9s get charge-card -n payments\n  fn9s get knative/resize -n media -o json",
		Args:    oneName,
		RunE:    func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args[0]) },
	}
	c.Flags().StringVarP(&g.output, "output", "o", "", "output format: json, yaml or native")
	c.Flags().DurationVar(&g.limit, "timeout", time.Minute, "how long to wait until everything is read")
	complete(c, "output", "json", "yaml", "native")
	return c
}

func oneName(_ *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errors.New("name one function: fn9s get [FRAMEWORK/]NAME")
	}
	return nil
}

func (g *getCommand) run(ctx context.Context, name string) error {
	if err := checkFormat(g.output, "json", "yaml", "native"); err != nil {
		return err
	}
	now, err := g.app.clock()
	if err != nil {
		return err
	}
	frameworks, err := g.app.frameworkNames()
	if err != nil {
		return err
	}
	q := question{app: g.app, contexts: []string{*g.app.flags.Context}, limit: g.limit}
	if g.output != "native" {
		q.kinds = kindsOf()
	}
	a, stop, err := q.ask(ctx)
	defer stop()
	if err != nil {
		return err
	}
	row, err := find(a, wantedOf(name, frameworks))
	if err != nil {
		return errors.Join(a.warn(g.app.ErrOut), err)
	}
	var posture *postureItem
	if row != nil && g.output != "native" {
		if row, posture, err = a.posture(g.app, now(), row); err != nil {
			return err
		}
	}
	if err := g.print(ctx, a, row, posture, now()); err != nil {
		return err
	}
	return a.warn(g.app.ErrOut)
}

// wanted is a function as it is named on a command line.
type wanted struct{ framework, kind, name string }

// wantedOf reads `[FRAMEWORK[.KIND]/]NAME`.
func wantedOf(s string, frameworks []string) wanted {
	left, name, ok := strings.Cut(s, "/")
	framework, kind, _ := strings.Cut(left, ".")
	if !ok || !slices.Contains(frameworks, framework) {
		return wanted{name: s}
	}
	return wanted{framework, kind, name}
}

func (w wanted) String() string {
	switch {
	case w.framework == "":
		return w.name
	case w.kind == "":
		return w.framework + "/" + w.name
	}
	return w.framework + "." + w.kind + "/" + w.name
}

func (w wanted) is(r *board.Row) bool {
	return (w.name == r.ID.Name || w.name == r.Function.Name()) && (w.framework == "" || w.framework == r.ID.Framework) &&
		(w.kind == "" || strings.EqualFold(w.kind, r.ID.Kind))
}

// find returns the one function that is meant.
func find(a *answer, w wanted) (*board.Row, error) {
	var found []*board.Row
	for _, r := range a.rows {
		if w.is(r) {
			found = append(found, r)
		}
	}
	where := "in any namespace"
	if u := a.union(); len(u) > 0 {
		where = "in " + listed(u, 5)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var all []string
		for _, r := range found {
			all = append(all, address(r, true)+" in "+r.ID.Namespace)
		}
		return nil, usageError("%q names %d functions: %s", w.String(), len(found), listed(all, 10))
	case len(a.failures) > 0:
		return nil, nil
	}
	return nil, withCode(exitFindings, fmt.Errorf("there is no function %q %s", w.String(), where))
}

func (g *getCommand) print(ctx context.Context, a *answer, r *board.Row, posture *postureItem, now time.Time) error {
	if r == nil {
		return nil // the error of the cluster says why
	}
	objects := inspect.New(a.fleet, nil)
	if g.output == "native" {
		return g.native(ctx, a, r, objects)
	}
	d := a.function(r, objects)
	d.Posture = posture
	switch g.output {
	case "json":
		return printJSON(g.app.Out, d)
	case "yaml":
		return printYAML(g.app.Out, d)
	}
	events, _ := objects.Events(ctx, screen.ObjectsOf(r)) // who may not read them is told less
	d.why = readiness.Why(r.Function, func(ref model.Ref) model.Object {
		return objects.Record(inspect.Target{Context: r.ID.Context, Ref: ref})
	}, events, now)
	return write(g.app.Out, describe(r, d, now))
}
