package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

const aboutReach = `List who can talk to whom, by network policies of all kinds, Services and routes.

Named are the connections between workloads, to and from ranges of addresses, and from ingress controllers to what
routes lead to. Ports are those of the pods. NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and
ClusterNetworkPolicy count by their definitions. Every pair that is not listed is denied; what the definitions leave
open, or what could not be read, is listed apart, with the reason.

With -f manifests are read instead of a cluster. With a name only the connections of that workload or function are
listed, with -n those that begin or end in one of these namespaces.

Exit codes: 0 done · 1 there is no such workload · 2 wrong usage, or a document could not be read (the others are
listed) · 4 no connection or not authenticated · 130 interrupted.`

const reachExamples = `  fn9s reach -f manifests/
  fn9s reach payments/charge-card --explain
  helm template ./chart | fn9s reach -f - -o json
  fn9s reach --functions -o dot | dot -Tsvg > reach.svg`

var reachFormats = []string{"table", "json", "csv", "dot"}

// reachCommand is `fn9s reach`.
type reachCommand struct {
	app       *app
	paths     []string
	output    string
	functions bool
	explain   bool
	limit     time.Duration
}

func newReach(a *app) *cobra.Command {
	r := &reachCommand{app: a}
	c := &cobra.Command{
		Use: "reach [NAMESPACE/NAME]", Short: "List who can talk to whom", Long: aboutReach, Example: reachExamples,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	f := c.Flags()
	f.StringArrayVarP(&r.paths, "filename", "f", nil, "`file` or folder of manifests, or - for standard input; several times")
	f.StringVarP(&r.output, "output", "o", "", "output format: table, json, csv or dot")
	f.BoolVar(&r.functions, "functions", false, "only workloads that are functions")
	f.BoolVar(&r.explain, "explain", false, "name the policies that decide each connection")
	f.DurationVar(&r.limit, "timeout", time.Minute, "how long to wait until everything is read")
	complete(c, "output", reachFormats...)
	return c
}

func (c *reachCommand) run(ctx context.Context, args []string) error {
	if err := checkFormat(c.output, reachFormats...); err != nil {
		return err
	}
	if c.limit <= 0 {
		return usageError("--timeout %s: it must be longer than nothing", c.limit)
	}
	name := ""
	if len(args) == 1 {
		name = args[0]
		if ns, rest, ok := strings.Cut(name, "/"); !ok || ns == "" || rest == "" {
			return usageError("%q: write NAMESPACE/NAME", name)
		}
	}
	scope, err := c.app.scope()
	if err != nil {
		return err
	}
	r, stop, warn, err := c.read(ctx)
	defer stop()
	if err != nil {
		return err
	}
	workloads := reach.Workloads(r)
	q := reach.Question{Explain: c.explain}
	if c.functions {
		workloads = ofFunctions(r, workloads)
		q.Workloads = workloads
	}
	if q.Focus, err = focus(r, workloads, name, scope); err != nil {
		return err
	}
	if err := c.print(r, q); err != nil {
		return err
	}
	return warn()
}

// read returns what connections are computed from. Warn tells what could not be read, and returns the error that the
// command ends with.
func (c *reachCommand) read(ctx context.Context) (r *snapshot.Reader, stop func(), warn func() error, err error) {
	now, err := c.app.clock()
	if err != nil {
		return nil, func() {}, nil, err
	}
	if len(c.paths) > 0 {
		return c.readManifests(now())
	}
	return c.readCluster(ctx, now())
}

func (c *reachCommand) readManifests(now time.Time) (*snapshot.Reader, func(), func() error, error) {
	settings, err := c.app.settings()
	if err != nil {
		return nil, func() {}, nil, err
	}
	docs, problems := manifest.Paths(c.paths, c.app.In)
	w, more := offline.Load(all.New(settings.Frameworks), reach.Kinds(), docs)
	problems = append(problems, more...)
	warn := func() error {
		if len(problems) == 0 {
			return nil
		}
		for _, p := range problems[:len(problems)-1] {
			_, _ = fmt.Fprintf(c.app.ErrOut, "fn9s: %s\n", clean(p.Error()))
		}
		return withCode(exitUsage, problems[len(problems)-1])
	}
	return snapshot.Once(w, &snapshot.Options{Now: now, Manifests: true}), func() {}, warn, nil
}

func (c *reachCommand) readCluster(ctx context.Context, now time.Time) (*snapshot.Reader, func(), func() error, error) {
	if c.app.namespaces == "" { // who talks to whom ends at no namespace
		c.app.allNamespaces = true
	}
	q := question{app: c.app, contexts: []string{*c.app.flags.Context}, limit: c.limit, kinds: reach.Kinds()}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, stop, nil, err
	}
	source, ok := a.fleet.Snapshot(a.contexts[0])
	if !ok {
		return nil, stop, nil, withCode(exitUnreachable, errors.New("the cluster was not read"))
	}
	if err := a.failures[a.contexts[0]]; err != nil && len(a.rows) == 0 {
		return nil, stop, nil, withCode(exitUnreachable, err)
	}
	return snapshot.Once(source, &snapshot.Options{Now: now}), stop, func() error { return a.warn(c.app.ErrOut) }, nil
}

// ofFunctions keeps the workloads that run functions.
func ofFunctions(r *snapshot.Reader, workloads []reach.Owned) []reach.Owned {
	mine := map[model.Ref]bool{}
	for _, f := range r.Functions("") {
		for _, ref := range runners(f) {
			mine[ref] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(workloads), func(o reach.Owned) bool {
		return !mine[o.Owner] && !slices.ContainsFunc(o.Pods, func(p reach.Pod) bool { return mine[p.Ref] })
	})
}

// runners names the objects whose pods run a function.
func runners(f *model.Function) []model.Ref {
	refs := slices.Clone(f.Pods)
	for _, w := range f.Workloads {
		if w.Role == model.Run || w.Role == "" {
			refs = append(refs, w.Ref)
		}
	}
	for i := range f.Templates {
		if t := &f.Templates[i]; t.Role == model.Run || t.Role == "" {
			refs = append(refs, t.Origin.Ref)
		}
	}
	return refs
}

// focus returns which workloads are asked about; nil: all of them.
func focus(r *snapshot.Reader, workloads []reach.Owned, name string, scope []string) (func(model.Ref) bool, error) {
	if name == "" {
		if len(scope) == 0 {
			return nil, nil
		}
		return func(ref model.Ref) bool { return cluster.InScope(scope, ref.Namespace) }, nil
	}
	ns, rest, _ := strings.Cut(name, "/")
	mine := map[model.Ref]bool{}
	for _, f := range r.Functions(ns) {
		if f.Name() == rest || f.Key.Name == rest {
			for _, ref := range runners(f) {
				mine[ref] = true
			}
		}
	}
	wanted := func(ref model.Ref) bool { return mine[ref] || ref.Namespace == ns && ref.Name == rest }
	if !slices.ContainsFunc(workloads, func(o reach.Owned) bool { return wanted(o.Owner) }) {
		return nil, withCode(exitFindings, fmt.Errorf("there is no workload or function %q", name))
	}
	return wanted, nil
}
