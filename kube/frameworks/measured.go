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
