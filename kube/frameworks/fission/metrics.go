package fission

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries: the router counts calls and errors, the executor cold starts.
func (adapter) Queries(f *model.Function) plan.Queries {
	return plan.Queries{
		Invocations: `sum(rate(fission_function_calls_total{function_namespace="{namespace}",function_name="{name}"}[{window}]))`,
		Errors:      `sum(rate(fission_function_errors_total{function_namespace="{namespace}",function_name="{name}"}[{window}]))`,
		ColdStarts:  `sum(rate(fission_function_cold_starts_total{function_namespace="{namespace}",function_name="{name}"}[{window}]))`,
		Missing:     "Fission measures no latency, only its own overhead",
		Values:      frameworks.Naming(f),
	}
}
