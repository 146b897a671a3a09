package change

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Verdict is what became of a function after a change.
type Verdict string

// The verdicts.
const (
	Ready         Verdict = "ready"
	Progressing   Verdict = "progressing" // when watching ended before the rollout did
	RolloutFailed Verdict = "failed"
	TimedOut      Verdict = "timed out"
	Idle          Verdict = "idle" // scaled to zero on purpose
	NotObservable Verdict = "not observable"
	Gone          Verdict = "gone" // deleted on purpose
)

// Good reports whether the verdict is no failure.
func (v Verdict) Good() bool { return v == Ready || v == Idle || v == NotObservable || v == Gone }

// Subject is one function that is watched after a change.
type Subject struct {
	Function model.FunctionID
	// Object declares the function, and Workloads run it.
	Object    model.Ref
	Workloads []model.Ref
	// Unseen says why its rollout cannot be observed; empty: it can, or nobody knows yet.
	Unseen string
	// Told is called with each new reason for which it is not ready yet, one line; it may be nil.
	Told func(reason string)
}

// Seen is the verdict on one function.
type Seen struct {
	Function model.FunctionID
	Verdict  Verdict
	Reason   string // of a failure the pod's own
}

// grace is how long the controller of a custom resource has to show that it took notice.
const grace = 15 * time.Second

// Verify watches functions until their workloads are as the change wants them, or the time is over. It is told each
// verdict once more while it waits; notify may be nil.
func (e *Engine) Verify(ctx context.Context, r *Result, subjects []Subject, limit time.Duration, notify func(Seen)) []Seen {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out := make([]Seen, len(subjects))
	slots := make(chan struct{}, e.o.Parallel)
	var work sync.WaitGroup
	var mu sync.Mutex
	for i := range subjects {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			w := &watcher{e: e, r: r, s: &subjects[i], began: e.o.Now()}
			out[i] = w.watch(ctx)
			mu.Lock()
			defer mu.Unlock()
			if notify != nil {
				notify(out[i])
			}
		})
	}
	work.Wait()
	return out
}

// watcher follows one function.
type watcher struct {
	e     *Engine
	r     *Result
	s     *Subject
	began time.Time
}

// step returns the step of an object that was carried out; nil: there is none.
func (w *watcher) step(ref model.Ref) *StepResult {
	for i := range w.r.Steps {
		if s := &w.r.Steps[i]; s.Outcome == journal.Applied && s.Step.Ref == ref {
			return s
		}
	}
	return nil
}

// rolls reports whether a step for the function replaces its pods.
func (w *watcher) rolls() bool {
	for i := range w.r.Steps {
		s := &w.r.Steps[i]
		rolling := s.Step.Effect == plan.Rollout || s.Step.Effect == plan.Restart
		if s.Outcome == journal.Applied && rolling && slices.Contains(s.Step.Functions, w.s.Function) {
			return true
		}
	}
	return false
}

func (w *watcher) watch(ctx context.Context) Seen {
	seen := Seen{Function: w.s.Function}
	if w.s.Unseen != "" {
		seen.Verdict, seen.Reason = NotObservable, w.s.Unseen
		return seen
	}
	if len(w.s.Workloads) == 0 && w.step(w.s.Object) == nil {
		seen.Verdict, seen.Reason = NotObservable, "no workload of it is known"
		return seen
	}
	told := ""
	for wait := 300 * time.Millisecond; ; wait = min(wait*3/2, 3*time.Second) {
		seen.Verdict, seen.Reason = w.look(ctx)
		if seen.Verdict != Progressing {
			return seen
		}
		if w.s.Told != nil && seen.Reason != told {
			told = seen.Reason
			w.s.Told(told)
		}
		if pause(ctx, wait) != nil {
			if ctx.Err() == context.DeadlineExceeded {
				seen.Verdict = TimedOut
			}
			return seen
		}
	}
}

// look judges all workloads once: the worst one counts.
func (w *watcher) look(ctx context.Context) (Verdict, string) {
	if verdict, reason, ok := w.goes(ctx); ok {
		return verdict, reason
	}
	if verdict, reason, ok := w.runs(ctx); ok {
		return verdict, reason
	}
	if len(w.s.Workloads) == 0 {
		return w.declared(ctx)
	}
	verdict, reason := Idle, "scaled to zero"
	moved := false
	for _, ref := range w.s.Workloads {
		o, why, err := w.get(ctx, ref)
		switch {
		case err != nil:
			return Progressing, client.Reason(err)
		case why != "":
			return NotObservable, why
		case o == nil:
			return w.unmade(ctx, ref)
		}
		moved = moved || w.moved(ref, o)
		v, text := w.workload(ctx, ref, o)
		if rank(v) > rank(verdict) {
			verdict, reason = v, text
		}
	}
	if moved || verdict == RolloutFailed {
		return verdict, reason
	}
	noticed, why := w.noticed(ctx)
	switch {
	case noticed:
		return verdict, reason
	case w.e.o.Now().Sub(w.began) > grace:
		return NotObservable, why
	}
	return Progressing, why
}

// unmade judges a workload that is not there. Who was to make it may not run.
func (w *watcher) unmade(ctx context.Context, ref model.Ref) (Verdict, string) {
	if w.step(w.s.Object) != nil && w.e.o.Now().Sub(w.began) > grace {
		if noticed, why := w.noticed(ctx); !noticed {
			return NotObservable, why
		}
	}
	return Progressing, "there is no " + ref.String() + " yet"
}

// declared judges a function by what its own object says, where no workload of it is known.
func (w *watcher) declared(ctx context.Context) (Verdict, string) {
	o, why, err := w.get(ctx, w.s.Object)
	switch {
	case err != nil:
		return Progressing, client.Reason(err)
	case why != "":
		return NotObservable, why
	case o == nil:
		return Progressing, "there is no " + w.s.Object.String() + " yet"
	}
	status, _ := child(o, "status")
	raw, _ := child(status, "conditions")
	noticed, nobody := w.noticed(ctx)
	for _, c := range listOf(raw) {
		if text(c, "type") != "Ready" || !noticed {
			continue
		}
		said := strings.Trim(text(c, "reason")+": "+text(c, "message"), ": ")
		switch text(c, "status") {
		case "True":
			return Ready, "its framework says so"
		case "False":
			return RolloutFailed, said
		}
		return Progressing, said
	}
	if w.e.o.Now().Sub(w.began) > grace {
		return NotObservable, nobody
	}
	return Progressing, nobody
}

// rank orders verdicts: the worst of several workloads counts.
func rank(v Verdict) int {
	return slices.Index([]Verdict{Idle, Ready, Progressing, NotObservable, RolloutFailed}, v)
}

// get reads an object; why says that it cannot be read at all.
func (w *watcher) get(ctx context.Context, ref model.Ref) (o object, why string, err error) {
	s := &Step{Ref: ref, group: &group{}}
	if why := w.e.locate(s); why != "" {
		return nil, why, nil
	}
	o, err = w.e.get(ctx, s.Target())
	if client.Classify(err) == client.KindForbidden {
		return nil, "it may not be read: " + client.Reason(err), nil
	}
	return o, "", err
}

// moved reports whether the change reached the workload: it was written itself, or by its controller since.
func (w *watcher) moved(ref model.Ref, o object) bool {
	if w.step(ref) != nil || !w.rolls() {
		return true
	}
	meta, _ := child(o, "metadata")
	entries, _ := child(meta, "managedFields")
	list, _ := entries.([]any)
	for _, e := range list {
		entry, _ := e.(map[string]any)
		at, err := time.Parse(time.RFC3339, text(entry, "time"))
		if err == nil && text(entry, "subresource") == "" && !at.Before(w.written()) {
			return true
		}
	}
	return false
}

// written is when the first step for the function was carried out, in whole seconds as the server counts them.
func (w *watcher) written() time.Time {
	var first time.Time
	for i := range w.r.Steps {
		s := &w.r.Steps[i]
		if s.Outcome == journal.Applied && slices.Contains(s.Step.Functions, w.s.Function) && (first.IsZero() || s.Time.Before(first)) {
			first = s.Time
		}
	}
	return first.Truncate(time.Second)
}

// noticed reports whether the controller of the declaring object has seen its newest generation.
func (w *watcher) noticed(ctx context.Context) (bool, string) {
	const nobody = "no controller took notice of the change"
	if w.s.Object.Kind == "" || w.step(w.s.Object) == nil {
		return false, nobody
	}
	o, why, err := w.get(ctx, w.s.Object)
	if err != nil || why != "" || o == nil {
		return false, nobody
	}
	want, _ := number(o, "metadata", "generation")
	seen, ok := number(o, "status", "observedGeneration")
	return ok && seen >= want, nobody
}

// workload judges one workload.
func (w *watcher) workload(ctx context.Context, ref model.Ref, o object) (Verdict, string) {
	switch ref.GroupKind() {
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}, schema.GroupKind{Group: "apps", Kind: "StatefulSet"},
		schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}:
	case schema.GroupKind{Group: "apps", Kind: "DaemonSet"}:
	default:
		return NotObservable, "a " + ref.Kind + " is not rolled out"
	}
	p := progressOf(o, ref.Kind)
	if reason := p.failure; reason != "" {
		return RolloutFailed, reason
	}
	switch {
	case p.generation > p.observed:
		return Progressing, ref.String() + ": its controller has not seen the change yet"
	case p.desired == 0 && p.present == 0:
		return Idle, "scaled to zero"
	case p.updated == p.desired && p.ready >= p.desired && p.present == p.desired:
		return Ready, fmt.Sprintf("%d of %d pods are ready", p.ready, p.desired)
	}
	if reason := w.podTrouble(ctx, o, ref.Namespace); reason != "" {
		return RolloutFailed, reason
	}
	return Progressing, fmt.Sprintf("%d of %d pods are new, %d are ready", p.updated, p.desired, p.ready)
}

// Subjects makes what is to be watched of a plan alone: the workloads that it writes. Who knows the functions knows more.
func Subjects(p *Plan) []Subject {
	var all []Subject
	for _, s := range p.Steps {
		gk := s.Ref.GroupKind()
		if gk.Group != "apps" || s.Verb == plan.Delete || s.Effect != plan.Rollout && s.Effect != plan.Restart {
			continue
		}
		subject := Subject{Workloads: []model.Ref{s.Ref}, Object: s.Ref, Function: model.FunctionID{Context: p.Cluster.Context, FunctionKey: model.FunctionKey{
			Framework: "plain", Group: gk.Group, Kind: gk.Kind, Namespace: s.Ref.Namespace, Name: s.Ref.Name}}}
		if len(s.Functions) > 0 {
			subject.Function = s.Functions[0]
		}
		all = append(all, subject)
	}
	return all
}
