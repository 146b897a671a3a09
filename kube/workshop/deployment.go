package workshop

import (
	"slices"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Deploy is the action of a deployment.
const Deploy = "deploy"

// Maker is a framework in which functions can be made.
type Maker struct {
	Framework string
	Offer     plan.Offer
	// Refused says why none can be made on this cluster; empty: it can be tried.
	Refused string
}

// Deployment is a function that is asked for on the cluster of a context.
type Deployment struct {
	Context string
	// Request says all of it; of a copy only framework, namespace, name and, where it is another one, image.
	Request plan.DeployRequest
	// Copy is the function that it is to be like; nil: none.
	Copy *model.FunctionID
	// Secrets has what a copy needs copied too, where it is not there.
	Secrets bool
	// Objects come whole, in the place of a request.
	Objects []map[string]any
	// Without are the secure defaults that it gives up.
	Without []check.Intent
	// TakeBack has it taken back when it does not become ready.
	TakeBack bool
}

// Default is a secure default: what is done to the function besides what was asked for.
type Default struct {
	Intent check.Intent
	On     bool
	None   string // why it is not done although it is on; empty: it is done, or given up
	// Grade is the function's when this one is given up, or, where it is, when it is not; empty: not known.
	Grade  string
	Spares []string // controls that fail without it
}

// Prospect is what a deployment would come to. It must not be changed.
type Prospect struct {
	Problems []plan.Problem
	Notes    []string // what is different from what was asked for, and what else is to be known
	// Objects is what would be made, as YAML in the order in which it is made, without secret values; empty: nothing can
	// be made yet.
	Objects string
	Count   int
	// Posture is the function's as it would be; nil: not judged.
	Posture  *board.Posture
	Defaults []Default
	Exists   string // the object that is there already, and is changed; empty: it is new
}

// Best reports whether no secure default is given up.
func (p *Prospect) Best() bool {
	return !slices.ContainsFunc(p.Defaults, func(d Default) bool { return !d.On })
}

// Found are functions as a file or a folder describes them.
type Found struct {
	From     string // what was read, for messages
	Requests []plan.DeployRequest
	Objects  []map[string]any // whole objects of Kubernetes
	Notes    []string         // what it says and a cluster cannot do
	Problems []string         // what is wrong in it: nothing of it is made then
}
