package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/status"
)

// feedKey names a follower.
type feedKey struct {
	group, resource, namespace string
}

// need is a follower that should run.
type need struct {
	wish  wish
	query client.Query
}

func (n need) key() feedKey {
	return feedKey{n.query.API.Group, n.query.API.Resource, n.query.Namespace}
}

const (
	// askTime is how long a round of questions waits for its next answer: a server that is far away, or busy, gives many
	// of them one by one.
	askTime = 10 * time.Second
	// askWhole bounds a round.
	askWhole = time.Minute
)

// errSilent ends a round.
var errSilent = fmt.Errorf("the API server has not answered for %s: %w", askTime, context.DeadlineExceeded)

// patient ends a round of questions when none is answered for a while. Each answer is to be told.
func patient(ctx context.Context) (round context.Context, answered, stop func()) {
	ctx, cancel := context.WithTimeout(ctx, askWhole)
	round, end := context.WithCancelCause(ctx)
	silence := time.AfterFunc(askTime, func() { end(errSilent) })
	return round, func() { silence.Reset(askTime) }, func() { silence.Stop(); end(nil); cancel() }
}

// ask finds out what is served and allowed, and keeps the answers. When the server does not answer, what was known
// stays.
func (c *Cluster) ask(ctx context.Context) {
	round, answered, stop := patient(ctx)
	defer stop()
	f, needs, err := c.question(round, answered)
	if ctx.Err() != nil {
		return
	}
	if cause := context.Cause(round); err != nil && cause != nil {
		err = cause
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.tell()
	if err != nil {
		c.attempts++
		wait := min(time.Duration(c.attempts)*time.Second, 5*time.Second)
		c.state.Err, c.state.Retry = err, time.Now().Add(wait)
		if c.state.Broken.IsZero() {
			c.state.Broken = time.Now()
		}
		c.facts.asked = time.Now()
		c.note(status.Error, "connect", client.Reason(err))
		return
	}
	c.attempts = 0
	c.state.Err, c.state.Broken, c.state.Retry = nil, time.Time{}, time.Time{}
	c.facts = f
	c.setNeeds(needs)
}

func (c *Cluster) note(s status.Severity, source, message string) {
	if c.o.Log != nil {
		c.o.Log.Add(s, c.client.Context, source, message)
	}
}

// question asks the server. Version and user are for display: their failure is no failure.
func (c *Cluster) question(ctx context.Context, answered func()) (facts, []need, error) {
	f := facts{connected: true, asked: time.Now()}
	apis, err := c.client.Discover(ctx)
	if err != nil {
		return f, nil, err
	}
	answered()
	f.apis = apis
	var g errgroup.Group
	g.Go(func() error { f.version, _ = c.client.ServerVersion(ctx); return nil })
	g.Go(func() error {
		var err error
		f.user, err = c.client.WhoAmI(ctx)
		if client.Classify(err) == client.KindAuth {
			return err
		}
		return nil
	})
	var wanted []need
	for _, w := range wishes(c.o.Adapters, c.o.Kinds) {
		api, ok := apis.Find(w.kind, w.versions)
		switch {
		case ok && api.Can("list") && api.Can("watch"):
			wanted = append(wanted, need{wish: w, query: client.Query{API: api, Form: w.form, Labels: w.labels, Fields: w.fields}})
		case !ok && apis.Failed(w.kind.Group) == "":
			c.store.SetAvailability(w.kind, "", frameworks.Absent)
			f.absent = append(f.absent, w.framework)
		default:
			c.store.SetAvailability(w.kind, "", frameworks.Denied)
		}
	}
	f.absent = absentFrameworks(f.absent, wanted)
	needs, err := c.access(ctx, answered, &f, wanted)
	// Both write into f: neither may still run when it is handed over.
	if identity := g.Wait(); err == nil {
		err = identity
	}
	if err != nil {
		return f, nil, err
	}
	return f, needs, nil
}

// absentFrameworks keeps those of which no kind is served.
func absentFrameworks(absent []string, wanted []need) []string {
	slices.Sort(absent)
	absent = slices.Compact(absent)
	return slices.DeleteFunc(absent, func(name string) bool {
		return name == "" || slices.ContainsFunc(wanted, func(n need) bool { return n.wish.framework == name })
	})
}

// access decides where each kind can be read: cluster-wide where that is allowed, whatever the scope, because what
// explains a function may lie in another namespace (its gateway, a connector that calls it); else in the namespaces of
// the scope, or nowhere.
func (c *Cluster) access(ctx context.Context, answered func(), f *facts, wanted []need) ([]need, error) {
	c.mu.Lock()
	scope, each := slices.Clone(c.scope), c.each
	c.mu.Unlock()
	whole, err := c.clusterWide(ctx, answered, f, wanted, each)
	if err != nil {
		return nil, err
	}
	var needs, partial []need
	for i, n := range wanted {
		switch {
		case whole[i].Allowed:
			needs = append(needs, n)
			if n.wish.kind == frameworks.Namespace {
				f.nsListed = true
			}
		case n.wish.cluster:
			c.refuse(f, n, "", whole[i].Reason)
		default:
			partial = append(partial, n)
		}
	}
	if err := c.names(ctx, f, scope, len(partial) > 0); err != nil {
		return nil, err
	}
	if len(partial) == 0 {
		for i := range f.namespaces {
			f.namespaces[i].Watched = true
		}
		return needs, nil
	}
	for i, n := range wanted {
		if !n.wish.cluster && !whole[i].Allowed {
			c.refuse(f, n, "", whole[i].Reason)
		}
	}
	some, err := c.inNamespaces(ctx, answered, f, partial)
	return append(needs, some...), err
}

// clusterWide asks of each kind whether it may be listed in the whole cluster; of none where everything may be, unless
// each is to be asked about.
func (c *Cluster) clusterWide(ctx context.Context, answered func(), f *facts, wanted []need, each bool) ([]client.Verdict, error) {
	whole := make([]client.Verdict, len(wanted))
	if f.assumed = !each && c.client.MayListAll(ctx, answered); f.assumed {
		for i := range whole {
			whole[i].Allowed = true
		}
		return whole, nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i, n := range wanted {
		g.Go(func() (err error) {
			whole[i], err = c.client.MayList(gctx, n.query.API, "")
			answered()
			return err
		})
	}
	return whole, g.Wait()
}

// refuse notes that a kind may not be listed. Of the kinds that only complete the picture nothing is said.
func (c *Cluster) refuse(f *facts, n need, namespace, reason string) {
	c.store.SetAvailability(n.wish.kind, namespace, frameworks.Denied)
	f.refusals = append(f.refusals, status.Refusal{
		Verb: "list", Group: n.query.API.Group, Resource: n.query.API.Resource, Namespace: namespace, Reason: reason,
	})
}

// names collects the namespaces to look at, in the order of their sources. Where they can be listed and need not be
// looked at one by one, the store tells them.
func (c *Cluster) names(ctx context.Context, f *facts, scope []string, list bool) error {
	add := func(name, source string) {
		if name != "" && !slices.ContainsFunc(f.namespaces, func(n status.Namespace) bool { return n.Name == name }) {
			f.namespaces = append(f.namespaces, status.Namespace{Name: name, Source: source})
		}
	}
	if f.nsListed && list {
		names, err := c.client.ListNamespaces(ctx)
		if err != nil {
			return err
		}
		for _, n := range names {
			add(n, "list")
		}
	}
	c.mu.Lock()
	typed := slices.Clone(c.typed)
	c.mu.Unlock()
	for _, n := range scope {
		if !strings.Contains(n, "*") {
			add(n, "flag")
		}
	}
	for _, n := range append(slices.Clone(c.o.Candidates), typed...) {
		if !f.nsListed {
			add(n.Name, n.Source)
		}
	}
	return nil
}

// inNamespaces asks for the rules of each namespace that is in scope, and lists what may be read where.
func (c *Cluster) inNamespaces(ctx context.Context, answered func(), f *facts, wanted []need) ([]need, error) {
	c.mu.Lock()
	scope := slices.Clone(c.scope)
	c.mu.Unlock()
	var mu sync.Mutex
	var needs []need
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	watched := 0
	for i := range f.namespaces {
		n := &f.namespaces[i]
		if !InScope(scope, n.Name) {
			continue
		}
		if watched++; watched > c.o.MaxWatched {
			n.Denied = fmt.Sprintf("not watched: more than %d namespaces (maxWatchedNamespaces); choose some with `n`", c.o.MaxWatched)
			continue
		}
		g.Go(func() error {
			found, denied, err := c.inNamespace(gctx, n.Name, wanted)
			answered()
			mu.Lock()
			defer mu.Unlock()
			n.Denied, n.Watched = denied, len(found) > 0
			needs = append(needs, found...)
			return err
		})
	}
	return needs, g.Wait()
}

// inNamespace returns what may be read in one namespace, and why no function can be seen there when that is so.
func (c *Cluster) inNamespace(ctx context.Context, namespace string, wanted []need) ([]need, string, error) {
	rules, err := c.client.RulesIn(ctx, namespace)
	if client.Classify(err) == client.KindForbidden {
		rules, err = nil, nil
	}
	if err != nil {
		return nil, "", err
	}
	var needs []need
	denied, primary := "", false
	for _, n := range wanted {
		v, err := c.client.MayListIn(ctx, rules, n.query.API, namespace)
		if err != nil {
			return nil, "", err
		}
		if !v.Allowed {
			c.store.SetAvailability(n.wish.kind, namespace, frameworks.Denied)
			if n.wish.primary && denied == "" {
				denied = v.Reason
			}
			continue
		}
		primary = primary || n.wish.primary
		n.query.Namespace = namespace
		needs = append(needs, n)
	}
	if primary {
		denied = ""
	}
	return needs, denied, nil
}

// InScope reports whether a namespace is among the wanted ones, which may hold `*`. No wish means all.
func InScope(scope []string, namespace string) bool {
	if len(scope) == 0 {
		return true
	}
	for _, pattern := range scope {
		if matchStar(pattern, namespace) {
			return true
		}
	}
	return false
}

// matchStar compares with a pattern in which `*` stands for anything.
func matchStar(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
