package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/detect"
)

const aboutChanges = `It plans first, has the server try every step, prints the plan with its differences, and asks. --yes does not ask,
--dry-run only plans, --export writes the plan as patches and a kustomization. Without a terminal and without --yes
nothing is changed. Where another tool owns what is changed, that tool is named and needs its own --override; a word
that a guardrail of the configuration asks for is given with --confirm.

What was done is in the journal, and fn9s undo takes it back.`

const changeCodes = `Exit codes: 0 done · 1 refused, failed, or not ready within --timeout · 2 wrong usage, or nobody to ask · 4 no connection
or not authenticated · 130 interrupted: the step under way was finished.`

// changeOptions are what all commands that change something have in common.
type changeOptions struct {
	app      *app
	output   string
	export   string
	yes      bool
	dryRun   bool
	wait     bool
	limit    time.Duration
	confirm  []string
	override []string
	stdin    bool
	file     string

	prompts *bufio.Reader
	special
}

// special is what one command does differently from the others.
type special struct {
	keep     time.Duration               // of old secret values; 0: as it is by default
	rollback bool                        // a change after which a rollout fails is taken back
	describe func(*change.PlanDocument)  // adds to what is printed of a plan
	collect  func(context.Context) error // asks for values, when everything else is agreed to
	give     func(context.Context, *change.Step, wish.Need) ([]byte, error)
	after    func(*change.Result)
}

func (o *changeOptions) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "output format: json")
	f.StringVar(&o.export, "export", "", "write the plan into this `folder` as patches and a kustomization, and change nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	f.BoolVar(&o.dryRun, "dry-run", false, "only plan: the server tries the steps and changes nothing")
	f.BoolVar(&o.wait, "wait", true, "wait until what was changed is ready")
	f.DurationVar(&o.limit, "timeout", 2*time.Minute, "how long to wait")
	f.StringSliceVar(&o.confirm, "confirm", nil, "a `word` that a guardrail asks for")
	f.StringSliceVar(&o.override, "override", nil, "a `manager` whose fields may be changed; * for all")
}

// addValueFlags is for commands whose plans may need a secret value.
func (o *changeOptions) addValueFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.stdin, "from-stdin", false, "read the secret value that the plan needs from standard input")
	f.StringVar(&o.file, "from-file", "", "read the secret value that the plan needs from this `file`")
}

func (o *changeOptions) check() error {
	switch {
	case o.limit <= 0:
		return usageError("--timeout %s: it must be longer than nothing", o.limit)
	case o.stdin && o.file != "":
		return usageError("--from-stdin and --from-file exclude each other")
	case o.stdin && !o.yes && !o.dryRun && o.export == "":
		return usageError("--from-stdin leaves nothing to answer with: add --yes")
	}
	return checkFormat(o.output, "json")
}

// engine returns what changes the cluster of a client.
func (o *changeOptions) engine(c *client.Client, apis *client.APIs) (*change.Engine, error) {
	settings, err := o.app.settings()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range settings.Posture.SensitiveNames {
		names = append(names, r.String())
	}
	remotes, err := writers(settings.Connectors, c)
	if err != nil {
		return nil, err
	}
	return change.New(change.Options{
		Remotes: remotes, Client: c, APIs: apis, Journal: o.app.journal(), Guardrails: settings.Guardrails, Names: detect.NewNames(names), Keep: o.keep,
	}), nil
}

func (a *app) journal() *journal.Journal {
	return journal.In(filepath.Join(a.stateFolder, "journal"), time.Now)
}

// connect opens the cluster of the flags without reading its functions. Stop must be called.
func (o *changeOptions) connect(ctx context.Context) (e *change.Engine, c *client.Client, stop func(), err error) {
	settings, err := o.app.settings()
	if err != nil {
		return nil, nil, nil, err
	}
	config, name, err := (&kubeconfig{app: o.app}).Rest(*o.app.flags.Context)
	if err != nil {
		return nil, nil, nil, withCode(exitUsage, err)
	}
	c, err = client.New(name, config, client.Options{ReadOnly: o.app.readOnly || settings.Clusters.ReadOnly, UserAgent: userAgent()})
	if err != nil {
		return nil, nil, nil, withCode(exitUsage, err)
	}
	dctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	apis, err := c.Discover(dctx)
	if err == nil {
		if e, err = o.engine(c, apis); err == nil {
			return e, c, c.Close, nil
		}
	}
	c.Close()
	return nil, nil, nil, unreachable(name, err)
}

// planError gives an error of planning its exit code.
func planError(err error) error {
	var cannot *change.CannotUndoError
	var different *change.DifferentError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &cannot), errors.As(err, &different):
		return withCode(exitFindings, err)
	}
	switch client.Classify(err) {
	case client.KindAuth, client.KindServer, client.KindBusy:
		return withCode(exitUnreachable, err)
	case client.KindUnreachable:
		if client.Refused(err) || errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "connection") {
			return withCode(exitUnreachable, err)
		}
	}
	return withCode(exitFindings, err)
}

// carry shows a plan, asks, and carries it out.
func (o *changeOptions) carry(ctx context.Context, e *change.Engine, p *change.Plan, subjects []change.Subject) error {
	document, err := p.Document(ownVersion().Version)
	if err != nil {
		return err
	}
	if o.describe != nil {
		o.describe(document)
	}
	if o.output == "" {
		if err := write(o.app.Out, planText(document)); err != nil {
			return err
		}
	}
	blocked := p.Blocked()
	switch {
	case o.export != "":
		return o.exportTo(p, document)
	case o.dryRun || len(blocked) > 0:
		if o.output == "json" {
			if err := printJSON(o.app.Out, document); err != nil {
				return err
			}
		}
		if len(blocked) > 0 {
			return withCode(exitFindings, fmt.Errorf("the plan cannot be applied: %s", listed(blocked, 5)))
		}
		return nil
	case len(p.Steps) == 0 && p.Undoes == "":
		return o.nothing(document)
	}
	for i := range subjects {
		if s := &subjects[i]; s.Unseen != "" && o.wait {
			_, _ = fmt.Fprintf(o.app.ErrOut, "note: %s: what becomes of it cannot be observed: %s\n", clean(s.Function.String()), clean(s.Unseen))
		}
	}
	confirmed, err := o.approve(p)
	if err != nil {
		return err
	}
	a := change.Approval{Confirmed: confirmed, Values: o.values}
	if o.give != nil {
		a.Values = o.give
	}
	if o.collect != nil {
		if err := o.collect(ctx); err != nil {
			return err
		}
	}
	return o.apply(ctx, e, p, document, a, subjects)
}

func (o *changeOptions) nothing(d *change.PlanDocument) error {
	if o.output == "json" {
		return printJSON(o.app.Out, d)
	}
	return nil
}

// approve asks for what must be agreed to; flags answer before anybody is asked.
func (o *changeOptions) approve(p *change.Plan) ([]change.Confirmation, error) {
	asks := !o.yes && o.terminal()
	if !o.yes && !asks {
		return nil, usageError("nothing was changed: there is no terminal to ask on; add --yes, or --dry-run to plan only")
	}
	var given []change.Confirmation
	for _, c := range p.Confirmations() {
		ok := false
		switch {
		case c.Word != "":
			ok = slices.Contains(o.confirm, c.Word) || asks && o.ask(c.Text+"\nType it: ") == c.Word
		case c.Override != "":
			ok = slices.Contains(o.override, c.Override) || slices.Contains(o.override, "*") || asks && agreed(o.ask(c.Text+"\nChange it all the same? [y/N] "))
		default:
			ok = o.yes || agreed(o.ask(c.Text+"\nAgree? [y/N] "))
		}
		if !ok {
			how := "nobody agreed"
			switch {
			case c.Override != "":
				how = "add --override=" + c.Override
			case c.Word != "":
				how = "add --confirm=WORD"
			}
			return nil, withCode(exitFindings, fmt.Errorf("nothing was changed: %s: %s", c.Text, how))
		}
		given = append(given, c)
	}
	if asks && !agreed(o.ask(fmt.Sprintf("Apply %s? [y/N] ", count(len(p.Steps), "step")))) {
		return nil, withCode(exitFindings, errors.New("nothing was changed"))
	}
	return given, nil
}

func agreed(answer string) bool {
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

func (o *changeOptions) terminal() bool {
	f, ok := o.app.In.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// ask prints a question and reads a line.
func (o *changeOptions) ask(question string) string {
	_, _ = fmt.Fprint(o.app.ErrOut, cleanLines(question))
	if o.prompts == nil {
		o.prompts = bufio.NewReader(o.app.In)
	}
	line, _ := o.prompts.ReadString('\n') // the end of the input is no agreement
	return strings.TrimSpace(line)
}

// values gives a secret value that the plan needs.
func (o *changeOptions) values(_ context.Context, s *change.Step, n wish.Need) ([]byte, error) {
	const most = 1 << 20
	var in io.Reader
	switch {
	case n.Generate != "":
		return nil, fmt.Errorf("%s is made of more than a saved plan holds: plan it anew with fn9s rotate", n.Generate)
	case o.stdin:
		in = o.app.In
	case o.file != "":
		f, err := os.Open(o.file) // the operator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	default:
		return nil, fmt.Errorf("%s needs it at %s: give it with --from-stdin or --from-file", s.Ref, n.Path)
	}
	value, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, err
	case len(value) == 0:
		return nil, errors.New("it is empty")
	case len(value) > most:
		return nil, errors.New("it is larger than 1 MiB")
	}
	return value, nil
}

// exportTo writes the plan into a folder, and nothing over a file that is there.
func (o *changeOptions) exportTo(p *change.Plan, d *change.PlanDocument) error {
	files, left, err := p.Export()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.export, 0o755); err != nil {
		return withCode(exitUsage, fmt.Errorf("export: %w", err))
	}
	for _, file := range files {
		name := filepath.Join(o.export, file.Name)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return withCode(exitUsage, fmt.Errorf("export: %w", err))
		}
		_, err = f.Write(file.Data)
		if err = errors.Join(err, f.Close()); err != nil {
			return withCode(exitUsage, fmt.Errorf("export %s: %w", name, err))
		}
	}
	if o.output == "json" {
		if err := printJSON(o.app.Out, d); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(o.app.ErrOut, "%s written to %s; the cluster was not changed.\n", count(len(files), "file"), clean(o.export))
	for _, l := range left {
		_, _ = fmt.Fprintf(o.app.ErrOut, "warning: not exported: %s\n", clean(l))
	}
	if len(left) > 0 {
		return silent(exitFindings)
	}
	return nil
}

// apply carries the plan out, and waits for what becomes of it.
func (o *changeOptions) apply(ctx context.Context, e *change.Engine, p *change.Plan, d *change.PlanDocument, a change.Approval, subjects []change.Subject) error {
	told := &applied{out: o.app.ErrOut, quiet: o.output == "json"}
	r, err := e.Apply(ctx, p, a, told.event)
	if err != nil {
		return withCode(exitFindings, err)
	}
	var seen []change.Seen
	if o.wait && r.Outcome == journal.Applied && ctx.Err() == nil {
		if subjects == nil {
			subjects = change.Subjects(p)
		}
		seen = e.Verify(ctx, r, subjects, o.limit, told.seen)
	}
	if o.after != nil {
		o.after(r)
	}
	document := r.Document(d, seen)
	failed := slices.ContainsFunc(seen, func(s change.Seen) bool { return s.Verdict == change.RolloutFailed })
	if failed && o.rollback {
		if document.TakenBack, err = o.takeBack(ctx, e, r, subjects, told); err != nil {
			return err
		}
	}
	if o.output == "json" {
		err = printJSON(o.app.Out, document)
	} else {
		err = write(o.app.Out, resultText(document))
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case r.Journal != nil:
		return withCode(exitFindings, fmt.Errorf("the journal is not complete: %w", r.Journal))
	case r.Outcome != journal.Applied:
		return withCode(exitFindings, fmt.Errorf("the change was not carried out whole: %s", r.Reason))
	case document.TakenBack != nil && document.TakenBack.Outcome == string(journal.Applied):
		return withCode(exitFindings, errors.New("a rollout failed, so the change was taken back"))
	case document.TakenBack != nil:
		return withCode(exitFindings, fmt.Errorf("a rollout failed, and the change could not be taken back whole: %s", document.TakenBack.Reason))
	case slices.ContainsFunc(seen, func(s change.Seen) bool { return !s.Verdict.Good() }):
		return withCode(exitFindings, errors.New("the change was applied, but not everything became ready: fn9s undo takes it back"))
	}
	return nil
}
