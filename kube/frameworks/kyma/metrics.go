package kyma

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// The function is the pod that was scraped: by the labels of the Prometheus operator, or by those of annotations.
const (
	ownPod       = `namespace="{namespace}",pod=~"{workload:re}-[a-z0-9]+-[a-z0-9]+"`
	annotatedPod = `kubernetes_namespace="{namespace}",kubernetes_pod_name=~"{workload:re}-[a-z0-9]+-[a-z0-9]+"`
)

// Queries: both runtimes count calls; that of Node.js has its latency in milliseconds, and spells it so.
func (adapter) Queries(f *model.Function) plan.Queries {
	return plan.Queries{
		Invocations: `sum(rate(function_calls_total{` + ownPod + `}[{window}])) or sum(rate(function_calls_total{` + annotatedPod + `}[{window}]))`,
		Errors:      `sum(rate(function_failures_total{` + ownPod + `}[{window}])) or sum(rate(function_failures_total{` + annotatedPod + `}[{window}]))`,
		Latency: `histogram_quantile(0.95, sum by (le) (rate(function_duration_seconds_bucket{` + ownPod + `}[{window}]))) or ` +
			`histogram_quantile(0.95, sum by (le) (rate(function_duration_miliseconds_bucket{` + ownPod + `}[{window}]))) / 1000`,
		Missing: "Kyma counts no cold starts",
		Values:  frameworks.Naming(f),
	}
}
