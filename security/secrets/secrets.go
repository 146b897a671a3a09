// Package secrets judges how credentials get into functions, who reads them and how old they are.
//
// Its one rule: no value of a secret leaves it: evidence is a name, a place and a kind.
package secrets

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(sec) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	return slices.Concat(typedKinds(), declaredKinds(), supplierKinds(), mentionKinds())
}
