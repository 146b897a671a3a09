package frameworks

import (
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Measured is implemented by adapters whose framework tells a Prometheus how its functions are called.
type Measured interface {
	// Queries says how to ask about a function.
	Queries(f *model.Function) plan.Queries
}

// Naming are the values that queries name a function by: its name, its namespace, and the workload that runs it.
func Naming(f *model.Function) map[string]string {
	values := map[string]string{"name": f.Name(), "namespace": f.Key.Namespace, "workload": f.Name()}
	for _, w := range f.Workloads {
		if w.Role == model.Run && !w.Shared {
			values["workload"] = w.Name
			break
		}
	}
	return values
}

// The function's pod that was scraped: by the labels of the Prometheus operator, or by those of annotations.
const (
	ownPod       = `namespace="{namespace}",pod=~"{workload:re}-[a-z0-9]+-[a-z0-9]+"`
	annotatedPod = `kubernetes_namespace="{namespace}",kubernetes_pod_name=~"{workload:re}-[a-z0-9]+-[a-z0-9]+"`
)

// CallsOfPods are the queries of the runtimes of Kubeless, and of Kyma's, which came of them: each pod counts its calls.
func CallsOfPods(f *model.Function) plan.Queries {
	return plan.Queries{
		Invocations: `sum(rate(function_calls_total{` + ownPod + `}[{window}])) or sum(rate(function_calls_total{` + annotatedPod + `}[{window}]))`,
		Errors:      `sum(rate(function_failures_total{` + ownPod + `}[{window}])) or sum(rate(function_failures_total{` + annotatedPod + `}[{window}]))`,
		Latency:     LatencyOfPods("function_duration_seconds_bucket"),
		Values:      Naming(f),
	}
}

// LatencyOfPods asks for the 95th percentile of a histogram of the function's pods.
func LatencyOfPods(histogram string) string {
	of := func(pod string) string {
		return `histogram_quantile(0.95, sum by (le) (rate(` + histogram + `{` + pod + `}[{window}])))`
	}
	return of(ownPod) + ` or ` + of(annotatedPod)
}
