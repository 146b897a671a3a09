// Package framework judges what only one framework has: its control plane, its shared parts, its own login.
//
// Its one rule: shape first: what cannot be told from the objects is unknown, never assumed.
package framework

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(of, kl, ky, kn, fi, nu, ow, fn, ge) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	return slices.Concat(openfaasKinds, kubelessKinds, kymaKinds, knativeKinds, fissionKinds, nuclioKinds, openwhiskKinds,
		fnKinds, genericKinds)
}

// reader names the facts that this family keeps.
const reader = "framework"
