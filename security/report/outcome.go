package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

// ReadBaseline returns the fingerprints of the failures and accepted risks of an earlier report.
func ReadBaseline(data []byte) (fingerprints map[string]bool, err error) {
	type findings []struct{ Status, Fingerprint string }
	var r struct {
		APIVersion, Kind  string
		Functions, Scopes []struct{ Findings findings }
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	if version, _, _ := strings.Cut(APIVersion, "/"); r.Kind != Kind || !strings.HasPrefix(r.APIVersion, version+"/") {
		return nil, fmt.Errorf("read baseline: it is no %s of %s", Kind, APIVersion)
	}
	fingerprints = map[string]bool{}
	for _, s := range slices.Concat(r.Functions, r.Scopes) {
		for _, f := range s.Findings {
			if f.Fingerprint != "" && (f.Status == check.Fail.String() || f.Status == check.Accepted.String()) {
				fingerprints[f.Fingerprint] = true
			}
		}
	}
	return fingerprints, nil
}

// Delta is what changed since a baseline.
type Delta struct {
	New   int // failures that it has not
	Known int // failures that it has
	Gone  int // its entries that are no failures any more
}

// Compare marks the findings that a baseline has: they do not count any more.
func (r *Report) Compare(baseline map[string]bool) Delta {
	c := comparison{baseline: baseline, still: map[string]bool{}}
	r.eachList(c.mark)
	return c.result()
}

// comparison holds findings against a baseline.
type comparison struct {
	baseline, still map[string]bool
	delta           Delta
}

func (c *comparison) mark(_ *Function, _ *Scope, findings *[]Finding) {
	for i := range *findings {
		f := &(*findings)[i]
		f.Known = c.baseline[f.Fingerprint] && f.Status == check.Fail.String()
		switch {
		case f.Known:
			c.delta.Known++
			c.still[f.Fingerprint] = true
		case f.open():
			c.delta.New++
		case f.Status == check.Accepted.String() && c.baseline[f.Fingerprint]:
			c.still[f.Fingerprint] = true
		}
	}
}

func (c *comparison) result() Delta {
	d := c.delta
	d.Gone = len(c.baseline) - len(c.still)
	return d
}

// Thresholds are what a report must meet. The zero value asks for nothing.
type Thresholds struct {
	// FailOn is the severity from which a finding counts; nil: none does.
	FailOn *check.Severity
	// MinGrade is the worst grade that a function may have; nil: any.
	MinGrade *security.Grade
	// FailOnUnknown asks that everything could be decided.
	FailOnUnknown bool
}

// Outcome says which thresholds a report does not meet.
type Outcome struct {
	Findings int // at or above FailOn, and not in the baseline
	Grades   int // functions worse than MinGrade
	Unknown  int // undecided controls, where that counts
	Errors   int // documents that could not be read
	Sources  int // sources that did not answer
}

// Check compares a report with thresholds.
func (r *Report) Check(t Thresholds) Outcome {
	o := r.inputs()
	r.eachList(func(f *Function, _ *Scope, findings *[]Finding) { o.check(&t, f, *findings) })
	return o
}

// inputs is the outcome of what was read, before anything is judged.
func (r *Report) inputs() Outcome {
	o := Outcome{Errors: len(r.Errors)}
	for i := range r.Sources {
		if r.Sources[i].Error != nil {
			o.Sources++
		}
	}
	return o
}

func (o *Outcome) check(t *Thresholds, f *Function, findings []Finding) {
	if g, err := security.ParseGrade(gradeOf(f)); err == nil && t.MinGrade != nil && g > *t.MinGrade {
		o.Grades++
	}
	for i := range findings {
		f := &findings[i]
		if t.FailOnUnknown && f.Status == check.Unknown.String() {
			o.Unknown++
		}
		if t.FailOn == nil || f.Known || f.Status != check.Fail.String() || f.sums {
			continue
		}
		if s, err := check.ParseSeverity(f.Severity); err == nil && s >= *t.FailOn {
			o.Findings++
		}
	}
}

func gradeOf(f *Function) string {
	if f == nil {
		return ""
	}
	return f.Grade
}

// Code is the exit code: 2 when documents could not be read, 4 when a source did not answer, 1 when findings or grades
// are too bad, 3 when something could not be decided; the first of these that is true.
func (o Outcome) Code() int {
	switch {
	case o.Errors > 0:
		return 2
	case o.Sources > 0:
		return 4
	case o.Findings > 0 || o.Grades > 0:
		return 1
	case o.Unknown > 0:
		return 3
	}
	return 0
}

// Show leaves only the findings that keep names. Counts, grades and thresholds that were checked before stay as they are.
func (r *Report) Show(keep func(*Finding) bool) {
	r.eachList(func(_ *Function, _ *Scope, findings *[]Finding) { show(findings, keep) })
}

func show(findings *[]Finding, keep func(*Finding) bool) {
	all := *findings
	n := 0
	for i := range all {
		if !keep(&all[i]) {
			continue
		}
		if n != i {
			all[n] = all[i]
		}
		n++
	}
	clear(all[n:])
	*findings = all[:n]
}
