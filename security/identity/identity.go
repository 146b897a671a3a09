// Package identity judges ServiceAccounts and what they may do.
//
// Its one rule: permissions are what the API server would grant, groups and aggregation included; a name proves nothing.
package identity

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(sa) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind { return slices.Concat(kinds) }

var kinds []snapshot.Kind
