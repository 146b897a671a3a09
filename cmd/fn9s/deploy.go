package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/deploy"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

const aboutDeploy = `Put functions on a cluster, or change them, as secure as their framework lets.

What the framework's own tool would make of the same input is made, and beside it what closes the function in: an account
of its own without a token, a restricted security context, limits, network policies that refuse all but what it needs, the
image by its digest where the cluster runs it already, credentials of variables in a Secret, no public route that was not
asked for. --insecure-defaults gives each of them up by name. The posture of the result is printed with the plan.

A function that is there is changed where it differs; what is not spoken of stays. Deploying a file again skips what is done.

--env NAME=VALUE · NAME=secret:SECRET/KEY · NAME=config:CONFIGMAP/KEY        --cpu and --memory REQUEST[:LIMIT]
--secret NAME[:/FOLDER] · --config-map NAME[:/FOLDER]: as files, or in the framework's own way

`

// deployCommand is `fn9s deploy`.
type deployCommand struct {
	changeOptions
	words    deployFlags
	files    []string
	copyOf   string
	secrets  bool
	insecure []string

	results []*deploy.Result
}

func newDeploy(a *app) *cobra.Command {
	d := &deployCommand{changeOptions: changeOptions{app: a}}
	c := &cobra.Command{
		Use: "deploy FRAMEWORK NAME | -f FILE… | --copy-of FUNCTION NAME", Short: "Put functions on a cluster, or change them", Long: aboutDeploy + aboutChanges + "\n\n" + changeCodes,
		Example: "  fn9s deploy knative resize -n media --image registry.example.com/media/resize:2.1 --max 10\n" +
			"  fn9s deploy kubeless hello -n shop --code hello.py --runtime python3.12 --handler hello.run\n" +
			"  fn9s deploy plain cart -n shop --image registry.example.com/shop/cart:7 --env STRIPE=secret:stripe/key --insecure-defaults isolate-egress\n" +
			"  fn9s deploy -f stack.yml -n shop --dry-run\n" +
			"  fn9s deploy --copy-of payments/charge-card charge-card-next -n staging",
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args) },
	}
	f := c.Flags()
	d.changeOptions.addFlags(f)
	d.words.addFlags(f)
	f.StringArrayVarP(&d.files, "filename", "f", nil, "what to deploy: a file or a folder in any format that is known; may be repeated")
	f.StringVar(&d.copyOf, "copy-of", "", "make a function like this `function`, written as NAME, NAMESPACE/NAME or FRAMEWORK/NAME")
	f.BoolVar(&d.secrets, "copy-secrets", false, "with --copy-of: copy the Secrets that it needs too, where they are not there")
	f.StringSliceVar(&d.insecure, "insecure-defaults", nil, "give up these `intents` of those that make new functions secure")
	f.BoolVar(&d.rollback, "rollback-on-failure", false, "take everything back when a function does not become ready")
	var words []string
	for _, i := range deploy.Defaults() {
		words = append(words, string(i))
	}
	complete(c, "insecure-defaults", words...)
	complete(c, "output", "json")
	return c
}

// wanted is what the command line asks for, whatever way it says it.
type wantedFunctions struct {
	requests   []*wish.DeployRequest
	objects    []map[string]any
	namespaces []string
	frameworks []string
}

func (d *deployCommand) run(ctx context.Context, args []string) error {
	if err := errors.Join(d.check(), d.checkWords(args)); err != nil {
		return err
	}
	o, err := d.defaults()
	if err != nil {
		return err
	}
	namespace, err := d.namespace()
	if err != nil {
		return err
	}
	if d.copyOf != "" {
		return d.clone(ctx, args[0], namespace, o)
	}
	w, err := d.wanted(args, namespace)
	if err != nil {
		return err
	}
	e, c, stop, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	return d.make(ctx, e, c, w, o)
}

// checkWords refuses command lines that say two things.
func (d *deployCommand) checkWords(args []string) error {
	switch {
	case len(d.files) > 0 && d.copyOf != "":
		return usageError("-f and --copy-of exclude each other")
	case len(d.files) > 0 && len(args) > 0:
		return usageError("-f says what is deployed: leave out %q", strings.Join(args, " "))
	case len(d.files) > 0 && d.words.given():
		return usageError("-f says what is deployed: only --insecure-defaults, and how it is carried out, are taken besides")
	case d.copyOf != "" && len(args) != 1:
		return usageError("--copy-of: give the name of the new function")
	case d.copyOf == "" && len(d.files) == 0 && len(args) != 2:
		return usageError("give a framework and a name, -f FILE, or --copy-of FUNCTION and a name")
	case d.secrets && d.copyOf == "":
		return usageError("--copy-secrets is for --copy-of")
	}
	return nil
}

// defaults reads what is given up.
func (d *deployCommand) defaults() (deploy.Options, error) {
	var o deploy.Options
	known := deploy.Defaults()
	for _, word := range d.insecure {
		if !slices.Contains(known, check.Intent(word)) {
			return o, usageError("--insecure-defaults %q: there is no such default; there are %s", word, joined(known))
		}
		o.Insecure = append(o.Insecure, check.Intent(word))
	}
	return o, nil
}

func joined(all []check.Intent) string {
	var words []string
	for _, i := range all {
		words = append(words, string(i))
	}
	return strings.Join(words, ", ")
}

// namespace is the one in which functions are made that name none.
func (d *deployCommand) namespace() (string, error) {
	scope, err := d.app.scope()
	switch {
	case err != nil:
		return "", err
	case d.app.allNamespaces || len(scope) > 1 || len(scope) == 1 && strings.Contains(scope[0], "*"):
		return "", usageError("a function is made in one namespace: name it with -n")
	case len(scope) == 1:
		return scope[0], nil
	}
	ns, _, err := d.app.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", withCode(exitUsage, fmt.Errorf("read kubeconfig: %w", err))
	}
	return ns, nil
}

// make makes the functions of requests and objects.
func (d *deployCommand) make(ctx context.Context, e *change.Engine, c *client.Client, w *wantedFunctions, o deploy.Options) error {
	b, err := d.bench(ctx, c)
	if err != nil {
		return err
	}
	setting, err := b.reader.Setting(ctx, w.namespaces, w.frameworks)
	if err != nil {
		return d.reading(ctx, err)
	}
	d.tellUnseen(setting)
	if len(w.requests) > 0 {
		if d.results, err = b.maker.Make(ctx, setting, w.requests, o); err != nil {
			return d.reading(ctx, err)
		}
	}
	if len(w.objects) > 0 {
		more, err := b.maker.MakeObjects(ctx, setting, w.objects, o)
		if err != nil {
			return d.reading(ctx, err)
		}
		d.results = append(d.results, more...)
	}
	return d.carryOut(ctx, e, c, b, setting)
}

func (d *deployCommand) reading(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return planError(err)
}

// tellUnseen says what may not be read, once for a kind.
func (d *deployCommand) tellUnseen(s *deploy.Setting) {
	var said []string
	for _, u := range s.Unseen {
		if u.Absent || u.Why == "" || slices.Contains(said, u.Kind) {
			continue
		}
		said = append(said, u.Kind)
		_, _ = fmt.Fprintf(d.app.ErrOut, "note: not all %s can be read: %s\n", clean(u.Kind), clean(u.Why))
	}
}

// refused tells all problems; nothing is made while there are some.
func (d *deployCommand) refused() error {
	n := 0
	for _, r := range d.results {
		for _, p := range r.Problems {
			n++
			name := strings.TrimPrefix(r.Request.Namespace+"/"+r.Request.Name, "/")
			_, _ = fmt.Fprintf(d.app.ErrOut, "%s: %s: %s\n", clean(name), clean(p.Field), clean(p.Text))
		}
	}
	if n == 0 {
		return nil
	}
	return withCode(exitFindings, fmt.Errorf("nothing was changed: %s", count(n, "problem")))
}

// carryOut plans what came of it, and does it.
func (d *deployCommand) carryOut(ctx context.Context, e *change.Engine, c *client.Client, b *deployBench, s *deploy.Setting) error {
	if err := d.refused(); err != nil {
		return err
	}
	p, err := e.Plan(ctx, change.Request{Action: "deploy", Title: d.title(), Wishes: deploy.Wishes(c.Context, d.results)})
	if err != nil {
		return d.reading(ctx, err)
	}
	if c.Gate().ReadOnly() && !d.dryRun && d.export == "" {
		return withCode(exitFindings, &client.RefusedError{Method: "plan", Path: p.ID})
	}
	d.describe, d.give = d.tell, deploy.Values(d.results)
	subjects, err := b.maker.Subjects(s, d.results)
	if err != nil {
		return withCode(exitFindings, err)
	}
	return d.carry(ctx, e, p, subjects)
}

func (d *deployCommand) title() string {
	var named []*deploy.Result
	for _, r := range d.results {
		if r.Request.Name != "" {
			named = append(named, r)
		}
	}
	if len(named) == 1 {
		r := named[0].Request
		return "deploy " + r.Framework + "/" + r.Name + " in " + r.Namespace
	}
	return "deploy " + count(len(named), "function")
}

// tell adds to the plan what is known of the functions.
func (d *deployCommand) tell(doc *change.PlanDocument) {
	for _, r := range d.results {
		doc.Deployments = append(doc.Deployments, r.Document())
	}
}
