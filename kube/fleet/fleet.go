// Package fleet opens the clusters that an operator looks at, and closes those he leaves.
//
// Its one rule: leaving a cluster never waits for it.
package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Kubeconfig is the operator's configuration with his flags applied. It is read anew at every call.
type Kubeconfig interface {
	Raw() (api.Config, error)
	// Rest returns the connection of a context (empty: the current one), and the context's name.
	Rest(context string) (*rest.Config, string, error)
	// Files lists where it is read from.
	Files() []string
}

// Companion makes something that runs beside a cluster for as long as it is open: the connectors of frameworks that
// are no Kubernetes API. It must not block; nil when the cluster has none.
type Companion func(c *cluster.Cluster) (run func(context.Context))

// Options say how clusters are opened.
type Options struct {
	Kubeconfig Kubeconfig
	Adapters   []frameworks.Framework
	Kinds      []snapshot.Kind // what controls read; none where posture is not judged
	// Posture are the settings of posture; nil: the boards have none.
	Posture   board.Options
	ReadOnly  bool
	UserAgent string
	Scope     []string
	// Candidates lists namespaces to try in a context, besides those of the kubeconfig; nil: none.
	Candidates func(context string) []cluster.Candidate
	MaxWatched int
	Log        *status.Log
	// Notify is called for every new board. It must not block.
	Notify    func(version uint64)
	Companion Companion
}

// Fleet is safe for concurrent use.
type Fleet struct {
	o      Options
	engine *board.Engine
	ctx    context.Context
	wg     sync.WaitGroup

	mu    sync.Mutex
	open  []*berth
	scope []string
	looks looks
}

// berth is one open cluster.
type berth struct {
	*cluster.Cluster
	context string
	config  *rest.Config
	cancel  context.CancelFunc
	meter   *metrics.Meter
}

// New makes a fleet without clusters.
func New(o Options) *Fleet {
	if o.Notify == nil {
		o.Notify = func(uint64) {}
	}
	f := &Fleet{o: o, scope: slices.Clone(o.Scope)}
	f.engine = board.NewEngine(f.notify, o.Posture)
	return f
}

// Start makes the boards and watches the kubeconfig until the context ends. It must be called once, before Open.
func (f *Fleet) Start(ctx context.Context) {
	f.ctx = ctx
	f.wg.Go(func() { f.engine.Run(ctx) })
	f.wg.Go(func() { f.watchKubeconfig(ctx) })
}

// Wait returns when everything has ended, after the context of Start did.
func (f *Fleet) Wait() { f.wg.Wait() }

// Board returns the newest board. It never blocks.
func (f *Fleet) Board() *board.Board { return f.engine.Board() }

// Ask has a question answered by what the posture of a context is computed from. The reader must not be kept.
func (f *Fleet) Ask(ctx context.Context, cluster string, question func(*snapshot.Reader)) error {
	return f.engine.Ask(ctx, cluster, question)
}

// Accept replaces the risks that are accepted.
func (f *Fleet) Accept(exceptions []snapshot.Exception) { f.engine.Accept(exceptions) }

// Open shows these contexts side by side, instead of what is open; an empty name is the current context. Contexts
// that are open already stay as they are.
func (f *Fleet) Open(contexts ...string) error {
	type plan struct {
		name   string
		config *rest.Config
		client *client.Client
	}
	var plans []plan
	for _, name := range contexts {
		config, name, err := f.o.Kubeconfig.Rest(name)
		if err != nil {
			return err
		}
		c, err := client.New(name, config, client.Options{
			ReadOnly: f.o.ReadOnly, UserAgent: f.o.UserAgent,
			Warn: func(m string) { f.note(status.Warning, name, "server warning", m) },
		})
		if err != nil {
			return fmt.Errorf("open context %s: %w", name, err)
		}
		plans = append(plans, plan{name, config, c})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.open
	f.open = nil
	for _, p := range plans {
		if i := slices.IndexFunc(old, func(b *berth) bool { return b.context == p.name && sameConfig(b.config, p.config) }); i >= 0 {
			f.open = append(f.open, old[i])
			old = slices.Delete(old, i, i+1)
			p.client.Close()
			continue
		}
		f.open = append(f.open, f.launch(p.name, p.config, p.client))
	}
	for _, b := range old {
		b.cancel()
	}
	f.publish()
	return nil
}

// launch starts a cluster. The caller holds the lock.
func (f *Fleet) launch(name string, config *rest.Config, c *client.Client) *berth {
	k := cluster.New(c, cluster.Options{
		Adapters: f.o.Adapters, Kinds: f.o.Kinds, Scope: f.scope, Candidates: f.candidates(name),
		MaxWatched: f.o.MaxWatched, Log: f.o.Log,
	})
	ctx, cancel := context.WithCancel(f.ctx)
	if f.o.Companion != nil {
		if run := f.o.Companion(k); run != nil {
			f.wg.Go(func() { run(ctx) })
		}
	}
	f.wg.Go(func() {
		k.Run(ctx)
		c.Close()
	})
	b := &berth{Cluster: k, context: name, config: config, cancel: cancel, meter: f.meter(name, k)}
	b.meter.SetLooks(f.looks.in(name))
	f.wg.Go(func() { b.meter.Run(ctx) })
	return b
}

// publish tells the engine what is open. The caller holds the lock.
func (f *Fleet) publish() {
	sources := make([]board.Source, 0, len(f.open))
	for _, b := range f.open {
		sources = append(sources, b.Cluster)
	}
	f.engine.SetSources(sources)
}

// notify tells of a new board, the meters too.
func (f *Fleet) notify(version uint64) {
	f.o.Notify(version)
	f.stir()
}

func (f *Fleet) note(s status.Severity, context, source, message string) {
	if f.o.Log != nil {
		f.o.Log.Add(s, context, source, message)
	}
}

// SetScope asks for these namespaces (none: all) on all open clusters.
func (f *Fleet) SetScope(namespaces []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scope = slices.Clone(namespaces)
	for _, b := range f.open {
		b.SetScope(namespaces)
	}
}

// Retry makes everything that waits try again now.
func (f *Fleet) Retry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		b.Retry()
		b.meter.Retry()
	}
}

// Errors returns the errors and warnings, newest first.
func (f *Fleet) Errors() []status.Entry {
	if f.o.Log == nil {
		return nil
	}
	return f.o.Log.Entries()
}

// Cluster returns the open cluster of a context.
func (f *Fleet) Cluster(contextName string) (inspect.Cluster, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		if b.context == contextName {
			return b.Cluster, true
		}
	}
	return nil, false
}

// Opened returns the open cluster of a context, with all it can do.
func (f *Fleet) Opened(contextName string) (*cluster.Cluster, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.open, func(b *berth) bool { return b.context == contextName })
	if i < 0 {
		return nil, false
	}
	return f.open[i].Cluster, true
}

// Snapshot returns what posture of a context is computed from: its objects, and the functions of the newest board.
func (f *Fleet) Snapshot(contextName string) (*store.Snapshot, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		if b.context != contextName {
			continue
		}
		var functions []*model.Function
		for _, r := range f.engine.Board().Rows() {
			if r.ID.Context == contextName {
				functions = append(functions, r.Function)
			}
		}
		return store.NewSnapshot(b.Store(), functions), true
	}
	return nil, false
}

// LookInto reads Secrets of a context whose data controls want to see.
func (f *Fleet) LookInto(ctx context.Context, contextName string, wanted []snapshot.Wanted) error {
	f.mu.Lock()
	i := slices.IndexFunc(f.open, func(b *berth) bool { return b.context == contextName })
	if i < 0 {
		f.mu.Unlock()
		return nil
	}
	b := f.open[i]
	f.mu.Unlock()
	return b.LookInto(ctx, wanted)
}
