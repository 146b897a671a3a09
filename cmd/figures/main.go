// Command figures measures what fn9s promises about its speed and size, on a cluster of its own, and compares it with
// the budgets. It exits 1 when a figure is over its budget.
//
// Its one rule: every figure is taken from outside, from the screen, the process table and the API server, never from
// what the console says about itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// options are the flags.
type options struct {
	devcluster string
	fn9s       string
	repository string
	name       string
	functions  int
	quick      bool
	keep       bool
	only       []string
	period     time.Duration // how long is watched: idle, under churn, without API server
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	switch {
	case errors.Is(err, pflag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "figures: %v\n", err)
		os.Exit(1)
	}
}

func parse(args []string) (*options, error) {
	o := &options{}
	f := pflag.NewFlagSet("figures", pflag.ContinueOnError)
	f.StringVar(&o.devcluster, "devcluster", "bin/devcluster", "the devcluster program")
	f.StringVar(&o.fn9s, "fn9s", "bin/fn9s", "the console")
	f.StringVar(&o.repository, "repository", ".", "the source, for benchmarks and `make demo`")
	f.StringVar(&o.name, "name", "fn9s-figures", "name of the cluster to measure on")
	f.IntVar(&o.functions, "functions", 10_000, "how many functions the load has, besides those of the seed")
	f.BoolVar(&o.quick, "quick", false, "1,000 functions and 15 s where 60 s are watched: finds what is broken, proves nothing")
	f.BoolVar(&o.keep, "keep", false, "leave the cluster running for the next measurement")
	f.StringSliceVar(&o.only, "only", nil, "measure only these groups: "+strings.Join(groupNames(), ", "))
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.period = time.Minute
	if o.quick {
		o.period = 15 * time.Second
		if !f.Changed("functions") {
			o.functions = 1000
		}
	}
	for _, name := range o.only {
		if !slices.Contains(groupNames(), name) {
			return nil, fmt.Errorf("--only %s: there are %s", name, strings.Join(groupNames(), ", "))
		}
	}
	for _, p := range []*string{&o.devcluster, &o.fn9s, &o.repository} {
		abs, err := filepath.Abs(*p)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", *p, err)
		}
		*p = abs
	}
	return o, nil
}

// group is a set of figures that are measured together.
type group struct {
	name    string
	cluster bool // needs the loaded cluster
	measure func(context.Context, *bench) error
}

// groups in the order in which they are measured: those that disturb the cluster come last.
var groups = []group{
	{"table", false, measureTable},
	{"scan", false, measureScan},
	{"judge", false, measureJudge},
	{"bindings", false, measureBindings},
	{"growth", false, measureGrowth},
	{"detect", false, measureDetect},
	{"reach", false, measureReach},
	{"start", true, measureStart},
	{"list", true, measureList},
	{"idle", true, measureIdle},
	{"churn", true, measureChurn},
	{"keys", true, measureKeys},
	{"logs", true, measureLogs},
	{"metrics", true, measureMetrics},
	{"changes", true, measureChanges},
	{"cut", true, measureCut},
	{"reconnect", true, measureReconnect},
	{"demo", false, measureDemo},
}

func groupNames() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

func run(ctx context.Context) error {
	o, err := parse(os.Args[1:])
	if err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "fn9s-figures-")
	if err != nil {
		return fmt.Errorf("make a folder for the console: %w", err)
	}
	defer os.RemoveAll(home)
	b := &bench{options: *o, home: home, report: &report{out: os.Stdout}}
	asked := func(g group) bool { return len(o.only) == 0 || slices.Contains(o.only, g.name) }
	if slices.ContainsFunc(groups, func(g group) bool { return g.cluster && asked(g) }) {
		defer b.cleanUp()
		if err := b.prepare(ctx); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if !asked(g) {
			continue
		}
		if err := g.measure(ctx, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.report.failed(g.name, err)
		}
	}
	return b.report.verdict()
}
