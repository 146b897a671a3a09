package board

import (
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/blast"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Posture is how well a function is secured, and how far somebody inside it would get. It must not be changed.
type Posture struct {
	*security.Posture
	// PSS is the Pod Security level that its pods meet; empty when it has no pods to judge.
	PSS string
	// Class says from where it can be called, Auth with which login, TLS whether always encrypted. Hidden: a way in may
	// be hidden.
	Class  expose.Class
	Auth   expose.Auth
	TLS    bool
	Hidden bool
	// Reach is how far somebody inside it would get; it may be further when Further is set.
	Reach   blast.Level
	Further bool
	// Platform is the control plane behind it, and Behind the posture of that; nil when it has none.
	Platform check.Subject
	Behind   *security.Posture
}

// PostureOf answers for one function, for readers that have no engine; nil for what is opaque or not there.
func PostureOf(r *snapshot.Reader, key model.FunctionKey) *Posture { return postureOf.Get(r, key) }

// VerdictOf is the posture alone, without how far somebody inside the function would get: that takes longer to tell.
func VerdictOf(r *snapshot.Reader, key model.FunctionKey) *security.Posture {
	return security.Of(r, key)
}

// postureOf answers for a row. Opaque functions have none.
var postureOf = snapshot.NewQuery("posture of a row", func(r *snapshot.Reader, key model.FunctionKey) *Posture {
	f := r.Function(key)
	if f == nil || f.Opaque {
		return nil
	}
	x, radius := expose.Of.Get(r, key), security.Radius.Get(r, key)
	p := &Posture{
		Posture: security.Of(r, key), PSS: pods.LevelOf.Get(r, key).Level,
		Class: x.Class, Auth: x.Auth, TLS: x.TLS, Hidden: len(x.Missing) > 0,
		Reach: radius.Level, Further: len(radius.Missing) > 0,
	}
	if s, ok := check.Platform(f); ok {
		p.Platform, p.Behind = s, behind.Get(r, s)
	}
	return p
}, samePosture).Root().Mended(func(r *snapshot.Reader, key model.FunctionKey, was *Posture) *Posture {
	if was == nil {
		return nil
	}
	p := *was
	p.Posture = security.Remark(r, key, was.Posture)
	return &p
})

// behind is the posture of a platform. A thousand rows rest on one, which changes less often than what it runs as.
var behind = snapshot.NewQuery("posture behind rows", security.Scope.Get, (*security.Posture).Equal).Eager()

func samePosture(a, b *Posture) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Posture, y.Posture = nil, nil
	return x == y && a.Posture.Equal(b.Posture)
}
