package screen

import (
	"context"
	"time"

	"github.com/fn9s/fn9s/kube/stream/prometheus"
	"github.com/fn9s/fn9s/security/model"
)

// Prometheus asks one how a function is called.
type Prometheus interface {
	// Configured says whether there is one for the context. It does not take time.
	Configured(context string) bool
	// Calls reads the series between two moments. It takes time: it belongs into a command.
	Calls(ctx context.Context, id model.FunctionID, from, to time.Time) (*prometheus.Calls, error)
}
