package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	wish "github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/kube/rotate"
	"github.com/fn9s/fn9s/security/model"
	custody "github.com/fn9s/fn9s/security/secrets"
	"github.com/fn9s/fn9s/security/snapshot"
)

// secretName names a Secret, or a function that keeps values itself.
type secretName struct {
	namespace, name string
	function        model.FunctionKey
}

func (n secretName) String() string { return n.namespace + "/" + n.name }
func (n secretName) ref() model.Ref { return custody.Ref(n.namespace, n.name) }

// rotating is what rotations are planned from.
type rotating struct {
	app     *app
	answer  *answer
	scope   []string // namespaces in scope; none: all
	planner *rotate.Planner
	client  *client.Client
	apis    *client.APIs
	known   []string // names of frameworks
}

// read reads the cluster in all namespaces that may be seen: Secrets are used from others than their own too. Where the
// namespaces in scope are not among those, they are asked for alone.
func (r *rotateCommand) read(ctx context.Context, names []string) (w *rotating, stop func(), err error) {
	stop = func() {}
	scope, err := r.scopeOf(names)
	if err != nil {
		return nil, stop, err
	}
	wide, narrow := *r.app, *r.app
	wide.allNamespaces, wide.namespaces = true, ""
	narrow.allNamespaces, narrow.namespaces = false, strings.Join(scope, ",")
	if w, stop, err = r.ask(ctx, &wide); err != nil {
		return nil, stop, err
	}
	if len(scope) > 0 && slices.ContainsFunc(scope, w.unseen) {
		stop()
		if w, stop, err = r.ask(ctx, &narrow); err != nil {
			return nil, stop, err
		}
	}
	w.scope = scope
	return w, stop, w.answer.warn(r.app.ErrOut)
}

// scopeOf are the namespaces that are asked about; none: all.
func (r *rotateCommand) scopeOf(names []string) ([]string, error) {
	scope, err := r.app.scope()
	if err != nil {
		return nil, err
	}
	if len(scope) == 0 && !r.app.allNamespaces && r.app.namespaces == "" {
		kc := &kubeconfig{app: r.app}
		raw, err := kc.Raw()
		if err != nil {
			return nil, withCode(exitUsage, kubeconfigError(err))
		}
		_, name, err := kc.Rest(*r.app.flags.Context)
		if err != nil {
			return nil, withCode(exitUsage, err)
		}
		scope = []string{ownNamespace(raw, name)}
	}
	for _, n := range names {
		if ns, _, ok := strings.Cut(n, "/"); ok && len(scope) > 0 && !slices.Contains(scope, ns) {
			scope = append(scope, ns)
		}
	}
	return scope, nil
}

// unseen reports whether nothing of a namespace was read.
func (w *rotating) unseen(namespace string) bool {
	_, hidden := w.planner.Reader.Hidden(schema.GroupKind{Kind: "Pod"}, namespace)
	return hidden
}

func (r *rotateCommand) ask(ctx context.Context, a *app) (*rotating, func(), error) {
	q := question{app: a, contexts: []string{*a.flags.Context}, limit: r.reading, kinds: kindsOf()}
	got, stop, err := q.ask(ctx)
	if err != nil {
		return nil, stop, err
	}
	name := got.contexts[0]
	if err := got.failures[name]; err != nil {
		return nil, stop, withCode(exitUnreachable, fmt.Errorf("%s: %w", name, err))
	}
	options, err := got.options(a, r.options.At)
	if err != nil {
		return nil, stop, err
	}
	source, options, ok := got.facts(name, options)
	open, opened := got.fleet.Cluster(name)
	if !ok || !opened || open.APIs() == nil {
		return nil, stop, withCode(exitUnreachable, fmt.Errorf("%s has not told its APIs", name))
	}
	adapters, err := a.adapters(nil)
	if err != nil {
		return nil, stop, err
	}
	w := &rotating{app: a, answer: got, client: open.Client(), apis: open.APIs()}
	if w.known, err = a.frameworkNames(); err != nil {
		return nil, stop, err
	}
	w.planner = &rotate.Planner{
		Reader: snapshot.Once(source, options), Cluster: rotate.Live{Client: open.Client(), APIs: open.APIs()}, Context: name,
		Restart: func(f *model.Function) wish.Answer { return frameworks.Restart(adapters, f, r.options.At) },
		Point: func(f *model.Function, objects wish.Objects, e wish.Edit, direct []wish.Edit) []wish.Edit {
			return frameworks.Point(adapters, f, objects, e, direct)
		},
		Settings: func(f *model.Function, objects wish.Objects) wish.Settings {
			return frameworks.Settings(adapters, f, objects)
		},
	}
	return w, stop, nil
}

// rotation plans that of one Secret, or of what a function keeps.
func (w *rotating) rotation(ctx context.Context, n secretName, o rotate.Options) (*rotate.Rotation, error) {
	if n.function.Name != "" {
		return w.planner.Function(w.planner.Reader.Function(n.function), o)
	}
	return w.planner.Secret(ctx, n.ref(), o)
}

// chosenSecrets are the Secrets to rotate. One says that it was named alone.
type chosenSecrets struct {
	secrets []secretName
	one     bool
}

// choose finds the Secrets.
func (w *rotating) choose(names, functions []string, older time.Duration, now time.Time) (*chosenSecrets, error) {
	c := &chosenSecrets{one: len(names) == 1}
	add := func(ref model.Ref) {
		if n := (secretName{namespace: ref.Namespace, name: ref.Name}); !slices.Contains(c.secrets, n) {
			c.secrets = append(c.secrets, n)
		}
	}
	for _, n := range names {
		ns, name, ok := strings.Cut(n, "/")
		if !ok {
			if name = n; len(w.scope) != 1 || strings.Contains(w.scope[0], "*") {
				return nil, usageError("%q: say in which namespace: NAMESPACE/%s, or -n", n, n)
			}
			ns = w.scope[0]
		}
		add(custody.Ref(ns, name))
	}
	scoped := *w.answer
	scoped.rows = slices.DeleteFunc(slices.Clone(w.answer.rows), func(r *board.Row) bool { return !w.inScope(r.ID.Namespace) })
	for _, n := range functions {
		row, err := find(&scoped, wantedOf(n, w.known))
		if err != nil {
			return nil, err
		}
		for _, ref := range w.planner.OfFunction(row.ID.FunctionKey) {
			add(ref)
		}
		if kept := w.planner.Kept(w.planner.Reader.Function(row.ID.FunctionKey)); len(kept.Names) > 0 {
			c.secrets = append(c.secrets, secretName{kept.Object.Namespace, kept.Object.Name, row.ID.FunctionKey})
		}
	}
	if older > 0 {
		for _, ref := range w.planner.OlderThan(w.namespaces(), older, now) {
			add(ref)
		}
	}
	if len(c.secrets) == 0 {
		return nil, withCode(exitFindings, fmt.Errorf("no Secret was chosen"))
	}
	return c, nil
}

func (w *rotating) inScope(namespace string) bool {
	return len(w.scope) == 0 || cluster.InScope(w.scope, namespace)
}

// namespaces are those in scope that the cluster has.
func (w *rotating) namespaces() []string {
	var all []string
	for _, n := range w.answer.clusters[w.planner.Context].Namespaces {
		if w.inScope(n.Name) {
			all = append(all, n.Name)
		}
	}
	return unique(all)
}

func unique(all []string) []string {
	all = slices.Sorted(slices.Values(all))
	return slices.Compact(all)
}

// subjects says what is to be watched after the rotations: who is restarted by them.
func (w *rotating) subjects(all []*rotate.Rotation) []change.Subject {
	subjects := []change.Subject{}
	done := map[model.FunctionID]bool{}
	rows := &chosen{}
	for _, r := range all {
		for i := range r.Consumers {
			c := &r.Consumers[i]
			if done[c.ID] || len(c.Steps) == 0 {
				continue
			}
			done[c.ID] = true
			if !c.Function {
				subjects = append(subjects, change.Subject{Function: c.ID, Object: c.Object, Workloads: []model.Ref{c.Object}})
				continue
			}
			for _, row := range w.answer.rows {
				if row.ID == c.ID {
					rows.rows = append(rows.rows, row)
				}
			}
		}
	}
	return append(rows.subjects(), subjects...)
}
