package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/status"
)

// kubeconfig reads the operator's files with his flags applied, as kubectl does.
type kubeconfig struct {
	mu  sync.Mutex
	app *app
}

func (k *kubeconfig) Raw() (api.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.app.flags.ToRawKubeConfigLoader().RawConfig()
}

// Rest returns the connection of a context. ConfigFlags reads everything anew at each call, so the context may be
// set for one.
func (k *kubeconfig) Rest(contextName string) (*rest.Config, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	flags := k.app.flags
	asked := *flags.Context
	if contextName != "" {
		*flags.Context = contextName
		defer func() { *flags.Context = asked }()
	}
	loader := flags.ToRawKubeConfigLoader()
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, "", fmt.Errorf("read kubeconfig: %w", err)
	}
	name := *flags.Context
	if name == "" {
		name = raw.CurrentContext
	}
	if _, ok := raw.Contexts[name]; !ok && name != "" {
		return nil, "", &unknownContextError{name: name, known: contextNames(raw)}
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, "", kubeconfigError(err)
	}
	if name == "" {
		name = config.Host
	}
	return config, name, nil
}

// Files lists the kubeconfig files.
func (k *kubeconfig) Files() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	access := k.app.flags.ToRawKubeConfigLoader().ConfigAccess()
	if access.IsExplicitFile() {
		return []string{access.GetExplicitFile()}
	}
	return access.GetLoadingPrecedence()
}

// unknownContextError is a context that the kubeconfig does not have.
type unknownContextError struct {
	name  string
	known []string
}

func (e *unknownContextError) Error() string {
	if len(e.known) == 0 {
		return fmt.Sprintf("context %q is not in the kubeconfig, which has none", e.name)
	}
	return fmt.Sprintf("context %q is not in the kubeconfig; it has: %s", e.name, listed(e.known, 10))
}

func contextNames(raw api.Config) []string {
	var names []string
	for n := range raw.Contexts {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// listed joins names, and counts those beyond n.
func listed(names []string, n int) string {
	out := ""
	for i, s := range names {
		if i == n {
			return out + fmt.Sprintf(" and %d more", len(names)-n)
		}
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

func kubeconfigError(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return errors.New("no kubeconfig: set KUBECONFIG or --kubeconfig to the file that your cluster's administrator gave you")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read kubeconfig: %w", err)
	}
	return fmt.Errorf("kubeconfig: %w", err)
}

// newFleet makes the fleet of a command.
func (a *app) newFleet(log *status.Log, notify func(uint64)) (*fleet.Fleet, error) {
	scope, err := a.scope()
	if err != nil {
		return nil, err
	}
	return fleet.New(fleet.Options{
		Kubeconfig: &kubeconfig{app: a}, Adapters: all.BuiltIn(), ReadOnly: a.readOnly,
		UserAgent: userAgent(), Scope: scope, Log: log, Notify: notify,
	}), nil
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

// settle opens the contexts and waits until everything that can be read is on the board.
func settle(ctx context.Context, f *fleet.Fleet, changed <-chan struct{}, contexts []string, limit time.Duration) error {
	f.Start(ctx)
	if err := f.Open(contexts...); err != nil {
		return openError(err)
	}
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		b := f.Board()
		if b.Settled() {
			return nil
		}
		for _, c := range b.Clusters {
			if err := hopeless(c); err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-deadline.C:
			return withCode(exitUnreachable, unsettled(f.Board().Clusters, limit))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// openError is what keeps a context from being opened at all: the kubeconfig, not the cluster.
func openError(err error) error { return withCode(exitUsage, err) }

// hopeless reports a cluster that will not answer: there is nobody to wait for in a script.
func hopeless(c status.Cluster) error {
	switch {
	case c.Connection.Phase == status.AuthNeeded:
		return withCode(exitUnreachable, fmt.Errorf("%s: not authenticated: %s", c.Context, c.Connection.Reason))
	case c.Connection.Phase == status.Connecting && c.Connection.Reason != "" && !c.Connection.Since.IsZero():
		return withCode(exitUnreachable, fmt.Errorf("%s: no connection to %s: %s", c.Context, c.Server, c.Connection.Reason))
	}
	return nil
}

func unsettled(clusters []status.Cluster, limit time.Duration) error {
	var waiting []string
	for _, c := range clusters {
		for _, p := range c.Progress {
			if !p.Listed && !p.Denied {
				waiting = append(waiting, p.Kind)
			}
		}
	}
	return fmt.Errorf("not everything was read within %s: waiting for %s", limit, listed(waiting, 5))
}
