package frameworks

import (
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Locator is implemented by adapters whose functions do not simply write to the logs of their own pods.
type Locator interface {
	// Logs says where the output of a function is.
	Logs(f *model.Function, x Index) plan.LogTarget
}

// LogsOf asks the function's adapter where its output is; without a word of it, it is in the logs of its pods.
func LogsOf(all []Framework, f *model.Function, x Index) plan.LogTarget {
	if l, ok := adapterOf(all, f).(Locator); ok {
		return l.Logs(f, x)
	}
	return plan.LogTarget{}
}
