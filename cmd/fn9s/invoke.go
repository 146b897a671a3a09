package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/rest"
	"github.com/fn9s/fn9s/kube/stream/invoke"
	"github.com/fn9s/fn9s/security/model"
)

const aboutInvoke = `Call a function as its callers do: through the API server's proxy, through a way to a pod, or at its address outside, whichever
leads there first. The body of the answer goes to standard output, a line about it to standard error. A function that is scaled to
zero is called where a call starts it, and waited for.

--auth lets the call in: "framework" with what the framework names for it (the Secret is read for this call and dropped), else
basic:SOURCE, bearer:SOURCE or HEADER-NAME:SOURCE, where SOURCE is @FILE or the value of a Secret, NAMESPACE/NAME#KEY (for basic it
is USER:PASSWORD). Such calls do not go through the API server's proxy, which takes credentials away, and never in the clear to
another machine.

Exit codes: 0 status below 400 · 1 status from 400 on, no answer in time, no way to it or no right · 2 wrong usage · 4 no connection
or not authenticated.`

// invokeCommand is `fn9s invoke`.
type invokeCommand struct {
	liveCommand
	request    invoke.Request
	headers    []string
	data       string
	via        string
	auth       string
	event      invoke.Event
	structured bool
	output     string
	include    bool
}

func newInvoke(a *app) *cobra.Command {
	i := &invokeCommand{liveCommand: liveCommand{app: a}}
	c := &cobra.Command{
		Use: "invoke [FRAMEWORK/]NAME", Short: "Call a function", Long: aboutInvoke, Args: oneName,
		Example: "  fn9s invoke charge-card -n payments --data '{\"amount\": 5}'\n  fn9s invoke resize -n media --cloudevent com.example.upload --data @event.json\n  fn9s invoke report -n batch --path '/daily?day=1' -H 'Accept: text/csv' -o json",
		RunE:    func(cmd *cobra.Command, args []string) error { return i.run(cmd.Context(), args[0]) },
	}
	f := c.Flags()
	f.StringVarP(&i.request.Method, "method", "X", "", "method (default: the framework's own, else GET without a body and POST with one)")
	f.StringVar(&i.request.Path, "path", "", "path behind the function's own, with its query")
	f.StringArrayVarP(&i.headers, "header", "H", nil, "`NAME: VALUE` of a header; several times")
	f.StringVarP(&i.data, "data", "d", "", "body: text, @`FILE`, or @- for standard input")
	f.StringVar(&i.request.Type, "content-type", "", "type of the body (default: guessed)")
	f.StringVar(&i.event.Type, "cloudevent", "", "make a CloudEvent of this `type` of the body")
	f.StringVar(&i.event.Source, "ce-source", "", "source of the CloudEvent (default: fn9s)")
	f.StringVar(&i.event.ID, "ce-id", "", "id of the CloudEvent (default: a new one)")
	f.StringVar(&i.event.Subject, "ce-subject", "", "subject of the CloudEvent")
	f.BoolVar(&i.structured, "ce-structured", false, "send the CloudEvent as one JSON document instead of headers")
	f.StringVar(&i.auth, "auth", "", "what lets the call in: framework, basic:SOURCE, bearer:SOURCE or HEADER-NAME:SOURCE")
	f.StringVar(&i.via, "via", "", "the only way to take: "+strings.Join(invoke.Ways(), ", "))
	f.DurationVar(&i.request.Timeout, "timeout", invoke.DefaultTimeout, "how long to wait for the whole answer")
	f.BoolVarP(&i.include, "include", "i", false, "print the headers of the answer on standard error")
	f.StringVarP(&i.output, "output", "o", "", "output format: json (the answer with its times)")
	f.DurationVar(&i.reading, "read-timeout", time.Minute, "how long to wait until the function is found")
	complete(c, "output", "json")
	complete(c, "via", invoke.Ways()...)
	return c
}

func (i *invokeCommand) run(ctx context.Context, name string) error {
	if err := i.fill(); err != nil {
		return withCode(exitUsage, err)
	}
	got, stop, err := i.open(ctx, name)
	defer stop()
	if err != nil {
		return err
	}
	caller, err := i.app.caller(got.answer.fleet, got.function)
	if err != nil {
		return err
	}
	r := i.request
	if r.Auth, err = letIn(i.auth, secretReader{got.client}); err != nil {
		return withCode(exitUsage, err)
	}
	if i.output == "" {
		r.Out = i.app.Out
	}
	answer, err := caller.Call(ctx, got.row.ID, &r)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return failed(err)
	}
	return i.print(answer)
}

// fill reads what was given with flags.
func (i *invokeCommand) fill() error {
	if err := checkFormat(i.output, "json"); err != nil {
		return err
	}
	r := &i.request
	for _, text := range i.headers {
		h, err := invoke.ParseHeader(text)
		if err != nil {
			return err
		}
		r.Headers = append(r.Headers, h)
	}
	if i.event.Type != "" {
		i.event.Structured = i.structured
		r.Event = &i.event
	} else if i.structured || i.event.ID+i.event.Source+i.event.Subject != "" {
		return errors.New("a CloudEvent needs its type: --cloudevent TYPE")
	}
	r.Via = invoke.Way(i.via)
	if r.Timeout <= 0 {
		return fmt.Errorf("--timeout %s: it must be longer than nothing", r.Timeout)
	}
	var err error
	if r.Body, err = i.body(); err != nil {
		return err
	}
	return r.Check()
}

func (i *invokeCommand) body() ([]byte, error) {
	name, isFile := strings.CutPrefix(i.data, "@")
	switch {
	case !isFile:
		return []byte(i.data), nil
	case name == "-":
		return bounded(i.app.In)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return bounded(f)
}

func bounded(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, invoke.MostSent+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return body, nil // one that is too long is refused with the request
}

// answerDocument is an answer as it is printed.
type answerDocument struct {
	APIVersion string              `json:"apiVersion"`
	Kind       string              `json:"kind"`
	At         string              `json:"at"`
	Method     string              `json:"method"`
	Target     string              `json:"target"`
	Via        string              `json:"via"`
	Status     int                 `json:"status"`
	ColdStart  bool                `json:"coldStart"`
	FromServer bool                `json:"fromAPIServer"`
	Seconds    map[string]float64  `json:"seconds"`
	Headers    map[string][]string `json:"headers"`
	Body       string              `json:"body"`
	Size       int64               `json:"size"`
	Cut        bool                `json:"cut"`
}

func (i *invokeCommand) print(a *invoke.Answer) error {
	if i.output == "json" {
		d := answerDocument{APIVersion: apiVersion, Kind: "Answer", At: moment(a.At), Method: a.Method, Target: a.Target, Via: string(a.Way),
			Status: a.Status, ColdStart: a.Cold, FromServer: a.Server, Body: string(a.Body), Size: a.Size, Cut: a.Cut, Headers: map[string][]string{},
			Seconds: map[string]float64{"connect": a.Connect.Seconds(), "firstByte": a.First.Seconds(), "total": a.Total.Seconds()}}
		for _, h := range a.Headers {
			d.Headers[h.Name] = append(d.Headers[h.Name], h.Value)
		}
		if err := printJSON(i.app.Out, d); err != nil {
			return err
		}
	} else {
		var b bytes.Buffer
		if isTerminal(i.app.Out) && len(a.Body) > 0 && !bytes.HasSuffix(a.Body, []byte("\n")) {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s %s by %s: %s\n", a.Method, clean(a.Target), a.Way, clean(a.Summary()))
		for _, h := range a.Headers {
			if i.include {
				fmt.Fprintf(&b, "%s: %s\n", clean(h.Name), clean(h.Value))
			}
		}
		if err := write(i.app.ErrOut, b.String()); err != nil {
			return err
		}
	}
	if !a.OK() {
		return withCode(exitFindings, errQuiet)
	}
	return nil
}

// valueFrom reads what lets a call in.
func valueFrom(text string, secrets secretReader) (func(ctx context.Context) ([]byte, error), error) {
	if name, ok := strings.CutPrefix(text, "@"); ok {
		return func(context.Context) ([]byte, error) { return os.ReadFile(name) }, nil
	}
	ref, err := rest.ParseSecretRef(text)
	if err != nil {
		return nil, errors.New("write @FILE or NAMESPACE/NAME#KEY: values do not belong on a command line")
	}
	return func(ctx context.Context) ([]byte, error) { return secrets.Value(ctx, ref.Namespace, ref.Name, ref.Key) }, nil
}

// letIn reads what --auth says.
func letIn(text string, secrets secretReader) (invoke.Auth, error) {
	if text == "" || text == "none" {
		return invoke.Auth{}, nil
	}
	if text == "framework" {
		return invoke.Auth{Framework: true}, nil
	}
	scheme, from, ok := strings.Cut(text, ":")
	if !ok || scheme == "" {
		return invoke.Auth{}, fmt.Errorf("--auth %q: framework, basic:SOURCE, bearer:SOURCE or HEADER-NAME:SOURCE", scheme)
	}
	value, err := valueFrom(from, secrets)
	if err != nil {
		return invoke.Auth{}, fmt.Errorf("--auth %s: %w", scheme, err)
	}
	return invoke.Auth{Scheme: scheme, Value: value}, nil
}

// secretRef is where a connector's credentials are.
func secretRef(r rest.SecretRef) model.Ref {
	if r.IsZero() {
		return model.Ref{}
	}
	return model.Ref{Kind: "Secret", Namespace: r.Namespace, Name: r.Name}
}
