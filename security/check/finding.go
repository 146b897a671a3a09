package check

import (
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

// Finding is one verdict of a control on a subject, with its evidence. A control may give several.
type Finding struct {
	Control  *Control
	Status   Status
	Severity Severity // after the context rules; of no meaning unless the status is Fail or Accepted
	Base     Severity
	Rule     string // the context rule that made Severity of Base, in words; empty when none did
	Limit    Limit
	Cause    string // id of the control that this finding follows from
	Object   model.Ref
	// Path is the field in the object: `spec.containers[0].image`. Fixed is the same with names instead of indexes,
	// for fingerprints; empty when it is the same.
	Path, Fixed string
	// Value is what stands there; never a secret.
	Value   string
	Message string
	// Intents are the control's, unless the finding has fewer.
	Intents []Intent
	// Counts says that the finding grades although its control sums up others: no other control reports it.
	Counts bool
	moved  int8 // steps of the context rules
	// Exception is what accepted the finding.
	Exception *snapshot.Exception
}
