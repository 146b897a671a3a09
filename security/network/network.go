// Package network judges from where a function can be called and what it can call.
//
// Its one rule: a policy or a login counts by what it does, never by being there.
package network

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(net) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	return slices.Concat(policyKinds, routeKinds, agentKinds, eventKinds, service.Kinds(), kinds)
}

var kinds []snapshot.Kind
