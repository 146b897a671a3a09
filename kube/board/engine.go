package board

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Source is one cluster, as the board sees it.
type Source interface {
	Status() status.Cluster
	// Changed gets a value when Status would say something new.
	Changed() <-chan struct{}
	// Functions gives the functions; Dirty gets a value when some have to be built.
	Functions() Functions
	Dirty() <-chan struct{}
	InScope(namespace string) bool
	// Objects are what posture is computed from; nil when it is not.
	Objects() Objects
}

// Options are the settings of posture for the cluster of a context, of which the server's version is known.
type Options func(context, version string) *snapshot.Options

const (
	// lull is the shortest time between two boards, lastingLull that under lasting churn: a change in a quiet time is
	// seen at once, and nobody reads four tables a second.
	lull        = 250 * time.Millisecond
	lastingLull = 500 * time.Millisecond
	// loadingLull and loadingBudget leave the processor to the lists while a cluster loads.
	loadingLull   = 400 * time.Millisecond
	loadingBudget = 120 * time.Millisecond
	budget        = 400 * time.Millisecond
	// loadingTime is how long a cluster may load before it is treated as one that never will: a kind that cannot be
	// listed must not hold back the others.
	loadingTime = 15 * time.Second
)

// Engine makes the boards.
type Engine struct {
	notify  func(version uint64)
	options Options // nil: posture is not judged
	current atomic.Pointer[Board]
	wake    chan struct{}
	behind  bool // of Run: all is listed, and functions are still to be built

	mu      sync.Mutex
	sources []Source
	judges  map[string]*judge // by context
	// accepted are the risks that count instead of those of the options; nil: those of the options.
	accepted *[]snapshot.Exception
	measures map[string][]metrics.Change // by context; what no round has taken yet
}

// NewEngine returns an engine that calls notify for every new board, from its own goroutine. Notify must not block.
// Without options posture is not judged.
func NewEngine(notify func(version uint64), options Options) *Engine {
	e := &Engine{notify: notify, options: options, wake: make(chan struct{}, 1), judges: map[string]*judge{}, measures: map[string][]metrics.Change{}}
	e.current.Store(Empty())
	return e
}

// Board returns the newest board. It never blocks.
func (e *Engine) Board() *Board { return e.current.Load() }

// SetSources says which clusters are on the board.
func (e *Engine) SetSources(sources []Source) {
	e.mu.Lock()
	e.sources = slices.Clone(sources)
	e.mu.Unlock()
	e.poke()
}

func (e *Engine) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Ask has a question answered by the facts that the posture of a context is computed from. It waits for its turn, at most
// for as long as the context lasts. The reader must not be kept.
func (e *Engine) Ask(ctx context.Context, cluster string, question func(*snapshot.Reader)) error {
	e.mu.Lock()
	j := e.judges[cluster]
	e.mu.Unlock()
	if j == nil {
		return fmt.Errorf("ask about context %q: %w", cluster, ErrNotJudged)
	}
	return j.question(ctx, question)
}

// Accept replaces the risks that are accepted, on all clusters that are open or will be. Only the functions that the
// difference is about are judged again.
func (e *Engine) Accept(exceptions []snapshot.Exception) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.accepted = &exceptions
	for _, j := range e.judges {
		j.accept(exceptions)
	}
}

// feedState is what the engine keeps of one source.
type feedState struct {
	source Source
	*assembler
	scope []string
	began time.Time
	ctx   context.Context
	stop  context.CancelFunc
}

// Run makes boards until the context ends.
func (e *Engine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	feeds := map[Source]*feedState{}
	var last time.Time
	lasting := 0 // boards of which each came right after the one before
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		}
		if lasting++; time.Since(last) > lull {
			lasting = 0
		}
		wait := lull
		switch {
		case e.behind:
			wait = 0
		case !e.Board().Complete():
			wait = loadingLull
		case lasting > 3:
			wait = lastingLull
		}
		if !sleep(ctx, wait-time.Since(last)) {
			return
		}
		if e.round(ctx, &wg, feeds) {
			last = time.Now()
		}
		if e.behind {
			e.poke()
		}
	}
}

// sleep waits and reports whether the context is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// round makes one board, if anything changed.
func (e *Engine) round(ctx context.Context, wg *sync.WaitGroup, feeds map[Source]*feedState) bool {
	e.mu.Lock()
	sources := slices.Clone(e.sources)
	e.mu.Unlock()
	e.behind = false
	out := changes{}
	for s, f := range feeds {
		if !slices.Contains(sources, s) {
			f.stop()
			f.drop(out)
			e.dismiss(f)
			delete(feeds, s)
		}
	}
	clusters := make([]status.Cluster, 0, len(sources))
	for _, s := range sources {
		f := feeds[s]
		st := s.Status()
		if f == nil {
			f = e.listen(ctx, wg, s, st.Context)
			feeds[s] = f
		}
		if !slices.Equal(f.scope, st.Scope) {
			f.scope = st.Scope
			f.rescope(s.InScope, out)
		}
		limit, loading := budget, !st.Complete && time.Since(f.began) < loadingTime
		if loading {
			limit = loadingBudget
		}
		if f.advance(limit, loading, out) {
			st.Complete = false // there are rows to come
			e.behind = e.behind || !loading
		}
		e.judge(wg, f, &st)
		if f.judge != nil {
			f.judged(out)
			st.Functions, st.Unjudged = f.judge.progress()
		}
		e.measured(f, out)
		clusters = append(clusters, st)
	}
	return e.publish(clusters, out)
}

// listen forwards a source's signals.
func (e *Engine) listen(ctx context.Context, wg *sync.WaitGroup, s Source, name string) *feedState {
	ctx, cancel := context.WithCancel(ctx)
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.Changed():
			case <-s.Dirty():
			}
			e.poke()
		}
	})
	return &feedState{source: s, assembler: newAssembler(name, s.Functions()), began: time.Now(), ctx: ctx, stop: cancel}
}

// judge has a cluster's posture judged once its version is known, and tells when everything was read.
func (e *Engine) judge(wg *sync.WaitGroup, f *feedState, st *status.Cluster) {
	if e.options == nil || st.Version == "" && f.assembler.judge == nil {
		return
	}
	if j := f.assembler.judge; j != nil {
		j.update(nil, st.Settled() || time.Since(f.began) > loadingTime)
		return
	}
	objects := f.source.Objects()
	if objects == nil {
		return
	}
	j := newJudge(objects, e.options(st.Context, st.Version), e.poke)
	f.assembler.judge = j
	j.update(f.assembler.rows(), st.Settled())
	wg.Go(func() { j.run(f.ctx) })
	e.mu.Lock()
	e.judges[st.Context] = j
	if e.accepted != nil {
		j.accept(*e.accepted)
	}
	e.mu.Unlock()
}

// dismiss forgets the judge of a cluster that was closed.
func (e *Engine) dismiss(f *feedState) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name, j := range e.judges {
		if j == f.assembler.judge {
			delete(e.judges, name)
		}
	}
}

func (e *Engine) publish(clusters []status.Cluster, out changes) bool {
	b := e.Board()
	if len(out) == 0 && reflect.DeepEqual(b.Clusters, clusters) {
		return false
	}
	var upserts []*Row
	var deletes []model.FunctionID
	for id, r := range out {
		if r == nil {
			deletes = append(deletes, id)
		} else {
			upserts = append(upserts, r)
		}
	}
	slices.SortFunc(upserts, compareRows)
	slices.SortFunc(deletes, model.FunctionID.Compare)
	n := b.next(clusters, upserts, deletes)
	e.current.Store(n)
	e.notify(n.Version)
	return true
}
