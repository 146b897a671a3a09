package nuclio

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const byLabels = `namespace="{namespace}",function="{name}"`

// Queries: only where the platform has a sink of type prometheusPull.
func (adapter) Queries(f *model.Function) plan.Queries {
	return plan.Queries{
		Invocations: `sum(rate(nuclio_processor_handled_events_total{` + byLabels + `}[{window}]))`,
		Errors:      `sum(rate(nuclio_processor_handled_events_total{` + byLabels + `,result!="success"}[{window}]))`,
		Latency: `sum(rate(nuclio_processor_handled_events_duration_milliseconds_sum{` + byLabels + `}[{window}])) / ` +
			`sum(rate(nuclio_processor_handled_events_duration_milliseconds_count{` + byLabels + `}[{window}])) / 1000`,
		Mean:    true,
		Missing: "Nuclio counts no cold starts",
		Values:  frameworks.Naming(f),
	}
}
