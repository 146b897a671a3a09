package cluster

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
)

// Status says how the cluster is seen now.
func (c *Cluster) Status() status.Cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := status.Cluster{
		Context: c.client.Context, Server: c.client.Server, Version: c.facts.version, Operator: c.facts.user,
		ReadOnly: c.client.Gate().ReadOnly(), Connection: c.connection(), Scope: slices.Clone(c.scope),
		Namespaces: c.facts.namespaces, NamespacesListed: c.facts.nsListed,
		Refusals: c.facts.refusals, Absent: c.facts.absent,
		Complete: c.primaryDone(), Connectors: slices.Clone(c.connectors),
	}
	if s.NamespacesListed {
		s.Namespaces = c.listedNamespaces()
	}
	if s.Operator == "" {
		s.Operator = c.client.User
	}
	s.Progress = c.progress()
	return s
}

// progress tells how far each kind is read. While that stays the same it is the same slice, which nobody changes: it is
// asked for with every board. The caller holds the lock.
func (c *Cluster) progress() []status.Progress {
	all := c.scratch[:0]
	for _, r := range c.follow {
		if r.unwanted {
			continue
		}
		all = append(all, status.Progress{
			Group: r.need.wish.kind.Group, Kind: r.need.wish.kind.Kind, Namespace: r.need.query.Namespace,
			Resource: r.need.query.API.Resource,
			Objects:  c.store.Count(r.need.wish.kind, r.need.query.Namespace),
			Listed:   r.state.Listed, Denied: c.denied(r), Primary: r.need.wish.primary,
			Trouble: client.Reason(r.state.Err),
		})
	}
	slices.SortFunc(all, func(a, b status.Progress) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Group, b.Group), strings.Compare(a.Namespace, b.Namespace))
	})
	c.scratch = all
	if !slices.Equal(all, c.told) {
		c.told = slices.Clone(all)
	}
	return c.told
}

// connection folds the states of the followers. The caller holds the lock.
func (c *Cluster) connection() status.Connection {
	if !c.facts.connected {
		return c.notConnected()
	}
	worst := status.Connection{Phase: status.Live}
	open, listing, denied := 0, 0, 0
	for _, r := range c.follow {
		s := r.state
		switch {
		case r.unwanted || r.follower == nil || client.Classify(s.Err) == client.KindNotFound:
			continue
		case c.denied(r):
			denied++
		case client.Classify(s.Err) == client.KindAuth:
			return c.authNeeded(s.Err, s.Broken)
		case !s.Broken.IsZero():
			if worst.Phase == status.Live || s.Broken.Before(worst.Since) {
				worst = status.Connection{Phase: status.Stale, Since: s.Broken, Reason: client.Reason(s.Err)}
			}
			if worst.Retry.IsZero() || s.Retry.Before(worst.Retry) {
				worst.Retry = s.Retry
			}
		case s.Open && s.Listed:
			open++
		default:
			listing++
		}
	}
	switch {
	case worst.Phase == status.Stale:
		if next := time.Now().Add(tick); worst.Retry.After(next) {
			worst.Retry = next // the probe is sooner than the follower's own try
		}
		return worst
	case listing > 0:
		return status.Connection{Phase: status.Connecting}
	case open == 0 && (denied > 0 || len(c.facts.refusals) > 0):
		return status.Connection{Phase: status.Denied, Reason: "no function may be listed"}
	}
	return worst
}

func (c *Cluster) notConnected() status.Connection {
	if c.state.Err == nil {
		return status.Connection{Phase: status.Connecting}
	}
	if client.Classify(c.state.Err) == client.KindAuth {
		return c.authNeeded(c.state.Err, c.state.Broken)
	}
	return status.Connection{
		Phase: status.Connecting, Since: c.state.Broken, Reason: client.Reason(c.state.Err), Retry: c.state.Retry,
	}
}

func (c *Cluster) authNeeded(err error, since time.Time) status.Connection {
	return status.Connection{
		Phase: status.AuthNeeded, Since: since, Reason: client.Reason(err), Plugin: c.client.Plugin, Retry: c.state.Retry,
	}
}

// listedNamespaces joins the namespaces that the store holds with what is known of each. The caller holds the lock.
func (c *Cluster) listedNamespaces() []status.Namespace {
	all := append(c.spaces[:0], c.facts.namespaces...)
	for _, name := range c.store.Names(frameworks.Namespace) {
		if !slices.ContainsFunc(all, func(n status.Namespace) bool { return n.Name == name }) {
			all = append(all, status.Namespace{Name: name, Source: "list", Watched: InScope(c.scope, name)})
		}
	}
	slices.SortFunc(all, func(a, b status.Namespace) int { return strings.Compare(a.Name, b.Name) })
	c.spaces = all
	if !slices.Equal(all, c.toldSpaces) {
		c.toldSpaces = slices.Clone(all)
	}
	return c.toldSpaces
}

// SetConnector keeps how a connector of this cluster is. One that is told before Run is waited for, by who waits for
// everything.
func (c *Cluster) SetConnector(s status.Connector) {
	c.mu.Lock()
	same := func(o status.Connector) bool { return o.Framework == s.Framework && o.Name == s.Name }
	if i := slices.IndexFunc(c.connectors, same); i >= 0 {
		c.connectors[i] = s
	} else {
		c.connectors = append(c.connectors, s)
	}
	c.mu.Unlock()
	c.tell()
}
