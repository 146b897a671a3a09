package screen

import (
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// FindingKey tells a finding from the others of its subject, also after its severity changed.
type FindingKey struct {
	Control string
	Object  model.Ref
	Path    string
	Message string
}

// KeyOf is the key of a finding.
func KeyOf(f *check.Finding) FindingKey {
	return FindingKey{Control: f.Control.ID, Object: f.Object(), Path: f.Path, Message: f.Message}
}

// Find returns the finding of that key, else the one of the same control at the same place: its words may have changed.
// Nil: there is none any more.
func (k FindingKey) Find(findings []check.Finding) *check.Finding {
	var near *check.Finding
	for i := range findings {
		f := &findings[i]
		switch {
		case KeyOf(f) == k:
			return f
		case near == nil && f.Control.ID == k.Control && f.Object() == k.Object && f.Path == k.Path:
			near = f
		}
	}
	return near
}

// FindingOf is the place of a finding of a function.
func FindingOf(id model.FunctionID, f *check.Finding) Place {
	return Place{Page: PageFinding, Function: id, Finding: KeyOf(f)}
}

// ScopeFindingOf is the place of a finding of a namespace, a platform or the cluster.
func ScopeFindingOf(context string, s check.Subject, f *check.Finding) Place {
	return Place{Page: PageFinding, Context: context, Subject: s, Finding: KeyOf(f)}
}

// Located screens know which field of the object under the cursor is meant.
type Located interface{ Field() string }
