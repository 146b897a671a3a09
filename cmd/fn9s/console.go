package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/screen"
)

// consoleOptions are the flags of the console.
type consoleOptions struct {
	*app
	snapshot string
	baseline string
	command  string
	theme    string
	// contexts are looked at side by side; none: the current one.
	contexts    []string
	allContexts bool
	noRestore   bool
	// manifests has what is asked for with -f: only its files and partial are set.
	manifests postureFlags
	demo      bool
}

func (o *consoleOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.snapshot, "snapshot", "", "print one frame of that size (`WxH`, for example 120x40) and exit")
	f.StringVar(&o.baseline, "baseline", "", "an earlier report as JSON (`file`, of fn9s scan -o json): :findings says what is new since")
	f.StringVar(&o.command, "command", "", "`command` to start with, as after a colon, for example \"fn -n payments\"")
	f.StringVar(&o.theme, "theme", "", "theme: "+strings.Join(themes.Names(), ", "))
	f.StringSliceVar(&o.contexts, "contexts", nil, "contexts to look at side by side, separated by commas")
	f.BoolVar(&o.allContexts, "all-contexts", false, "look at all contexts of the kubeconfig side by side")
	f.BoolVar(&o.noRestore, "no-restore", false, "begin with the functions table instead of what was looked at last")
	f.StringArrayVarP(&o.manifests.files, "filename", "f", nil, "look at manifests instead of a cluster: a file, a folder, or - for standard input; may be repeated")
	f.BoolVar(&o.manifests.partial, "partial", false, "the manifests are a part of a cluster: what is not there is unknown, not absent")
	f.StringVar(&o.manifests.exceptions, "exceptions", "", "with -f or --demo: `file` of accepted risks, to which what is accepted in :findings is added")
	f.BoolVar(&o.demo, "demo", false, "look at the sample functions that are built in")
}

func (o *consoleOptions) run(ctx context.Context) error {
	if o.demo && len(o.manifests.files) > 0 {
		return withCode(exitUsage, errBoth)
	}
	if o.snapshot == "" {
		if err := o.needTerminal(); err != nil {
			return err
		}
	}
	if o.onFiles() {
		return o.runFiles(ctx)
	}
	if o.manifests.exceptions != "" {
		return usageError("--exceptions goes with -f or --demo: for clusters, posture.exceptions of the configuration names the file")
	}
	log := status.NewLog(time.Now)
	captureLogs(log)
	s, err := o.prepare(log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.fleet.Start(ctx)
	if err := s.fleet.Open(s.contexts...); err != nil {
		cancel()
		s.fleet.Wait()
		return withCode(exitUsage, err)
	}
	shop, err := o.shop(s)
	if err != nil {
		return err
	}
	defer shop.Close()
	calls, err := o.prometheus(s.fleet, s.adapters)
	if err != nil {
		return err
	}
	live, err := o.running(s, log)
	if err != nil {
		return err
	}
	defer live.Close()
	objects := inspect.New(s.fleet, s.columns)
	logs, err := o.openerOfLogs(s.fleet, s.adapters)
	if err != nil {
		return err
	}
	root := views.New(screen.Deps{Boards: s.fleet, Fleet: s.fleet, Objects: objects, Kinds: objects, Facts: s.fleet, Rights: objects,
		Exceptions: s.exceptions, Baseline: s.baseline, Changes: shop, Rotations: shop, Deployments: shop, Editor: valueEditor{}, Logs: logs,
		Metrics: s.fleet, Prometheus: calls, Calls: live.calls, Forwards: forwarding{live.forwards, live}, Shells: shells{live},
		Editing: editing{s.fleet, shop}, Comparisons: comparisons(s, live)}, s.views)
	if o.snapshot != "" {
		return o.print(ctx, root, s)
	}
	go trimMemory(ctx, s.fleet)
	err = views.Run(ctx, root, views.Terminal{Options: []tea.ProgramOption{tea.WithoutSignalHandler()}}, s.ring.set)
	o.rememberNamespaces(s.fleet)
	if v, ok := root.Session(); ok {
		_ = o.state().Remember(v) // that it fails is no reason to fail
	}
	return err
}

// rememberNamespaces notes which namespaces could be read where they cannot be listed: the next start tries them.
func (o *consoleOptions) rememberNamespaces(f *fleet.Fleet) {
	for _, c := range f.Board().Clusters {
		var names []string
		for _, n := range c.Namespaces {
			if n.Watched && !c.NamespacesListed {
				names = append(names, n.Name)
			}
		}
		if len(names) > 0 {
			o.remember(c.Context, names)
		}
	}
}

// session is a console that is ready to open.
type session struct {
	fleet *fleet.Fleet
	// adapters are the frameworks that the fleet knows.
	adapters []frameworks.Framework
	ring     *ring
	contexts []string
	views    views.Options
	posture  board.Options
	// columns are the operator's own of plain tables.
	columns inspect.Extras
	// What findings are held against.
	exceptions *config.Exceptions
	baseline   map[string]bool
	width      int
	height     int
}

func (o *consoleOptions) prepare(log *status.Log) (*session, error) {
	s := &session{ring: &ring{}}
	var err error
	if o.snapshot != "" {
		if s.width, s.height, err = size(o.snapshot); err != nil {
			return nil, err
		}
	}
	now, err := o.clock()
	if err != nil {
		return nil, err
	}
	if err := o.configured(&s.views, o.theme); err != nil {
		return nil, err
	}
	options, err := o.fleetOptions(log, s.ring.changed)
	if err != nil {
		return nil, err
	}
	options.Kinds = kindsOf()
	if options.Posture, err = o.posture(now()); err != nil {
		return nil, err
	}
	s.posture, s.adapters = options.Posture, options.Adapters
	if s.baseline, err = readBaseline(o.baseline); err != nil {
		return nil, err
	}
	s.fleet = fleet.New(options)
	c, err := o.settings()
	if err != nil {
		return nil, err
	}
	s.columns = c.Console.Extras
	s.exceptions = &config.Exceptions{File: c.Posture.Exceptions, Now: now, Changed: s.fleet.Accept}
	if s.contexts, err = o.contextNames(o.contexts, o.allContexts); err != nil {
		return nil, err
	}
	s.views.Now, s.views.Command = now, o.command
	s.views.Namespaces = options.Scope
	o.restore(s)
	return s, nil
}

// restore brings saved views, and what was looked at last in these contexts, unless something else was asked for.
func (o *consoleOptions) restore(s *session) {
	shelf, problem := o.state().Views()
	s.views.Views = shelf
	if problem != "" {
		s.views.Warnings = append(s.views.Warnings, problem)
	}
	if o.noRestore || o.snapshot != "" || o.command != "" || o.allNamespaces || o.namespaces != "" {
		return
	}
	names := s.contexts
	if len(names) == 1 && names[0] == "" {
		if _, current, err := (&kubeconfig{app: o.app}).Rest(""); err == nil {
			names = []string{current}
		}
	}
	v, ok, problem := o.state().Session(names)
	if problem != "" {
		s.views.Warnings = append(s.views.Warnings, problem)
	}
	if ok {
		s.views.Restore = &v
	}
}

// posture makes the settings of posture for every cluster. Exceptions that do not count are told with the warnings.
func (o *consoleOptions) posture(now time.Time) (board.Options, error) {
	settings, problems, err := (&postureFlags{}).options(o.app, now)
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		_, _ = fmt.Fprintf(o.ErrOut, "warning: %s\n", clean(p.Error()))
	}
	return func(_, version string) *snapshot.Options {
		own := *settings
		own.ServerMinor, _ = minorOf(version)
		return &own
	}, nil
}

// needTerminal refuses what the console cannot be drawn on.
func (o *consoleOptions) needTerminal() error {
	out, isFile := o.Out.(*os.File)
	in, inFile := o.In.(*os.File)
	switch {
	case !isFile || !isatty.IsTerminal(out.Fd()):
		return usageError("the console needs a terminal; for scripts there are `fn9s list` and `fn9s --snapshot 120x40`")
	case (!inFile || !isatty.IsTerminal(in.Fd())) && !slices.Contains(o.manifests.files, "-"):
		return usageError("the console reads keys from a terminal, and standard input is none; for scripts there is `fn9s list`")
	case os.Getenv("TERM") == "dumb":
		return usageError("TERM=dumb: this terminal cannot place text; try `fn9s list` or `fn9s --snapshot 80x24`")
	}
	return nil
}

// print draws one frame. What could not be read shows in the frame; a cluster that did not answer is exit code 4.
func (o *consoleOptions) print(ctx context.Context, root *views.Root, s *session) error {
	wait, cancel := context.WithTimeout(ctx, views.SettleTime)
	defer cancel()
	changed := make(chan struct{}, 1)
	s.ring.set(func(uint64) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	wait = giveUp(wait, s.fleet)
	out, isFile := o.Out.(*os.File)
	colour := isFile && isatty.IsTerminal(out.Fd())
	fmt.Fprintln(o.Out, views.Snapshot(wait, root, s.width, s.height, changed, colour))
	for i := range s.fleet.Board().Clusters {
		if err := hopeless(&s.fleet.Board().Clusters[i]); err != nil {
			return withCode(exitUnreachable, err)
		}
	}
	return ctx.Err()
}

// giveUp ends the context early when nothing more can come: every cluster has answered, or cannot.
func giveUp(ctx context.Context, f *fleet.Fleet) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		t := time.NewTicker(50 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			clusters := f.Board().Clusters
			lost, over := 0, len(clusters) > 0
			for i := range clusters {
				gone := hopeless(&clusters[i]) != nil
				if gone {
					lost++
				}
				over = over && (gone || clusters[i].Complete && clusters[i].Unjudged == 0)
			}
			if over && lost > 0 {
				return
			}
		}
	}()
	return ctx
}

func size(s string) (width, height int, err error) {
	w, h, ok := strings.Cut(strings.ToLower(s), "x")
	width, err1 := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	if !ok || errors.Join(err1, err2) != nil || width < 20 || height < 5 || width > 1000 || height > 500 {
		return 0, 0, usageError("--snapshot %q: write width x height in cells, from 20x5 to 1000x500, for example 120x40", s)
	}
	return width, height, nil
}

// captureLogs sends what client-go logs to the errors screen: on the terminal it would break the frame.
func captureLogs(log *status.Log) {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	klog.InitFlags(flags)
	_ = flags.Set("logtostderr", "false")
	_ = flags.Set("stderrthreshold", "FATAL")
	klog.SetOutput(logWriter{log})
}

// logWriter takes lines of klog: a header that ends with `] `, then the message.
type logWriter struct{ log *status.Log }

func (w logWriter) Write(p []byte) (int, error) {
	line := strings.TrimSpace(string(p))
	severity := status.Info
	switch {
	case strings.HasPrefix(line, "E"), strings.HasPrefix(line, "F"):
		severity = status.Error
	case strings.HasPrefix(line, "W"):
		severity = status.Warning
	}
	if _, message, ok := strings.Cut(line, "] "); ok {
		line = message
	}
	if line != "" {
		w.log.Add(severity, "", "client-go", line)
	}
	return len(p), nil
}
