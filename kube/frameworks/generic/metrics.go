package generic

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries are those of the configuration.
func (a *adapter) Queries(f *model.Function) plan.Queries {
	m := a.entry.metrics
	q := plan.Queries{Invocations: m["invocations"], Errors: m["errors"], Latency: m["latency"], Values: frameworks.Naming(f)}
	if len(m) == 0 {
		q.Missing = "the configuration of " + a.entry.Name + " has no metrics"
	}
	return q
}
