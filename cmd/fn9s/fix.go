package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/mend"
	"github.com/fn9s/fn9s/kube/offline"
	kubeplan "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

const aboutFix = `Write into manifests what makes their functions more secure, in place: comments, order and formatting stay.

Without --intent everything is written that ends nothing that is used now, as far as manifests tell. What would needs
its intent named, and so do objects that are made new: what is left out is told on stderr.

What manifests do not tell is given with --with KEY=VALUE and --audit-log FILE, as for fn9s tighten.

Built by kustomize, in a list, in JSON or from standard input a document cannot be changed in place.

Exit codes: 0 done · 1 no such function · 2 wrong usage, or an input that could not be read or written · 130 interrupted.`

// fixCommand is `fn9s fix`.
type fixCommand struct {
	app *app
	postureFlags
	givenFlags
	diff    bool
	intents []string
}

func newFix(a *app) *cobra.Command {
	x := &fixCommand{app: a}
	c := &cobra.Command{
		Use: "fix -f PATH [FUNCTION…]", Short: "Write fixes into manifests, in place", Long: aboutFix,
		Example: "  fn9s fix -f manifests/ --diff\n  fn9s fix -f manifests/ --intent read-only-root,limits charge-card",
		RunE:    func(cmd *cobra.Command, args []string) error { return x.run(cmd.Context(), args) },
	}
	f := c.Flags()
	x.add(f)
	x.givenFlags.addFlags(f)
	f.BoolVar(&x.diff, "diff", false, "only show what would be written")
	f.StringSliceVar(&x.intents, "intent", nil, "only these intents, also where they end something that is used now")
	return c
}

// fixing is one run over manifests.
type fixing struct {
	*fixCommand
	adapters   []frameworks.Framework
	translator *tighten.Translator
	judged     *snapshot.Options
	contents   map[string]string
	text       *mend.Files
	world      *offline.World
	names      []string
	left       []string // what was not written, and why
}

func (x *fixCommand) run(ctx context.Context, names []string) error {
	if len(x.files) == 0 {
		return usageError("fn9s fix changes manifests: give some with -f")
	}
	if slices.Contains(x.files, "-") {
		return usageError("-f -: standard input cannot be changed in place")
	}
	intents, err := intentsOf(x.intents)
	if err != nil {
		return err
	}
	if x.log == "-" {
		return usageError("--audit-log -: give fn9s fix a file")
	}
	if err := x.read(ctx, x.app.In); err != nil {
		return err
	}
	r, warn, err := x.open(names)
	if err != nil {
		return err
	}
	for _, intent := range intents {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.fix(intent); err != nil {
			return errors.Join(warn, err)
		}
	}
	if err := r.finish(); err != nil {
		return err
	}
	return warn
}

// open reads the manifests.
func (x *fixCommand) open(names []string) (*fixing, error, error) {
	now, err := x.app.clock()
	if err != nil {
		return nil, nil, err
	}
	o, problems, err := x.options(x.app, now())
	if err != nil {
		return nil, nil, err
	}
	selectors, err := x.selectors()
	if err != nil {
		return nil, nil, err
	}
	adapters, err := x.app.adapters(selectors)
	if err != nil {
		return nil, nil, err
	}
	docs, broken := manifest.Paths(x.files, nil)
	r := &fixing{
		fixCommand: x, adapters: adapters, translator: tighten.New(sourcesOf(adapters)...).With(&x.given), judged: o, contents: map[string]string{}, names: names,
	}
	for i := range docs {
		d := &docs[i]
		if _, seen := r.contents[d.File]; seen || d.Generated() {
			continue
		}
		data, err := os.ReadFile(filepath.Clean(d.File))
		if err != nil {
			return nil, nil, withCode(exitUsage, fmt.Errorf("read manifests: %w", err))
		}
		r.contents[d.File] = string(data)
	}
	r.text = mend.NewFiles(r.contents, docs)
	var more []error
	r.world, more = offline.Load(adapters, kindsOf(), docs)
	var warn error
	for _, p := range slices.Concat(problems, broken, more, r.world.Malformed()) {
		_, _ = fmt.Fprintf(x.app.ErrOut, "fn9s: %s\n", clean(p.Error()))
	}
	if len(broken)+len(more) > 0 {
		warn = withCode(exitUsage, errQuiet)
	}
	return r, warn, nil
}

// subjects are the functions to look at, as they are now.
func (r *fixing) subjects() ([]subject, error) {
	scope, err := r.app.scope()
	if err != nil {
		return nil, err
	}
	reader := snapshot.Once(r.world, r.judged)
	var all []subject
	for _, f := range r.world.Functions("") {
		if !f.Opaque && (len(scope) == 0 || cluster.InScope(scope, f.Key.Namespace)) {
			all = append(all, subject{f, reader})
		}
	}
	return choose(r.app, all, r.names)
}

// fix carries out one intent for all functions, and reads again what came of it.
func (r *fixing) fix(intent check.Intent) error {
	all, err := r.subjects()
	if err != nil {
		return err
	}
	changed := false
	for _, s := range all {
		posture := security.Function.Get(s.reader, s.function.Key)
		if len(curedBy(posture, intent)) == 0 {
			continue
		}
		a := r.translator.Answer(s.reader, s.function, intent, posture.Findings)
		changed = r.carry(s.function, &a) || changed
	}
	if changed {
		return r.reload()
	}
	return nil
}

// carry writes an answer, or notes why it is not written.
func (r *fixing) carry(f *model.Function, a *kubeplan.Answer) bool {
	if len(a.Edits) == 0 {
		return false
	}
	name := f.Key.Namespace + "/" + f.Name() + ": " + string(a.Intent)
	if len(r.intents) == 0 {
		for i := range a.Edits {
			if asks := a.Edits[i].Asks; asks != "" {
				r.left = append(r.left, name+" asks: "+asks)
				return false
			}
		}
	}
	near := f.Object
	if near.IsZero() {
		near = f.Named()
	}
	if err := r.text.Apply(a.Edits, near); err != nil {
		r.left = append(r.left, name+" cannot be written: "+err.Error())
		return false
	}
	return true
}

// reload judges what the files hold now.
func (r *fixing) reload() error {
	var docs []manifest.Document
	for _, name := range slices.Sorted(maps.Keys(r.contents)) {
		text, ok := r.text.Text(name)
		if !ok {
			text = r.contents[name]
		}
		found, problems := manifest.Read(name, []byte(text))
		if len(problems) > 0 && ok {
			return fmt.Errorf("read what was written: %w", errors.Join(problems...))
		}
		docs = append(docs, found...)
	}
	r.world, _ = offline.Load(r.adapters, kindsOf(), docs)
	return nil
}

// finish writes the files, or shows how they would differ.
func (r *fixing) finish() error {
	changed := r.text.Changed()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		c := changed[name]
		if r.diff {
			if err := write(r.app.Out, mend.Hide(mend.Hide(udiff.Unified(name, name, c[0], c[1]), c[0]), c[1])); err != nil {
				return err
			}
			continue
		}
		if err := replaceFile(name, c[1]); err != nil {
			return withCode(exitUsage, fmt.Errorf("write %s: %w", name, err))
		}
		_, _ = fmt.Fprintf(r.app.ErrOut, "changed %s\n", clean(name))
	}
	for _, l := range r.left {
		_, _ = fmt.Fprintf(r.app.ErrOut, "left out: %s\n", clean(l))
	}
	return nil
}

// replaceFile puts a file in the place of another one, whole or not at all, with its rights.
func replaceFile(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	dir, base := filepath.Split(name)
	t, err := os.CreateTemp(dir, "."+base+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }() // it is gone when all went well
	if _, err := io.Copy(t, strings.NewReader(text)); err != nil {
		return errors.Join(err, t.Close())
	}
	if err := errors.Join(t.Chmod(info.Mode().Perm()), t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), name)
}
