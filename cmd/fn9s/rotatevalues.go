package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/cmd/fn9s/entry"
	"github.com/fn9s/fn9s/kube/rotate"
)

// keyed is the key before the name of a file: KEY=FILE.
var keyed = regexp.MustCompile(`^([-._a-zA-Z0-9]+)=(.+)$`)

// optionsFor are the options for each of so many Secrets: files that name keys choose these.
func (r *rotateCommand) optionsFor(secrets int) (rotate.Options, error) {
	o := r.options
	for _, f := range r.files {
		m := keyed.FindStringSubmatch(f)
		if m == nil {
			continue
		}
		if !slices.Contains(r.options.Keys, m[1]) {
			if len(r.options.Keys) > 0 || o.All {
				return o, usageError("--from-file %s: its key is not one of --key", m[1])
			}
			o.Keys = append(slices.Clip(o.Keys), m[1])
		}
	}
	if secrets > 1 && (r.stdin || len(r.files) > 0 || r.edit) {
		return o, usageError("a value that is given is for one Secret: several take --generate")
	}
	return o, nil
}

// sources checks that there is a way to get the values that are not generated.
func (r *rotateCommand) sources() error {
	given := r.stdin || len(r.files) > 0 || r.edit
	for _, one := range r.rotations {
		switch {
		case one.Source.Name != "" && given:
			return withCode(exitFindings, fmt.Errorf("%s %s fetches Secret %s/%s from a store outside: put the value there, then rotate it here without one",
				one.Source.Kind, one.Source.Name, one.Secret.Namespace, one.Secret.Name))
		case !one.Given || r.dryRun || r.export != "" || given:
		case len(r.rotations) > 1:
			return usageError("several Secrets take generated values: add --generate")
		case one.Lines:
			return usageError("the values of %s have several lines: use --from-file or --edit", strings.Join(one.Keys, ", "))
		case !r.terminal():
			return usageError("there is no value: add --generate, --from-file or --from-stdin; on a terminal it is asked for")
		}
	}
	if r.stdin && len(r.rotations) == 1 && len(r.rotations[0].Keys) > 1 {
		return usageError("--from-stdin is one value, and %s get one: use --key, or --from-file KEY=FILE", strings.Join(r.rotations[0].Keys, ", "))
	}
	return nil
}

// collect gets the values that are given, when all else is agreed to.
func (r *rotateCommand) collect(ctx context.Context) error {
	for _, one := range r.rotations {
		if !one.Given {
			continue
		}
		for _, key := range one.Keys {
			value, err := r.value(ctx, one, key)
			if err == nil {
				err = r.values.Give(one, key, value)
			}
			switch {
			case errors.Is(err, entry.ErrStopped):
				_, _ = fmt.Fprintln(r.app.ErrOut, "Nothing was changed.")
				return withCode(exitInterrupted, err)
			case err != nil:
				return usageError("nothing was changed: the value of %s: %w", key, err)
			}
		}
	}
	if err := r.values.Check(); err != nil {
		return usageError("nothing was changed: %w", err)
	}
	return nil
}

// value gets the value of one key.
func (r *rotateCommand) value(ctx context.Context, one *rotate.Rotation, key string) ([]byte, error) {
	switch {
	case r.stdin:
		value, err := wholeValue(r.app.In)
		return entry.OneLineLess(value), err
	case len(r.files) > 0:
		return r.fileOf(one, key)
	case r.edit:
		command, err := entry.CommandOf(os.Getenv)
		if err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(r.app.ErrOut, "Write the value of %s.\n", clean(key))
		e := entry.Editor{Command: command, In: r.app.In, Out: r.app.Out, Err: r.app.ErrOut}
		return e.Value(ctx)
	}
	in, ok := r.app.In.(*os.File)
	if !ok {
		return nil, errors.New("there is no terminal to type it on")
	}
	what := "New value of " + key
	if one.Recipe.User != "" {
		what = "New password of " + one.Recipe.User
	}
	return entry.Hidden(in, r.app.ErrOut, clean(what+" in "+one.Holder()))
}

// fileOf reads the file for a key.
func (r *rotateCommand) fileOf(one *rotate.Rotation, key string) ([]byte, error) {
	for _, f := range r.files {
		path := ""
		if m := keyed.FindStringSubmatch(f); m != nil && m[1] == key {
			path = m[2]
		} else if m == nil && len(one.Keys) == 1 && len(r.files) == 1 {
			path = f
		}
		if path == "" {
			continue
		}
		file, err := os.Open(path) // the operator names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return wholeValue(file)
	}
	return nil, fmt.Errorf("no file is given for it: --from-file %s=FILE", key)
}

// wholeValue reads a value, and a byte more than a Secret can hold.
func wholeValue(in io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(in, rotate.Most+1)) }
