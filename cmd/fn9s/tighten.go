package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	kubeplan "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const aboutTighten = `Make functions more secure, at the place from which their framework makes their pods.

Without --intent everything is planned that ends nothing that is used now; what would needs its intent named. What is
left out, and why, is told on stderr.

` + aboutChanges + `

With --list nothing is planned: it says what would make functions more secure, and where it would be changed, on a cluster
or in manifests with -f. fn9s fix -f writes it into manifests.

For each intent the list has the controls that it cures, the grade of the function without them, and the answer of the
function's framework: the objects to change, or why it has no field for it and what comes closest. What asks is what the
operator must agree to, because something that is used now ends with it.

NAME may be written as FRAMEWORK/NAME, or FRAMEWORK.KIND/NAME where two functions share a name. Without names the list is
of all functions in scope.

`

// tightenCommand is `fn9s tighten`.
type tightenCommand struct {
	app *app
	postureFlags
	changeOptions
	chooser
	givenFlags
	list    bool
	intents []string
}

func newTighten(a *app) *cobra.Command {
	t := &tightenCommand{app: a, changeOptions: changeOptions{app: a}, chooser: chooser{app: a, judging: true}}
	c := &cobra.Command{
		Use: "tighten [FUNCTION…]", Short: "Make functions more secure, or list what would", Long: aboutTighten + aboutGiven() + "\n\n" + changeCodes,
		Example: "  fn9s tighten charge-card -n payments --list\n  fn9s tighten charge-card -n payments --intent read-only-root,seccomp\n" +
			"  fn9s tighten -A --filter 'grade>=D' --dry-run\n  fn9s tighten charge-card -n payments --intent minimal-role --audit-log audit.log\n" +
			"  fn9s tighten charge-card -n payments --intent route-auth --with issuer=https://id.example.com/ --with jwks=https://id.example.com/keys\n" +
			"  fn9s tighten -f manifests/ --list",
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), args) },
	}
	f := c.Flags()
	t.add(f)
	t.changeOptions.addFlags(f)
	t.chooser.addFlags(f)
	t.givenFlags.addFlags(f)
	f.BoolVar(&t.list, "list", false, "only show the intents, and what each lifts")
	f.StringSliceVar(&t.intents, "intent", nil, "only these intents, also where they end something that is used now")
	var words []string
	for _, i := range check.Intents() {
		words = append(words, string(i))
	}
	complete(c, "intent", words...)
	return c
}

// subject is a function that is asked about, and what it is judged from.
type subject struct {
	function *model.Function
	reader   *snapshot.Reader
}

func (t *tightenCommand) run(ctx context.Context, names []string) error {
	intents, err := intentsOf(t.intents)
	switch {
	case err != nil:
		return err
	case !t.list && len(t.files) > 0:
		return usageError("fn9s tighten changes a cluster: fn9s fix -f writes into manifests, --list shows what")
	}
	if err := errors.Join(t.checkInput(), t.read(ctx, t.app.In)); err != nil {
		return err
	}
	t.tellLog()
	if !t.list {
		return t.change(ctx, names, intents)
	}
	subjects, warn, stop, err := t.subjects(ctx)
	defer stop()
	if err != nil {
		return err
	}
	chosen, err := choose(t.app, subjects, names)
	if err != nil {
		return errors.Join(warn, err)
	}
	translator, err := translator(t.app, &t.postureFlags)
	if err != nil {
		return err
	}
	translator = translator.With(&t.given)
	var p page
	for i, s := range chosen {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i > 0 {
			p.b.WriteString("\n")
		}
		p.wishes(translator, s, intents)
	}
	if err := write(t.app.Out, p.b.String()); err != nil {
		return err
	}
	return warn
}

// intentsOf reads --intent; all of them without one.
func intentsOf(words []string) ([]check.Intent, error) {
	all := check.Intents()
	if len(words) == 0 {
		return all, nil
	}
	var chosen []check.Intent
	for _, w := range words {
		if !slices.Contains(all, check.Intent(w)) {
			return nil, usageError("--intent %q: there is no such intent; fn9s controls names them", w)
		}
		chosen = append(chosen, check.Intent(w))
	}
	return chosen, nil
}

// translator knows the adapters that answer wishes.
func translator(a *app, p *postureFlags) (*tighten.Translator, error) {
	selectors, err := p.selectors()
	if err != nil {
		return nil, err
	}
	adapters, err := a.adapters(selectors)
	if err != nil {
		return nil, err
	}
	return tighten.New(sourcesOf(adapters)...), nil
}

func sourcesOf(adapters []frameworks.Framework) []tighten.Source {
	var sources []tighten.Source
	for _, a := range adapters {
		if s, ok := a.(tighten.Source); ok {
			sources = append(sources, s)
		}
	}
	return sources
}

// subjects are the functions in scope, on the cluster or in the manifests. warn is what could not be read.
func (t *tightenCommand) subjects(ctx context.Context) (all []subject, warn error, stop func(), err error) {
	stop = func() {}
	now, err := t.app.clock()
	if err != nil {
		return nil, nil, stop, err
	}
	o, problems, err := t.options(t.app, now())
	if err != nil {
		return nil, nil, stop, err
	}
	for _, problem := range problems {
		_, _ = fmt.Fprintf(t.app.ErrOut, "warning: %s\n", clean(problem.Error()))
	}
	if len(t.files) > 0 {
		all, warn, err = t.manifests(o)
		return all, warn, stop, err
	}
	selectors, err := t.selectors()
	if err != nil {
		return nil, nil, stop, err
	}
	q := question{app: t.app, contexts: []string{*t.app.flags.Context}, limit: t.reading, kinds: kindsOf(), plain: selectors}
	a, stop, err := q.ask(ctx)
	if err != nil {
		return nil, nil, stop, err
	}
	for _, r := range a.rows {
		source, options, ok := a.facts(r.ID.Context, o)
		if !ok || r.Function.Opaque {
			continue
		}
		if len(all) == 0 {
			all = append(all, subject{r.Function, snapshot.Once(source, options)})
			continue
		}
		all = append(all, subject{r.Function, all[0].reader})
	}
	return all, a.warn(t.app.ErrOut), stop, nil
}

func (t *tightenCommand) manifests(o *snapshot.Options) (all []subject, warn error, err error) {
	scope, err := t.app.scope()
	if err != nil {
		return nil, nil, err
	}
	selectors, err := t.selectors()
	if err != nil {
		return nil, nil, err
	}
	adapters, err := t.app.adapters(selectors)
	if err != nil {
		return nil, nil, err
	}
	world, problems := load(adapters, t.files, t.app.In)
	for _, p := range append(problems, world.Malformed()...) {
		_, _ = fmt.Fprintf(t.app.ErrOut, "fn9s: %s\n", clean(p.Error()))
		warn = withCode(exitUsage, errQuiet)
	}
	reader := snapshot.Once(world, o)
	for _, f := range world.Functions("") {
		if !f.Opaque && (len(scope) == 0 || cluster.InScope(scope, f.Key.Namespace)) {
			all = append(all, subject{f, reader})
		}
	}
	return all, warn, nil
}

// choose returns the functions that are named; all without names.
func choose(a *app, all []subject, names []string) ([]subject, error) {
	if len(names) == 0 {
		return all, nil
	}
	known, err := a.frameworkNames()
	if err != nil {
		return nil, err
	}
	var chosen []subject
	for _, name := range names {
		w := wantedOf(name, known)
		var found []subject
		for _, s := range all {
			if w.is(&board.Row{ID: model.FunctionID{FunctionKey: s.function.Key}, Function: s.function}) {
				found = append(found, s)
			}
		}
		switch len(found) {
		case 0:
			return nil, withCode(exitFindings, fmt.Errorf("there is no function %q", name))
		case 1:
			chosen = append(chosen, found[0])
		default:
			var where []string
			for _, s := range found {
				where = append(where, s.function.Key.Framework+"/"+s.function.Name()+" in "+s.function.Key.Namespace)
			}
			return nil, usageError("%q names %d functions: %s", name, len(found), listed(where, 10))
		}
	}
	return chosen, nil
}

// wishes adds a function and what its framework answers to each intent.
func (p *page) wishes(t *tighten.Translator, s subject, intents []check.Intent) {
	f := s.function
	posture := security.Function.Get(s.reader, f.Key)
	fmt.Fprintf(&p.b, "%s/%s (%s): %s\n", clean(f.Key.Namespace), clean(f.Name()), clean(f.Key.Framework), posture.Letter())
	for _, intent := range intents {
		controls := curedBy(posture, intent)
		if len(controls) == 0 {
			continue
		}
		left := posture.Only(func(x *check.Finding) bool { return !slices.Contains(x.Intents(), intent) })
		fmt.Fprintf(&p.b, "  %-18s → %-2s %s: %s\n", intent, left.Letter(), intent.Wish(), strings.Join(controls, " "))
		p.answer(t.Answer(s.reader, f, intent, posture.Findings))
	}
}

// curedBy lists the controls whose failures offer the intent.
func curedBy(p *security.Posture, intent check.Intent) []string {
	var ids []string
	for i := range p.Findings {
		if f := &p.Findings[i]; f.Status == check.Fail && slices.Contains(f.Intents(), intent) && !slices.Contains(ids, f.Control.ID) {
			ids = append(ids, f.Control.ID)
		}
	}
	return ids
}

// answer adds what is to be changed, or why nothing can be.
func (p *page) answer(a kubeplan.Answer) {
	line := func(word, text string) {
		if text != "" {
			fmt.Fprintf(&p.b, "      %-6s %s\n", word, clean(text))
		}
	}
	asks := ""
	for i := range a.Edits {
		e := &a.Edits[i]
		line(string(e.Verb), e.Object.String()+changedIn(e))
		if e.Asks != "" && !strings.Contains(asks, e.Asks) {
			asks = strings.TrimPrefix(asks+"; "+e.Asks, "; ")
		}
	}
	switch {
	case a.Already:
		line("done", "nothing is left to do at the source")
	case a.None != "":
		line("none", reason(&a))
	}
	for _, v := range a.Wants {
		if v.Key != tighten.AuditLog {
			line("with", v.Key+"="+v.What)
		}
	}
	line("takes", string(a.Effect))
	line("asks", asks)
	line("lost", a.Lost)
	line("left", a.Left)
}

// changedIn names the fields of an edit, without their values.
func changedIn(e *kubeplan.Edit) string {
	var paths []string
	for i := range e.Fields {
		paths = append(paths, e.Fields[i].Path)
	}
	if len(paths) == 0 {
		return ""
	}
	return ": " + listed(paths, 6)
}
