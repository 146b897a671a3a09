package openwhisk

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// An action's name has its package in front.
const byAction = `namespace="{space}",action="{action}"`

// Queries: only where user metrics are switched on.
func (framework) Queries(f *model.Function) plan.Queries {
	values := frameworks.Naming(f)
	values["space"], values["action"], _ = strings.Cut(f.Name(), "/")
	return plan.Queries{
		Invocations: `sum(rate(openwhisk_action_activations_total{` + byAction + `}[{window}]))`,
		Errors:      `sum(rate(openwhisk_action_status{` + byAction + `,status!="success"}[{window}]))`,
		Latency:     `histogram_quantile(0.95, sum by (le) (rate(openwhisk_action_duration_seconds_bucket{` + byAction + `}[{window}])))`,
		ColdStarts:  `sum(rate(openwhisk_action_coldStarts_total{` + byAction + `}[{window}]))`,
		Values:      values,
	}
}
