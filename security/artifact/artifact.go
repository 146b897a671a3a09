// Package artifact judges images, resources and provenance.
//
// Its one rule: what runs counts, not what is written: a digest over a tag, a default over an absent field.
package artifact

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Controls lists the controls of the family.
func Controls() []check.Control { return slices.Concat(img, res, aud) }

// Kinds lists what the controls read besides what every snapshot holds.
func Kinds() []snapshot.Kind { return slices.Concat(kinds) }

var kinds []snapshot.Kind
