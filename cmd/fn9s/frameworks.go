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
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
)

const aboutFrameworks = `Check and explain the frameworks of the configuration.

They are described under the key "frameworks", or one file each in the folder frameworks.d beside the configuration.`

const aboutCheck = `Check custom frameworks: those of the configuration and its folder frameworks.d, or of FILE.

Where a cluster answers, every path is also looked up in the schema that it serves. A path that is not there gives no
value, and what a fix writes there the server would drop without a word. --offline leaves that out.

Exit codes: 0 nothing is wrong · 2 something is, or FILE cannot be read · 4 a context was named and does not answer.`

const aboutExplain = `Print per function of a custom framework which rule of the configuration gave which cell.

What is selected by its kind and is no function is said with the reason.

Exit codes: 0 done · 1 nothing of that kind is there · 2 wrong usage · 4 no connection, or not authenticated.`

// frameworksCommand is `fn9s frameworks`.
type frameworksCommand struct {
	app     *app
	offline bool
	limit   time.Duration
}

func newFrameworks(a *app) *cobra.Command {
	f := &frameworksCommand{app: a}
	c := &cobra.Command{Use: "frameworks", Short: "Check and explain custom frameworks", Long: aboutFrameworks, Args: cobra.NoArgs, RunE: help}
	check := &cobra.Command{
		Use: "check [FILE]", Short: "Check custom frameworks", Long: aboutCheck, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.check(cmd.Context(), args) },
	}
	check.Flags().BoolVar(&f.offline, "offline", false, "do not ask a cluster")
	explain := &cobra.Command{
		Use: "explain NAME", Short: "Print which rule gave which cell", Long: aboutExplain, Args: cobra.ExactArgs(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return f.explain(cmd.Context(), args[0]) },
		ValidArgsFunction: f.names,
	}
	explain.Flags().DurationVar(&f.limit, "timeout", time.Minute, "how long to wait until everything is read")
	c.AddCommand(check, explain)
	return c
}

// names completes the names of custom frameworks.
func (f *frameworksCommand) names(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := f.app.settings()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range c.Frameworks.Generic {
		names = append(names, e.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (f *frameworksCommand) check(ctx context.Context, args []string) error {
	entries, problems, err := f.entries(args)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, p := range problems {
		out.WriteString(p.String() + "\n")
	}
	served, err := f.schemas(ctx)
	if err != nil {
		return err
	}
	wrong := len(problems)
	for _, e := range entries {
		lines, n, err := judge(e, served)
		if err != nil {
			return withCode(exitUnreachable, err)
		}
		wrong += n
		out.WriteString(lines)
	}
	if len(entries)+len(problems) == 0 {
		out.WriteString("no custom frameworks\n")
	}
	if err := write(f.app.Out, out.String()); err != nil {
		return err
	}
	if wrong > 0 {
		return withCode(exitUsage, errSaid)
	}
	return nil
}

// entries reads a file, or the frameworks of the configuration and what is wrong with them.
func (f *frameworksCommand) entries(args []string) ([]generic.Entry, []config.Problem, error) {
	if len(args) == 1 {
		entries, problems := config.Frameworks(args[0])
		return entries, problems, nil
	}
	c, err := f.app.settings()
	if err != nil {
		return nil, nil, err
	}
	problems := slices.DeleteFunc(slices.Clone(c.Problems), func(p config.Problem) bool { return !strings.HasPrefix(p.Message, "framework ") })
	return c.Frameworks.Generic, problems, nil
}

// judge tells what is wrong with the paths of an entry, and how many are.
func judge(e generic.Entry, s generic.Schemas) (string, int, error) {
	place := fmt.Sprintf("%s:%d:%d: framework %q: ", clean(e.File), e.Line, e.Column, e.Name)
	if s == nil {
		return place + "well written\n", 0, nil
	}
	found, err := generic.Check(e, s)
	if err != nil {
		return "", 0, err
	}
	var lines strings.Builder
	looked, wrong := 0, 0
	unserved := map[string]bool{}
	for _, one := range found {
		switch {
		case one.Verdict == generic.Unserved && !unserved[one.Kind]:
			unserved[one.Kind] = true
			lines.WriteString(place + clean(one.Message) + ", so its paths were not looked up\n")
		case one.Verdict == generic.NotThere:
			wrong++
			lines.WriteString(clean(one.Error()) + "\n")
		case one.Verdict != generic.Unserved:
			looked++
		}
	}
	if wrong == 0 {
		lines.WriteString(place + "well written, " + count(looked, "path") + " found in the served schemas\n")
	}
	return lines.String(), wrong, nil
}

// served asks a cluster for its schemas.
type served struct {
	ctx    context.Context
	client *client.Client
	apis   *client.APIs
}

// Served lists the versions of a kind.
func (s *served) Served(gk schema.GroupKind) ([]string, error) { return s.apis.Versions(gk), nil }

// Document returns an OpenAPI document.
func (s *served) Document(gv schema.GroupVersion) ([]byte, error) { return s.client.OpenAPI(s.ctx, gv) }

// schemas returns nil where no cluster answers and none was asked for by name.
func (f *frameworksCommand) schemas(ctx context.Context) (generic.Schemas, error) {
	if f.offline {
		return nil, nil
	}
	named := *f.app.flags.Context != "" || *f.app.flags.KubeConfig != ""
	without := func(code int, err error) (generic.Schemas, error) {
		if named || ctx.Err() != nil {
			return nil, withCode(code, err)
		}
		_, _ = fmt.Fprintf(f.app.ErrOut, "warning: paths are not looked up: %s\n", clean(err.Error()))
		return nil, nil
	}
	config, name, err := (&kubeconfig{app: f.app}).Rest("")
	if err != nil {
		return without(exitUsage, err)
	}
	c, err := client.New(name, config, client.Options{ReadOnly: true, UserAgent: userAgent()})
	if err != nil {
		return without(exitUsage, err)
	}
	asking, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	apis, err := c.Discover(asking)
	if err != nil {
		return without(exitUnreachable, errors.New(client.Reason(err)))
	}
	return &served{ctx: ctx, client: c, apis: apis}, nil
}

func (f *frameworksCommand) explain(ctx context.Context, name string) error {
	c, err := f.app.settings()
	if err != nil {
		return err
	}
	entries := c.Frameworks.Generic
	i := slices.IndexFunc(entries, func(e generic.Entry) bool { return e.Name == name })
	if i < 0 {
		return usageError("there is no custom framework %q that works; see `fn9s frameworks check`", name)
	}
	q := question{app: f.app, contexts: []string{*f.app.flags.Context}, limit: f.limit}
	a, stop, err := q.ask(ctx)
	defer stop()
	if err != nil {
		return err
	}
	found := false
	for _, contextName := range a.contexts {
		text := a.explain(contextName, entries, i)
		found = found || text != ""
		if err := write(f.app.Out, text); err != nil {
			return err
		}
	}
	if err := a.warn(f.app.ErrOut); err != nil || found {
		return err
	}
	return withCode(exitFindings, fmt.Errorf("there is no %s in scope", kindOf(entries, i)))
}

func kindOf(entries []generic.Entry, i int) schema.GroupKind {
	for _, r := range generic.New(entries)[i].Resources() {
		if r.Function {
			return r.GroupKind()
		}
	}
	return schema.GroupKind{}
}

// explain prints all objects of the framework's kind in scope.
func (a *answer) explain(contextName string, entries []generic.Entry, i int) string {
	opened, ok := a.fleet.Cluster(contextName)
	if !ok {
		return ""
	}
	holder, ok := opened.(interface{ Store() *store.Store })
	if !ok {
		return ""
	}
	p := &page{}
	for _, o := range holder.Store().Objects(kindOf(entries, i)) {
		ref := o.Head().Ref
		if !a.inScope(contextName, ref.Namespace) {
			continue
		}
		var e generic.Explanation
		holder.Store().Look(func(x frameworks.Index) { e = generic.Explain(entries, i, ref, x) })
		p.explanation(ref, e)
	}
	return p.b.String()
}

func (p *page) explanation(ref model.Ref, e generic.Explanation) {
	if e.Function == nil {
		p.b.WriteString(clean(ref.String()+": no function: "+e.Skipped) + "\n")
		return
	}
	lines := [][]string{}
	for _, c := range e.Cells {
		place := ""
		if c.Line > 0 {
			place = "line " + strconv.Itoa(c.Line)
		}
		lines = append(lines, []string{c.Cell, c.Value, c.Rule, place})
	}
	p.list(clean(ref.String()), "no cell has a value", lines)
}
