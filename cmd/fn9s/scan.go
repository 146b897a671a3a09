package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/scan"
	"github.com/fn9s/fn9s/security/snapshot"
)

const aboutScan = `Judge the security of every function: on a cluster, or on manifests with -f.

A finding names the object and the field, why it matters, and what would fix it. What could not be read is unknown and
never makes a grade better. The worst finding of identity, network, secrets and pod is the grade.

On manifests a folder is read recursively, one with a kustomization.yaml is built, and a document that cannot be read is
told with its line while the rest is judged. Without --partial manifests are a whole cluster: what is not in them does
not exist.

Exit codes: 0 done · 1 a finding at or above --fail-on, or a grade worse than --min-grade · 2 wrong usage, or an input
that could not be read (the report is whole otherwise; --ignore-unreadable) · 3 --fail-on-unknown and something could not
be decided · 4 no connection, not authenticated, or one of several contexts did not answer · 130 interrupted.`

const scanExamples = `  fn9s scan -A
  fn9s scan -n payments,checkout --fail-on medium
  fn9s scan -f manifests/ -o sarif=results.sarif -o table
  helm template shop | fn9s scan -f - --min-grade C
  fn9s scan -A -o json > before.json; fn9s scan -A --baseline before.json`

var scanFormats = []string{"table", "wide", "json", "sarif", "junit", "openreports", "policyreport", "markdown", "html"}

// scanCommand is `fn9s scan`.
type scanCommand struct {
	app *app
	postureFlags
	outputs          []string
	controls         []string
	skip             []string
	pillar           string
	severity         string
	show             []string
	baseline         string
	failOn           string
	minGrade         string
	failOnUnknown    bool
	ignoreUnreadable bool
	contexts         []string
	allContexts      bool
	limit            time.Duration
}

func newScan(a *app) *cobra.Command {
	s := &scanCommand{app: a}
	c := &cobra.Command{
		Use: "scan", Short: "Judge the security of functions, on a cluster or on manifests", Long: aboutScan,
		Example: scanExamples, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	f := c.Flags()
	s.add(f)
	f.StringArrayVarP(&s.outputs, "output", "o", nil, "output format: "+strings.Join(scanFormats, ", ")+"; FORMAT=FILE writes to a file, and may be repeated")
	f.StringSliceVar(&s.controls, "control", nil, "judge only these controls")
	f.StringSliceVar(&s.skip, "skip", nil, "leave these controls out")
	f.StringVar(&s.pillar, "pillar", "", "judge only this pillar")
	f.StringVar(&s.severity, "severity", "", "leave out failures below this severity")
	f.StringSliceVar(&s.show, "show", []string{"fail", "unknown"}, "verdicts to print: fail, unknown, pass, na, accepted")
	f.StringVar(&s.baseline, "baseline", "", "an earlier report as JSON: only what it has not counts")
	f.StringVar(&s.failOn, "fail-on", "high", "severity from which a finding makes the exit code 1; none: never")
	f.StringVar(&s.minGrade, "min-grade", "", "the worst grade that a function may have")
	f.BoolVar(&s.failOnUnknown, "fail-on-unknown", false, "exit with 3 when something could not be decided")
	f.BoolVar(&s.ignoreUnreadable, "ignore-unreadable", false, "documents that cannot be read do not change the exit code")
	f.StringSliceVar(&s.contexts, "contexts", nil, "contexts to read side by side, separated by commas")
	f.BoolVar(&s.allContexts, "all-contexts", false, "read all contexts of the kubeconfig side by side")
	f.DurationVar(&s.limit, "timeout", 2*time.Minute, "how long to wait until everything is read")
	complete(c, "output", scanFormats...)
	complete(c, "fail-on", "critical", "high", "medium", "low", "info", "none")
	complete(c, "min-grade", "A", "B", "C", "D", "F")
	complete(c, "show", "fail", "unknown", "pass", "na", "accepted")
	_ = c.RegisterFlagCompletionFunc("contexts", a.completeContexts)
	return c
}

// plan is a scan whose flags were understood.
type plan struct {
	request    scan.Request
	outputs    []output
	thresholds report.Thresholds
	baseline   map[string]bool
	problems   []error // of the exceptions
	show       []string
}

// output is one format and where it goes; no file is stdout.
type output struct{ format, file string }

func (s *scanCommand) run(ctx context.Context) error {
	p, err := s.plan()
	if err != nil {
		return err
	}
	input := report.Input{GeneratedAt: p.request.Options.Now, Version: version}
	var jobs []job
	var failure error
	if len(s.files) > 0 {
		// Reading makes a lot of garbage, and what is kept is not much more than the files: memory is worth more than time.
		defer debug.SetGCPercent(debug.SetGCPercent(leanPercent))
		jobs, err = s.manifests(p, &input)
	} else {
		var stop func()
		jobs, failure, stop, err = s.clusters(ctx, p, &input)
		defer stop()
	}
	if err != nil {
		return err
	}
	r, outcome, err := s.judge(ctx, jobs, report.NewBuilder(&input, report.Terms{
		Baseline: p.baseline, Thresholds: p.thresholds,
		Keep: func(f *report.Finding) bool { return slices.Contains(p.show, f.Status) },
	}), p.outputs)
	if err != nil {
		return err
	}
	for _, problem := range p.problems {
		_, _ = fmt.Fprintf(s.app.ErrOut, "warning: %s\n", clean(problem.Error()))
	}
	return s.verdict(r, outcome, failure)
}

// job is one source and how it is judged.
type job struct {
	source  snapshot.Source
	request scan.Request
}

// judge judges all sources and prints. A document alone is written as it grows.
func (s *scanCommand) judge(ctx context.Context, jobs []job, b *report.Builder, outputs []output) (*report.Report, report.Outcome, error) {
	all := func(w io.Writer) (*report.Report, report.Outcome, error) {
		if w != nil {
			b.Stream(w)
		}
		for _, j := range jobs {
			if err := ctx.Err(); err != nil {
				return nil, report.Outcome{}, err
			}
			b.Scopes(scan.Run(j.source, j.request, b.Functions))
		}
		return b.Done()
	}
	if len(outputs) != 1 || outputs[0].format != "json" {
		r, outcome, err := all(nil)
		if err == nil {
			err = s.print(r, outputs)
		}
		return r, outcome, err
	}
	var r *report.Report
	var outcome report.Outcome
	err := s.write(outputs[0], func(w io.Writer, _ bool) (err error) {
		r, outcome, err = all(w)
		return err
	})
	return r, outcome, err
}

// verdict says on stderr what cannot be overlooked, and makes the exit code.
func (s *scanCommand) verdict(r *report.Report, o report.Outcome, failure error) error {
	for _, e := range r.Errors {
		_, _ = fmt.Fprintf(s.app.ErrOut, "fn9s: %s\n", clean(place(e)+e.Message))
	}
	if s.ignoreUnreadable {
		o.Errors = 0
	}
	code := o.Code()
	switch {
	case failure != nil && code != exitUsage:
		return withCode(exitUnreachable, failure)
	case code == exitDone:
		return nil
	}
	return withCode(code, errQuiet)
}

func place(e report.Error) string {
	switch {
	case e.File == "":
		return ""
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	return e.File + ": "
}

func (s *scanCommand) plan() (*plan, error) {
	now, err := s.app.clock()
	if err != nil {
		return nil, err
	}
	if s.limit <= 0 {
		return nil, usageError("--timeout %s: it must be longer than nothing", s.limit)
	}
	p := &plan{show: s.show}
	if p.request.Options, p.problems, err = s.options(s.app, now()); err != nil {
		return nil, err
	}
	for _, word := range s.show {
		if !slices.Contains([]string{"fail", "unknown", "pass", "na", "accepted"}, word) {
			return nil, usageError("--show %q: there are fail, unknown, pass, na and accepted", word)
		}
		p.request.Options.KeepAll = p.request.Options.KeepAll || word == "pass" || word == "na"
	}
	if p.request.Controls, err = controlFilter(s.controls, s.skip, s.pillar); err != nil {
		return nil, err
	}
	if s.severity != "" {
		if p.request.Severity, err = check.ParseSeverity(s.severity); err != nil {
			return nil, usageError("--severity: %v", err)
		}
	}
	if err := s.limits(p); err != nil {
		return nil, err
	}
	if p.outputs, err = outputs(s.outputs); err != nil {
		return nil, err
	}
	return p, nil
}

// limits reads the thresholds and the baseline.
func (s *scanCommand) limits(p *plan) error {
	p.thresholds.FailOnUnknown = s.failOnUnknown
	if s.failOn != "none" {
		severity, err := check.ParseSeverity(s.failOn)
		if err != nil {
			return usageError("--fail-on: %v, none", err)
		}
		p.thresholds.FailOn = &severity
	}
	if s.minGrade != "" {
		grade, err := security.ParseGrade(s.minGrade)
		if err != nil {
			return usageError("--min-grade: %v", err)
		}
		p.thresholds.MinGrade = &grade
	}
	var err error
	p.baseline, err = readBaseline(s.baseline)
	return err
}

// readBaseline reads the fingerprints of an earlier report; nil without one.
func readBaseline(file string) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Clean(file))
	if err == nil {
		var fingerprints map[string]bool
		if fingerprints, err = report.ReadBaseline(data); err == nil {
			return fingerprints, nil
		}
	}
	return nil, usageError("--baseline: %v", err)
}

// outputs reads -o: at most one format goes to stdout.
func outputs(texts []string) ([]output, error) {
	if len(texts) == 0 {
		return []output{{format: "table"}}, nil
	}
	var all []output
	stdout := 0
	for _, t := range texts {
		format, file, named := strings.Cut(t, "=")
		if !slices.Contains(scanFormats, format) {
			return nil, usageError("-o %q: use one of %s", t, strings.Join(scanFormats, ", "))
		}
		if named && file == "" {
			return nil, usageError("-o %q: the name of the file is missing", t)
		}
		if !named {
			stdout++
		}
		all = append(all, output{format, file})
	}
	if stdout > 1 {
		return nil, usageError("-o: only one format can go to standard output; give the others a file: -o json=report.json")
	}
	return all, nil
}

// kindsOf are what a scan of a cluster reads besides the frameworks' own.
func kindsOf() []snapshot.Kind { return security.Kinds() }
