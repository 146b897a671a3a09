package security

import (
	"cmp"
	"slices"
	"sync"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Function judges a function, for readers that are told which functions to judge again. Of is for all others.
var Function = snapshot.NewQuery("posture of a function, kept", function.Get, (*Posture).Equal).Root().Mended(Remark)

// Of judges a function, unless its posture is kept.
func Of(r *snapshot.Reader, key model.FunctionKey) *Posture {
	if _, kept := Function.Kept(r, key); kept {
		return Function.Get(r, key)
	}
	return function.Get(r, key)
}

var function = snapshot.NewQuery("posture of a function", func(r *snapshot.Reader, key model.FunctionKey) *Posture {
	s := check.Subject{Scope: check.ScopeFunction, Namespace: key.Namespace, Function: key}
	f := r.Function(key)
	if f == nil || f.Opaque {
		return &Posture{Subject: s}
	}
	return evaluate(r, s, f, func(found []check.Finding) bool { return openToInternet(r, f, found) }, accepted.Get(r, key))
}, (*Posture).Equal).Passing()

// Scope judges a namespace, a platform or the cluster, by the controls that are no function's.
var Scope = snapshot.NewQuery("posture of a scope", func(r *snapshot.Reader, s check.Subject) *Posture {
	return evaluate(r, s, nil, nil, nil)
}, (*Posture).Equal).Root()

// verdicts are those of the controls of a scope: an array, so that equal ones can be one.
type verdicts [256]check.Status

// desk is what judging one subject needs for the while: it is large, and used again.
type desk struct {
	check.Eval
	verdicts
}

var desks = sync.Pool{New: func() any { return &desk{} }}

// seat returns a desk for a subject; leave gives it back.
func seat(r *snapshot.Reader, s check.Subject, f *model.Function) *desk {
	d := desks.Get().(*desk)
	d.Begin(r, s, f)
	return d
}

func (d *desk) leave() {
	d.End()
	d.verdicts = verdicts{}
	desks.Put(d)
}

// evaluate runs the controls of the subject's scope, makes the severities final, takes out what was accepted, and sums up.
// open, unless it is nil, says of what was found whether the internet may call the subject.
func evaluate(r *snapshot.Reader, s check.Subject, f *model.Function, open func([]check.Finding) bool, x *exceptions) *Posture {
	d := seat(r, s, f)
	defer d.leave()
	controls := scoped()[s.Scope]
	all := d.verdicts[:len(controls)]
	if s.Scope == check.ScopePlatform {
		evaluatePlatform(&d.Eval, controls, all)
	} else {
		d.JudgeAll(controls, all)
	}
	called := open != nil && open(d.Findings)
	for i := range d.Findings {
		d.Findings[i].Settle(called)
	}
	if x != nil && len(x.valid) > 0 {
		x.accept(d.Findings)
		accept(controls, all, d.Findings)
	}
	p := &Posture{Subject: s, Findings: order(d.Findings), Verdicts: d.share(r, len(controls))}
	check.Keep(r, p.Findings)
	p.finish()
	return p
}

// share returns the first n verdicts; equal ones are one: most functions have those of many others.
func (d *desk) share(r *snapshot.Reader, n int) []check.Status {
	return snapshot.ShareCopy(r, &d.verdicts)[:n:n]
}

// accept makes accepted the verdict of controls all of whose failures are.
func accept(controls []*check.Control, verdicts []check.Status, findings []check.Finding) {
	for i, c := range controls {
		if verdicts[i] != check.Fail {
			continue
		}
		open := slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Control == c && f.Status == check.Fail })
		if !open {
			verdicts[i] = check.Accepted
		}
	}
}

// finish sums up the findings.
func (p *Posture) finish() {
	p.Pillars = pillarGrades(p.Findings)
	p.Grade, p.Capped = total(&p.Pillars)
	p.Counts = [check.Critical + 1]int{}
	for i := range p.Findings {
		if f := &p.Findings[i]; f.Status == check.Fail && (!f.Control.Rollup || f.Counts) {
			p.Counts[f.Severity]++
		}
	}
}

const severities = int(check.Critical) + 1

// rank is where a finding stands: see order.
func rank(f *check.Finding) int { return int(f.Status)*severities + int(check.Critical-f.Severity) }

// order puts failures before unknowns before accepted risks, and the worst first. Findings of one rank stay in the order
// of the catalogue, in which they were found.
func order(findings []check.Finding) []check.Finding {
	var next [(int(check.Accepted) + 1) * severities]int32
	for i := range findings {
		next[rank(&findings[i])]++
	}
	at := int32(0)
	for i, n := range next {
		next[i], at = at, at+n
	}
	out := make([]check.Finding, len(findings))
	for i := range findings {
		n := &next[rank(&findings[i])]
		out[*n] = findings[i]
		*n++
	}
	return out
}

// exposing are the controls that say that a function can be called from the internet without a login, and the severity
// from which on they say it: a lower one is for ways that only the cluster or a private network reaches. A NodePort
// counts as such a way, the node ports of a private load balancer do not.
var exposing = map[string]check.Severity{
	"NET-20": check.High, "NET-21": check.High, "NET-32": check.High, "NET-40": check.High, "NET-41": check.High,
	"NET-42": check.High, "NET-43": check.High, "NET-44": check.High, "NET-45": check.High, "NET-46": check.High,
	"FW-OF-01": check.Critical, "FW-NU-01": check.Critical, "FW-FN-01": check.Critical, "FW-FI-03": check.Critical,
}

// openToInternet reports whether the function can be called from outside without a login, by its own routes or
// through its platform.
func openToInternet(r *snapshot.Reader, f *model.Function, findings []check.Finding) bool {
	if slices.ContainsFunc(findings, isExposing) {
		return true
	}
	platform, ok := check.Platform(f)
	return ok && slices.ContainsFunc(own.Get(r, platform), isExposing)
}

// isExposing reports whether a finding says so.
func isExposing(f check.Finding) bool {
	least, ok := exposing[f.Control.ID]
	return ok && f.Status == check.Fail && f.Base >= least
}

// Equal reports whether two postures say the same.
func (p *Posture) Equal(o *Posture) bool {
	return p.Grade == o.Grade && p.Capped == o.Capped && p.Pillars == o.Pillars && p.Counts == o.Counts &&
		slices.Equal(p.Verdicts, o.Verdicts) && slices.EqualFunc(p.Findings, o.Findings, check.Finding.Equal)
}

// effort orders intents by what it takes to carry them out: a field first, a redesign last.
var effort = func() map[check.Intent]int {
	m := map[check.Intent]int{}
	for i, id := range []check.Intent{
		check.FixNoToken, check.FixSeccomp, check.FixNoEscalation, check.FixDropCapabilities, check.FixReadOnlyRoot,
		check.FixNonRoot, check.FixPullPolicy, check.FixLimits, check.FixTimeout, check.FixMaxScale, check.FixPinImage,
		check.FixNamespaceLevel, check.FixIsolateIngress, check.FixIsolateEgress, check.FixBlockMetadata, check.FixClusterIP,
		check.FixRouteTLS, check.FixRouteAuth, check.FixUnbind, check.FixOwnAccount, check.FixRestart, check.FixRotateSecret,
	} {
		m[id] = i + 1
	}
	return m
}()

func effortOf(f *check.Finding) int {
	best := 1000
	for _, i := range f.Intents() {
		n := effort[i]
		if n == 0 {
			n = 500
		}
		if i == check.FixReview || i == check.FixUpgrade {
			n = 900
		}
		best = min(best, n)
	}
	return best
}

// Lifts lists what makes the grade better: the intents that cure the findings that make it what it is, in the order of
// the effort, each with the worst control that it cures and the grade that is left when it and those before are done.
func (p *Posture) Lifts() []Lift {
	if p.Grade == A {
		return nil
	}
	var left tally
	var worst []*check.Finding
	for i := range p.Findings {
		f := &p.Findings[i]
		if !grades(f) {
			continue
		}
		left[f.Control.Pillar][f.Severity]++
		if len(f.Intents()) > 0 && weight(f) > A && !slices.ContainsFunc(worst, func(w *check.Finding) bool { return w.Intents()[0] == f.Intents()[0] }) {
			worst = append(worst, f) // the first of an intent is its worst
		}
	}
	slices.SortStableFunc(worst, func(a, b *check.Finding) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(effortOf(a), effortOf(b)))
	})
	worst = worst[:min(len(worst), maxLifts)]
	out := make([]Lift, 0, len(worst))
	for _, w := range worst {
		intent := w.Intents()[0]
		for i := range p.Findings {
			if f := &p.Findings[i]; grades(f) && len(f.Intents()) > 0 && f.Intents()[0] == intent {
				left[f.Control.Pillar][f.Severity]--
			}
		}
		out = append(out, Lift{Control: w.Control.ID, Intent: intent, Grade: left.grade(&p.Pillars)})
	}
	return out
}

const maxLifts = 8

// tally counts the findings that grade, by pillar and severity.
type tally [check.Pillars][check.Critical + 1]int

// grade is what these findings give; what is capped stays capped.
func (t *tally) grade(pillars *[check.Pillars]Pillar) Grade {
	var all [check.Pillars]Pillar
	for i := range t {
		for severity, n := range t[i] {
			if n > 0 {
				all[i].Grade = gradeOf(check.Severity(severity))
			}
		}
		if pillars[i].Capped {
			all[i].Grade = max(all[i].Grade, B)
		}
	}
	g, _ := total(&all)
	return g
}

// weight is the grade that a finding alone would give its function.
func weight(f *check.Finding) Grade {
	g := gradeOf(f.Severity)
	if f.Control.Pillar > check.Pod {
		g = min(g, C)
	}
	return g
}

// Only returns the posture as it would be with these findings alone. Verdicts are left as they are.
func (p *Posture) Only(keep func(*check.Finding) bool) *Posture {
	dropped := false
	for i := range p.Findings {
		dropped = dropped || !keep(&p.Findings[i])
	}
	if !dropped {
		return p
	}
	q := *p
	q.Findings = nil
	for i := range p.Findings {
		if keep(&p.Findings[i]) {
			q.Findings = append(q.Findings, p.Findings[i])
		}
	}
	q.finish()
	return &q
}
