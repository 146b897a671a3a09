package kyma

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries: both runtimes count calls; that of Node.js has its latency in milliseconds, and spells it so.
func (adapter) Queries(f *model.Function) plan.Queries {
	q := frameworks.CallsOfPods(f)
	q.Latency += ` or (` + frameworks.LatencyOfPods("function_duration_miliseconds_bucket") + `) / 1000`
	q.Missing = "Kyma counts no cold starts"
	return q
}
