package main

import (
	"context"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/deploy"
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
	live, values, left, err := deploy.Originals(ctx, setting, f, d.secrets)
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
