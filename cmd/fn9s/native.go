package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/formats"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/ui/text"
)

// native prints the function as its framework's own file, or else the object that declares it.
func (g *getCommand) native(ctx context.Context, a *answer, r *board.Row, objects *inspect.Reader) error {
	f := r.Function
	object, err := g.declaring(ctx, a, r, objects)
	if err != nil {
		return err
	}
	var extra []map[string]any
	for _, ref := range belonging(f, object) {
		o, err := readObject(ctx, objects, r.ID.Context, ref)
		if err != nil {
			g.remark("%s cannot be read, and is not in the file: %v", ref, err)
			continue
		}
		extra = append(extra, o)
	}
	file, err := formats.Write(f, object, extra...)
	if errors.Is(err, errors.ErrUnsupported) {
		return printYAML(g.app.Out, formats.Clean(object))
	}
	if err != nil {
		return withCode(exitFindings, fmt.Errorf("write %s: %w", r.ID, err))
	}
	for _, n := range file.Notes {
		g.remark("%s: %s", file.Name, n)
	}
	return write(g.app.Out, string(file.Data))
}

func (g *getCommand) remark(format string, args ...any) {
	_, _ = fmt.Fprintln(g.app.ErrOut, "fn9s: "+text.Clean(fmt.Sprintf(format, args...))) // nowhere to say that it failed
}

// declaring reads what declares a function: an object of the cluster, or what a connector's server has.
func (g *getCommand) declaring(ctx context.Context, a *answer, r *board.Row, objects *inspect.Reader) (map[string]any, error) {
	f := r.Function
	if f.Object.Kind != "" {
		object, err := readObject(ctx, objects, r.ID.Context, f.Object)
		if err != nil {
			return nil, withCode(exitFindings, fmt.Errorf("read %s: %w", f.Object, err))
		}
		return object, nil
	}
	settings, err := g.app.settings()
	if err != nil {
		return nil, err
	}
	if c, ok := a.fleet.Cluster(r.ID.Context); ok && f.Record.Kind != "" {
		remotes, err := writers(settings.Connectors, c.Client())
		if err != nil {
			return nil, err
		}
		for _, remote := range remotes {
			if !remote.Owns(f.Record) {
				continue
			}
			object, err := remote.Get(ctx, f.Record)
			if err != nil {
				return nil, withCode(exitFindings, fmt.Errorf("read %s: %w", f.Record, err))
			}
			return object, nil
		}
	}
	return nil, withCode(exitFindings, fmt.Errorf("%s is declared by no object that can be read, so there is no file to print", r.ID))
}

// belonging are the objects that a function's file may speak of: its triggers, and what it is made of.
func belonging(f *model.Function, object map[string]any) []model.Ref {
	all := formats.Beside(f, object)
	for i := range f.Triggers {
		ref := f.Triggers[i].Origin.Ref
		if ref.Kind != "" && ref != f.Object && ref.Group != "" && f.Object.Kind != "" && !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	return all
}

// readObject reads an object without values that look like credentials.
func readObject(ctx context.Context, objects *inspect.Reader, contextName string, ref model.Ref) (map[string]any, error) {
	raw, err := objects.YAML(ctx, inspect.Target{Context: contextName, Ref: ref})
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := sigsyaml.Unmarshal([]byte(raw), &object); err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, err)
	}
	return object, nil
}
