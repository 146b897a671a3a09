package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
	"github.com/fn9s/fn9s/kube/status"
)

// fleetOptions says how the clusters of a command are opened.
func (a *app) fleetOptions(log *status.Log, notify func(uint64)) (fleet.Options, error) {
	scope, err := a.scope()
	if err != nil {
		return fleet.Options{}, err
	}
	c, err := a.settings()
	if err != nil {
		return fleet.Options{}, err
	}
	return fleet.Options{
		Kubeconfig: &kubeconfig{app: a}, Adapters: all.New(c.Frameworks), ReadOnly: a.readOnly || c.Clusters.ReadOnly,
		UserAgent: userAgent(), Scope: scope, MaxWatched: c.Clusters.MaxWatched, Candidates: a.candidates(c),
		Companion: companion(c.Connectors, log), Log: log, Notify: notify,
	}, nil
}

// adapters returns the frameworks of the configuration, and some more selectors of plain functions.
func (a *app) adapters(more []plain.Selector) ([]frameworks.Framework, error) {
	c, err := a.settings()
	if err != nil {
		return nil, err
	}
	o := c.Frameworks
	o.Plain = append(slices.Clip(o.Plain), more...)
	return all.New(o), nil
}

// clock returns the moment that ages are counted from.
func (a *app) clock() (func() time.Time, error) {
	if a.now == "" {
		return time.Now, nil
	}
	t, err := time.Parse(time.RFC3339, a.now)
	if err != nil {
		return nil, usageError("--now %q: write it as RFC 3339, for example 2026-09-01T00:00:00Z", a.now)
	}
	return func() time.Time { return t }, nil
}

// grace is how long a kind that fails may go on trying once everything else has been read.
const grace = 5 * time.Second

// waiting waits for clusters until all that can be read of them is on the board.
type waiting struct {
	fleet    *fleet.Fleet
	changed  <-chan struct{}
	limit    time.Duration
	progress func([]status.Cluster) // told now and then; nil: nobody wants to know
}

// wait returns the clusters that did not answer, or not wholly, and why. A cluster that cannot answer is not waited
// for.
func (w *waiting) wait(ctx context.Context) map[string]error {
	deadline := time.Now().Add(w.limit)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	stuck := map[string]time.Time{}
	for {
		failed := map[string]error{}
		open := 0
		now := time.Now()
		clusters := w.fleet.Board().Clusters
		for i := range clusters {
			c := &clusters[i]
			err := hopeless(c)
			switch {
			case err != nil:
				failed[c.Context] = err
			case c.Settled():
				delete(stuck, c.Context)
			case now.After(deadline):
				failed[c.Context] = fmt.Errorf("not everything was read within %s: waiting for %s", w.limit, missing(c))
			case !onlyTrouble(c):
				delete(stuck, c.Context)
				open++
			case stuck[c.Context].IsZero():
				stuck[c.Context] = now
				open++
			case now.Sub(stuck[c.Context]) > grace:
				failed[c.Context] = fmt.Errorf("not everything could be read: %s", missing(c))
			default:
				open++
			}
		}
		if open == 0 && len(clusters) > 0 || ctx.Err() != nil {
			return failed
		}
		if w.progress != nil {
			w.progress(clusters)
		}
		select {
		case <-w.changed:
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// hopeless says why a cluster will not answer: in a script there is nobody to wait for.
func hopeless(c *status.Cluster) error {
	switch k := c.Connection; {
	case k.Phase == status.AuthNeeded && k.Plugin != "":
		return fmt.Errorf("not authenticated at %s by %s: %s", c.Server, k.Plugin, k.Reason)
	case k.Phase == status.AuthNeeded:
		return fmt.Errorf("not authenticated at %s: %s", c.Server, k.Reason)
	case k.Phase == status.Connecting && k.Reason != "" && !k.Since.IsZero():
		return fmt.Errorf("no connection to %s: %s", c.Server, k.Reason)
	case k.Phase == status.Denied && c.Settled():
		return errors.New("no function may be listed: " + denial(c))
	}
	return nil
}

// denial is why nothing can be seen, in the words of the first refusal.
func denial(c *status.Cluster) string {
	for _, n := range c.Namespaces {
		if n.Denied != "" {
			return n.Denied
		}
	}
	for _, r := range c.Refusals {
		return r.Reason
	}
	return c.Connection.Reason
}

// onlyTrouble reports whether all that is still missing is what fails.
func onlyTrouble(c *status.Cluster) bool {
	for i := range c.Progress {
		if p := &c.Progress[i]; !p.Listed && !p.Denied && p.Trouble == "" {
			return false
		}
	}
	for i := range c.Connectors {
		if !c.Connectors[i].Tried() {
			return false
		}
	}
	return len(c.Progress) > 0
}

// missing names what has not been read.
func missing(c *status.Cluster) string {
	var names []string
	for _, p := range c.Progress {
		if p.Listed || p.Denied {
			continue
		}
		name := p.Kind
		if p.Namespace != "" {
			name += " in " + p.Namespace
		}
		if p.Trouble != "" {
			name += " (" + p.Trouble + ")"
		}
		names = append(names, name)
	}
	for i := range c.Connectors {
		if k := &c.Connectors[i]; !k.Tried() {
			names = append(names, "connector "+k.Framework+"/"+k.Name)
		}
	}
	if len(names) == 0 {
		return "the functions to be put together"
	}
	return listed(names, 5)
}
