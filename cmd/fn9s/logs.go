package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/stream/logs"
	"github.com/fn9s/fn9s/security/model"
)

var aboutLogs = `Print the logs of functions: all containers of all their pods, merged by time, followed.

Pods that join are taken up, and with -l or -A functions that match later; a broken connection is resumed without repeating or losing a line, and a function that is
scaled to zero is waited for. Flags mean what they mean to stern. Lines go to stdout, what happened to containers and
connections to stderr.

--template prints each line by a template as stern's: {{.Message}}, {{.PodName | colorGreen}}, {{if}} {{else}} {{with}},
variables, literals. Fields: ` + templateFields + `.
Functions:
` + templateFunctions + `.
What the template does not know is refused before the first line; a line that it fails on is told on stderr.

Control sequences in lines are taken out; colours stay where this command colours. With -o raw on a pipe lines are
exactly what the container wrote.

Exit codes: 0 done · 1 no such function, or a log could not be read · 2 wrong usage, a bad kubeconfig or an unknown
context · 4 no connection, not authenticated, or not everything could be read · 130 interrupted.`

const logsExamples = `  fn9s logs charge-card -n payments
  fn9s logs knative/resize --since 15m --no-follow -o json
  fn9s logs -A -l team=shop -i error --only-log-lines
  fn9s logs resize --template '{{.PodName}} {{with $m := .Message | tryParseJSON}}{{levelColor $m.level}} {{$m.msg}}{{else}}{{.Message}}{{end}}{{"\n"}}'`

// logsCommand is `fn9s logs`.
type logsCommand struct {
	chooser
	follow, noFollow bool
	since            time.Duration
	sinceTime        string
	tail             int
	timestamps       string
	previous, builds bool
	container        string
	excluded         string
	include, exclude []string
	highlight        []string
	output           string
	template         string
	templateFile     string
	onlyLines        bool
	color            string
	requests         int
}

var logFormats = []string{"default", "raw", "json", "extjson"}

func newLogs(a *app) *cobra.Command {
	l := &logsCommand{chooser: chooser{app: a, opaque: true}}
	c := &cobra.Command{
		Use: "logs [[FRAMEWORK/]NAME…]", Short: "Follow the logs of functions", Long: aboutLogs, Example: logsExamples,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	f := c.Flags()
	l.addFlags(f)
	f.BoolVarP(&l.follow, "follow", "f", true, "go on with new lines")
	f.BoolVar(&l.noFollow, "no-follow", false, "end when all that is there was printed")
	f.DurationVar(&l.since, "since", 48*time.Hour, "print lines newer than that `duration`")
	f.StringVar(&l.sinceTime, "since-time", "", "print lines newer than that time, as RFC 3339")
	f.IntVar(&l.tail, "tail", -1, "last lines of each container that come first; -1: all")
	f.StringVarP(&l.timestamps, "timestamps", "t", "", "print times in front of lines: default or short")
	f.Lookup("timestamps").NoOptDefVal = "default"
	f.BoolVarP(&l.previous, "previous", "p", false, "print what containers wrote before they started again")
	f.BoolVar(&l.builds, "builds", false, "also what built the functions: pods of builds, and logs that a Package of Fission or a NuclioFunction keeps")
	f.StringVarP(&l.container, "container", "c", "", "containers to read, as a regular `expression`")
	f.StringVarP(&l.excluded, "exclude-container", "E", "", "containers to leave out, as a regular `expression`")
	f.StringArrayVarP(&l.include, "include", "i", nil, "print only lines that match one of these `expressions`")
	f.StringArrayVarP(&l.exclude, "exclude", "e", nil, "leave out lines that match one of these `expressions`")
	f.StringArrayVarP(&l.highlight, "highlight", "H", nil, "mark what matches one of these `expressions`")
	f.StringVarP(&l.output, "output", "o", "default", "output format: "+strings.Join(logFormats, ", "))
	f.StringVar(&l.template, "template", "", "`template` in Go's syntax that each line is printed by, instead of -o; it ends its lines itself")
	f.StringVarP(&l.templateFile, "template-file", "T", "", "`file` with such a template")
	f.BoolVar(&l.onlyLines, "only-log-lines", false, "do not say which containers come and go")
	f.StringVar(&l.color, "color", "auto", "colours: auto, always or never")
	f.IntVar(&l.requests, "max-log-requests", 200, "containers that are read at once at most")
	complete(c, "output", logFormats...)
	complete(c, "color", "auto", "always", "never")
	complete(c, "timestamps", "default", "short")
	return c
}

func (l *logsCommand) run(ctx context.Context, names []string) error {
	p, err := l.printer()
	if err != nil {
		return err
	}
	o, err := l.options()
	if err != nil {
		return err
	}
	now, err := l.app.clock()
	if err != nil {
		return err
	}
	l.later = o.Follow && len(names) == 0 && l.filter == ""
	chosen, stop, err := l.choose(ctx, names, now())
	defer stop()
	if err != nil {
		return err
	}
	adapters, err := l.app.adapters(nil)
	if err != nil {
		return err
	}
	ids := make([]model.FunctionID, 0, len(chosen.rows))
	for _, r := range chosen.rows {
		ids = append(ids, r.ID)
	}
	opener, err := l.app.openerOfLogs(chosen.answer.fleet, adapters)
	if err != nil {
		return err
	}
	if l.later {
		o.Matching = matching(chosen.answer.fleet.Board, chosen.pick)
		if len(ids) == 0 {
			_, _ = fmt.Fprintln(l.app.ErrOut, "no function matches yet: what comes is waited for")
		}
	}
	feed, err := opener.Open(ids, o)
	if err != nil {
		return usageError("%v", err)
	}
	defer feed.Close()
	return p.print(ctx, feed)
}

// matching lists the functions of a board that are picked. It looks only at boards that are new.
func matching(now func() *board.Board, pick func(*board.Row) bool) func() []model.FunctionID {
	var version uint64
	return func() (ids []model.FunctionID) {
		b := now()
		if b.Version == version {
			return nil
		}
		version = b.Version
		for _, r := range b.Rows() {
			if !r.Function.Opaque && pick(r) {
				ids = append(ids, r.ID)
			}
		}
		return ids
	}
}

// openerOfLogs reads the logs of a fleet's functions.
func (a *app) openerOfLogs(f *fleet.Fleet, adapters []frameworks.Framework) (logs.Opener, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	return logs.New(logs.Deps{Board: f.Board, Adapters: adapters, Cluster: func(name string) (logs.Cluster, bool) {
		c, ok := f.Opened(name)
		if !ok {
			return nil, false
		}
		return c, true
	}, Activations: func(name string, record model.Ref) logs.Activations {
		c, ok := f.Opened(name)
		if !ok {
			return nil
		}
		remotes, err := writers(settings.Connectors, c.Client())
		if err != nil {
			return nil // the connector itself says what is wrong with it
		}
		return activationsOf(remotes, record)
	}}), nil
}

// activationsOf reads the runs of an action through the connector that knows it.
func activationsOf(remotes []change.Remote, record model.Ref) logs.Activations {
	for _, remote := range remotes {
		reads, ok := remote.(*rest.Writer)
		if !ok || !remote.Owns(record) {
			continue
		}
		return func(ctx context.Context, record model.Ref, since time.Time, limit int) ([]logs.Activation, error) {
			found, err := reads.Activations(ctx, record, since, limit)
			all := make([]logs.Activation, 0, len(found))
			for _, a := range found {
				all = append(all, logs.Activation(a))
			}
			return all, err
		}
	}
	return nil
}

// options checks what is wanted of the feed.
func (l *logsCommand) options() (logs.Options, error) {
	o := logs.Options{
		Since: l.since, Tail: l.tail, Previous: l.previous, Builds: l.builds, Follow: l.follow && !l.noFollow && !l.previous,
		Containers: l.container, Excluded: l.excluded, Streams: l.requests,
	}
	switch {
	case l.since < 0:
		return o, usageError("--since %s: it must be longer than nothing", l.since)
	case l.requests < 1:
		return o, usageError("--max-log-requests %d: at least one is needed", l.requests)
	case l.sinceTime == "":
		return o, nil
	}
	var err error
	if o.SinceTime, err = time.Parse(time.RFC3339, l.sinceTime); err != nil {
		return o, usageError("--since-time %q: write it as RFC 3339, for example 2026-09-01T00:00:00Z", l.sinceTime)
	}
	return o, nil
}

// printer checks how lines are printed.
func (l *logsCommand) printer() (*linePrinter, error) {
	p := &linePrinter{
		out: bufio.NewWriterSize(l.app.Out, 64<<10), errOut: l.app.ErrOut, format: l.output, quiet: l.onlyLines,
		sources: map[int]*printed{}, spaces: l.app.allNamespaces || strings.Contains(l.app.namespaces, ",") || strings.Contains(l.app.namespaces, "*"),
	}
	terminal := isTerminal(l.app.Out)
	switch l.color {
	case "auto":
		_, p.colored = l.app.colors()
		p.colored = p.colored && os.Getenv("NO_COLOR") == ""
	case "always":
		p.colored = true
	case "never":
	default:
		return nil, usageError("--color %q: use one of auto, always, never", l.color)
	}
	p.exact = l.output == "raw" && !terminal
	switch l.timestamps {
	case "":
	case "default":
		p.stamp = "2006-01-02T15:04:05.000000000Z07:00"
	case "short":
		p.stamp = "01-02 15:04:05"
	default:
		return nil, usageError("--timestamps=%q: use one of default, short", l.timestamps)
	}
	if err := checkFormat(l.output, logFormats...); err != nil {
		return nil, err
	}
	var err error
	if p.template, err = l.parseTemplate(p.colored); err != nil {
		return nil, err
	}
	for _, e := range []struct {
		flag string
		from []string
		to   *[]*regexp.Regexp
	}{{"include", l.include, &p.include}, {"exclude", l.exclude, &p.exclude}, {"highlight", l.highlight, &p.highlight}} {
		if *e.to, err = expressions(e.flag, e.from); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func expressions(flag string, from []string) ([]*regexp.Regexp, error) {
	var all []*regexp.Regexp
	for _, text := range from {
		r, err := regexp.Compile(text)
		if err != nil {
			return nil, usageError("--%s %q: %v", flag, text, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// print prints until the feed ends. Who reads no longer ends it quietly.
func (p *linePrinter) print(ctx context.Context, feed logs.Feed) error {
	for {
		b, err := feed.Next(ctx)
		broken := p.batch(b)
		b.Release()
		if broken != nil {
			if errors.Is(broken, syscall.EPIPE) || errors.Is(broken, os.ErrClosed) {
				return nil
			}
			return fmt.Errorf("print logs: %w", broken)
		}
		switch {
		case errors.Is(err, logs.ErrEnd) && p.failed > 0:
			return withCode(exitFindings, fmt.Errorf("%d logs could not be read", p.failed))
		case errors.Is(err, logs.ErrEnd):
			return nil
		case err != nil:
			return err
		}
	}
}
