package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/change"
)

// forget lists the Secrets with old values of earlier changes that are removed with this one: those whose time is over,
// where that was asked for or is agreed to now.
func (r *rotateCommand) forget(ctx context.Context, e *change.Engine) []change.KeptSecret {
	var namespaces []string
	for _, one := range r.rotations {
		namespaces = append(namespaces, one.Secret.Namespace)
	}
	all, err := e.Kept(ctx, unique(namespaces))
	if err != nil {
		if r.prune {
			_, _ = fmt.Fprintf(r.app.ErrOut, "warning: --prune: %s\n", clean(err.Error()))
		}
		return nil // they may not be listed: it is no reason not to rotate
	}
	over := slices.DeleteFunc(all, func(k change.KeptSecret) bool { return k.Expires.IsZero() || !k.Expires.Before(r.options.At) })
	if len(over) == 0 || !r.prunes(over) {
		return nil
	}
	for _, k := range over {
		r.removed = append(r.removed, fmt.Sprintf("Secret %s/%s, which keeps old values of change %s, is removed once this one was applied: its time was over on %s",
			k.Namespace, k.Name, k.Change, k.Expires.UTC().Format(time.DateOnly)))
	}
	return over
}

// prunes reports whether they are removed. Where nobody is asked it says how they can be.
func (r *rotateCommand) prunes(over []change.KeptSecret) bool {
	what := count(len(over), "Secret") + " with old values of earlier changes"
	switch {
	case r.prune:
		return true
	case r.yes || r.dryRun || r.export != "" || r.stdin || !r.terminal():
		_, _ = fmt.Fprintf(r.app.ErrOut, "note: %s: their time is over, and --prune removes them, as fn9s journal prune does\n", what)
		return false
	}
	for _, k := range over {
		_, _ = fmt.Fprintf(r.app.ErrOut, "%s\n", clean(fmt.Sprintf("%s/%s of change %s, expired %s", k.Namespace, k.Name, k.Change, k.Expires.UTC().Format(time.RFC3339))))
	}
	return agreed(r.changeOptions.ask("Remove " + what + " too, once this change was applied? [y/N] "))
}
