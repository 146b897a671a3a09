// Package mesh judges mutual TLS and authorization of Istio and Linkerd.
//
// Its one rule: the mesh's own precedence decides, and only what is enforced counts.
package mesh

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(msh) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind { return slices.Concat(istioKinds, linkerdKinds) }

// reader is the name of the facts that are kept for this package.
const reader = "mesh"

// most bounds what is kept of one list of an object.
const most = 512

func bounded[T any](s []T) []T { return s[:min(len(s), most)] }
