package frameworks

import "github.com/fn9s/fn9s/kube/plan"

// Deployer is implemented by adapters of frameworks in which functions can be made.
type Deployer interface {
	Offer() plan.Offer
	// Deploy makes of a request what the framework's own tool would make of it, field by field. It is pure: no client, no
	// clock, and nothing is made more secure than that tool does, which is done to all drafts alike.
	Deploy(r *plan.DeployRequest, s plan.Surroundings) plan.Draft
}
