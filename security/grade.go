package security

import (
	"fmt"
	"strings"

	"github.com/fn9s/fn9s/security/check"
)

// Grade is the letter of a pillar, a function, a namespace or a platform. Worse is greater.
type Grade uint8

// The grades.
const (
	A Grade = iota
	B
	C
	D
	F
)

func (g Grade) String() string { return "ABCDF"[g : g+1] }

// ParseGrade reads a letter.
func ParseGrade(letter string) (Grade, error) {
	i := strings.Index("ABCDF", strings.ToUpper(letter))
	if i < 0 || len(letter) != 1 {
		return A, fmt.Errorf("grade %q: there are A, B, C, D, F", letter)
	}
	return Grade(i), nil
}

// gradeOf is the grade that one open finding of a severity gives.
func gradeOf(s check.Severity) Grade { return Grade(s) }

// Pillar is how a subject stands in one pillar.
type Pillar struct {
	Grade Grade
	// Capped: a control that must be decided could not be, so that the grade may be better than the truth.
	Capped        bool
	Fail, Unknown int
}

// Lift is a step towards a better grade: what the intent would cure, and the grade when it and the steps before are
// done.
type Lift struct {
	Control string
	Intent  check.Intent
	Grade   Grade
}

// Posture is the verdict on one subject. It must not be changed.
type Posture struct {
	Subject check.Subject
	Grade   Grade
	Capped  bool
	Pillars [check.Pillars]Pillar
	// Findings are the failures, unknowns and accepted risks, worst first.
	Findings []check.Finding
	// Verdicts are those of all controls of the subject's scope, in the order of Catalogue.
	Verdicts []check.Status
	// Counts are the open failures by severity, roll-ups left out.
	Counts [check.Critical + 1]int
}

// Letter is the grade as it is shown: `B?` when it is capped.
func (p *Posture) Letter() string {
	if p.Capped {
		return p.Grade.String() + "?"
	}
	return p.Grade.String()
}

// grades reports whether a finding counts for the grade.
func grades(f *check.Finding) bool {
	return f.Status == check.Fail && (!f.Control.Rollup || f.Counts) && f.Severity > check.Info
}

// pillarGrades sums up findings.
func pillarGrades(findings []check.Finding) (pillars [check.Pillars]Pillar) {
	for i := range findings {
		f := &findings[i]
		p := &pillars[f.Control.Pillar]
		switch {
		case f.Status == check.Unknown:
			p.Unknown++
			p.Capped = p.Capped || f.Control.Priority == check.M
		case grades(f):
			p.Fail++
			p.Grade = max(p.Grade, gradeOf(f.Severity))
		}
	}
	for i := range pillars {
		if pillars[i].Capped {
			pillars[i].Grade = max(pillars[i].Grade, B)
		}
	}
	return pillars
}

// total is the worst of the four pillars that grade; the others weigh at most C.
func total(pillars *[check.Pillars]Pillar) (g Grade, capped bool) {
	for i := range pillars {
		p := &pillars[i]
		if check.Pillar(i) <= check.Pod {
			g, capped = max(g, p.Grade), capped || p.Capped
			continue
		}
		g = max(g, min(p.Grade, C))
	}
	return g, capped
}
