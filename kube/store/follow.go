package store

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// FollowState is how one follower stands.
type FollowState struct {
	Kind      schema.GroupKind
	Resource  string
	Namespace string
	Listed    bool // the first list is complete
	Open      bool // a watch is open
	// Heard is when the last message came, or the watch was opened.
	Heard time.Time
	// Broken is since when there is no watch; zero when there is one, before the first try, and when it is denied.
	Broken time.Time
	Err    error // the last one; nil while the watch is open
	Denied bool
	Retry  time.Time // the next try; zero when none is planned
}

// Follower keeps the objects of one API and namespace up to date in a store. It resumes where it was when a
// connection breaks, and lists again only when the server has forgotten that point: what the list does not hold any
// more is deleted then, so nothing is lost and nothing doubled.
type Follower struct {
	store  *Store
	feed   feed
	report func(FollowState)
	kick   chan struct{}

	state   FollowState
	version string
}

// NewFollower makes a follower that tells every change of its state.
func (s *Store) NewFollower(c *client.Client, q client.Query, report func(FollowState)) *Follower {
	return &Follower{
		store: s, feed: feed{client: c, decoder: s.decoder, query: q, before: s.Object}, report: report, kick: make(chan struct{}, 1),
		state: FollowState{
			Kind:     schema.GroupKind{Group: q.API.Group, Kind: q.API.Kind},
			Resource: q.API.Resource, Namespace: q.Namespace,
		},
	}
}

// Kick makes a follower that waits try again now.
func (f *Follower) Kick() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

const (
	firstBackoff  = 500 * time.Millisecond
	lastBackoff   = 30 * time.Second
	quietlyBusy   = 4 * time.Second
	deniedBackoff = time.Minute
	// watchSeconds is after how long the server ends a watch in order, give or take a half.
	watchSeconds = 400
)

// Run follows until the context ends.
func (f *Follower) Run(ctx context.Context) {
	backoff := firstBackoff
	var busy time.Time // since when every try has been put off
	for ctx.Err() == nil {
		began := time.Now()
		opened, err := f.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if opened {
			backoff = firstBackoff
		}
		if opened || !putOff(err) {
			busy = time.Time{}
		} else if busy.IsZero() {
			busy, backoff = began, firstBackoff // it answers
		}
		switch client.Classify(err) {
		case client.KindNone:
			if time.Since(began) < time.Second { // a server that ends every watch at once is not to be flooded
				f.wait(ctx, time.Second)
			}
			continue // the server ended the watch in order
		case client.KindExpired:
			if listing := f.version == ""; opened || !listing {
				f.version = ""
				f.failed(err, time.Time{})
				if listing { // a list that expires while it is read is not to be asked for without a pause
					f.wait(ctx, time.Second)
				}
				continue
			}
		case client.KindForbidden:
			f.denied(err)
			f.wait(ctx, deniedBackoff)
			continue
		}
		delay := backoff/2 + rand.N(backoff)
		// A server that has just started puts most kinds off for a moment: that is no trouble, and not dozens of it.
		if busy.IsZero() || time.Since(busy) > quietlyBusy {
			f.failed(err, time.Now().Add(delay))
		}
		backoff = min(backoff*2, lastBackoff)
		f.wait(ctx, delay)
	}
}

// putOff reports whether a server answered that it will serve this later.
func putOff(err error) bool {
	return client.Classify(err) == client.KindBusy || apierrors.IsServiceUnavailable(err)
}

// session lists if it must and watches until the watch ends. It reports whether a watch was open.
func (f *Follower) session(ctx context.Context) (opened bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := client.WatchOptions{ResourceVersion: f.version, Timeout: watchSeconds/2 + rand.IntN(watchSeconds)}
	if f.version == "" {
		if f.feed.client.StreamsLists() {
			o.Initial = true
		} else if err := f.list(ctx); err != nil {
			return false, err
		} else {
			o.ResourceVersion = f.version
		}
	}
	events, err := f.feed.watch(ctx, o)
	if err != nil {
		if o.Initial && client.Classify(err) == client.KindInvalid {
			f.feed.client.ListsNotStreamed()
			return f.session(ctx)
		}
		return false, err
	}
	defer events.close()
	f.opened(!o.Initial)
	err = f.consume(ctx, events, o.Initial)
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	return true, err
}

// list reads everything, for servers that cannot send a list as events.
func (f *Follower) list(ctx context.Context) error {
	seen := map[model.Ref]bool{}
	version, err := f.feed.list(ctx, func(objects []model.Object) {
		for _, o := range objects {
			seen[o.Head().Ref] = true
		}
		f.store.UpsertAll(objects)
	})
	if err != nil {
		return err
	}
	f.listed(seen, version)
	return nil
}

// batch bounds how many records wait for one lock of the store.
const batch = 512

// gather is for how long events are left to lie that follow others: all followers then take what has come at the same
// moments. Each event alone would have everything that reads it fetched into the processor's caches anew, and that costs
// more than the reading.
const gather = 100 * time.Millisecond

// gathered waits for the next of these moments, if the last events came in this one.
func gathered(ctx context.Context, last time.Time) {
	now := time.Now()
	next := now.Truncate(gather).Add(gather)
	if next.Sub(last) > gather {
		return // the first one after a quiet time is not left to lie
	}
	t := time.NewTimer(next.Sub(now))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// consume applies events until the watch ends, many under one lock when they come fast.
func (f *Follower) consume(ctx context.Context, events *stream, initial bool) error {
	var seen map[model.Ref]bool
	if initial {
		seen = make(map[model.Ref]bool, 1024)
	}
	pending := make([]model.Object, 0, batch)
	flush := func() {
		if len(pending) > 0 {
			f.store.UpsertAll(pending)
			clear(pending)
			pending = pending[:0]
		}
	}
	defer flush()
	var last time.Time
	for {
		// A list that is being sent is taken in large pieces, whatever the network does to it.
		if seen == nil && !events.more() {
			flush()
			gathered(ctx, last)
		}
		e, err := events.next()
		last = time.Now()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch e.kind {
		case watch.Bookmark:
			flush()
			if e.listed && seen != nil {
				f.listed(seen, e.version)
				seen = nil
			}
		case watch.Deleted:
			flush()
			f.store.Delete(e.object.Head().Ref)
		default:
			if seen != nil {
				seen[e.object.Head().Ref] = true
			}
			if pending = append(pending, e.object); len(pending) >= batch {
				flush()
			}
		}
		if seen == nil && e.version != "" {
			f.version = e.version
		}
		f.heard()
	}
}

func (f *Follower) wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-f.kick:
	}
}

func (f *Follower) listed(seen map[model.Ref]bool, version string) {
	f.version = version
	f.store.Retain(f.state.Kind, f.state.Namespace, seen)
	f.state.Listed = true
	f.state.Broken, f.state.Err, f.state.Retry = time.Time{}, nil, time.Time{}
	f.store.SetAvailability(f.state.Kind, f.state.Namespace, frameworks.Available)
	f.tell()
}

func (f *Follower) opened(resumed bool) {
	f.state.Open, f.state.Denied = true, false
	f.state.Heard = time.Now()
	if resumed || !f.state.Broken.IsZero() {
		f.state.Broken, f.state.Err, f.state.Retry = time.Time{}, nil, time.Time{}
	}
	f.tell()
}

// heard notes that the connection lives; it is told at most once a second.
func (f *Follower) heard() {
	now := time.Now()
	if now.Sub(f.state.Heard) > time.Second {
		f.state.Heard = now
		f.tell()
	}
}

func (f *Follower) failed(err error, retry time.Time) {
	f.state.Open, f.state.Err, f.state.Retry = false, err, retry
	if f.state.Broken.IsZero() {
		f.state.Broken = time.Now()
	}
	f.tell()
}

func (f *Follower) denied(err error) {
	f.state.Open, f.state.Err, f.state.Denied = false, err, true
	f.state.Broken = time.Time{}
	f.state.Retry = time.Now().Add(deniedBackoff)
	f.store.SetAvailability(f.state.Kind, f.state.Namespace, frameworks.Denied)
	f.tell()
}

func (f *Follower) tell() { f.report(f.state) }
