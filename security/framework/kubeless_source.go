package framework

import (
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// checkKubelessSource is FW-KL-02.
func checkKubelessSource(e *check.Eval) {
	f, ok := kubelessFacts(e)
	if !ok {
		return
	}
	switch {
	case f.own:
		e.NA("its code lies in an image")
		return
	case f.url:
		e.NA("its code comes from a URL")
		return
	case f.checksum:
		return
	}
	ns, name := e.F.Key.Namespace, e.F.Key.Name
	var own []model.Ref
	if s, ok := check.Platform(e.F); ok {
		p := PlatformOf.Get(e.Reader, s)
		own = p.Accounts
	}
	h := writersOf(e, configMapKind, ns, name).without(own)
	who := "administrators only"
	if all := slices.Concat(h.broad, h.others); len(all) > 0 {
		who = few(all)
	}
	finding := e.Failf(check.At{Object: e.F.Object, Path: "spec.checksum"},
		"without a checksum the next start runs whatever ConfigMap %s says; it may be changed by %s", name, who)
	if len(h.broad) == 0 {
		finding.As(check.Medium)
	}
	if len(h.broad) == 0 {
		e.Unknown(h.missing...)
	}
}
