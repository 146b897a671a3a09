// Package workshop is where changes are made for somebody who looks on: it asks frameworks for fixes, has orders planned,
// carries plans out in the background, and keeps what became of them.
//
// Its one rule: a change that was begun goes on when nobody looks, and ends between two steps when it is told to.
package workshop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Clusters are those that are open.
type Clusters interface {
	inspect.Clusters
	Board() *board.Board
	// Ask has a question answered from what the posture of a context is computed from. The reader must not be kept.
	Ask(ctx context.Context, context string, question func(*snapshot.Reader)) error
}

// Options are what a shop works with.
type Options struct {
	Clusters Clusters
	Adapters []frameworks.Framework
	// Engine makes what changes a cluster.
	Engine  func(*client.Client, *client.APIs) (*change.Engine, error)
	Journal *journal.Journal
	Now     func() time.Time
	// Limit is how long is waited until what was changed is ready; 0: two minutes.
	Limit time.Duration
	// Notify is called when a job has something to tell. It must not block.
	Notify func()
	// Kinds are what controls read, and Posture the settings of posture of the cluster of a context with that version, for
	// functions that are not there yet.
	Kinds   []snapshot.Kind
	Posture board.Options
	// Outside gives the APIs of frameworks beside the API server's, in which functions are made too; nil: there are none.
	Outside func(*client.Client) ([]deploy.Outside, error)
}

// Shop makes changes. It is safe for concurrent use.
type Shop struct {
	o          Options
	translator *tighten.Translator
	ctx        context.Context
	cancel     context.CancelFunc
	work       sync.WaitGroup

	mu      sync.Mutex
	engines map[string]bench
	jobs    []*job // in the order of their beginnings
	around  map[aroundKey]*around
}

// bench is the engine for one connection to a cluster.
type bench struct {
	client *client.Client
	apis   *client.APIs
	engine *change.Engine
}

// New makes a shop. Close must be called.
func New(o Options) *Shop {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Notify == nil {
		o.Notify = func() {}
	}
	if o.Limit == 0 {
		o.Limit = 2 * time.Minute
	}
	s := &Shop{o: o, engines: map[string]bench{}, around: map[aroundKey]*around{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var sources []tighten.Source
	for _, a := range o.Adapters {
		if source, ok := a.(tighten.Source); ok {
			sources = append(sources, source)
		}
	}
	s.translator = tighten.New(sources...)
	return s
}

// Close ends what is running after the steps that are under way, and waits for them.
func (s *Shop) Close() {
	s.cancel()
	s.work.Wait()
}

// Refusal says why nothing can be changed on the cluster of a context, not even planned; empty: it can be tried. It does
// not take time.
func (s *Shop) Refusal(context string) string {
	c, ok := s.o.Clusters.Cluster(context)
	switch {
	case !ok:
		return "context " + context + " is not open"
	case c.APIs() == nil:
		return context + " has not told its APIs yet"
	}
	return ""
}

// ReadOnly reports whether plans for a context can only be looked at and exported.
func (s *Shop) ReadOnly(context string) bool {
	c, ok := s.o.Clusters.Cluster(context)
	return ok && c.Client().Gate().ReadOnly()
}

// engine returns what changes the cluster of a context. Of one connection it is always the same: it knows the rights that
// it asked for.
func (s *Shop) engine(context string) (*change.Engine, error) {
	if why := s.Refusal(context); why != "" {
		return nil, errors.New(why)
	}
	c, ok := s.o.Clusters.Cluster(context)
	if !ok {
		return nil, fmt.Errorf("context %s is not open", context)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.engines[context]
	if b.engine != nil && b.client == c.Client() && b.apis == c.APIs() {
		return b.engine, nil
	}
	b = bench{client: c.Client(), apis: c.APIs()}
	var err error
	if b.engine, err = s.o.Engine(b.client, b.apis); err != nil {
		return nil, fmt.Errorf("change %s: %w", context, err)
	}
	s.engines[context] = b
	return b.engine, nil
}

// Book reads the journal. It takes time.
func (s *Shop) Book() (*journal.Book, error) { return s.o.Journal.Read() }

// Last is the newest change of a function that can be undone: it did something, is no undo and was not taken back; nil
// when there is none.
func Last(b *journal.Book, id model.FunctionID) *journal.Entry {
	name := id.String()
	for _, e := range slices.Backward(b.Entries) {
		if e.Undoes == "" && !e.Newer && e.Did() && slices.Contains(e.Functions, name) && b.Undone(e.ID) == "" {
			return e
		}
	}
	return nil
}
