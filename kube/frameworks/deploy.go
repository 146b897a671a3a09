package frameworks

import "github.com/fn9s/fn9s/kube/plan"

// Deployer is implemented by adapters of frameworks in which functions can be made.
type Deployer interface {
	Offer() plan.Offer
	// Deploy makes of a request what the framework's own tool would make of it, field by field. It is pure: no client, no
	// clock, and nothing is made more secure than that tool does, which is done to all drafts alike.
	Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft
}

// Rehearser is implemented by Deployers whose functions run in what a controller makes of their objects.
type Rehearser interface {
	// Rehearse says what the cluster would hold once the controller has seen these objects, which are whole and as they
	// are sent: workloads with their pods' templates, what finds them (labels, owners), and the objects themselves where
	// their status leads there. It is what a function is judged by before it exists; nothing of it is ever sent. An object
	// of the same identity as one of the arguments stands for it. It is pure, and does not change its arguments.
	Rehearse(objects []map[string]any, s plan.Surroundings) []map[string]any
}
