package logs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Cluster is an open cluster: its connection and its records.
type Cluster interface {
	Client() *client.Client
	APIs() *client.APIs
	Look(read func(frameworks.Index))
}

// Deps is what feeds are made of.
type Deps struct {
	Board    func() *board.Board
	Cluster  func(context string) (Cluster, bool)
	Adapters []frameworks.Framework
	// Activations returns what reads the runs of a record, nil where nothing keeps them; nil: nothing does.
	Activations func(context string, record model.Ref) Activations
}

// New returns an opener.
func New(d Deps) Opener { return &opener{d} }

type opener struct{ Deps }

// target is what a feed is about: a function, or an object that has pods.
type target struct {
	context  string
	function model.FunctionID
	object   model.Ref
	said     string // the last notice about it as a whole
	noted    bool   // what the framework notes was said
	// unearthed: what an object keeps of its builds is read.
	unearthed bool
	polled    bool // what its runs wrote was asked for
	// populated is when it had pods last.
	populated time.Time
}

func (o *opener) Open(functions []model.FunctionID, options Options) (Feed, error) {
	var targets []*target
	for _, id := range functions {
		targets = append(targets, &target{context: id.Context, function: id})
	}
	return o.open(targets, options)
}

func (o *opener) OpenPod(context string, ref model.Ref, options Options) (Feed, error) {
	return o.open([]*target{{context: context, object: ref}}, options)
}

// follower keeps a feed's sources up to date.
type follower struct {
	*feed
	opener   *opener
	targets  []*target
	wanted   *regexp.Regexp
	excluded *regexp.Regexp
	limit    int
	opened   time.Time

	readers sync.WaitGroup
	ready   chan struct{} // a reader ended

	known   map[place]bool
	first   bool            // nothing was looked for yet
	active  int             // guarded by the feed
	refused int             // how many sources were said not to be read
	of      map[int]Cluster // by the ID of a source; guarded by the feed

	pulse chan struct{} // closed when the cluster was looked at again; guarded by the feed
}

// place is one container of one pod, in one function.
type place struct {
	context, uid, pod, container string
	function                     model.FunctionKey
}

const (
	// look is how often pods are looked for. They are in memory.
	look = 250 * time.Millisecond
	// maxStreams is how many containers are read at once.
	maxStreams = 200
)

func (o *opener) open(targets []*target, options Options) (Feed, error) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{
		feed: newFeed(options, cancel), opener: o, targets: targets, limit: maxStreams, opened: time.Now(), first: true,
		ready: make(chan struct{}, 1), known: map[place]bool{}, of: map[int]Cluster{}, pulse: make(chan struct{}),
	}
	if options.Streams > 0 {
		f.limit = options.Streams
	}
	var err error
	if f.wanted, err = pattern(options.Containers); err == nil {
		f.excluded, err = pattern(options.Excluded)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	go f.run(ctx)
	return f, nil
}

func pattern(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	r, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("containers %q: %w", text, err)
	}
	return r, nil
}

func (f *follower) wants(container string) bool {
	return (f.wanted == nil || f.wanted.MatchString(container)) && (f.excluded == nil || !f.excluded.MatchString(container))
}

// run looks for containers until the feed is closed, or, where it does not follow, all of them were read.
func (f *follower) run(ctx context.Context) {
	defer f.end()
	defer f.readers.Wait()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		waiting := f.seek(ctx)
		f.beat()
		if !f.o.Follow && !waiting && f.idle() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-f.ready:
		case <-ticker.C:
		}
	}
}

// beat wakes those who wait for the cluster to have changed.
func (f *follower) beat() {
	f.mu.Lock()
	close(f.pulse)
	f.pulse = make(chan struct{})
	f.mu.Unlock()
}

// changed waits until the cluster was looked at again.
func (f *follower) changed(ctx context.Context) error {
	f.mu.Lock()
	pulse := f.pulse
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-pulse:
		return nil
	}
}

func (f *follower) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.active == 0
}

// seek starts readers for what is new, and reports whether some have to wait.
func (f *follower) seek(ctx context.Context) (waiting bool) {
	late := 0
	f.takeUp()
	for _, t := range f.targets {
		members, cluster := f.members(ctx, t)
		for i := range members {
			late += f.join(ctx, t, cluster, &members[i])
		}
	}
	f.first = false
	if late > 0 && late != f.refused {
		f.say(Notice{Kind: Failed, Source: -1, N: late, Text: fmt.Sprintf(
			"%d more containers are not read: %d are read at once", late, f.limit)})
	}
	f.refused = late
	return late > 0
}

// takeUp adds the functions that match by now.
func (f *follower) takeUp() {
	if f.o.Matching == nil || !f.o.Follow {
		return
	}
	for _, id := range f.o.Matching() {
		if !slices.ContainsFunc(f.targets, func(t *target) bool { return t.function == id }) {
			f.targets = append(f.targets, &target{context: id.Context, function: id})
		}
	}
}

// members lists the pods of a target, and says what is wrong where there are none.
func (f *follower) members(ctx context.Context, t *target) (all []member, cluster Cluster) {
	cluster, ok := f.opener.Cluster(t.context)
	if !ok {
		f.about(t, Failed, fmt.Sprintf("context %q is not open", t.context))
		return nil, nil
	}
	if !t.object.IsZero() {
		cluster.Look(func(x frameworks.Index) { all = podsOf(t.object, x) })
		if len(all) == 0 {
			f.about(t, Waiting, "there are no pods")
			return nil, cluster
		}
		t.said = ""
		return all, cluster
	}
	row := f.opener.Board().Row(t.function)
	if row == nil {
		f.about(t, Failed, "there is no such function")
		return nil, cluster
	}
	denied := false
	var where plan.LogTarget
	cluster.Look(func(x frameworks.Index) {
		where = frameworks.LogsOf(f.opener.Adapters, row.Function, x)
		all = membersOf(row.Function, x, where, f.o.Builds)
		denied = x.Availability(frameworks.Pod, t.function.Namespace) == frameworks.Denied
	})
	if where.Note != "" && !t.noted {
		t.noted = true
		f.say(Notice{Kind: Waiting, Source: -1, Function: t.function, Text: where.Note})
	}
	if where.Kept != nil && buildsWanted(f.o, row.Function, len(all)) {
		f.unearth(ctx, t, cluster, where.Kept)
	}
	if len(all) == 0 && where.Activations {
		f.activate(ctx, t, row.Function)
	}
	if len(all) > 0 {
		t.said, t.polled, t.populated = "", false, time.Now()
	}
	switch {
	case len(all) > 0:
	case denied:
		f.about(t, Denied, "pods in "+t.function.Namespace+" may not be listed")
	default:
		f.about(t, Waiting, waitingFor(row.Function))
	}
	return all, cluster
}

func waitingFor(f *model.Function) string {
	switch {
	case f.State == model.Idle:
		return "scaled to zero: its next invocation is waited for"
	case f.State == model.Paused:
		return "paused: it has no pods until it is resumed"
	case f.Reason != "":
		return "it has no pods: " + f.Reason
	}
	return "it has no pods yet"
}

// about says something about a target, once.
func (f *follower) about(t *target, kind NoticeKind, text string) {
	if said := string(kind) + text; said != t.said {
		t.said = said
		f.say(Notice{Kind: kind, Source: -1, Function: t.function, Text: text})
	}
}

// join starts readers for the new containers of a pod, and returns how many are too many.
func (f *follower) join(ctx context.Context, t *target, cluster Cluster, m *member) (late int) {
	p := m.pod
	for _, c := range m.containers() {
		key := place{t.context, string(p.UID), p.Namespace + "/" + p.Name, c.name, t.function.FunctionKey}
		if f.known[key] || !f.wants(c.name) {
			continue
		}
		f.mu.Lock()
		free := f.active < f.limit
		if free {
			f.active++
		}
		f.mu.Unlock()
		if !free {
			late++
			continue
		}
		f.known[key] = true
		s := &source{uid: string(p.UID), keep: m.keep, Source: Source{Function: t.function, Namespace: p.Namespace, Pod: p.Name,
			Container: c.name, Role: c.role, Shared: m.shared, Previous: f.o.Previous}}
		f.enter(s)
		f.mu.Lock()
		f.of[s.ID] = cluster
		f.mu.Unlock()
		r := &reader{feed: f.feed, s: s, from: cluster.Client(), changed: f.changed,
			condition: func() condition { return conditionIn(cluster, p.Ref, s.uid, s.Container) },
			joined:    !f.first && p.Created.After(f.opened.Add(-time.Minute))}
		f.readers.Go(func() {
			r.run(ctx)
			f.leave()
		})
	}
	return late
}

// leave makes place for another reader.
func (f *follower) leave() {
	f.mu.Lock()
	f.active--
	f.mu.Unlock()
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// conditionIn says how a container is now.
func conditionIn(cluster Cluster, pod model.Ref, uid, container string) (c condition) {
	cluster.Look(func(x frameworks.Index) {
		p, _ := x.Get(pod).(*model.Pod)
		c = conditionOf(p, uid, container)
	})
	return c
}
