// Package shift takes requests to another revision by steps, and back to where they were when that does not do well.
//
// Its one rule: every step is a change of its own, with an entry of its own in the journal, so that what was done can be taken
// back whatever ends the way.
package shift

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/plan"
)

// often is how long is waited between two looks at what gets requests.
const often = 5 * time.Second

// Way is a way to a share of the requests.
type Way struct {
	Goal plan.Share
	By   plan.Canary
	From *plan.Share // the first step; nil: that of Goal and By
	// Apply carries one step out, and returns the id of the change: also with an error when something was written, and empty
	// when there was nothing to change.
	Apply func(ctx context.Context, to plan.Share) (id string, err error)
	// Trouble says what is wrong with what gets requests; empty: nothing that can be seen.
	Trouble func(ctx context.Context, now plan.Share) (string, error)
	// Back takes a change back.
	Back func(ctx context.Context, id string) error
	// Tell hears of every moment; it may be nil.
	Tell func(Moment)
}

// Moment is how far a way is.
type Moment struct {
	Percent int       // of the step that was begun last
	Next    time.Time // when the next step is due; zero: none is waited for
	Changes []string  // the steps that were taken, the oldest first
	Trouble string    // why it goes back; empty: it does not
}

// BackError says that the requests go where they went before, or why not.
type BackError struct {
	Why  error
	Left error // why they do not; nil: they do
}

func (e *BackError) Error() string {
	if e.Left != nil {
		return fmt.Sprintf("%v; and it could not be taken back: %v", e.Why, e.Left)
	}
	return fmt.Sprintf("the requests go where they went before: %v", e.Why)
}

func (e *BackError) Unwrap() []error { return []error{e.Why, e.Left} }

// First is the share of the first step.
func First(goal plan.Share, by plan.Canary) plan.Share {
	return plan.Share{Revision: goal.Revision, Percent: min(by.Step, goal.Percent)}
}

// After is the share of the step that follows one.
func After(one, goal plan.Share, by plan.Canary) plan.Share {
	one.Percent = min(one.Percent+by.Step, goal.Percent)
	return one
}

// Text says the way in words.
func Text(goal plan.Share, by plan.Canary) string {
	interval := by.Interval.String()
	if strings.HasSuffix(interval, "m0s") {
		interval = strings.TrimSuffix(interval, "0s")
	}
	if strings.HasSuffix(interval, "h0m") {
		interval = strings.TrimSuffix(interval, "0m")
	}
	return fmt.Sprintf("%s=%d by steps of %d%% every %s", goal.Revision, goal.Percent, by.Step, interval)
}

// Parse reads STEP:INTERVAL.
func Parse(text string) (plan.Canary, error) {
	number, pause, ok := strings.Cut(strings.TrimSpace(text), ":")
	step, err := strconv.Atoi(strings.TrimSuffix(number, "%"))
	interval, wrong := time.ParseDuration(pause)
	if !ok || err != nil || wrong != nil || step < 1 || step > 100 || interval < 0 || interval > 24*time.Hour {
		return plan.Canary{}, errors.New("write STEP:INTERVAL, as in 20:1m")
	}
	return plan.Canary{Step: step, Interval: interval}, nil
}

// Go goes the way. When it is told to end it leaves the requests where they are.
func (w *Way) Go(ctx context.Context) error {
	var m Moment
	tell := func() {
		if w.Tell != nil {
			w.Tell(m)
		}
	}
	var err error
	to := First(w.Goal, w.By)
	if w.From != nil {
		to = *w.From
	}
	for ; ; to = After(to, w.Goal, w.By) {
		m.Percent, m.Next = to.Percent, time.Time{}
		tell()
		var id string
		id, err = w.Apply(ctx, to)
		if id != "" {
			m.Changes = append(slices.Clip(m.Changes), id)
		}
		if err == nil && ctx.Err() == nil {
			end := time.Now()
			if to.Percent < w.Goal.Percent {
				end = end.Add(w.By.Interval)
				m.Next = end
			}
			tell()
			err = w.watch(ctx, to, end)
		}
		if err != nil || ctx.Err() != nil || to.Percent == w.Goal.Percent {
			break
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil || len(m.Changes) == 0 {
		return err
	}
	m.Next, m.Trouble = time.Time{}, err.Error()
	tell()
	return &BackError{err, w.back(ctx, m.Changes)}
}

// watch waits until the next step is due, and ends early when something is wrong. A server that does not answer says nothing
// about the revision.
func (w *Way) watch(ctx context.Context, now plan.Share, end time.Time) error {
	for {
		why, err := w.Trouble(ctx, now)
		if err != nil && client.Classify(err) != client.KindUnreachable {
			return err
		}
		if why != "" {
			return errors.New(why)
		}
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		t := time.NewTimer(min(left, often))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

// back takes the steps back, the newest first.
func (w *Way) back(ctx context.Context, changes []string) error {
	for _, id := range slices.Backward(changes) {
		if err := w.Back(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
