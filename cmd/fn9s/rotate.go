package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/credential"
	"github.com/fn9s/fn9s/kube/rotate"
	custody "github.com/fn9s/fn9s/security/secrets"
)

const aboutRotate = `Give Secrets new values, and bring them to everything that uses them.

SECRET is NAME in the namespace of -n, or NAMESPACE/NAME. With --function the Secrets that a function can read are rotated,
with --older-than those in scope that are used and whose values are older.

The new value is typed unseen, or comes from --from-stdin (as it is, but for one line break at its end), from --from-file
[KEY=]FILE (as it is), from --edit ($EDITOR on a file that is kept in memory), or from --generate:
  alnum[:LENGTH] · chars:LENGTH:CHARACTERS · hex[:BYTES] · base64[:BYTES] · uuid · ed25519 · rsa[:BITS] · ecdsa[:BITS]
  htpasswd:USER   the line of a password that is given in one of the other ways
  tls[:DAYS]      a self-signed certificate with the names of the present one, and its key
Without --key the one key that is a credential gets it; where that is not clear, --key or --all-keys must say.

Of functions of OpenWhisk and Fn, --function rotates what they keep themselves: parameters, and configuration, through the
connector. What is set once for all functions of a package or an app is changed there.

Pods that read the value at their start only are restarted by their framework's own mechanism; others see it within a
minute or so (--restart-all: are restarted too). An immutable Secret is replaced by a new one, and what names it names that. The old values are kept for
--keep in a Secret of the same namespace, and come back with fn9s undo, or by themselves when a rollout fails
(--rollback=false: not). Old values of earlier changes whose time is over are removed once this one was applied, with --prune
or when the question is answered so. What something else makes is rotated there: an ExternalSecret is fetched again, others are refused
with what to do instead.

` + aboutChanges + "\n\n" + changeCodes

// rotateCommand is `fn9s rotate`.
type rotateCommand struct {
	changeOptions
	functions []string
	older     string
	keepFor   string
	options   rotate.Options
	files     []string
	edit      bool
	prune     bool
	reading   time.Duration

	rotations []*rotate.Rotation
	values    *rotate.Values
	removed   []string // what is said of old values whose time is over
}

func newRotate(a *app) *cobra.Command {
	r := &rotateCommand{changeOptions: changeOptions{app: a}}
	c := &cobra.Command{
		Use: "rotate [SECRET…]", Short: "Give Secrets new values", Long: aboutRotate,
		Example: "  fn9s rotate stripe-key -n payments\n  fn9s rotate payments/stripe-key --key api-key --generate alnum:40\n" +
			"  fn9s rotate web-tls -n shop --from-file tls.crt=new.crt,tls.key=new.key\n" +
			"  fn9s rotate --older-than 90d -A --generate hex:32 --dry-run\n  fn9s rotate --function cart -n shop --generate base64:32 --yes",
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args) },
	}
	f := c.Flags()
	r.addFlags(f)
	f.StringSliceVar(&r.functions, "function", nil, "the Secrets that this `function` can read")
	f.StringVar(&r.older, "older-than", "", "the Secrets in scope that are used and whose values are older than this `age`, as 90d")
	f.StringSliceVar(&r.options.Keys, "key", nil, "the `key` that gets a new value")
	f.BoolVar(&r.options.All, "all-keys", false, "all keys get new values")
	f.StringVar(&r.options.Recipe, "generate", "", "make the value: `KIND[:LENGTH]`")
	f.StringSliceVar(&r.files, "from-file", nil, "take the value from this file: `[KEY=]FILE`")
	f.BoolVar(&r.stdin, "from-stdin", false, "take the value from standard input")
	f.BoolVar(&r.edit, "edit", false, "write the value in $EDITOR, on a file that is kept in memory")
	f.BoolVar(&r.options.NoRestart, "no-restart", false, "leave pods alone that read the value at their start only")
	f.BoolVar(&r.options.RestartAll, "restart-all", false, "restart those too that see new files by themselves")
	f.BoolVar(&r.rollback, "rollback", true, "take the change back when a rollout fails")
	f.StringVar(&r.keepFor, "keep", "7d", "how long the old values are kept: an `age`")
	f.BoolVar(&r.prune, "prune", false, "remove Secrets of the same namespaces with old values of earlier changes whose time is over")
	f.DurationVar(&r.reading, "read-timeout", time.Minute, "how long to wait until the cluster is read")
	complete(c, "output", "json")
	complete(c, "generate", credential.Kinds()...)
	return c
}

// checkFlags says what does not go together.
func (r *rotateCommand) checkFlags(names []string) (older time.Duration, err error) {
	ways := 0
	for _, is := range []bool{len(names) > 0, len(r.functions) > 0, r.older != ""} {
		if is {
			ways++
		}
	}
	recipe, err := credential.Parse(r.options.Recipe)
	given := 0
	for _, is := range []bool{r.stdin, len(r.files) > 0, r.edit, r.options.Recipe != "" && recipe.Kind != credential.Htpasswd} {
		if is {
			given++
		}
	}
	switch {
	case r.options.Recipe != "" && err != nil:
		return 0, usageError("--generate: %w", err)
	case ways == 0:
		return 0, usageError("name a Secret, or choose some with --function or --older-than")
	case ways > 1:
		return 0, usageError("names, --function and --older-than exclude each other")
	case given > 1:
		return 0, usageError("--generate, --from-file, --from-stdin and --edit exclude each other")
	case r.options.NoRestart && r.options.RestartAll:
		return 0, usageError("--no-restart and --restart-all exclude each other")
	case len(r.options.Keys) > 0 && r.options.All:
		return 0, usageError("--key and --all-keys exclude each other")
	case r.reading <= 0:
		return 0, usageError("--read-timeout %s: it must be longer than nothing", r.reading)
	case r.edit && !r.terminal():
		return 0, usageError("--edit needs a terminal")
	}
	if r.keep = custody.ParseAge(r.keepFor); r.keep <= 0 {
		return 0, usageError("--keep %q: write it as 7d or 12h", r.keepFor)
	}
	if r.older != "" {
		if older = custody.ParseAge(r.older); older <= 0 {
			return 0, usageError("--older-than %q: write it as 90d or 12h", r.older)
		}
		if r.options.Recipe == "" || recipe.Kind == credential.Htpasswd {
			return 0, usageError("--older-than takes generated values: add --generate")
		}
	}
	return older, r.check()
}

func (r *rotateCommand) run(ctx context.Context, names []string) error {
	older, err := r.checkFlags(names)
	if err != nil {
		return err
	}
	now, err := r.app.clock()
	if err != nil {
		return err
	}
	r.options.At = now()
	w, stop, err := r.read(ctx, names)
	defer stop()
	if err != nil {
		return err
	}
	chosen, err := w.choose(names, r.functions, older, r.options.At)
	if err != nil {
		return err
	}
	if err := r.plan(ctx, w, chosen.secrets, chosen.one); err != nil {
		return err
	}
	return r.carryOut(ctx, w)
}

// plan makes the rotations. One that was named alone must be possible; of several the others go on.
func (r *rotateCommand) plan(ctx context.Context, w *rotating, chosen []secretName, one bool) error {
	for _, name := range chosen {
		o, err := r.optionsFor(len(chosen))
		if err != nil {
			return err
		}
		got, err := w.rotation(ctx, name, o)
		var refused *rotate.RefusedError
		var keys *rotate.KeysError
		switch {
		case err == nil:
			r.rotations = append(r.rotations, got)
			continue
		case !errors.As(err, &refused) && !errors.As(err, &keys):
			return planError(err)
		case one && keys != nil:
			return usageError("Secret %s: %w", name, err)
		case one:
			return withCode(exitFindings, err)
		case keys != nil:
			err = fmt.Errorf("%s: %w", name, err)
		}
		_, _ = fmt.Fprintf(r.app.ErrOut, "left out: %s\n", clean(err.Error()))
	}
	if len(r.rotations) == 0 {
		return withCode(exitFindings, errors.New("no Secret is left to rotate"))
	}
	return r.sources()
}

// carryOut plans the request, shows it and does it.
func (r *rotateCommand) carryOut(ctx context.Context, w *rotating) error {
	e, err := r.engine(w.client, w.apis)
	if err != nil {
		return err
	}
	request := rotate.Request(r.rotations)
	request.Forget = r.forget(ctx, e)
	p, err := e.Plan(ctx, request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return planError(err)
	}
	if w.client.Gate().ReadOnly() && !r.dryRun && r.export == "" {
		return withCode(exitFindings, &client.RefusedError{Method: "plan", Path: p.ID})
	}
	r.values = rotate.NewValues(r.rotations, time.Now)
	defer r.values.Forget()
	r.special.describe, r.special.collect, r.special.give, r.special.after = r.describe, r.collect, r.values.Value, r.after
	return r.carry(ctx, e, p, w.subjects(r.rotations))
}

// describe adds who uses the Secrets to what is printed of the plan.
func (r *rotateCommand) describe(d *change.PlanDocument) {
	for _, one := range r.rotations {
		name := one.Secret.Namespace + "/" + one.Secret.Name
		for i := range one.Consumers {
			c := &one.Consumers[i]
			doc := change.ConsumerDocument{Secret: name, Kind: "function", Name: c.Name, Ways: append([]string{}, c.Ways...), Takes: string(c.Takes), Reason: c.Why}
			if c.Function {
				doc.Function = c.ID.String()
			} else {
				doc.Kind = c.Object.Kind
			}
			d.Consumers = append(d.Consumers, doc)
		}
		for _, n := range one.Notes {
			d.Notes = append(d.Notes, name+": "+n)
		}
	}
	d.Notes = append(d.Notes, r.removed...)
}

// after says who did not get the new value although the Secret has it, and what of a new pair is public.
func (r *rotateCommand) after(result *change.Result) {
	for _, s := range rotate.Inconsistent(result, r.rotations) {
		line := fmt.Sprintf("not consistent: %s of %s has the old value of %s %s/%s: %s",
			s.Consumer.Label(), s.Consumer.ID.Namespace, s.Secret.Kind, s.Secret.Namespace, s.Secret.Name, s.Why)
		if s.Remedy != "" {
			line += "; new with: " + s.Remedy
		}
		_, _ = fmt.Fprintln(r.app.ErrOut, clean(line))
	}
	for ref, public := range r.values.Public() {
		_, _ = fmt.Fprintf(r.app.ErrOut, "public key of %s/%s: %s\n", clean(ref.Namespace), clean(ref.Name), clean(strings.TrimSpace(string(public))))
	}
}
