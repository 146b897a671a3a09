package screen

import (
	"github.com/fn9s/fn9s/kube/stream/metrics"
	"github.com/fn9s/fn9s/security/model"
)

// Metrics tells what functions use. It measures only what somebody looks at; the newest values are in the rows of the
// board. No method waits for the network.
type Metrics interface {
	// Look has the functions in scope measured (a zero id), or one of them closely, until stop is called.
	Look(id model.FunctionID) (stop func())
	// Away says that the terminal has lost the focus: less is measured then.
	Away(away bool)
	// Measuring says how it goes in a context.
	Measuring(context string) metrics.State
	// History is what a function used, from the oldest, as far back as it was looked at; at most an hour.
	History(id model.FunctionID) []metrics.Point
	// Pod is what a pod used last, and before that.
	Pod(context, namespace, name string) (now metrics.Point, before []metrics.Point, measured bool)
}
