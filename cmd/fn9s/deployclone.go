package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// clone makes a function like one that runs.
func (d *deployCommand) clone(ctx context.Context, name, namespace string, o deploy.Options) error {
	for _, word := range deployWords {
		if word != "image" && d.words.flags.Changed(word) {
			return usageError("--copy-of: the copy is as the function is; of --%s and its like only --image is taken", word)
		}
	}
	got, stop, err := d.original(ctx, namespace)
	defer stop()
	if err != nil {
		return err
	}
	f := got.rows[0].Function
	e, err := d.engine(got.client, got.apis)
	if err != nil {
		return err
	}
	b, err := d.bench(ctx, got.client)
	if err != nil {
		return err
	}
	setting, err := b.reader.Setting(ctx, []string{namespace}, []string{f.Key.Framework})
	if err != nil {
		return d.reading(ctx, err)
	}
	d.tellUnseen(setting)
	live, values, left, err := originals(ctx, setting, f, d.secrets)
	if err != nil {
		return d.reading(ctx, err)
	}
	r, err := b.maker.Clone(ctx, setting, &deploy.Copy{From: f, Namespace: namespace, Name: name, Image: d.words.image, Secrets: d.secrets}, live, values, o)
	if err != nil {
		return d.reading(ctx, err)
	}
	r.Notes = append(r.Notes, left...)
	d.results = []*deploy.Result{r}
	return d.carryOut(ctx, e, got.client, b, setting)
}

// original finds the function that is copied. It may be in another namespace than the copy.
func (d *deployCommand) original(ctx context.Context, namespace string) (*chosen, func(), error) {
	now, err := d.app.clock()
	if err != nil {
		return nil, func() {}, err
	}
	known, err := d.app.frameworkNames()
	if err != nil {
		return nil, func() {}, err
	}
	name, in := d.copyOf, namespace
	if left, rest, ok := strings.Cut(name, "/"); ok {
		framework, _, _ := strings.Cut(left, ".")
		if !slices.Contains(known, framework) {
			in, name = left, rest
		}
	}
	asked := d.app.namespaces
	d.app.namespaces = in
	defer func() { d.app.namespaces = asked }()
	c := chooser{app: d.app, reading: d.limit}
	return c.choose(ctx, []string{name}, now())
}

// originals reads what is copied: the object that is the function, its Services, and what calls it by the time or by events.
// A route is of one function: it is not copied, and named.
func originals(ctx context.Context, s *deploy.Setting, f *model.Function, secrets bool) (live, values []map[string]any, left []string, err error) {
	refs := []model.Ref{f.Object}
	add := func(ref model.Ref) {
		if ref.Namespace == f.Key.Namespace && ref.Name != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	for _, u := range f.URLs {
		if u.Origin.Ref.GroupKind() == frameworks.Service {
			add(u.Origin.Ref)
		}
	}
	for _, t := range f.Triggers {
		switch {
		case t.Origin.Ref == f.Object || t.Origin.Ref.GroupKind() == frameworks.Service:
		case t.Type == model.HTTP:
			left = append(left, fmt.Sprintf("its route %s %s is not copied: two functions would answer it", t.Origin.Kind, t.Origin.Ref.Name))
		default:
			add(t.Origin.Ref)
		}
	}
	wanted := slices.Clone(refs)
	var needed []model.Ref
	if secrets {
		for _, r := range f.References {
			ref := model.Ref{Kind: r.Kind, Namespace: f.Key.Namespace, Name: r.Name}
			if (r.Kind == "Secret" || r.Kind == "ConfigMap") && !slices.Contains(needed, ref) {
				needed = append(needed, ref)
			}
		}
	}
	found, err := s.Look(ctx, append(wanted, needed...))
	if err != nil {
		return nil, nil, nil, err
	}
	for _, ref := range refs {
		if o := found[ref]; o != nil && (ref == f.Object || !owned(o)) {
			live = append(live, o)
		}
	}
	for _, ref := range needed {
		if o := found[ref]; o != nil {
			values = append(values, o)
		}
	}
	slices.Sort(left)
	return live, values, slices.Compact(left), nil
}

// owned reports whether a controller makes the object: it makes one for the copy too.
func owned(o map[string]any) bool {
	meta, _ := o["metadata"].(map[string]any)
	owners, _ := meta["ownerReferences"].([]any)
	return len(owners) > 0
}
