package openfaas

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries: the gateway counts the calls of every function, by `NAME.NAMESPACE`.
func (adapter) Queries(f *model.Function) plan.Queries {
	values := frameworks.Naming(f)
	values["function"] = f.Name() + "." + f.Key.Namespace
	return plan.Queries{
		Invocations: `sum(rate(gateway_function_invocation_total{function_name="{function}"}[{window}]))`,
		Errors:      `sum(rate(gateway_function_invocation_total{function_name="{function}",code!~"2.."}[{window}]))`,
		Latency:     `histogram_quantile(0.95, sum by (le) (rate(gateway_functions_seconds_bucket{function_name="{function}"}[{window}])))`,
		Missing:     "OpenFaaS counts no cold starts",
		Values:      values,
	}
}
