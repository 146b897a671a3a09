package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
)

// Approval is what the operator agreed to.
type Approval struct {
	// Confirmed are the confirmations of the plan that were given.
	Confirmed []Confirmation
	// Values gives a value that the plan needs. It may be nil where none is needed.
	Values func(ctx context.Context, s *Step, n plan.Need) ([]byte, error)
	// Stop ends the change after the steps that are under way; nil: nothing does.
	Stop <-chan struct{}
}

// Event is progress of a change. Steps tell that they begin (outcome Begun), and how they ended.
type Event struct {
	Step    *Step
	Outcome journal.Outcome
	Reason  string
	Done    int // steps that ended
	Of      int
}

// StepResult is how one step ended.
type StepResult struct {
	Step    *Step
	Outcome journal.Outcome
	Reason  string
	Time    time.Time // when it was written
}

// Result is how a change ended.
type Result struct {
	ID      string
	Outcome journal.Outcome
	Reason  string
	Steps   []StepResult // in the order of the plan
	// Journal is why the journal could not be written; what was written to the cluster is in Steps all the same.
	Journal error
}

// Applied counts the steps that were carried out.
func (r *Result) Applied() int {
	n := 0
	for i := range r.Steps {
		if r.Steps[i].Outcome == journal.Applied {
			n++
		}
	}
	return n
}

// Did reports whether something was written, or may have been.
func (r *Result) Did() bool {
	return slices.ContainsFunc(r.Steps, func(s StepResult) bool { return s.Outcome.May() })
}

// NotApprovedError says what still has to be agreed to, or why the plan can never be carried out.
type NotApprovedError struct {
	Blocked []string
	Missing []Confirmation
}

func (e *NotApprovedError) Error() string {
	if len(e.Blocked) > 0 {
		return "the plan cannot be applied: " + some(e.Blocked, 5)
	}
	var all []string
	for _, c := range e.Missing {
		all = append(all, c.Text)
	}
	return "not confirmed: " + some(all, 5)
}

// Apply carries a plan out. Steps of one function follow each other, those of different functions run side by side, and a
// step for several functions waits for all of them. A step that fails ends the steps that would follow it; trouble of the whole cluster ends all. The error says that nothing
// was begun.
func (e *Engine) Apply(ctx context.Context, p *Plan, a Approval, notify func(Event)) (*Result, error) {
	refused := &NotApprovedError{Blocked: p.Blocked()}
	for _, c := range p.Confirmations() {
		if !slices.Contains(a.Confirmed, c) {
			refused.Missing = append(refused.Missing, c)
		}
	}
	if len(refused.Blocked)+len(refused.Missing) > 0 {
		return nil, refused
	}
	if e.o.Client.Gate().ReadOnly() {
		return nil, &client.RefusedError{Method: "plan", Path: p.ID}
	}
	if e.o.Journal == nil {
		return nil, errors.New("there is no journal to write to")
	}
	backups, err := newBackups(e, p)
	if err != nil {
		return nil, err
	}
	if err := e.o.Journal.Begin(p.record()); err != nil {
		return nil, err
	}
	r := &run{
		e: e, p: p, a: a, notify: notify, stop: make(chan struct{}),
		backups: backups, result: &Result{ID: p.ID, Steps: make([]StepResult, len(p.Steps))},
	}
	for i, s := range p.Steps {
		r.result.Steps[i] = StepResult{Step: s, Outcome: journal.Skipped}
	}
	r.all(ctx)
	return r.end(context.WithoutCancel(ctx)), nil
}

// record is what the journal says of the plan.
func (p *Plan) record() *journal.Change {
	c := &journal.Change{
		ID: p.ID, Time: p.Time, Action: p.Action, Title: p.Title, Cluster: p.Cluster, Operator: p.Operator, Undoes: p.Undoes,
		Key: p.veil.key, Functions: []string{},
	}
	for _, id := range p.Functions() {
		c.Functions = append(c.Functions, id.String())
	}
	return c
}

// run is one change under way.
type run struct {
	e       *Engine
	p       *Plan
	a       Approval
	notify  func(Event)
	backups *backups
	result  *Result

	mu       sync.Mutex
	done     int
	stop     chan struct{}
	stopping bool
	why      string
}

// halt lets no further step begin.
func (r *run) halt(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopping {
		r.stopping, r.why = true, why
		close(r.stop)
	}
}

func (r *run) halted(ctx context.Context) bool {
	select {
	case <-r.stop:
		return true
	case <-r.a.Stop:
		r.halt("stopped by the operator")
		return true
	case <-ctx.Done():
		r.halt("interrupted")
		return true
	default:
		return false
	}
}

// all runs the steps, several at a time.
func (r *run) all(ctx context.Context) {
	type ended struct {
		step int
		ok   bool
	}
	order := follow(r.p.Steps)
	done := make(chan ended)
	for running := 0; ; {
		for running < r.e.o.Parallel && len(order.ready) > 0 && !r.halted(ctx) {
			i := order.take()
			running++
			// A step that began is not torn off: it ends by itself.
			go func() { done <- ended{i, r.one(context.WithoutCancel(ctx), i)} }()
		}
		if running == 0 {
			return
		}
		e := <-done
		running--
		if e.ok {
			order.went(e.step)
		}
	}
}

// one carries out a step, and reports whether the next one of its lane may begin.
func (r *run) one(ctx context.Context, i int) bool {
	s := r.p.Steps[i]
	r.tell(Event{Step: s, Outcome: journal.Begun})
	outcome, reason := r.step(ctx, s)
	reason = r.p.veil.hideIn(s, reason)
	r.mu.Lock()
	r.done++
	r.result.Steps[i].Outcome, r.result.Steps[i].Reason, r.result.Steps[i].Time = outcome, reason, r.e.o.Now()
	r.mu.Unlock()
	r.tell(Event{Step: s, Outcome: outcome, Reason: reason})
	return outcome == journal.Applied
}

func (r *run) tell(e Event) {
	if r.notify == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Done, e.Of = r.done, len(r.p.Steps)
	r.notify(e)
}

// end sums up, and tells the journal.
func (r *run) end(ctx context.Context) *Result {
	res := r.result
	res.Outcome = journal.Applied
	for i := range res.Steps {
		s := &res.Steps[i]
		if s.Outcome != journal.Applied && (res.Outcome == journal.Applied || res.Outcome == journal.Skipped) {
			res.Outcome, res.Reason = s.Outcome, s.Reason
			if s.Outcome != journal.Skipped {
				res.Reason = s.Step.Ref.String() + ": " + s.Reason
			}
		}
	}
	if res.Outcome == journal.Skipped {
		res.Outcome, res.Reason = journal.Failed, r.why
	}
	if res.Outcome == journal.Applied {
		for _, b := range r.p.backups {
			if err := r.e.forget(ctx, b); err != nil {
				res.Reason = fmt.Sprintf("the Secret %s/%s is still there: %s", b.namespace, b.name, client.Reason(err))
			}
		}
	}
	if err := r.e.o.Journal.End(res.ID, res.Outcome, res.Reason); err != nil {
		res.Journal = errors.Join(res.Journal, err)
	}
	return res
}
