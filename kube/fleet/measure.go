package fleet

import (
	"context"
	"io"
	"net/url"
	"slices"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// looks is what somebody looks at: the meters measure nothing else.
type looks struct {
	next int
	all  map[int]model.FunctionID // zero: the table of all functions
	away bool
}

// in is what is looked at in one context.
func (l *looks) in(context string) ([]metrics.Look, bool) {
	var all []metrics.Look
	for _, id := range l.all {
		if id == (model.FunctionID{}) || id.Context == context {
			all = append(all, metrics.Look{Function: id.FunctionKey})
		}
	}
	return all, l.away
}

// Look has what functions use measured, until the function that it returns is called: of one function, or with a zero id
// of all in scope. It does not wait.
func (f *Fleet) Look(id model.FunctionID) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looks.all == nil {
		f.looks.all = map[int]model.FunctionID{}
	}
	n := f.looks.next
	f.looks.next++
	f.looks.all[n] = id
	f.tellMeters()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, ok := f.looks.all[n]; ok {
			delete(f.looks.all, n)
			f.tellMeters()
		}
	}
}

// Away says whether the terminal has lost the focus: then less is asked for.
func (f *Fleet) Away(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looks.away != away {
		f.looks.away = away
		f.tellMeters()
	}
}

// tellMeters tells every meter what is looked at. The caller holds the lock.
func (f *Fleet) tellMeters() {
	for _, b := range f.open {
		b.meter.SetLooks(f.looks.in(b.context))
	}
}

// stir tells the meters how many functions there are: what is measured follows them.
func (f *Fleet) stir() {
	board := f.Board()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		b.meter.Stir(board.Count(b.context))
	}
}

// Meter returns what measures a context.
func (f *Fleet) Meter(contextName string) (*metrics.Meter, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		if b.context == contextName {
			return b.meter, true
		}
	}
	return nil, false
}

// Client returns the connection of a context that is open.
func (f *Fleet) Client(contextName string) (*client.Client, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.open {
		if b.context == contextName {
			return b.Client(), true
		}
	}
	return nil, false
}

// Read measures a context once, and returns what its functions use, and its meter.
func (f *Fleet) Read(ctx context.Context, contextName string) (map[model.FunctionKey]*metrics.Usage, *metrics.Meter) {
	f.mu.Lock()
	i := slices.IndexFunc(f.open, func(b *berth) bool { return b.context == contextName })
	if i < 0 {
		f.mu.Unlock()
		return nil, nil
	}
	k := f.open[i].Cluster
	f.mu.Unlock()
	usage := map[model.FunctionKey]*metrics.Usage{}
	m := metrics.New(&measured{fleet: f, context: contextName, cluster: k}, metrics.Options{
		Publish: func(all []metrics.Change) {
			for _, c := range all {
				usage[c.Function] = c.Usage
			}
		},
	})
	m.Read(ctx)
	return usage, m
}

// Measuring says how the measuring of a context goes.
func (f *Fleet) Measuring(contextName string) metrics.State {
	if m, ok := f.Meter(contextName); ok {
		return m.State()
	}
	return metrics.State{Phase: metrics.Off}
}

// History is what a function used, from the oldest, as far back as it was looked at.
func (f *Fleet) History(id model.FunctionID) []metrics.Point {
	if m, ok := f.Meter(id.Context); ok {
		return m.History(id.FunctionKey)
	}
	return nil
}

// Pod is what a pod of a context used last, and before that.
func (f *Fleet) Pod(contextName, namespace, name string) (now metrics.Point, before []metrics.Point, measured bool) {
	if m, ok := f.Meter(contextName); ok {
		return m.Pod(namespace, name)
	}
	return metrics.Point{}, nil, false
}

// meter makes the meter of a cluster.
func (f *Fleet) meter(name string, k *cluster.Cluster) *metrics.Meter {
	return metrics.New(&measured{fleet: f, context: name, cluster: k}, metrics.Options{
		Publish: func(u []metrics.Change) { f.engine.Measured(name, u) },
		Note:    func(message string) { f.note(status.Warning, name, "metrics", message) },
	})
}

// measured is a cluster as its meter sees it.
type measured struct {
	fleet   *Fleet
	context string
	cluster *cluster.Cluster
}

// Open sends a GET.
func (m *measured) Open(ctx context.Context, path string, params url.Values, accept string) (io.ReadCloser, string, error) {
	return m.cluster.Client().Open(ctx, path, params, accept)
}

// Functions are those on the board: the ones in scope.
func (m *measured) Functions() []*model.Function {
	rows := m.fleet.Board().Rows()
	all := make([]*model.Function, 0, len(rows))
	for _, r := range rows {
		if r.ID.Context == m.context {
			all = append(all, r.Function)
		}
	}
	return all
}

// Namespaces is the scope.
func (m *measured) Namespaces() []string {
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	return slices.Clone(m.fleet.scope)
}

// Selector selects the pods of a function by the labels that its workload selects them by.
func (m *measured) Selector(f *model.Function) string {
	for _, w := range f.Workloads {
		if w.Role != model.Run || w.Shared {
			continue
		}
		if record, ok := m.cluster.Store().Object(w.Ref).(*model.Workload); ok {
			return metrics.Selector(record.Selector)
		}
	}
	return ""
}
