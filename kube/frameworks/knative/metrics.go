package knative

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// The queue-proxies tell by OpenTelemetry since 1.19, where the pod is that of the scrape, and named the service before.
const (
	byPod  = `namespace="{namespace}",pod=~"{name:re}-[0-9]+-deployment-.*"`
	byName = `namespace_name="{namespace}",service_name="{name}"`
)

// Queries: only where request metrics are switched on in config-observability.
func (adapter) Queries(f *model.Function) plan.Queries {
	return plan.Queries{
		Invocations: `sum(rate(kn_serving_invocation_duration_seconds_count{` + byPod + `}[{window}])) or sum(rate(revision_request_count{` + byName + `}[{window}]))`,
		Errors: `sum(rate(kn_serving_invocation_duration_seconds_count{` + byPod + `,http_response_status_code=~"5.."}[{window}])) or ` +
			`sum(rate(revision_request_count{` + byName + `,response_code_class="5xx"}[{window}]))`,
		Latency: `histogram_quantile(0.95, sum by (le) (rate(kn_serving_invocation_duration_seconds_bucket{` + byPod + `}[{window}]))) or ` +
			`histogram_quantile(0.95, sum by (le) (rate(revision_request_latencies_bucket{` + byName + `}[{window}]))) / 1000`,
		Missing: "Knative counts no cold starts",
		Values:  frameworks.Naming(f),
	}
}
