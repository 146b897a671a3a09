package fn

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Queries are none.
func (framework) Queries(f *model.Function) plan.Queries {
	return plan.Queries{Missing: "the metrics of Fn name no function", Values: frameworks.Naming(f)}
}
