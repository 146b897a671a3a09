// Package local opens manifests for the console the way package fleet opens clusters: the same boards, the same facts,
// and nothing that could be changed.
//
// Its one rule: what files cannot tell is said, and never made up.
package local

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Options say what is opened.
type Options struct {
	// Name stands where the context of a cluster would, Phase where the state of its connection would, and Source where
	// the address of its server would.
	Name   string
	Phase  status.Phase
	Source string

	Adapters []frameworks.Framework
	Kinds    []snapshot.Kind
	Posture  board.Options
	Scope    []string
	// Columns are the operator's own of the tables of documents.
	Columns inspect.Extras
	// Read reads the documents; it is asked again by Retry unless Once is set, as for standard input.
	Read func() ([]manifest.Document, []error)
	Once bool
	Now  func() time.Time
	// Notify is called for every new board. It must not block.
	Notify func(version uint64)
}

// Files is a set of manifests that is open. It is safe for concurrent use.
type Files struct {
	o      Options
	engine *board.Engine

	mu      sync.Mutex
	current *source
	scope   []string
	log     *status.Log
	reading bool
	wg      sync.WaitGroup
	ctx     context.Context
}

// New reads the documents. Those that cannot be read are told by Errors.
func New(o Options) *Files {
	if o.Notify == nil {
		o.Notify = func(uint64) {}
	}
	f := &Files{o: o, engine: board.NewEngine(o.Notify, o.Posture), scope: slices.Clone(o.Scope), ctx: context.Background()}
	f.read()
	return f
}

// read makes the source anew.
func (f *Files) read() {
	docs, problems := f.o.Read()
	world, more := offline.Load(f.o.Adapters, f.o.Kinds, docs)
	log := status.NewLog(f.o.Now)
	for _, p := range slices.Concat(problems, more, world.Malformed()) {
		log.Add(status.Error, f.o.Name, "read manifests", f.told(p))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = log
	f.current = newSource(&f.o, world, docs, f.scope)
	f.engine.SetSources([]board.Source{f.current})
}

// told says which document could not be read, by file and line, and why not. The folder that is open is in the header.
func (f *Files) told(err error) string {
	var placed *manifest.Error
	if !errors.As(err, &placed) {
		return err.Error()
	}
	where := strings.TrimPrefix(placed.File, strings.TrimSuffix(f.o.Name, "/")+"/")
	if placed.Line > 0 {
		where += ":" + strconv.Itoa(placed.Line)
	}
	return where + ": " + placed.Err.Error()
}

// Accept replaces the risks that are accepted.
func (f *Files) Accept(exceptions []snapshot.Exception) { f.engine.Accept(exceptions) }

// Run makes the boards until the context ends.
func (f *Files) Run(ctx context.Context) {
	f.mu.Lock()
	f.ctx = ctx
	f.mu.Unlock()
	f.engine.Run(ctx)
	f.wg.Wait()
}

// Judged waits until every function is judged, or the context ends.
func (f *Files) Judged(ctx context.Context) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for !f.judged() {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (f *Files) judged() bool {
	b, want := f.Board(), len(f.source().functions)
	if len(b.Clusters) == 0 || !b.Complete() {
		return false
	}
	if c := &b.Clusters[0]; f.o.Posture != nil && (c.Functions < want || c.Unjudged > 0) {
		return false
	}
	return f.o.Posture == nil || !slices.ContainsFunc(b.Rows(), func(r *board.Row) bool {
		return r.Posture == nil && !r.Function.Opaque
	})
}

func (f *Files) source() *source {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// Board returns the newest board. It never blocks.
func (f *Files) Board() *board.Board { return f.engine.Board() }

// Ask has a question answered by what posture is computed from. The reader must not be kept.
func (f *Files) Ask(ctx context.Context, name string, question func(*snapshot.Reader)) error {
	return f.engine.Ask(ctx, name, question)
}

// Contexts lists what is open: there is nothing else.
func (f *Files) Contexts() ([]fleet.Context, error) {
	return []fleet.Context{{Name: f.o.Name, Server: f.o.Source, Current: true}}, nil
}

// ErrNoCluster says that there are no clusters to go to.
var ErrNoCluster = errors.New("these are files: start fn9s without -f and --demo for clusters")

// Open refuses: files stay open.
func (f *Files) Open(contexts ...string) error {
	if len(contexts) == 1 && contexts[0] == f.o.Name {
		return nil
	}
	return ErrNoCluster
}

// SetScope shows only these namespaces (none: all).
func (f *Files) SetScope(namespaces []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scope = slices.Clone(namespaces)
	f.current.setScope(f.scope)
}

// Retry reads the files again.
func (f *Files) Retry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.o.Once || f.reading || f.ctx.Err() != nil {
		return
	}
	f.reading = true
	f.wg.Go(func() {
		f.read()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.reading = false
	})
}

// Errors returns the documents that could not be read.
func (f *Files) Errors() []status.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Entries()
}
