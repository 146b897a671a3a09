package workshop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Phase is how far a job is.
type Phase string

// The phases.
const (
	Applying  Phase = "applying"
	Verifying Phase = "verifying" // everything was written: what becomes of it is watched
	Ended     Phase = "ended"
)

// StepState is how far one step is; the zero value: it waits.
type StepState struct {
	Outcome journal.Outcome
	Reason  string
}

// Job is a change that was begun, at one moment.
type Job struct {
	*Draft
	Phase    Phase
	Begun    time.Time
	Ended    time.Time   // zero: it is running
	Progress []StepState // in the order of the steps
	Done     int         // steps that ended
	Seen     []change.Seen
	Watched  int             // functions that are verified
	Outcome  journal.Outcome // once it was applied, or not
	Reason   string
	// Journal is why the journal could not be written.
	Journal  string
	Stopping bool // it ends after the steps that are under way
	After    []string
	Way      *Way // of traffic that is shifted by steps; nil: there is none
	// TakenBack is the job that undoes it because a rollout failed; NotTakenBack says why there is none.
	TakenBack, NotTakenBack string
}

// Running reports whether the job may still change something, or watches what it changed.
func (j *Job) Running() bool { return j.Phase != Ended }

// Undoable reports whether something was done that can be taken back.
func (j *Job) Undoable() bool {
	if j.Way != nil && j.Way.Back {
		return false
	}
	return j.Phase != Applying && slices.ContainsFunc(j.Progress, func(s StepState) bool { return s.Outcome.May() })
}

// job is a change under way.
type job struct {
	state Job // behind the lock of the shop; its slices are replaced, never written
	stop  chan struct{}
	ended chan struct{}
	told  time.Time
	later bool // it will be told of
}

// Start begins to carry out a plan, with what was agreed to, and returns the job's id: that of the plan.
func (s *Shop) Start(d *Draft, confirmed []change.Confirmation) (id string, err error) {
	if d.plan == nil || d.engine == nil {
		return "", fmt.Errorf("%s: there is no plan", d.Title)
	}
	if why := d.Order.Refused(); why != "" {
		return "", fmt.Errorf("%s: %s", d.Title, why)
	}
	j := &job{stop: make(chan struct{}), ended: make(chan struct{}), state: Job{
		Draft: d, Phase: Applying, Begun: s.o.Now(), Progress: make([]StepState, len(d.Steps)), Outcome: journal.Begun,
	}}
	if d.from != nil {
		j.state.Way = &Way{Goal: d.Task.Shares[0], By: *d.Task.Canary}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.jobs, func(o *job) bool { return o.state.ID == d.ID }) {
		return "", fmt.Errorf("%s is carried out already", d.ID)
	}
	if s.ctx.Err() != nil {
		return "", fmt.Errorf("%s: the program ends", d.Title)
	}
	s.jobs = append(s.jobs, j)
	subjects, letGo := s.subjects(d), func() {}
	if d.Order != nil && d.Hold != nil {
		letGo = d.Hold()
	}
	s.work.Go(func() {
		defer close(j.ended)
		if j.state.Way != nil {
			s.shift(j, subjects, confirmed, letGo)
			return
		}
		s.carry(j, subjects, confirmed, letGo)
	})
	return d.ID, nil
}

// carry applies and verifies. What the change was given is let go once it was applied.
func (s *Shop) carry(j *job, subjects []change.Subject, confirmed []change.Confirmation, letGo func()) {
	d := j.state.Draft
	index := map[int]int{}
	for i := range d.Steps {
		index[d.Steps[i].Number] = i
	}
	r, err := d.engine.Apply(s.ctx, d.plan, change.Approval{Confirmed: confirmed, Values: valuesOf(d.Order), Stop: j.stop}, func(e change.Event) {
		s.update(j, e.Done == e.Of, func(state *Job) {
			state.Progress = slices.Clone(state.Progress)
			state.Progress[index[e.Step.Number]] = StepState{e.Outcome, e.Reason}
			state.Done = e.Done
		})
	})
	var after []string
	if err == nil && d.After != nil {
		after = d.After(r)
	}
	letGo()
	if err != nil {
		s.update(j, true, func(state *Job) {
			state.Outcome, state.Reason = journal.Skipped, err.Error()
			s.over(state)
		})
		return
	}
	watch := r.Outcome == journal.Applied && len(subjects) > 0
	s.update(j, true, func(state *Job) {
		state.After = after
		s.applied(state, r, index, watch, len(subjects))
	})
	if watch {
		s.watch(j, r, subjects)
	}
}

// watch tells what becomes of the functions, and takes the change back where a rollout fails and that was asked for.
func (s *Shop) watch(j *job, r *change.Result, subjects []change.Subject) {
	d := j.state.Draft
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.work.Go(func() {
		select {
		case <-j.stop:
			cancel()
		case <-ctx.Done():
		}
	})
	all := d.engine.Verify(ctx, r, subjects, s.o.Limit, func(seen change.Seen) {
		s.update(j, false, func(state *Job) { state.Seen = append(slices.Clip(state.Seen), seen) })
	})
	back, why := "", ""
	if d.TakeBack && slices.ContainsFunc(all, func(seen change.Seen) bool { return seen.Verdict == change.RolloutFailed }) {
		back, why = s.takeBack(d)
	}
	s.update(j, true, func(state *Job) {
		state.TakenBack, state.NotTakenBack = back, why
		s.over(state)
	})
}

// takeBack begins to undo a change. What was agreed to for the change holds for its inverse too.
func (s *Shop) takeBack(d *Draft) (id, why string) {
	undo, err := s.Plan(s.ctx, &Order{Context: d.Context, Action: Undo, Title: "undo " + d.Title, Undoes: d.ID})
	if err == nil {
		id, err = s.Start(undo, undo.Confirmations)
	}
	if err != nil {
		return "", err.Error()
	}
	return id, ""
}

// applied takes over how the change ended.
func (s *Shop) applied(state *Job, r *change.Result, index map[int]int, watch bool, subjects int) {
	state.Progress = slices.Clone(state.Progress)
	for i := range r.Steps {
		step := &r.Steps[i]
		state.Progress[index[step.Step.Number]] = StepState{step.Outcome, step.Reason}
	}
	state.Outcome, state.Reason, state.Watched = r.Outcome, r.Reason, subjects
	if state.Way == nil { // with a way there is more to be written
		state.Phase = Verifying
	}
	if r.Journal != nil {
		state.Journal = r.Journal.Error()
	}
	if !watch {
		s.over(state)
	}
}

// tellEvery is how often a job tells of its progress; what ends a phase is told at once.
const tellEvery = 100 * time.Millisecond

func (s *Shop) update(j *job, now bool, change func(*Job)) {
	s.mu.Lock()
	change(&j.state)
	tell := now || time.Since(j.told) >= tellEvery
	switch {
	case tell:
		j.told = time.Now()
	case !j.later:
		j.later = true
		time.AfterFunc(tellEvery, func() {
			s.mu.Lock()
			j.later, j.told = false, time.Now()
			s.mu.Unlock()
			s.o.Notify()
		})
	}
	s.mu.Unlock()
	if tell {
		s.o.Notify()
	}
}

func valuesOf(o *Order) func(context.Context, *change.Step, plan.Need) ([]byte, error) {
	if o.Values != nil {
		return o.Values
	}
	return func(_ context.Context, step *change.Step, n plan.Need) ([]byte, error) {
		return nil, fmt.Errorf("%s needs a secret value at %s, which nobody gave", step.Ref, n.Path)
	}
}

// subjects says what is to be watched after the change.
func (s *Shop) subjects(d *Draft) []change.Subject {
	b := s.o.Clusters.Board()
	var all []change.Subject
	known := map[model.FunctionID]bool{}
	if d.Order != nil {
		for _, subject := range d.Order.Subjects {
			known[subject.Function] = true
			all = append(all, subject)
		}
	}
	for _, id := range d.Functions() {
		row := b.Row(id)
		if row == nil || known[id] {
			continue
		}
		known[id] = true
		subject := change.Subject{Function: id, Object: row.Function.Object}
		for _, w := range row.Function.Workloads {
			if !w.Shared && (w.Role == model.Run || w.Role == "") {
				subject.Workloads = append(subject.Workloads, w.Ref)
			}
		}
		named := row.Function.Named()
		deleted := slices.ContainsFunc(d.Steps, func(s Step) bool { return s.Verb == plan.Delete && s.Ref == named })
		if deleted {
			subject.Object = named
		}
		if len(subject.Workloads) == 0 && !deleted {
			subject.Unseen = "no workload of its own runs it"
		}
		all = append(all, subject)
	}
	for _, subject := range change.Subjects(d.plan) {
		if !known[subject.Function] {
			all = append(all, subject)
		}
	}
	return all
}

// Stop ends a job after the steps that are under way; what is only watched ends at once.
func (s *Shop) Stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.state.ID == id && j.state.Running() && !j.state.Stopping {
			j.state.Stopping = true
			close(j.stop)
		}
	}
}

// Job returns what is known of a job now.
func (s *Shop) Job(id string) (Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.state.ID == id {
			return j.state, true
		}
	}
	return Job{}, false
}

// Jobs returns all jobs of this session, the newest first.
func (s *Shop) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Job
	for _, j := range slices.Backward(s.jobs) {
		all = append(all, j.state)
	}
	return all
}

// Running counts the jobs that change something or watch what they changed.
func (s *Shop) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, j := range s.jobs {
		if j.state.Running() {
			n++
		}
	}
	return n
}
