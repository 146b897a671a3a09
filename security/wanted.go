package security

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Wanted lists the Secrets whose data the controls would look at, as far as the operator allows it: of functions in
// these namespaces, and of control planes; chosen and in may be nil, for all. Nobody has to read them: what is not read
// is unknown.
func Wanted(r *snapshot.Reader, in func(namespace string) bool, chosen func(*check.Control) bool) []snapshot.Wanted {
	if o := r.Options(); !o.ReadCertificates && !o.CompareSecretValues {
		return nil
	}
	for _, f := range r.Functions("") {
		if !f.Opaque && (in == nil || in(f.Key.Namespace)) {
			look(&check.Eval{Reader: r, F: f, Subject: check.Subject{Scope: check.ScopeFunction, Namespace: f.Key.Namespace, Function: f.Key}}, chosen)
		}
	}
	for _, p := range framework.Platforms.Get(r, struct{}{}) {
		look(&check.Eval{Reader: r, Subject: p.Subject}, chosen)
	}
	return r.Wanted()
}

// look runs the controls that look at data of Secrets: the reader takes note of what they miss.
func look(e *check.Eval, chosen func(*check.Control) bool) {
	for _, c := range scoped()[e.Subject.Scope] {
		if c.Opens && (chosen == nil || chosen(c)) {
			e.Judge(c)
		}
	}
}
