package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/ui/text"
)

// question is what a command asks of clusters, once.
type question struct {
	app      *app
	contexts []string // names; one empty name is the current context
	limit    time.Duration
	kinds    []snapshot.Kind // what is read besides functions
	plain    []plain.Selector
}

// answer is what the clusters said.
type answer struct {
	fleet    *fleet.Fleet
	contexts []string // in the order of the question
	clusters map[string]status.Cluster
	failures map[string]error // contexts that did not answer, or not wholly
	rows     []*board.Row     // in scope, sorted by id
	all      bool             // all namespaces were asked for
	scopes   map[string][]string
}

// manyNamespaces is how many namespaces a command reads one by one: unlike the console it does not watch them.
const manyNamespaces = 500

// ask reads the clusters once. Stop must be called when the answer is no longer needed.
func (q *question) ask(ctx context.Context) (a *answer, stop func(), err error) {
	stop = func() {}
	if _, err := q.app.scope(); err != nil {
		return nil, stop, err
	}
	a = &answer{clusters: map[string]status.Cluster{}, failures: map[string]error{}, scopes: map[string][]string{}}
	kc := &kubeconfig{app: q.app}
	open, err := q.reachable(kc, a)
	if err != nil {
		return nil, stop, err
	}
	if err := q.scope(kc, a); err != nil {
		return nil, stop, err
	}
	if len(open) == 0 {
		return a, stop, nil
	}
	changed := make(chan struct{}, 1)
	o, err := q.app.fleetOptions(status.NewLog(time.Now), func(uint64) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return nil, stop, err
	}
	o.Scope, o.MaxWatched, o.Kinds = a.union(), manyNamespaces, q.kinds
	if len(q.plain) > 0 {
		if o.Adapters, err = q.app.adapters(q.plain); err != nil {
			return nil, stop, err
		}
	}
	fctx, cancel := context.WithCancel(ctx)
	f := fleet.New(o)
	stop = func() { cancel(); f.Wait() }
	f.Start(fctx)
	if err := f.Open(open...); err != nil {
		return nil, stop, withCode(exitUsage, err)
	}
	a.fleet = f
	progress := newProgress(q.app.ErrOut)
	w := waiting{fleet: f, changed: changed, limit: q.limit, progress: progress.show}
	for name, err := range w.wait(ctx) {
		a.failures[name] = err
	}
	progress.clear()
	if err := ctx.Err(); err != nil {
		return nil, stop, err
	}
	a.take(f.Board())
	q.remember(a)
	return a, stop, nil
}

// reachable names the contexts, and returns those of which the kubeconfig makes a connection. One that is alone, or
// is not there, is an error; among others one that cannot be used is a failure of its own.
func (q *question) reachable(kc *kubeconfig, a *answer) (open []string, err error) {
	for _, asked := range q.contexts {
		config, name, err := kc.Rest(asked)
		if err == nil {
			var c *client.Client
			if c, err = client.New(name, config, client.Options{}); err == nil {
				c.Close()
			}
		}
		switch {
		case err == nil:
			a.contexts = append(a.contexts, name)
			open = append(open, asked)
		case len(q.contexts) == 1 || unknownContext(err):
			return nil, withCode(exitUsage, err)
		default:
			a.contexts = append(a.contexts, asked)
			a.failures[asked] = err
		}
	}
	return open, nil
}

func unknownContext(err error) bool {
	_, ok := err.(*unknownContextError) // it is never wrapped
	return ok
}

// scope finds the namespaces of each context: those of -n, all of them with -A, else the context's own as kubectl
// does it.
func (q *question) scope(kc *kubeconfig, a *answer) error {
	asked, err := q.app.scope()
	if err != nil {
		return err
	}
	a.all = len(asked) == 0 && (q.app.allNamespaces || q.app.namespaces != "")
	if a.all {
		return nil
	}
	raw, err := kc.Raw()
	if err != nil {
		return withCode(exitUsage, kubeconfigError(err))
	}
	for _, name := range a.contexts {
		a.scopes[name] = asked
		if len(asked) == 0 {
			a.scopes[name] = []string{ownNamespace(raw, name)}
		}
	}
	return nil
}

func ownNamespace(raw api.Config, contextName string) string {
	if c := raw.Contexts[contextName]; c != nil && c.Namespace != "" {
		return c.Namespace
	}
	return "default"
}

// union is what any of the contexts is asked for; none means everything.
func (a *answer) union() []string {
	var names []string
	for _, s := range a.scopes {
		names = append(names, s...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// remember keeps the namespaces that were asked for and could be read.
func (q *question) remember(a *answer) {
	if q.app.namespaces == "" {
		return
	}
	for _, name := range a.contexts {
		var used []string
		for _, n := range a.clusters[name].Namespaces {
			if slices.Contains(a.scopes[name], n.Name) && n.Watched {
				used = append(used, n.Name)
			}
		}
		q.app.remember(name, used)
	}
}

// take keeps what is in the scope of its own context.
func (a *answer) take(b *board.Board) {
	for _, c := range b.Clusters {
		a.clusters[c.Context] = c
	}
	for _, r := range b.Rows() {
		if a.inScope(r.ID.Context, r.ID.Namespace) {
			a.rows = append(a.rows, r)
		}
	}
}

func (a *answer) inScope(contextName, namespace string) bool {
	return a.all || cluster.InScope(a.scopes[contextName], namespace)
}

// denied lists what an operator has to know of what could not be read in a context.
func (a *answer) denied(contextName string) []string {
	c := a.clusters[contextName]
	var lines, same []string
	last := ""
	flush := func() {
		if len(same) > 0 {
			lines = append(lines, fmt.Sprintf("not read: namespace %s: %s", listed(same, 5), last))
		}
		same = nil
	}
	for _, n := range c.Namespaces {
		if n.Denied == "" || !a.inScope(contextName, n.Name) {
			continue
		}
		if why := strings.TrimSuffix(n.Denied, " in "+n.Name); why != last {
			flush()
			last = why
		}
		same = append(same, n.Name)
	}
	flush()
	if names := watched(&c); a.all && len(names) > 0 && !c.NamespacesListed && a.failures[contextName] == nil {
		lines = append(lines, "namespaces may not be listed: looked into "+listed(names, 10))
	}
	if kinds := unread(&c); len(kinds) > 0 && a.failures[contextName] == nil {
		lines = append(lines, "may not be listed, so what depends on it is unknown: "+listed(kinds, 5))
	}
	for _, k := range c.Connectors {
		if k.Connection.Phase != status.Live {
			lines = append(lines, fmt.Sprintf("connector %s/%s: %s", k.Framework, k.Name, k.Connection.Reason))
		}
	}
	return lines
}

// watched names the namespaces that were read one by one.
func watched(c *status.Cluster) []string {
	var names []string
	for _, n := range c.Namespaces {
		if n.Watched {
			names = append(names, n.Name)
		}
	}
	return names
}

// unread names the kinds that were refused and could be read nowhere else.
func unread(c *status.Cluster) []string {
	var names []string
	for _, r := range c.Refusals {
		name := r.Resource
		if r.Group != "" {
			name += "." + r.Group
		}
		read := slices.ContainsFunc(c.Progress, func(p status.Progress) bool {
			return p.Group == r.Group && p.Resource == r.Resource && p.Listed
		})
		if !read && r.Resource != "namespaces" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// warn tells on stderr what is missing, and returns the error that the command ends with.
func (a *answer) warn(errOut io.Writer) error {
	for _, name := range a.contexts {
		for _, line := range a.denied(name) {
			_, _ = fmt.Fprintf(errOut, "warning: %s: %s\n", clean(name), clean(line))
		}
	}
	var all []error
	for _, name := range a.contexts {
		if err := a.failures[name]; err != nil {
			all = append(all, fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, err := range all[:len(all)-1] {
		_, _ = fmt.Fprintf(errOut, "fn9s: %s\n", clean(err.Error()))
	}
	return withCode(exitUnreachable, all[len(all)-1])
}

// progress is one line on a terminal that says what is being waited for.
type progress struct {
	out   io.Writer
	since time.Time
	drawn bool
}

func newProgress(out io.Writer) *progress {
	p := &progress{since: time.Now()}
	if isTerminal(out) {
		p.out = out
	}
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// show draws after a second: what is quick needs no comment.
func (p *progress) show(clusters []status.Cluster) {
	if p.out == nil || time.Since(p.since) < time.Second {
		return
	}
	p.drawn = true
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", text.Fit(progressLine(clusters), 79, text.Left))
}

func progressLine(clusters []status.Cluster) string {
	kinds, listed, objects := 0, 0, 0
	var connecting []string
	for _, c := range clusters {
		if len(c.Progress) == 0 {
			connecting = append(connecting, clean(c.Context))
		}
		for _, p := range c.Progress {
			kinds++
			objects += p.Objects
			if p.Listed || p.Denied {
				listed++
			}
		}
	}
	if len(connecting) > 0 {
		return "connecting to " + strings.Join(connecting, ", ") + "…"
	}
	return fmt.Sprintf("reading: %d of %d lists, %s objects…", listed, kinds, text.Count(objects))
}

func (p *progress) clear() {
	if p.drawn {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
