package check

import (
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Status is the verdict of a control on a subject.
type Status uint8

// The verdicts. NotApplicable: the thing does not exist or cannot exist in this input, or was not asked for. Unknown:
// it may exist and could not be read, or the rule itself cannot be decided.
const (
	Fail Status = iota
	Unknown
	Pass
	NotApplicable
	Accepted
)

var statuses = [...]string{"fail", "unknown", "pass", "na", "accepted"}

func (s Status) String() string { return statuses[s] }

// Limit says why no field of the function cures a finding.
type Limit uint8

// The limits: none; no field of the framework does; only another version of the framework does.
const (
	NoLimit Limit = iota
	FrameworkLimit
	VersionLimit
)

var limits = [...]string{"none", "framework", "version"}

func (l Limit) String() string { return limits[l] }

// Finding is one verdict of a control on a subject, with its evidence. A control may give several. There are many of
// them: what most of them do not have, or have in common, lies elsewhere.
type Finding struct {
	Control *Control
	object  *model.Ref
	aside   *aside
	*Words  // never nil; they must not be changed, other findings may have the same

	Status   Status
	Severity Severity // after the context rules; of no meaning unless the status is Fail or Accepted
	Base     Severity
	Limit    Limit
	// Counts says that the finding grades although its control sums up others: no other control reports it.
	Counts bool
	moved  int8 // steps of the context rules
}

// Words are what a finding says, and where in the object.
type Words struct {
	// Path is the field: `spec.containers[0].image`. Fixed is the same with names instead of indexes, for fingerprints;
	// empty when it is the same.
	Path, Fixed string
	// Value is what stands there; never a secret.
	Value   string
	Message string
}

// Say replaces the message. It returns the finding.
func (f *Finding) Say(message string) *Finding {
	w := *f.Words
	w.Message = message
	f.Words = &w
	return f
}

// aside is what few findings have. It is comparable: many have the same.
type aside struct {
	rule, cause string
	intents     string // with spaces between them
	offers      bool   // intents are not the control's
	exception   *snapshot.Exception
}

// besides returns what lies aside; what is zero does.
func (f *Finding) besides() aside {
	if f.aside == nil {
		return aside{}
	}
	return *f.aside
}

// Keep gives findings words that stay when the Eval ends that they were found by: what they say, and what lies aside, is
// one with what others say.
func Keep(r *snapshot.Reader, findings []Finding) {
	var own []Words
	if !r.Shares() {
		own = make([]Words, len(findings))
	}
	for i := range findings {
		f := &findings[i]
		if own != nil {
			own[i] = *f.Words
			f.Words = &own[i]
			continue
		}
		f.Words = snapshot.ShareCopy(r, f.Words)
		if f.aside != nil {
			f.aside = snapshot.Share(r, f.aside)
		}
	}
}

// Object is what the evidence is in; zero when it is in none.
func (f *Finding) Object() model.Ref {
	if f.object == nil {
		return model.Ref{}
	}
	return *f.object
}

// Rule is the context rule that made Severity of Base, in words; empty when none did.
func (f *Finding) Rule() string {
	return f.besides().rule
}

// Cause is the id of the control that this finding follows from; empty when there is none.
func (f *Finding) Cause() string {
	return f.besides().cause
}

// Intents are the control's, unless the finding has fewer.
func (f *Finding) Intents() []Intent {
	switch {
	case f.aside != nil && f.aside.offers:
		return f.aside.offered()
	case f.Status == Fail || f.Status == Accepted:
		return f.Control.Intents
	}
	return nil
}

func (a *aside) offered() []Intent {
	var all []Intent
	for i := range strings.FieldsSeq(a.intents) {
		all = append(all, Intent(i))
	}
	return all
}

// Exception is what accepted the finding; nil when nothing did.
func (f *Finding) Exception() *snapshot.Exception {
	return f.besides().exception
}

// Accept marks the finding as accepted.
func (f *Finding) Accept(e *snapshot.Exception) {
	f.Status = Accepted
	f.set(func(a *aside) { a.exception = e })
}

// On puts the evidence into an object. It returns the finding.
func (f *Finding) On(object model.Ref) *Finding { f.object = &object; return f }

// set changes what lies aside, which other copies of the finding may have too.
func (f *Finding) set(change func(*aside)) {
	a := f.besides()
	change(&a)
	f.aside = &a
}
