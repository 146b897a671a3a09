package board

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Objects are what posture is computed from, besides the functions. They may change at any time; what changed is told
// by TakeChanges afterwards.
type Objects interface {
	Object(ref model.Ref) model.Object
	List(kind schema.GroupKind, namespace string) []model.Object
	Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage
	TakeChanges() snapshot.Changes
	// Touched gets a value when TakeChanges would return something.
	Touched() <-chan struct{}
}

// ErrNotJudged says that the posture of a cluster is not computed: it is not open, or nobody asked for posture.
var ErrNotJudged = errors.New("the posture of this cluster is not judged")

const (
	// slice is how long functions are judged before questions and changes get their turn.
	slice = 25 * time.Millisecond
	// judgeLull is the shortest time between two rounds under lasting churn. It is calm times what the round before took,
	// up to longestLull: judging leaves the processor to others, and a change is on the screen within a second.
	judgeLull   = 600 * time.Millisecond
	longestLull = 700 * time.Millisecond
	calm        = 4
	// mostOutdated is which part of the functions may be there twice, as they are and as lists hold them.
	mostOutdated = 10
)

// judge computes the posture of the functions of one cluster, in a goroutine of its own: all of them once everything is
// read, and then those that a change touches.
type judge struct {
	objects Objects
	reader  *snapshot.Reader
	notify  func()
	wake    chan struct{}
	ask     chan question

	// Of the goroutine.
	functions map[model.FunctionKey]*model.Function
	residents map[string][]*model.Function // sorted; all under ""; absent when they have to be made anew
	outdated  int                          // how many in these lists are as they were before: they say the same
	rested    bool                         // everything was judged once
	dirty     map[model.FunctionKey]bool
	queue     []model.FunctionKey // sorted; what is dirty, while it is judged
	late      *late

	mu      sync.Mutex
	updates map[model.FunctionKey]*model.Function // nil: gone
	done    map[model.FunctionKey]*Posture        // nil: gone, or without posture
	ready   bool
	accepts *[]snapshot.Exception // to be taken over; nil: nothing new
	total   int
	waiting int
}

// question is asked of the reader between two functions.
type question struct {
	ask  func(*snapshot.Reader)
	done chan struct{}
}

func newJudge(o Objects, options *snapshot.Options, notify func()) *judge {
	j := &judge{
		objects: o, notify: notify, wake: make(chan struct{}, 1), ask: make(chan question),
		functions: map[model.FunctionKey]*model.Function{}, residents: map[string][]*model.Function{},
		dirty:   map[model.FunctionKey]bool{},
		updates: map[model.FunctionKey]*model.Function{}, done: map[model.FunctionKey]*Posture{},
	}
	j.late = newLate(j.poke)
	j.reader = snapshot.NewReader(source{j}, options)
	o.TakeChanges()
	return j
}

// source is the snapshot that the judge reads.
type source struct{ *judge }

func (s source) Get(ref model.Ref) model.Object { return s.objects.Object(ref) }

func (s source) List(kind schema.GroupKind, namespace string) []model.Object {
	return s.objects.List(kind, namespace)
}

func (s source) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	return s.objects.Coverage(kind, namespace)
}

func (s source) Function(key model.FunctionKey) *model.Function { return s.functions[key] }

func (s source) Functions(namespace string) []*model.Function {
	all, ok := s.residents[namespace]
	if ok {
		return all
	}
	if namespace != "" {
		for _, f := range s.Functions("") {
			if f.Key.Namespace == namespace {
				all = append(all, f)
			}
		}
		s.residents[namespace] = all
		return all
	}
	all = make([]*model.Function, 0, len(s.functions))
	for _, f := range s.functions {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *model.Function) int { return a.Key.Compare(b.Key) })
	s.residents[""] = all
	return all
}

// update takes over functions that are others now (nil: gone), and whether everything that can be read has been.
func (j *judge) update(functions map[model.FunctionKey]*model.Function, ready bool) {
	j.mu.Lock()
	news := len(functions) > 0 || ready && !j.ready
	for key, f := range functions {
		j.updates[key] = f
	}
	j.ready = j.ready || ready
	j.mu.Unlock()
	if news {
		j.poke()
	}
}

// accept takes over what risks are accepted.
func (j *judge) accept(exceptions []snapshot.Exception) {
	j.mu.Lock()
	j.accepts = &exceptions
	j.mu.Unlock()
	j.poke()
}

func (j *judge) poke() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// take returns what was judged since it was called last.
func (j *judge) take() map[model.FunctionKey]*Posture {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.done) == 0 {
		return nil
	}
	done := j.done
	j.done = map[model.FunctionKey]*Posture{}
	return done
}

// progress returns how many functions there are, and how many of them wait to be judged.
func (j *judge) progress() (total, waiting int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total, j.waiting
}

// run judges until the context ends.
func (j *judge) run(ctx context.Context) {
	var began, next time.Time
	for {
		if len(j.queue) == 0 {
			select {
			case <-ctx.Done():
				return
			case q := <-j.ask:
				j.answer(q)
				continue
			case <-j.wake:
			case <-j.objects.Touched():
			}
			if !j.rest(ctx, time.Until(next)) {
				return
			}
			began = time.Now()
		}
		j.absorb(false)
		j.round(ctx)
		if len(j.queue) == 0 {
			next = time.Now().Add(min(max(judgeLull, calm*time.Since(began)), longestLull))
		}
		select {
		case <-ctx.Done():
			return
		case q := <-j.ask:
			j.answer(q)
		default:
		}
	}
}

// rest waits, and answers questions meanwhile. It reports whether the context is still there.
func (j *judge) rest(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case q := <-j.ask:
			j.answer(q)
		case <-t.C:
			return true
		}
	}
}

// answer lets a question read what is true now.
func (j *judge) answer(q question) {
	defer close(q.done)
	j.absorb(true)
	q.ask(j.reader)
}

// absorb tells the reader what changed, and notes which functions that makes doubtful. What concerns pods only may wait,
// unless all is wanted.
func (j *judge) absorb(all bool) {
	j.mu.Lock()
	updates, accepts, ready := j.updates, j.accepts, j.ready
	j.accepts = nil
	j.updates = map[model.FunctionKey]*model.Function{}
	j.mu.Unlock()
	changes := j.objects.TakeChanges()
	all = all || !ready || j.late.due()
	if all {
		j.late.release(&changes, updates)
	} else {
		j.late.hold(&changes)
	}
	j.takeOver(updates, &changes, all)
	if changes.None() && accepts == nil {
		return
	}
	j.reader.Changed(changes)
	if accepts != nil {
		j.reader.Accept(*accepts)
	}
	for _, key := range postureOf.Doubtful(j.reader) {
		j.dirty[key] = true
	}
	security.Scope.Doubtful(j.reader) // rows rest on these: their doubts are the same
	j.count()
}

// takeOver puts functions in the place of those before, and tells what they change.
func (j *judge) takeOver(updates map[model.FunctionKey]*model.Function, changes *snapshot.Changes, all bool) {
	copied := map[string]bool{}
	for key, f := range updates {
		j.late.drop(key)
		d := snapshot.Other
		if old := j.functions[key]; old != nil && f != nil {
			d = snapshot.CompareFunctions(old, f)
		}
		switch {
		case d == snapshot.Marks:
			changes.FunctionMarks = append(changes.FunctionMarks, key)
			fallthrough
		case d == snapshot.None:
			j.functions[key] = f
			j.outdated++
		case d == snapshot.Pods && !all:
			j.late.keep(key, f)
		default:
			changes.Functions = append(changes.Functions, key)
			j.place(key, f, copied)
			j.dirty[key] = true
		}
	}
	if j.outdated > len(j.functions)/mostOutdated { // what lists hold takes memory
		clear(j.residents)
		j.outdated = 0
	}
}

// place takes a function over (nil: gone). Lists that hold the one before hold this one then; answers may still have
// the lists as they were, so that each is copied once.
func (j *judge) place(key model.FunctionKey, f *model.Function, copied map[string]bool) {
	was := j.functions[key]
	if f == nil {
		delete(j.functions, key)
	} else {
		j.functions[key] = f
	}
	for _, ns := range [...]string{key.Namespace, ""} {
		list := j.residents[ns]
		i, found := slices.BinarySearchFunc(list, key, func(f *model.Function, k model.FunctionKey) int { return f.Key.Compare(k) })
		if was == nil || f == nil || !found {
			delete(j.residents, ns)
			continue
		}
		if !copied[ns] {
			list = slices.Clone(list)
			j.residents[ns], copied[ns] = list, true
		}
		list[i] = f
	}
}

func (j *judge) count() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total, j.waiting = len(j.functions), len(j.dirty)
}

// round judges for one slice of time what is doubtful. Nothing is judged while the cluster is still being read: all of
// it would be judged again.
func (j *judge) round(ctx context.Context) {
	j.mu.Lock()
	ready := j.ready
	j.mu.Unlock()
	if !ready {
		j.queue = nil
		return
	}
	if len(j.queue) == 0 {
		for key := range j.dirty {
			j.queue = append(j.queue, key)
		}
		slices.SortFunc(j.queue, model.FunctionKey.Compare)
	}
	began, judged := time.Now(), map[model.FunctionKey]*Posture{}
	for len(j.queue) > 0 && ctx.Err() == nil && time.Since(began) < slice {
		key := j.queue[0]
		j.queue = j.queue[1:]
		if !j.dirty[key] {
			continue
		}
		delete(j.dirty, key)
		before, known := postureOf.Kept(j.reader, key)
		if p := j.posture(key); !known || p != before {
			judged[key] = p
		}
	}
	if len(j.queue) == 0 {
		j.queue = nil
		switch {
		case len(j.dirty) > 0:
			j.poke() // became doubtful while the others were judged
		case !j.rested:
			j.rested = true
			j.reader.Rest()
		}
	}
	j.count()
	if len(judged) == 0 {
		return
	}
	j.mu.Lock()
	for key, p := range judged {
		j.done[key] = p
	}
	j.mu.Unlock()
	j.notify()
}

// posture judges a function, or forgets one that is gone.
func (j *judge) posture(key model.FunctionKey) *Posture {
	if j.functions[key] != nil {
		return postureOf.Get(j.reader, key)
	}
	postureOf.Forget(j.reader, key)
	return nil
}

// question has the goroutine answer, between two functions.
func (j *judge) question(ctx context.Context, ask func(*snapshot.Reader)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q := question{ask, make(chan struct{})}
	select {
	case j.ask <- q:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-q.done
	return nil
}
