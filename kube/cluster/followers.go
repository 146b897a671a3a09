package cluster

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/store"
)

// running is a follower that should run, and how it stands.
type running struct {
	need     need
	state    store.FollowState
	follower *store.Follower // nil until it was started
	cancel   context.CancelFunc
	unwanted bool
}

// setNeeds makes the followers those that are needed. The caller holds the lock.
func (c *Cluster) setNeeds(needs []need) {
	for _, r := range c.follow {
		r.unwanted = true
	}
	for _, n := range needs {
		if r := c.follow[n.key()]; r != nil && r.need.query.API.Version == n.query.API.Version {
			r.unwanted = false
			continue
		} else if r != nil && r.cancel != nil {
			r.cancel()
		}
		c.follow[n.key()] = &running{need: n}
	}
}

// covered reports whether a cluster-wide follower of the same API has its first list, so that one of a namespace
// may go. The caller holds the lock.
func (c *Cluster) covered(k feedKey) bool {
	whole := c.follow[feedKey{k.group, k.resource, ""}]
	return k.namespace != "" && whole != nil && !whole.unwanted && whole.state.Listed
}

// reconcile starts what should run, primary kinds first, and stops what should not. A follower that is not needed
// any more but whose objects are still in scope goes on until its successor has listed.
func (c *Cluster) reconcile(ctx context.Context, wg *sync.WaitGroup, started time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	early := !c.primaryDone() && time.Since(started) < patience
	for k, r := range c.follow {
		switch {
		case r.unwanted && (c.covered(k) || k.namespace == "" && c.replaced(k) || r.follower == nil):
			if r.cancel != nil {
				r.cancel()
			}
			delete(c.follow, k)
		case r.unwanted:
			continue
		case r.follower == nil && (r.need.wish.primary || !early):
			c.start(ctx, wg, r)
		}
	}
	c.client.Gather(c.allListed())
}

// allListed reports whether every follower has its list, or will not get one. The caller holds the lock.
func (c *Cluster) allListed() bool {
	for _, r := range c.follow {
		if !r.unwanted && !r.state.Listed && !c.denied(r) {
			return false
		}
	}
	return c.facts.connected
}

// denied reports whether a follower may not list its kind, and that is all there is to say: what was only assumed to be
// allowed is asked about first, because namespaces may be read one by one. The caller holds the lock.
func (c *Cluster) denied(r *running) bool { return r.state.Denied && !c.facts.assumed }

// replaced reports whether followers of single namespaces took over from a cluster-wide one. A right was taken away,
// or the API is gone: what the follower read is no longer true. The caller holds the lock.
func (c *Cluster) replaced(k feedKey) bool {
	r := c.follow[k]
	return r.state.Denied || !r.state.Broken.IsZero()
}

func (c *Cluster) start(ctx context.Context, wg *sync.WaitGroup, r *running) {
	ctx, r.cancel = context.WithCancel(ctx)
	r.follower = c.store.NewFollower(c.client, r.need.query, func(s store.FollowState) { c.took(r, s) })
	wg.Go(func() { r.follower.Run(ctx) })
}

// loss is what was noted of a lost connection.
type loss uint8

const (
	cutOff  loss = iota + 1
	noneNew      // a new one could not be made
)

// took keeps what a follower says of itself.
func (c *Cluster) took(r *running, s store.FollowState) {
	c.mu.Lock()
	was := r.state
	r.state = s
	news := was.Listed != s.Listed || was.Open != s.Open || was.Denied != s.Denied || was.Broken != s.Broken || was.Err != s.Err
	first := news && s.Err != nil && (was.Err == nil || was.Err.Error() != s.Err.Error())
	if client.Classify(s.Err) == client.KindExpired && s.Retry.IsZero() {
		first = false // the list is read anew at once: all that a server does that was started again
	}
	source := "watch " + s.Resource
	if first && client.Classify(s.Err) == client.KindUnreachable {
		// A lost connection breaks every follower, each in words of its own: it is one entry, not fifty, and one more for
		// why there is no new one.
		how := cutOff
		if client.Refused(s.Err) {
			how = noneNew
		}
		source, first, c.lost = "connection", how > c.lost, max(how, c.lost)
	}
	if news && c.lost > 0 && s.Err == nil && c.connection().Phase == status.Live {
		c.lost = 0
	}
	c.mu.Unlock()
	if first {
		c.note(severityOf(s), source, client.Reason(s.Err))
	}
	if news {
		c.poke()
		c.tell()
	}
}

func severityOf(s store.FollowState) status.Severity {
	if s.Denied {
		return status.Warning
	}
	return status.Error
}

// primaryDone reports whether every primary follower has its list, or will not get one. The caller holds the lock.
func (c *Cluster) primaryDone() bool {
	if !c.facts.connected {
		return false
	}
	for _, r := range c.follow {
		if r.need.wish.primary && !r.unwanted && !r.state.Listed && !r.state.Denied {
			return false
		}
	}
	return true
}

// kickAll has every follower that waits try again, spread over a second.
func (c *Cluster) kickAll(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.follow {
		if r.follower == nil || r.state.Open {
			continue
		}
		f := r.follower
		time.AfterFunc(rand.N(time.Second), func() {
			if ctx.Err() == nil {
				f.Kick()
			}
		})
	}
}
