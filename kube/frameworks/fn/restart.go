package fn

import (
	"time"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Restart has no way: a runner keeps the containers of all functions.
func (framework) Restart(*model.Function, time.Time) plan.Answer {
	return plan.Answer{None: "its containers live in runners that serve all functions: restart the runners"}
}
