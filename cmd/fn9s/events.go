package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/readiness"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/columns"
	"github.com/fn9s/fn9s/views/screen"
)

const aboutEvents = `List events: of a function, its workloads and its pods, or of the namespaces. The newest comes last. For a function that is not ready,
one sentence on standard error says why. The cluster keeps events for an hour or so.

Exit codes: 0 done · 1 no such function, or events may not be read · 2 wrong usage · 4 no connection or not authenticated · 130
interrupted.`

// eventsCommand is `fn9s events`.
type eventsCommand struct {
	liveCommand
	watch, warnings bool
	output          string
}

func newEvents(a *app) *cobra.Command {
	e := &eventsCommand{liveCommand: liveCommand{app: a}}
	c := &cobra.Command{
		Use: "events [[FRAMEWORK/]NAME]", Short: "List events of a function, or of namespaces", Long: aboutEvents, Args: cobra.MaximumNArgs(1),
		Example: "  fn9s events charge-card -n payments -w\n  fn9s events -A --warnings -o json",
		RunE:    func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), strings.Join(args, "")) },
	}
	c.Flags().BoolVarP(&e.watch, "watch", "w", false, "go on with those that happen from now on")
	c.Flags().BoolVar(&e.warnings, "warnings", false, "only warnings")
	c.Flags().StringVarP(&e.output, "output", "o", "", "output format: json (with -w one event a line)")
	c.Flags().DurationVar(&e.reading, "read-timeout", time.Minute, "how long to wait until the function is found")
	complete(c, "output", "json")
	return c
}

// eventDocument is an event as it is printed.
type eventDocument struct {
	Type    string     `json:"type"`
	Reason  string     `json:"reason"`
	Message string     `json:"message"`
	Source  string     `json:"source"`
	Object  objectItem `json:"object"`
	Count   int32      `json:"count"`
	First   string     `json:"first,omitempty"`
	Last    string     `json:"last,omitempty"`
}

// eventSource is where events are read.
type eventSource struct {
	reader  *inspect.Reader
	targets func() []inspect.Target
	why     func([]inspect.Event) string
}

func (e *eventsCommand) run(ctx context.Context, name string) error {
	if err := checkFormat(e.output, "json"); err != nil {
		return err
	}
	s, stop, err := e.source(ctx, name)
	defer stop()
	if err != nil {
		return err
	}
	events, err := s.reader.Events(ctx, s.targets())
	if err != nil {
		return failed(err)
	}
	if why := s.why(events); why != "" {
		_, _ = fmt.Fprintln(e.app.ErrOut, clean(why))
	}
	if err := e.print(events); err != nil || !e.watch {
		return err
	}
	return e.follow(ctx, s, events)
}

// source finds what events are asked about.
func (e *eventsCommand) source(ctx context.Context, name string) (*eventSource, func(), error) {
	if name == "" {
		return e.scope(ctx)
	}
	got, stop, err := e.open(ctx, name)
	if err != nil {
		return nil, stop, err
	}
	now, err := e.app.clock()
	if err != nil {
		return nil, stop, err
	}
	board := got.answer.fleet.Board
	return &eventSource{
		reader: inspect.New(got.answer.fleet, nil),
		targets: func() []inspect.Target {
			if r := board().Row(got.row.ID); r != nil {
				return screen.ObjectsOf(r)
			}
			return screen.ObjectsOf(got.row)
		},
		why: func(events []inspect.Event) string {
			return readiness.Why(got.row.Function, got.cluster.Object, events, now())
		},
	}, stop, nil
}

// scope asks about namespaces.
func (e *eventsCommand) scope(ctx context.Context) (*eventSource, func(), error) {
	if e.reading <= 0 {
		return nil, func() {}, usageError("--read-timeout %s: it must be longer than nothing", e.reading)
	}
	q := question{app: e.app, contexts: []string{*e.app.flags.Context}, limit: e.reading}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, stop, err
	}
	if err := a.warn(e.app.ErrOut); err != nil {
		return nil, stop, err
	}
	name := a.contexts[0]
	var targets []inspect.Target
	for _, ns := range a.scopes[name] {
		targets = append(targets, inspect.Target{Context: name, Ref: model.Ref{Namespace: ns}})
	}
	if len(targets) == 0 {
		targets = []inspect.Target{{Context: name}}
		if c := a.clusters[name]; !c.NamespacesListed {
			targets = nil
			for _, ns := range watched(&c) {
				targets = append(targets, inspect.Target{Context: name, Ref: model.Ref{Namespace: ns}})
			}
		}
	}
	return &eventSource{reader: inspect.New(a.fleet, nil), targets: func() []inspect.Target { return targets }, why: func([]inspect.Event) string { return "" }}, stop, nil
}

// every is how often events are asked for anew.
const every = 2 * time.Second

// follow prints what happens from now on.
func (e *eventsCommand) follow(ctx context.Context, s *eventSource, seen []inspect.Event) error {
	type key struct {
		object          model.Ref
		reason, message string
		last            int64
		count           int32
	}
	of := func(v *inspect.Event) key { return key{v.Object, v.Reason, v.Message, v.Last, v.Count} }
	known := map[key]bool{}
	for i := range seen {
		known[of(&seen[i])] = true
	}
	t := time.NewTicker(every)
	defer t.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		events, err := s.reader.Events(ctx, s.targets())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && client.Classify(err) != client.KindUnreachable && client.Classify(err) != client.KindServer:
			return failed(err)
		case err != nil:
			if why := client.Reason(err); why != told { // the API server is away: it is asked again
				told = why
				_, _ = fmt.Fprintf(e.app.ErrOut, "warning: %s\n", clean(why))
			}
			continue
		}
		told = ""
		fresh := slices.DeleteFunc(slices.Clone(events), func(v inspect.Event) bool { return known[of(&v)] })
		known = map[key]bool{}
		for i := range events {
			known[of(&events[i])] = true
		}
		if err := e.print(fresh); err != nil {
			return err
		}
	}
}

// print prints events, the newest last.
func (e *eventsCommand) print(events []inspect.Event) error {
	events = slices.Clone(events)
	slices.Reverse(events)
	if e.warnings {
		events = slices.DeleteFunc(events, func(v inspect.Event) bool { return v.Type != "Warning" })
	}
	if e.output == "json" {
		documents := []eventDocument{}
		for i := range events {
			v := &events[i]
			documents = append(documents, eventDocument{Type: v.Type, Reason: v.Reason, Message: v.Message, Source: v.Source,
				Object: refItem(v.Object, nil), Count: v.Count, First: unixMoment(v.First), Last: unixMoment(v.Last)})
		}
		if !e.watch {
			return printJSON(e.app.Out, documents)
		}
		for i := range documents {
			if err := printLine(e.app.Out, documents[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(events) == 0 {
		if !e.watch {
			return write(e.app.Out, "No events.\n")
		}
		return nil
	}
	now, err := e.app.clock()
	if err != nil {
		return err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if !e.watch {
		_, _ = fmt.Fprintln(w, "LAST\tTYPE\tREASON\tOBJECT\tTIMES\tMESSAGE")
	}
	for i := range events {
		v := &events[i]
		last := "?"
		if v.Last != 0 {
			last = columns.Age(time.Unix(v.Last, 0), now())
		}
		object := v.Object.Kind + "/" + v.Object.Name
		if len(e.app.namespaces) == 0 || e.app.allNamespaces {
			object = v.Object.Namespace + " " + object
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", last, clean(v.Type), clean(v.Reason), clean(object), strconv.Itoa(int(v.Count)), clean(v.Message))
	}
	_ = w.Flush() // a builder takes everything
	return write(e.app.Out, b.String())
}

func unixMoment(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return moment(time.Unix(seconds, 0))
}
