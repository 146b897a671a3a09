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
func Kinds() []snapshot.Kind { return slices.Concat(kinds) }

var kinds []snapshot.Kind
