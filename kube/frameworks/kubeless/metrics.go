package kubeless

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries: the runtimes of Python and Node.js, and some others, count their calls.
func (adapter) Queries(f *model.Function) plan.Queries {
	q := frameworks.CallsOfPods(f)
	q.Missing = "Kubeless counts no cold starts"
	return q
}
