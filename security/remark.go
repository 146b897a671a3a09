package security

import (
	"cmp"
	"slices"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Remark makes of a function's posture what it is when nothing but marks changed since: the controls that read marks
// judge again, and what the others found stands.
func Remark(r *snapshot.Reader, key model.FunctionKey, was *Posture) *Posture {
	f := r.Function(key)
	if f == nil || len(was.Verdicts) == 0 {
		return was
	}
	e := &check.Eval{Reader: r, Subject: was.Subject, F: f, KeepAll: r.Options().KeepAll}
	p := &Posture{Subject: was.Subject, Verdicts: make([]check.Status, len(was.Verdicts), max(len(was.Verdicts), len(verdicts{})))}
	copy(p.Verdicts, was.Verdicts)
	for i, c := range scoped()[check.ScopeFunction] {
		if c.Marks {
			p.Verdicts[i] = e.Judge(c)
		}
	}
	for i := range e.Findings {
		found := &e.Findings[i]
		found.Settle(false) // who may call the function weighs on other pillars
		found.Words = snapshot.Share(r, found.Words)
	}
	x := accepted.Get(r, key)
	if x != nil && len(x.valid) > 0 {
		x.accept(e.Findings)
	}
	for i := range was.Findings {
		if found := &was.Findings[i]; !found.Control.Marks {
			e.Findings = append(e.Findings, *found)
		}
	}
	slices.SortStableFunc(e.Findings, func(a, b check.Finding) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), check.Compare(a.Control, b.Control))
	})
	p.Findings = e.Findings
	if x != nil && len(x.valid) > 0 {
		p.acceptVerdicts()
	}
	p.Verdicts = share(r, p.Verdicts)
	p.finish()
	return p
}
