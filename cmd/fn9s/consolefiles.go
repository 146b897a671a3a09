package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/mattn/go-isatty"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/local"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views"
	"github.com/fn9s/fn9s/views/screen"
)

// onFiles reports whether the console is asked for manifests instead of clusters.
func (o *consoleOptions) onFiles() bool { return o.demo || len(o.manifests.files) > 0 }

// runFiles opens the console on manifests, read-only. With --snapshot a document that could not be read makes the exit
// code that of unreadable input, as in the commands; on the screen it is told by the errors screen.
func (o *consoleOptions) runFiles(ctx context.Context) error {
	s := &session{ring: &ring{}}
	var err error
	if o.snapshot != "" {
		if s.width, s.height, err = size(o.snapshot); err != nil {
			return err
		}
	}
	input, closeInput, err := o.keys()
	if err != nil {
		return err
	}
	defer closeInput()
	files, err := o.openFiles(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); files.Run(ctx) }()
	defer func() { cancel(); <-done }()
	deps := screen.Deps{Boards: files, Fleet: files, Objects: files, Kinds: files, Facts: files, Places: files,
		Exceptions: s.exceptions, Baseline: s.baseline}
	if o.demo {
		recorded := files.Recorded(samples.Busy)
		deps.Metrics, deps.Prometheus = recorded, recorded
	}
	root := views.New(deps, s.views)
	if o.snapshot != "" {
		return o.printFiles(ctx, root, s, files)
	}
	term := views.Terminal{Options: []tea.ProgramOption{tea.WithoutSignalHandler()}}
	if input != nil {
		term.In = input
	}
	return views.Run(ctx, root, term, s.ring.set)
}

// keys is the terminal that keys are read from, where the manifests come from standard input; nil: standard input.
func (o *consoleOptions) keys() (*os.File, func(), error) {
	if !slices.Contains(o.manifests.files, "-") || o.snapshot != "" {
		return nil, func() {}, nil
	}
	in, out, err := tea.OpenTTY()
	if err != nil {
		return nil, nil, usageError("the manifests come from standard input, and there is no terminal to read keys from: %v", err)
	}
	return in, func() { _, _ = in.Close(), out.Close() }, nil
}

// openFiles reads the manifests.
func (o *consoleOptions) openFiles(s *session) (*local.Files, error) {
	now, err := o.clock()
	if err != nil {
		return nil, err
	}
	scope, err := o.scope()
	if err != nil {
		return nil, err
	}
	if err := o.configured(&s.views, o.theme); err != nil {
		return nil, err
	}
	options := local.Options{Kinds: kindsOf(), Scope: scope, Notify: s.ring.changed}
	if o.demo {
		if o.now == "" {
			now = clockFrom(samples.Moment())
		}
		options.Name, options.Phase, options.Source, options.Once = "samples", status.Demo, "built into fn9s", true
		options.Adapters, options.Read = demoAdapters(), demoDocuments
	} else {
		if err := o.exist(); err != nil {
			return nil, err
		}
		options.Name, options.Phase, options.Source = fileTitle(o.manifests.files), status.Files, listed(o.manifests.files, 3)
		options.Once = slices.Contains(o.manifests.files, "-")
		options.Read = func() ([]manifest.Document, []error) { return manifest.Paths(o.manifests.files, o.In) }
		if options.Adapters, err = o.adapters(nil); err != nil {
			return nil, err
		}
	}
	if options.Posture, err = o.filePosture(now()); err != nil {
		return nil, err
	}
	options.Now = now
	if s.baseline, err = readBaseline(o.baseline); err != nil {
		return nil, err
	}
	s.views.Now, s.views.Command, s.views.Namespaces = now, o.command, scope
	c, err := o.settings()
	if err != nil {
		return nil, err
	}
	options.Columns = c.Console.Extras
	files := local.New(options)
	s.exceptions = &config.Exceptions{File: cmp.Or(o.manifests.exceptions, c.Posture.Exceptions), Now: now, Changed: files.Accept}
	return files, nil
}

// exist refuses paths that are not there, before the console takes the terminal.
func (o *consoleOptions) exist() error {
	for _, path := range o.manifests.files {
		if path == "-" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return withCode(exitUsage, fmt.Errorf("read manifests: %w", err))
		}
	}
	return nil
}

// filePosture makes the settings of posture for manifests.
func (o *consoleOptions) filePosture(now time.Time) (func(_, _ string) *snapshot.Options, error) {
	settings, problems, err := o.manifests.options(o.app, now)
	if err != nil {
		return nil, err
	}
	settings.Manifests = true
	for _, p := range problems {
		_, _ = fmt.Fprintf(o.ErrOut, "warning: %s\n", clean(p.Error()))
	}
	return func(string, string) *snapshot.Options {
		own := *settings
		return &own
	}, nil
}

// fileTitle names files in the header.
func fileTitle(files []string) string {
	name := files[0]
	if name == "-" {
		name = "standard input"
	}
	if more := len(files) - 1; more > 0 {
		name += fmt.Sprintf(" and %d more", more)
	}
	return name
}

// clockFrom is a clock that starts at a moment.
func clockFrom(t time.Time) func() time.Time {
	started := time.Now()
	return func() time.Time { return t.Add(time.Since(started)) }
}

// demoAdapters are those of all frameworks that the samples have functions of.
func demoAdapters() []frameworks.Framework {
	data, err := samples.Config("frameworks.yaml")
	if err != nil {
		return all.BuiltIn()
	}
	return all.New(config.Parse("frameworks.yaml", data).Frameworks)
}

// demoDocuments are the samples.
func demoDocuments() (docs []manifest.Document, problems []error) {
	for _, f := range samples.Seed() {
		found, wrong := manifest.Read(f.Path, f.Data)
		docs, problems = append(docs, found...), append(problems, wrong...)
	}
	return docs, problems
}

// printFiles draws one frame, once everything is judged.
func (o *consoleOptions) printFiles(ctx context.Context, root *views.Root, s *session, files *local.Files) error {
	wait, cancel := context.WithTimeout(ctx, views.SettleTime)
	defer cancel()
	changed := make(chan struct{}, 1)
	s.ring.set(func(uint64) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	files.Judged(wait)
	out, isFile := o.Out.(*os.File)
	colour := isFile && isatty.IsTerminal(out.Fd())
	_, _ = fmt.Fprintln(o.Out, views.Snapshot(wait, root, s.width, s.height, changed, colour))
	if n := len(files.Errors()); n > 0 && ctx.Err() == nil {
		return withCode(exitUsage, fmt.Errorf("%d of the documents cannot be read: the errors screen (--command errors) names them", n))
	}
	return ctx.Err()
}

// errBoth says that manifests are either one's own or the samples.
var errBoth = errors.New("-f and --demo exclude each other")
