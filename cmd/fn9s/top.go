package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/views/columns"
)

const aboutTop = `Show what functions use, once: CPU and memory of all pods of a function together.

The values are those of metrics.k8s.io, as kubectl top shows them. A function that was not measured has a –: it has no
pod, its pod is younger than half a minute, or its pods serve other functions too. That is not zero.

As with kubectl, the namespace is that of the kubeconfig's context unless -n or -A says otherwise. --filter takes what is
typed after / in the console, for example 'cpu>500m', 'mem>=1Gi' or 'grade>=D'.

Exit codes: 0 done · 2 wrong usage, a bad kubeconfig or an unknown context · 4 a context that did not answer, or whose
metrics cannot be read (what the others said is printed) · 130 interrupted.`

const topExamples = `  fn9s top -A --sort-by=memory
  fn9s top -n payments --pods
  fn9s top -A --filter 'cpu>500m' -o json`

// topCommand is `fn9s top`.
type topCommand struct {
	app         *app
	list        listCommand // chooses functions
	output      string
	sortBy      string
	pods        bool
	noHeaders   bool
	contexts    []string
	allContexts bool
	limit       time.Duration
}

var topFormats = []string{"wide", "json", "yaml", "csv"}

func newTop(a *app) *cobra.Command {
	t := &topCommand{app: a, list: listCommand{app: a}}
	c := &cobra.Command{
		Use: "top", Short: "Show what functions use", Long: aboutTop, Example: topExamples, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return t.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVarP(&t.output, "output", "o", "", "output format: wide, json, yaml or csv")
	f.StringVarP(&t.list.selector, "selector", "l", "", "label selector")
	f.StringVar(&t.list.filter, "filter", "", "filter, as the console has it")
	f.StringVar(&t.sortBy, "sort-by", "", "cpu or memory: what uses most comes first")
	f.BoolVar(&t.pods, "pods", false, "show every pod")
	f.BoolVar(&t.noHeaders, "no-headers", false, "leave out the line of titles")
	f.StringSliceVar(&t.contexts, "contexts", nil, "contexts to read side by side, separated by commas")
	f.BoolVar(&t.allContexts, "all-contexts", false, "read all contexts of the kubeconfig side by side")
	f.DurationVar(&t.limit, "timeout", time.Minute, "how long to wait until everything is read")
	complete(c, "output", topFormats...)
	complete(c, "sort-by", "cpu", "memory")
	_ = c.RegisterFlagCompletionFunc("contexts", a.completeContexts)
	return c
}

// measured is one function, and what its pods use.
type measured struct {
	*board.Row
	pods []measuredPod
}

type measuredPod struct {
	name  string
	used  metrics.Amount
	at    time.Time
	known bool
}

func (t *topCommand) run(ctx context.Context) error {
	if err := checkFormat(t.output, topFormats...); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "cpu", "memory"}, t.sortBy) {
		return usageError("--sort-by %q: use cpu or memory", t.sortBy)
	}
	if t.limit <= 0 {
		return usageError("--timeout %s: it must be longer than nothing", t.limit)
	}
	now, err := t.app.clock()
	if err != nil {
		return err
	}
	pick, err := t.list.picker(now())
	if err != nil {
		return err
	}
	contexts, err := t.app.contextNames(t.contexts, t.allContexts)
	if err != nil {
		return err
	}
	q := question{app: t.app, contexts: contexts, limit: t.limit}
	if t.list.filter != "" {
		q.kinds = kindsOf() // it may name what is judged
	}
	a, stop, err := q.ask(ctx)
	defer stop()
	if err != nil {
		return err
	}
	if t.list.filter != "" {
		if err := a.judge(ctx, t.app, now(), func(r *board.Row) *board.Row { return r }); err != nil {
			return err
		}
	}
	rows, failures := t.measure(ctx, a, pick)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.print(a, rows); err != nil {
		return err
	}
	return cmp.Or(a.warn(t.app.ErrOut), failures)
}

// measure reads what every context's functions use. A context whose metrics cannot be read is told.
func (t *topCommand) measure(ctx context.Context, a *answer, pick func(*board.Row) bool) (rows []measured, failed error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	for _, name := range a.contexts {
		if a.fleet == nil {
			break
		}
		usage, meter := a.fleet.Read(ctx, name)
		if meter == nil {
			continue
		}
		switch state := meter.State(); state.Phase {
		case metrics.Absent, metrics.Denied, metrics.Stale:
			failed = withCode(exitUnreachable, fmt.Errorf("%s: metrics %s: %s", name, state.Phase, state.Reason))
			_, _ = fmt.Fprintf(t.app.ErrOut, "warning: %s\n", clean(failed.Error()))
			failed = withCode(exitUnreachable, errQuiet)
		default:
			for _, n := range state.Denied {
				_, _ = fmt.Fprintf(t.app.ErrOut, "warning: %s: no list on pods.metrics.k8s.io in %s\n", clean(name), clean(n))
			}
		}
		for _, r := range a.rows {
			if r.ID.Context != name || r.Function.Opaque {
				continue
			}
			row := *r
			row.Usage = usage[r.ID.FunctionKey]
			if pick(&row) {
				rows = append(rows, measured{Row: &row, pods: podsOf(&row, meter)})
			}
		}
	}
	if t.sortBy != "" {
		slices.SortStableFunc(rows, func(a, b measured) int { return cmp.Compare(t.rank(b), t.rank(a)) })
	}
	return rows, failed
}

func podsOf(r *board.Row, m *metrics.Meter) []measuredPod {
	var pods []measuredPod
	for _, ref := range r.Function.Pods {
		p, _, known := m.Pod(ref.Namespace, ref.Name)
		pods = append(pods, measuredPod{name: ref.Name, used: p.Amount, at: p.Time, known: known})
	}
	return pods
}

// rank is what is sorted by; what was not measured comes last.
func (t *topCommand) rank(m measured) int64 {
	switch {
	case m.Usage == nil:
		return -1
	case t.sortBy == "cpu":
		return m.Usage.CPU
	}
	return m.Usage.Memory
}

func (t *topCommand) print(a *answer, rows []measured) error {
	switch t.output {
	case "json":
		return printJSON(t.app.Out, t.document(a, rows))
	case "yaml":
		return printYAML(t.app.Out, t.document(a, rows))
	case "csv":
		return printCSV(t.app.Out, t.records(rows))
	}
	if len(rows) == 0 {
		if len(a.failures) < len(a.contexts) {
			_, err := fmt.Fprintln(t.app.ErrOut, t.list.nothing(a))
			return err
		}
		return nil
	}
	return printTable(t.app.Out, t.table(a, rows))
}

// table is what is printed for people.
func (t *topCommand) table(a *answer, rows []measured) [][]cell {
	wide := t.output == "wide"
	titles := []cell{{text: "NAMESPACE"}, {text: "NAME"}, {text: "FRAMEWORK"}}
	if len(a.contexts) > 1 {
		titles = append([]cell{{text: "CONTEXT"}}, titles...)
	}
	if t.pods {
		titles = append(titles, cell{text: "POD"})
	} else {
		titles = append(titles, cell{text: "PODS", right: true})
	}
	titles = append(titles, cell{text: "CPU", right: true}, cell{text: "MEM", right: true})
	if wide && !t.pods {
		titles = append(titles, cell{text: "%CPU/R", right: true}, cell{text: "%CPU/L", right: true}, cell{text: "%MEM/L", right: true})
	}
	var lines [][]cell
	if !t.noHeaders {
		lines = append(lines, titles)
	}
	for _, m := range rows {
		begin := []cell{{text: clean(m.ID.Namespace)}, {text: clean(m.Function.Name())}, {text: clean(m.ID.Framework)}}
		if len(a.contexts) > 1 {
			begin = append([]cell{{text: clean(m.ID.Context)}}, begin...)
		}
		if t.pods {
			for _, p := range m.pods {
				lines = append(lines, append(slices.Clone(begin), append([]cell{{text: clean(p.name)}}, amountCells(p.used, p.known)...)...))
			}
			continue
		}
		lines = append(lines, append(begin, t.usage(m, wide)...))
	}
	return lines
}

func amountCells(used metrics.Amount, known bool) []cell {
	if !known {
		return []cell{{text: columns.Unknown, right: true}, {text: columns.Unknown, right: true}}
	}
	return []cell{{text: columns.CPU(used), right: true}, {text: columns.Memory(used), right: true}}
}

func (t *topCommand) usage(m measured, wide bool) []cell {
	u := m.Usage
	if u == nil {
		u = &metrics.Usage{Of: len(m.pods)}
	}
	count := strconv.Itoa(u.Of)
	if u.Pods != u.Of && m.Usage != nil {
		count = strconv.Itoa(u.Pods) + "/" + count
	}
	cells := append([]cell{{text: count, right: true}}, amountCells(u.Amount, m.Usage != nil)...)
	if wide {
		for _, id := range []string{"cpu/r", "cpu/l", "mem/l"} {
			c, _ := columns.Functions().Find(id)
			cells = append(cells, cell{text: c.Text(m.Row, time.Time{}), right: true})
		}
	}
	return cells
}
