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
	d := seat(r, was.Subject, f)
	defer d.leave()
	controls := scoped()[check.ScopeFunction]
	all := d.verdicts[:copy(d.verdicts[:], was.Verdicts)]
	for i, c := range controls {
		if c.Marks {
			all[i] = d.Judge(c)
		}
	}
	for i := range d.Findings {
		d.Findings[i].Settle(false) // who may call the function weighs on other pillars
	}
	x := accepted.Get(r, key)
	exempt := x != nil && len(x.valid) > 0
	if exempt {
		x.accept(d.Findings)
	}
	check.Keep(r, d.Findings)
	for i := range was.Findings {
		if found := &was.Findings[i]; !found.Control.Marks {
			d.Findings = append(d.Findings, *found)
		}
	}
	slices.SortStableFunc(d.Findings, func(a, b check.Finding) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), check.Compare(a.Control, b.Control))
	})
	if exempt {
		accept(controls, all, d.Findings)
	}
	if slices.EqualFunc(d.Findings, was.Findings, check.Finding.Equal) && slices.Equal(all, was.Verdicts) {
		return was
	}
	p := &Posture{Subject: was.Subject, Findings: slices.Clone(d.Findings), Verdicts: d.share(r, len(controls))}
	p.finish()
	return p
}
