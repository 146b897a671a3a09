// Package cluster runs one cluster: it finds out what is served and allowed there, keeps the right followers going,
// and says at any moment how the cluster is seen.
//
// Its one rule: a cluster never ends the program. Whatever it answers, or if it answers nothing, is a state.
package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Candidate is a namespace that may exist, for operators who may not list namespaces.
type Candidate struct{ Name, Source string }

// Options say what is wanted of a cluster.
type Options struct {
	Adapters []frameworks.Framework
	// Kinds are what controls read; none where posture is not judged.
	Kinds []snapshot.Kind
	// Scope lists the namespaces wanted; empty: all.
	Scope []string
	// Candidates are tried, in their order, where namespaces cannot be listed.
	Candidates []Candidate
	// MaxWatched bounds how many namespaces are watched one by one.
	MaxWatched int
	Log        *status.Log
}

// Cluster is one cluster. It is safe for concurrent use.
type Cluster struct {
	client *client.Client
	store  *store.Store
	o      Options

	changed chan struct{} // status
	wake    chan struct{} // of Run: retry, scope

	mu         sync.Mutex
	retry      bool
	scope      []string
	typed      []Candidate // namespaces that the operator asked for by name
	facts      facts
	follow     map[feedKey]*running
	connectors []status.Connector
	attempts   int
	// each has every kind asked about by itself: one was denied although everything may be listed.
	each bool
	lost loss // what was noted of it; zero while it is there
	// told is the progress that was told last, and scratch where the next one is gathered.
	told, scratch []status.Progress
	// toldSpaces and spaces are the same for namespaces.
	toldSpaces, spaces []status.Namespace
	state              store.FollowState // unused fields of the connection itself: Broken, Err, Retry
}

// facts is what one round of questions found out.
type facts struct {
	connected  bool
	version    string
	user       string
	apis       *client.APIs
	asked      time.Time
	absent     []string
	refusals   []status.Refusal
	namespaces []status.Namespace
	nsListed   bool
	// assumed says that no kind was asked about by itself, because everything may be listed.
	assumed bool
}

// New makes a cluster. Run brings it to life.
func New(c *client.Client, o Options) *Cluster {
	if o.MaxWatched <= 0 {
		o.MaxWatched = 20
	}
	return &Cluster{
		client: c, store: store.New(o.Adapters, o.Kinds...), o: o, scope: slices.Clone(o.Scope),
		changed: make(chan struct{}, 1), wake: make(chan struct{}, 1), follow: map[feedKey]*running{},
	}
}

// Store returns the records.
func (c *Cluster) Store() *store.Store { return c.store }

// Look lets a function read the records as adapters do. The index must not be kept.
func (c *Cluster) Look(read func(frameworks.Index)) { c.store.Ask(read) }

// Client returns the connection.
func (c *Cluster) Client() *client.Client { return c.client }

// APIs returns what the server serves; nil until it is known.
func (c *Cluster) APIs() *client.APIs {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.facts.apis
}

// Changed gets a value when Status would say something new.
func (c *Cluster) Changed() <-chan struct{} { return c.changed }

// Retry makes everything that waits try again now, and asks anew what is served and allowed.
func (c *Cluster) Retry() {
	c.mu.Lock()
	c.retry = true
	c.mu.Unlock()
	c.poke()
}

// SetScope asks for these namespaces (none: all). Names that are not known yet are probed.
func (c *Cluster) SetScope(namespaces []string) {
	c.mu.Lock()
	c.scope = slices.Clone(namespaces)
	for _, n := range namespaces {
		if !slices.ContainsFunc(c.typed, func(t Candidate) bool { return t.Name == n }) {
			c.typed = append(c.typed, Candidate{n, "typed"})
		}
	}
	c.facts.asked = time.Time{}
	c.mu.Unlock()
	c.poke()
	c.tell()
}

func (c *Cluster) poke() { signal(c.wake) }

func (c *Cluster) tell() { signal(c.changed) }

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

const (
	tick = time.Second
	// silent is after how long without any message a watch is doubted: a server sends a bookmark a minute.
	silent = 75 * time.Second
	// again is how often the questions are asked anew: an API may have come, a right may have been given.
	again = 3 * time.Minute
	// patience is how long the other kinds wait for the primary ones.
	patience = 10 * time.Second
)

// Run keeps the cluster up to date until the context ends, and leaves nothing running.
func (c *Cluster) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	started := time.Now()
	for {
		c.step(ctx, &wg, started)
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-ticker.C:
		}
	}
}

// step does what is due: ask, start and stop followers, probe.
func (c *Cluster) step(ctx context.Context, wg *sync.WaitGroup, started time.Time) {
	c.mu.Lock()
	retry := c.retry
	c.retry = false
	due := c.askDue(retry)
	c.mu.Unlock()
	if retry {
		c.kickAll(ctx)
	}
	if due {
		c.ask(ctx)
	}
	c.reconcile(ctx, wg, started)
	c.heal(ctx)
}

// askDue reports whether the questions are to be asked now. The caller holds the lock.
func (c *Cluster) askDue(retry bool) bool {
	if retry {
		return true
	}
	if !c.facts.connected {
		return time.Now().After(c.state.Retry)
	}
	for _, r := range c.follow {
		if client.Classify(r.state.Err) == client.KindNotFound && time.Since(c.facts.asked) > 5*time.Second {
			return true
		}
		if r.state.Denied && c.facts.assumed && (!c.each || time.Since(c.facts.asked) > 5*time.Second) {
			c.each = true
			return true
		}
	}
	return time.Since(c.facts.asked) > again
}

// heal probes the server while anything is broken or silent, and has everything resume once it answers.
func (c *Cluster) heal(ctx context.Context) {
	c.mu.Lock()
	broken, doubt := false, false
	for _, r := range c.follow {
		if !r.state.Broken.IsZero() && client.Classify(r.state.Err) != client.KindNotFound {
			broken = true
		}
		if r.state.Open && time.Since(r.state.Heard) > silent {
			doubt = true
		}
	}
	c.mu.Unlock()
	if !broken && !doubt {
		return
	}
	err := c.client.Probe(ctx)
	if ctx.Err() != nil {
		return
	}
	// A server that refuses to say whether it is ready is there all the same.
	alive := err == nil || client.Classify(err) == client.KindForbidden || client.Classify(err) == client.KindNotFound
	switch {
	case alive && broken:
		c.kickAll(ctx)
	case alive:
		c.markHeard()
	case doubt:
		c.markBroken(err)
	}
}

func (c *Cluster) markHeard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.follow {
		if r.state.Open {
			r.state.Heard = time.Now()
		}
	}
}

func (c *Cluster) markBroken(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.follow {
		if r.state.Open && r.state.Broken.IsZero() {
			r.state.Broken, r.state.Err = r.state.Heard, err
		}
	}
	c.tell()
}

// Functions gives the functions of the cluster.
func (c *Cluster) Functions() board.Functions { return c.store }

// Objects are what posture is computed from.
func (c *Cluster) Objects() board.Objects {
	if len(c.o.Kinds) == 0 {
		return nil
	}
	return c.store
}

// Dirty gets a value when functions have to be built.
func (c *Cluster) Dirty() <-chan struct{} { return c.store.Changed() }

// InScope reports whether the namespace is among the wanted ones.
func (c *Cluster) InScope(namespace string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return InScope(c.scope, namespace)
}

// Object returns what the store holds, nil when nothing.
func (c *Cluster) Object(ref model.Ref) model.Object { return c.store.Object(ref) }
