package check

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Subject is what is judged: a function, a namespace, a platform, or the cluster.
type Subject struct {
	Scope     Scope
	Function  model.FunctionKey // of ScopeFunction
	Namespace string            // of all but ScopeCluster
	// Framework and Release name a control plane, which lies in Namespace.
	Framework, Release string
}

// Platform returns the subject of a function's control plane, and whether it is known.
func Platform(f *model.Function) (Subject, bool) {
	if f.Platform.Namespace == "" {
		return Subject{}, false
	}
	return Subject{Scope: ScopePlatform, Namespace: f.Platform.Namespace, Framework: f.Key.Framework, Release: f.Platform.Release}, true
}

// Eval judges one subject. Controls read the snapshot through it and tell it what they found.
type Eval struct {
	*snapshot.Reader
	Subject Subject
	// F is the function that is judged; nil in other scopes.
	F *model.Function

	// Findings are what the controls found. Pass and NotApplicable are among them only with KeepAll.
	Findings []Finding
	KeepAll  bool

	objects []*model.Ref // of the findings
	words   []Words      // of the findings: see Keep
	control *Control
	first   int // of the running control's findings
	verdict Status
	na      string
}

// Begin makes the Eval ready for a subject; what an earlier one found was dropped by End.
func (e *Eval) Begin(r *snapshot.Reader, s Subject, f *model.Function) {
	e.Reader, e.Subject, e.F, e.KeepAll = r, s, f, r.Options().KeepAll
}

// End drops what was found, and all that was read. The room for it is kept for the next subject: findings that are kept
// must have been given to Keep.
func (e *Eval) End() {
	clear(e.Findings)
	clear(e.objects)
	clear(e.words)
	*e = Eval{Findings: e.Findings[:0], objects: e.objects[:0], words: e.words[:0]}
}

// Judge runs a control and returns its verdict: the worst of what it found.
func (e *Eval) Judge(c *Control) Status {
	var verdict [1]Status
	e.JudgeAll([]*Control{c}, verdict[:])
	return verdict[0]
}

// JudgeAll runs controls and notes the verdict of each. One that breaks off is unknown, and the others run on.
func (e *Eval) JudgeAll(controls []*Control, verdicts []Status) {
	i := 0
	run := func() {
		for ; i < len(controls); i++ {
			e.begin(controls[i])
			if e.Options().Manifests && controls[i].Offline == Never {
				e.NA("manifests do not show it")
			} else {
				controls[i].judge(e)
			}
			verdicts[i] = e.conclude()
		}
	}
	for i < len(controls) {
		if cause := e.Guard(run); cause != nil {
			e.Findings = e.Findings[:e.first]
			e.unknown(snapshot.Missing{Reason: fmt.Sprintf("the control could not be evaluated: %v", cause)})
			e.verdict = Unknown
			verdicts[i] = e.conclude()
			i++
		}
	}
}

func (e *Eval) begin(c *Control) {
	e.control, e.first, e.verdict, e.na = c, len(e.Findings), Pass, ""
}

func (e *Eval) conclude() Status {
	if e.KeepAll && len(e.Findings) == e.first {
		e.Findings = append(e.Findings, Finding{Control: e.control, Status: e.verdict, Words: &Words{Message: e.na}})
	}
	return e.verdict
}

func (c *Control) judge(e *Eval) {
	switch {
	case c.Platform != nil && e.Subject.Scope == ScopePlatform:
		c.Platform(e)
		return
	case c.Cluster != nil && e.Subject.Scope == ScopeCluster:
		c.Cluster(e)
		return
	}
	c.Check(e)
}

// At is where something was found.
type At struct {
	Object model.Ref
	// Path is the field: `spec.containers[0].image`. Fixed is the same with names instead of indexes, empty when it
	// is the same.
	Path, Fixed string
	// Value is what stands there, empty for nothing worth showing; never a secret.
	Value string
}

// Fail reports a failure of the running control, at its base severity. What is returned may be refined until the next
// report.
func (e *Eval) Fail(at At, message string) *Finding {
	e.verdict = Fail
	at = e.named(at)
	e.Findings = append(e.Findings, Finding{
		Control: e.control, Status: Fail, Severity: e.control.Base, Base: e.control.Base,
		object: e.object(at.Object), Words: e.say(Words{Path: at.Path, Fixed: at.Fixed, Value: at.Value, Message: message}),
	})
	return &e.Findings[len(e.Findings)-1]
}

func (e *Eval) say(w Words) *Words {
	e.words = append(e.words, w)
	return &e.words[len(e.words)-1]
}

// object returns one copy of a reference for all findings of the subject.
func (e *Eval) object(ref model.Ref) *model.Ref {
	if ref.IsZero() {
		return nil
	}
	for _, o := range e.objects {
		if *o == ref {
			return o
		}
	}
	o := new(model.Ref)
	*o = ref
	e.objects = append(e.objects, o)
	return o
}

// named gives a finding on a function that nothing in the cluster declares the object that comes closest.
func (e *Eval) named(at At) At {
	if at.Object.IsZero() && e.F != nil {
		at.Object = e.F.Named()
	}
	return at
}

// Failf is Fail with a format.
func (e *Eval) Failf(at At, format string, args ...any) *Finding {
	return e.Fail(at, fmt.Sprintf(format, args...))
}

// Fact reports something that is worth knowing and no weakness: a finding of severity info.
func (e *Eval) Fact(at At, message string) *Finding { return e.Fail(at, message).As(Info) }

// Unknown reports that the running control could not be decided on this subject, and what was missing.
func (e *Eval) Unknown(missing ...snapshot.Missing) {
	for _, m := range missing {
		e.unknown(m)
	}
}

// unknown reports each reason once. It returns nil where it was reported before.
func (e *Eval) unknown(m snapshot.Missing) *Finding {
	if e.verdict != Fail {
		e.verdict = Unknown
	}
	text := m.String()
	for i := e.first; i < len(e.Findings); i++ {
		if f := &e.Findings[i]; f.Status == Unknown && f.Message == text {
			return nil
		}
	}
	e.Findings = append(e.Findings, Finding{Control: e.control, Status: Unknown, Severity: e.control.Base, Base: e.control.Base, Words: e.say(Words{Message: text})})
	return &e.Findings[len(e.Findings)-1]
}

// Undecided is Unknown with a reason that is no missing right: a foreign policy, an unknown controller.
func (e *Eval) Undecided(at At, reason string) {
	if f := e.unknown(snapshot.Missing{Reason: reason}); f != nil {
		at = e.named(at)
		f.object, f.Words = e.object(at.Object), e.say(Words{Path: at.Path, Fixed: at.Fixed, Value: at.Value, Message: f.Message})
	}
}

// NA says that the running control does not apply to this subject, and why. What was reported before stands.
func (e *Eval) NA(reason ...string) {
	if e.verdict != Pass {
		return
	}
	if e.verdict = NotApplicable; e.KeepAll {
		e.na = strings.Join(reason, "")
	}
}

// Need reports whether all objects of a kind in a namespace (empty: cluster-wide) can be seen. When they may be hidden,
// the running control is reported as unknown. An API that is not served has no objects: that is seen.
func (e *Eval) Need(kind schema.GroupKind, namespace string) bool {
	m, hidden := e.Hidden(kind, namespace)
	if hidden {
		e.unknown(m)
	}
	return !hidden
}

// As sets the base severity.
func (f *Finding) As(s Severity) *Finding { f.Severity, f.Base = s, s; return f }

// After names the control that the finding follows from.
func (f *Finding) After(cause string) *Finding {
	f.set(func(a *aside) { a.cause = cause })
	return f
}

// With limits what cures the finding.
func (f *Finding) With(l Limit) *Finding { f.Limit = l; return f }

// Offers replaces the control's intents.
func (f *Finding) Offers(intents ...Intent) *Finding {
	words := make([]string, len(intents))
	for i := range intents {
		words[i] = string(intents[i])
	}
	f.set(func(a *aside) { a.intents, a.offers = strings.Join(words, " "), true })
	return f
}

// Counting makes a finding of a roll-up control grade: no other control reports it.
func (f *Finding) Counting() *Finding { f.Counts = true; return f }

// Up and Down apply a context rule of the control: the severity moves by one step, and the words are kept. However many
// rules apply, it is at most one step.
func (f *Finding) Up(rule string) *Finding { return f.shift(1, rule) }

// Down is the opposite of Up.
func (f *Finding) Down(rule string) *Finding { return f.shift(-1, rule) }

func (f *Finding) shift(by int8, rule string) *Finding {
	f.moved += by
	f.set(func(a *aside) {
		if a.rule != "" {
			rule = a.rule + "; " + rule
		}
		a.rule = rule
	})
	return f
}

// unruled takes the words of the context rules away: they changed nothing.
func (f *Finding) unruled() {
	if f.Rule() != "" {
		f.set(func(a *aside) { a.rule = "" })
	}
}

// OpenToAll are the words of the rule for functions that anybody on the internet may call.
const OpenToAll = "reachable from outside without authentication"

// Settle makes the severity final. open: the function can be called from outside without a login.
func (f *Finding) Settle(open bool) {
	if f.Status != Fail || f.Base == Info {
		f.unruled()
		return
	}
	id := f.Control.ID
	if open && (strings.HasPrefix(id, "SA-") || strings.HasPrefix(id, "POD-") || id == "SEC-01" || id == "RES-06") {
		f.Up(OpenToAll)
	}
	switch {
	case f.moved > 0:
		f.Severity = f.Base.Up()
	case f.moved < 0:
		f.Severity = f.Base.Down()
	}
	if f.Severity == f.Base {
		f.unruled()
	}
}

// Equal reports whether two findings say the same.
func (f Finding) Equal(o Finding) bool {
	return f.Control == o.Control && f.Status == o.Status && f.Severity == o.Severity && f.Object() == o.Object() &&
		(f.Words == o.Words || *f.Words == *o.Words) && f.Limit == o.Limit && (f.aside == o.aside || f.besides() == o.besides())
}
