package pods

import (
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// isolated answers whether network policies isolate all pods of a function in both directions.
var isolated = snapshot.NewQuery("isolated in both directions", func(r *snapshot.Reader, key model.FunctionKey) bool {
	all := reach.OfFunction.Get(r, key)
	for i := range all {
		if all[i].HostNetwork {
			return false
		}
		iso := reach.Isolation(r, all[i])
		if iso.Ingress.State != reach.Closed || iso.Egress.State != reach.Closed {
			return false
		}
	}
	return len(all) > 0
}, func(a, b bool) bool { return a == b }).Passing()

const whenIsolated = "isolated by network policy in both directions"

// softened are the rows that weigh less for isolated functions.
func softened(r row) bool { return r == root || r == escalation || r == writable || r == seccomp }
