// Package pods judges pod specs against the Pod Security Standards and what these leave out.
//
// Its one rule: the official evaluator decides about the standards, on specs with the defaults of the API.
package pods

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(pod) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind { return slices.Concat(kinds) }
