package scan

import (
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/pods"
	"github.com/fn9s/fn9s/security/report"
	"github.com/fn9s/fn9s/security/snapshot"
)

func objectOf(ref model.Ref) report.Object {
	return report.Object{Group: ref.Group, Kind: ref.Kind, Namespace: ref.Namespace, Name: ref.Name}
}

func pss(r *snapshot.Reader, key model.FunctionKey) *report.PSS {
	l := pods.LevelOf.Get(r, key)
	if l.Level == "" {
		return nil
	}
	return &report.PSS{
		Level: l.Level, Version: l.Version, NamespaceEnforces: l.NamespaceEnforces,
		Baseline: failed(l.Baseline), Restricted: failed(l.Restricted),
	}
}

func failed(all []pods.FailedCheck) []report.FailedCheck {
	out := make([]report.FailedCheck, 0, len(all))
	for _, f := range all {
		out = append(out, report.FailedCheck{Check: f.Check, Reason: f.Reason, Path: f.Path})
	}
	return out
}

func exposure(r *snapshot.Reader, key model.FunctionKey) *report.Exposure {
	x := expose.Of.Get(r, key)
	out := &report.Exposure{Class: x.Class.String(), TLS: x.TLS, Routes: make([]report.Route, 0, len(x.Routes))}
	if x.Class > expose.None {
		out.Authentication = x.Auth.String()
	}
	for i := range x.Routes {
		route := &x.Routes[i]
		out.Routes = append(out.Routes, report.Route{Host: route.Host, Path: route.Path, Via: objectOf(route.Via)})
	}
	return out
}

func radius(r *snapshot.Reader, key model.FunctionKey) *report.Blast {
	b := security.Radius.Get(r, key)
	out := &report.Blast{Level: int(b.Level), Paths: make([][]report.Step, 0, len(b.Paths))}
	for _, p := range b.Paths {
		steps := make([]report.Step, 0, len(p.Steps))
		for _, s := range p.Steps {
			steps = append(steps, report.Step{Edge: s.Control, To: objectOf(s.To), Text: s.Text})
		}
		out.Paths = append(out.Paths, steps)
	}
	return out
}
