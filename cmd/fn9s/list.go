package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/query"
)

const aboutList = `List functions of all frameworks, once.

As with kubectl, the namespace is that of the kubeconfig's context unless -n or -A says otherwise. What may not be read
is said on stderr, and in the documents under "unreadable": it is unknown, not absent.

--filter takes what is typed after / in the console: words, !not, ~fuzzy, /regex/, -l selector, and COLUMN OP VALUE,
for example "framework=knative state!=ready age<2h", "grade>=D exposed=internet" or "control=SA-20".

GRADE is the worst of the pillars, with a ? where something that must be judged could not be; in the documents that is
"capped". EXPOSED has a ! where no login is asked for. With -o name and neither filter nor order nothing is judged.

Exit codes: 0 done, also when no function is found · 2 wrong usage, a bad kubeconfig or an unknown context · 4 a context
that did not answer, did not accept the credentials, lets nothing be listed, or was not read whole (what the others
said is printed) · 130 interrupted.`

const listExamples = `  fn9s list -A
  fn9s list -n payments,'team-*' -o wide
  fn9s list -A --filter 'state=failed framework!=plain' --sort-by=-age
  fn9s list --all-contexts -A -o json`

// listCommand is `fn9s list`.
type listCommand struct {
	app         *app
	output      string
	selector    string
	filter      string
	sortBy      string
	noHeaders   bool
	contexts    []string
	allContexts bool
	limit       time.Duration
}

func newList(a *app) *cobra.Command {
	l := &listCommand{app: a}
	c := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List functions of all frameworks", Long: aboutList,
		Example: listExamples, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVarP(&l.output, "output", "o", "", "output format: wide, json, yaml, name or csv")
	f.StringVarP(&l.selector, "selector", "l", "", "label selector")
	f.StringVar(&l.filter, "filter", "", "filter, as the console has it")
	f.StringVar(&l.sortBy, "sort-by", "", "column to sort by; with a `-` in front the other way round")
	f.BoolVar(&l.noHeaders, "no-headers", false, "leave out the line of titles")
	f.StringSliceVar(&l.contexts, "contexts", nil, "contexts to read side by side, separated by commas")
	f.BoolVar(&l.allContexts, "all-contexts", false, "read all contexts of the kubeconfig side by side")
	f.DurationVar(&l.limit, "timeout", time.Minute, "how long to wait until everything is read")
	complete(c, "output", listFormats...)
	complete(c, "sort-by", columnNames()...)
	_ = c.RegisterFlagCompletionFunc("contexts", a.completeContexts)
	return c
}

var listFormats = []string{"wide", "json", "yaml", "name", "csv"}

func columnNames() []string {
	var names []string
	for _, c := range columns.Functions() {
		if !c.Hidden {
			names = append(names, c.ID)
		}
	}
	return names
}

func (l *listCommand) run(ctx context.Context) error {
	if err := checkFormat(l.output, listFormats...); err != nil {
		return err
	}
	now, err := l.app.clock()
	if err != nil {
		return err
	}
	pick, err := l.picker(now())
	if err != nil {
		return err
	}
	order, err := l.order()
	if err != nil {
		return err
	}
	contexts, err := l.app.contextNames(l.contexts, l.allContexts)
	if err != nil {
		return err
	}
	if l.limit <= 0 {
		return usageError("--timeout %s: it must be longer than nothing", l.limit)
	}
	q := question{app: l.app, contexts: contexts, limit: l.limit}
	if l.judged() {
		q.kinds = kindsOf()
	}
	a, stop, err := q.ask(ctx)
	defer stop()
	if err != nil {
		return err
	}
	if l.judged() {
		if err := a.judge(ctx, l.app, now(), func(r *board.Row) *board.Row { return lean(r, pick) }); err != nil {
			return err
		}
	}
	rows := slices.DeleteFunc(a.rows, func(r *board.Row) bool { return !l.judged() && !pick(r) })
	if order != nil {
		slices.SortStableFunc(rows, order)
	}
	if err := l.print(a, rows, now()); err != nil {
		return err
	}
	return a.warn(l.app.ErrOut)
}

// judged reports whether the posture is asked for: for names alone it is not.
func (l *listCommand) judged() bool { return l.output != "name" || l.filter != "" || l.sortBy != "" }

// picker joins --selector and --filter.
func (l *listCommand) picker(now time.Time) (func(*board.Row) bool, error) {
	selector, err := labels.Parse(l.selector)
	if err != nil {
		return nil, usageError("-l %q: %v", l.selector, err)
	}
	source := columns.NewSource(columns.Functions(), now)
	filter, err := query.ParseFilter(l.filter, source.Columns.Query())
	if err != nil {
		return nil, usageError("--filter %q: %v", l.filter, err)
	}
	return func(r *board.Row) bool {
		return selector.Matches(r.Function.Labels) && (filter.Empty() || filter.Match(source.Item(r)))
	}, nil
}

// order returns the order of --sort-by, nil for that of the ids.
func (l *listCommand) order() (func(a, b *board.Row) int, error) {
	name, down := strings.CutPrefix(l.sortBy, "-")
	if name == "" && !down {
		return nil, nil
	}
	q := columns.Functions().Query()
	i, ok := q.Find(name)
	if !ok || columns.Functions()[i].Hidden {
		return nil, usageError("--sort-by %q: there is no such column; there are %s", l.sortBy, strings.Join(columnNames(), ", "))
	}
	c := columns.Functions()[i]
	if down {
		return func(a, b *board.Row) int { return cmp.Or(c.By(b, a), a.ID.Compare(b.ID)) }, nil
	}
	return c.Order, nil
}

// contextNames returns the contexts to read.
func (a *app) contextNames(some []string, all bool) ([]string, error) {
	if *a.flags.Context != "" && (len(some) > 0 || all) || len(some) > 0 && all {
		return nil, usageError("--context, --contexts and --all-contexts exclude each other")
	}
	if !all && len(some) == 0 {
		return []string{*a.flags.Context}, nil
	}
	raw, err := (&kubeconfig{app: a}).Raw()
	if err != nil {
		return nil, withCode(exitUsage, kubeconfigError(err))
	}
	if all {
		if some = contextNames(raw); len(some) == 0 {
			return nil, usageError("--all-contexts: the kubeconfig has no context")
		}
		return some, nil
	}
	var names []string
	for _, n := range some {
		if n = strings.TrimSpace(n); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return nil, usageError("--contexts: name at least one")
	}
	return names, nil
}

func (l *listCommand) print(a *answer, rows []*board.Row, now time.Time) error {
	out := l.app.Out
	switch l.output {
	case "json":
		return printJSON(out, a.document(rows))
	case "yaml":
		return printYAML(out, a.document(rows))
	case "name":
		return write(out, names(rows))
	case "csv":
		return printCSV(out, l.records(rows))
	}
	if len(rows) == 0 {
		if len(a.failures) < len(a.contexts) {
			_, err := fmt.Fprintln(l.app.ErrOut, l.nothing(a))
			return err
		}
		return nil
	}
	return printTable(out, l.table(a, rows, now))
}

// nothing says that no function was found, where, and what may have hidden some.
func (l *listCommand) nothing(a *answer) string {
	where := ""
	if scope := a.union(); !a.all {
		where = " in namespace " + clean(listed(scope, 5))
		if len(scope) > 1 {
			where = " in namespaces " + clean(listed(scope, 5))
		}
	}
	if l.filter != "" || l.selector != "" {
		return "No function passes the filter" + where + "."
	}
	return "No functions found" + where + "."
}

func (l *listCommand) table(a *answer, rows []*board.Row, now time.Time) [][]cell {
	scope := columns.Scope{Contexts: len(a.contexts)}
	if u := a.union(); len(u) == 1 && !strings.Contains(u[0], "*") {
		scope.Namespaces = 1
	}
	scope.Platforms = slices.ContainsFunc(rows, columns.WeakPlatform)
	shown := columns.Functions().Shown(scope, l.output == "wide")
	var lines [][]cell
	if !l.noHeaders {
		var titles []cell
		for _, c := range shown {
			titles = append(titles, cell{text: c.Title, right: c.Right})
		}
		lines = append(lines, titles)
	}
	theme, colored := l.app.colors()
	for _, r := range rows {
		line := make([]cell, len(shown))
		for i := range shown {
			line[i] = cell{text: cmp.Or(shown[i].Text(r, now), columns.Unknown), right: shown[i].Right}
			if colored {
				role := shown[i].Style(r)
				line[i].paint = func(s string) string { return theme.Render(role, s) }
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// colors returns the theme, and whether stdout is a terminal that shows it.
func (a *app) colors() (themes.Theme, bool) {
	theme, err := themes.Resolve("", os.Getenv)
	return theme, err == nil && isTerminal(a.Out) && os.Getenv("TERM") != "dumb"
}

// names prints functions as `fn9s get` takes them. What only stands for functions is none.
func names(rows []*board.Row) string {
	type key struct{ context, namespace, framework, name string }
	keyOf := func(r *board.Row) key {
		return key{r.ID.Context, r.ID.Namespace, r.ID.Framework, r.Function.Name()}
	}
	count := map[key]int{}
	for _, r := range rows {
		count[keyOf(r)]++
	}
	var b strings.Builder
	for _, r := range rows {
		if r.Function.Opaque {
			continue
		}
		b.WriteString(clean(address(r, count[keyOf(r)] > 1)) + "\n")
	}
	return b.String()
}

// address names a function: `FRAMEWORK/NAME`, with the kind where two of a framework share the name.
func address(r *board.Row, kind bool) string {
	if kind {
		return r.ID.Framework + "." + r.ID.Kind + "/" + r.Function.Name()
	}
	return r.ID.Framework + "/" + r.Function.Name()
}

var csvTitles = []string{
	"id", "context", "namespace", "name", "framework", "opaque", "state", "reason", "ready", "desired", "runtime", "image",
	"serviceAccount", "triggers", "urls", "secrets", "created",
	"exposure", "authentication", "pss", "blast", "grade", "capped",
}

// records are the fields of the JSON document in one line each; lists are joined by spaces.
func (l *listCommand) records(rows []*board.Row) [][]string {
	var records [][]string
	if !l.noHeaders {
		records = append(records, csvTitles)
	}
	for _, r := range rows {
		i := itemOf(r)
		var triggers []string
		for _, t := range i.Triggers {
			triggers = append(triggers, t.Type)
		}
		slices.Sort(triggers)
		records = append(records, []string{
			i.ID, i.Context, i.Namespace, i.Name, i.Framework, strconv.FormatBool(i.Opaque), i.State, i.Reason, number(i.Ready),
			number(i.Desired), i.Runtime, i.Image, i.ServiceAccount, strings.Join(slices.Compact(triggers), " "),
			strings.Join(i.URLs, " "), strings.Join(i.Secrets, " "), i.Created,
			i.Exposure, i.Authentication, i.PSS, number(i.Blast), i.Grade, strconv.FormatBool(i.Capped),
		})
	}
	return records
}

func number(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}
