package security

import (
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Radius answers how far somebody would get who runs code inside the function.
var Radius = snapshot.NewQuery("blast radius", func(r *snapshot.Reader, key model.FunctionKey) *blast.Radius {
	f := r.Function(key)
	if f == nil || f.Opaque {
		return &blast.Radius{}
	}
	facts := blast.Facts{Function: Of(r, key).Findings}
	if platform, ok := check.Platform(f); ok {
		facts.Platform = own.Get(r, platform)
	}
	return blast.Of(r, key, facts)
}, (*blast.Radius).Equal).Passing()
