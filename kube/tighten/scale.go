package tighten

import (
	"time"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// Limiter is a Source with fields for a ceiling on replicas, and on how long a call takes.
type Limiter interface {
	MaxScale(w *plan.Wish, most int32) plan.Answer
}

// ceiling is given to functions that have none: more than most have, and an end.
const ceiling = 20

// maxScale puts a ceiling above what runs now.
func (q *asked) maxScale() plan.Answer {
	x, ok := q.source.(Limiter)
	if !ok {
		return q.None("the framework has no field for it that fn9s knows", check.FixQuota)
	}
	most := int32(ceiling)
	for _, n := range []*int32{q.f.Desired, q.f.Ready, q.f.Scaling.Min} {
		if n != nil {
			most = max(most, *n*2)
		}
	}
	if m := q.f.Scaling.Max; m != nil && *m > 0 && *m <= most {
		return q.None("it has a ceiling that fn9s would not lower", check.FixReview)
	}
	q.ask("it gets no more replicas than the new ceiling, however many calls come")
	return x.MaxScale(q.Wish, most)
}

// Timer is a Source with a field for how long one call may take.
type Timer interface {
	Timeout(w *plan.Wish, limit time.Duration) plan.Answer
}

// timeout ends calls that take longer than the operator says: how long they may take, nothing in the cluster tells.
func (q *asked) timeout() plan.Answer {
	x, ok := q.source.(Timer)
	switch {
	case !ok:
		return q.None("the framework has no field of its own for it: the function's code and what is before it end calls", check.FixReview)
	case !q.has(Timeout):
		return q.wants("how long its calls may take, its owner knows", Timeout)
	}
	limit, err := time.ParseDuration(q.given.Value(Timeout))
	if err != nil {
		return q.None(err.Error(), check.FixReview)
	}
	q.ask("calls that take longer than " + limit.String() + " are ended")
	return x.Timeout(q.Wish, limit)
}
