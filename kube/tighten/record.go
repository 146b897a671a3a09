package tighten

import (
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// Recorder is a Source whose functions are objects of an API of its own: it changes what a connector tells of the function.
// Paths are those of the findings in there. An answer without edits leaves it to the pods.
type Recorder interface {
	FixRecord(w *plan.Wish, paths []string) plan.Answer
}

// record answers for what the findings say about the record of the function; ok is false when that says nothing, or the API
// has no field for it. What is left are the other objects that findings are about.
func (q *asked) record() (a plan.Answer, others, ok bool) {
	x, is := q.source.(Recorder)
	if !is || q.f.Record.IsZero() {
		return a, true, false
	}
	var paths, left []string
	for i := range q.findings {
		switch f := &q.findings[i]; {
		case f.Object() == q.f.Record:
			paths = append(paths, f.Path)
		case f.Object().Group == q.f.Record.Group: // its package, its app: others have them too
			left = append(left, f.Object().Kind+" "+f.Object().Name+": "+f.Path)
		default:
			others = true
		}
	}
	if len(paths) == 0 {
		return a, true, false
	}
	wish := *q.Wish
	a = x.FixRecord(&wish, paths)
	if len(left) > 0 {
		a.Left = "what other functions have too: " + strings.Join(left, ", ")
	}
	return a, others, len(a.Edits) > 0
}

// both puts the answer for the pods to that for the record.
func both(a, pods plan.Answer) plan.Answer {
	a.Edits = append(a.Edits, pods.Edits...)
	if pods.None != "" {
		a.Left = strings.TrimPrefix(a.Left+"; "+pods.None, "; ")
	}
	if len(pods.Edits) > 0 {
		a.Effect, a.Lost = pods.Effect, pods.Lost
		a.Left = strings.Trim(a.Left+"; "+pods.Left, "; ")
	}
	return a
}
