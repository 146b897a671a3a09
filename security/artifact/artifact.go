// Package artifact judges what a function is made of and how much it may use: images, sources, resources, and the traces
// of who made and changed it.
//
// Its one rule: names of images are parsed, never matched as text.
package artifact

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(img, res, aud) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind {
	return slices.Concat(declarations, quotas, reports, records, admission, mutations, signatures)
}
