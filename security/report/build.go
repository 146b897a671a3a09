package report

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Input is what a report is made of. Functions and Scopes are printed in the order that they have.
type Input struct {
	GeneratedAt time.Time
	Version     string
	Sources     []Source
	Unreadable  []Unreadable
	Errors      []Error
	Functions   []Function // by FunctionOf
	Scopes      []Scope    // by ScopeOf
}

// New makes a report, and counts.
func New(in *Input) *Report {
	r := &Report{
		APIVersion: APIVersion, Kind: Kind, GeneratedAt: in.GeneratedAt.UTC().Format(time.RFC3339), Version: in.Version,
		Sources: full(in.Sources), Unreadable: full(in.Unreadable), Functions: full(in.Functions), Scopes: full(in.Scopes),
		Errors: full(in.Errors), Summary: Summary{Grades: map[string]int{}},
	}
	r.eachList(r.Summary.count)
	return r
}

// count adds a function, or a scope, with its findings.
func (s *Summary) count(f *Function, _ *Scope, findings *[]Finding) {
	if f != nil {
		s.Functions++
		if f.Opaque {
			s.Opaque++
		} else {
			s.Grades[f.Grade]++
		}
	}
	for i := range *findings {
		switch f := &(*findings)[i]; {
		case f.Status == check.Unknown.String():
			s.Unknown++
		case f.open():
			s.Fail++
		}
	}
}

// full is a list that is there when it is empty.
func full[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// open reports whether a finding is a failure that grades.
func (f *Finding) open() bool {
	return f.Status == check.Fail.String() && f.Severity != check.Info.String() && !f.sums
}

// eachList visits the findings of all functions and scopes.
func (r *Report) eachList(visit func(f *Function, s *Scope, findings *[]Finding)) {
	for i := range r.Functions {
		visit(&r.Functions[i], nil, &r.Functions[i].Findings)
	}
	for i := range r.Scopes {
		visit(nil, &r.Scopes[i], &r.Scopes[i].Findings)
	}
}

// Lookup knows of objects what findings do not say. Both may be nil, and answer with nothing.
type Lookup struct {
	// Version returns the apiVersion of an object.
	Version func(model.Ref) string
	// Place returns where a field of an object stands; file is empty for none.
	Place func(ref model.Ref, path string) (file string, line, column int)
}

// FunctionInput is a function and what was found out about it. What is nil does not apply.
type FunctionInput struct {
	ID         model.FunctionID
	Name       string // as it is shown; empty: that of the id
	Object     model.Ref
	APIVersion string
	Opaque     bool
	Posture    *security.Posture
	PSS        *PSS
	Exposure   *Exposure
	Blast      *Blast
}

// FunctionOf makes the entry of a function. It may be called for many functions side by side.
func FunctionOf(in *FunctionInput, l Lookup) Function {
	id := in.ID.String()
	f := Function{
		ID: id, Context: in.ID.Context, Framework: in.ID.Framework, Namespace: in.ID.Namespace, Name: in.Name,
		Object: Object{APIVersion: in.APIVersion, Kind: in.Object.Kind}, Opaque: in.Opaque,
		PSS: in.PSS, Exposure: in.Exposure, Blast: in.Blast, Lifts: []Lift{}, Findings: []Finding{},
	}
	if f.Name == "" {
		f.Name = in.ID.Name
	}
	if f.Object.Kind == "" {
		f.Object.Kind = in.ID.Kind
	}
	p := in.Posture
	if p == nil {
		p = &security.Posture{}
	}
	for i, to := range []*Pillar{
		&f.Pillars.Identity, &f.Pillars.Network, &f.Pillars.Secrets, &f.Pillars.Pod, &f.Pillars.Image, &f.Pillars.Quota, &f.Pillars.Provenance,
	} {
		from := &p.Pillars[i]
		*to = Pillar{Grade: from.Grade.String(), Capped: from.Capped, Fail: from.Fail, Unknown: from.Unknown}
	}
	if !in.Opaque {
		f.Grade, f.Capped = p.Grade.String(), p.Capped
	}
	for _, l := range p.Lifts() {
		f.Lifts = append(f.Lifts, Lift{Control: l.Control, Intent: l.Intent, Grade: l.Grade.String()})
	}
	f.Findings = findings(p, id, l)
	return f
}

// ScopeInput is a namespace, a platform or the cluster, and what was found out about it.
type ScopeInput struct {
	Context string
	Posture *security.Posture
	// Version and Shape are those of a platform, where they are known.
	Version, Shape string
}

// ScopeOf makes the entry of a scope.
func ScopeOf(in *ScopeInput, l Lookup) Scope {
	at := in.Posture.Subject
	s := Scope{
		Kind: at.Scope.String(), Context: in.Context, Namespace: at.Namespace, Name: at.Namespace,
		Grade: in.Posture.Grade.String(), Capped: in.Posture.Capped,
	}
	switch at.Scope {
	case check.ScopePlatform:
		s.Framework, s.Release, s.Version, s.Shape = at.Framework, at.Release, in.Version, in.Shape
		s.Name = at.Release
		if s.Name == "" {
			s.Name = at.Framework
		}
	case check.ScopeCluster:
		s.Name = in.Context
		if s.Name == "" {
			s.Name = "cluster"
		}
	}
	s.Findings = findings(in.Posture, s.id(), l)
	return s
}

// id is the identity of a scope, for fingerprints.
func (s *Scope) id() string {
	return s.Context + "·" + s.Kind + "·" + s.Framework + "·" + s.Namespace + "·" + s.Release
}

func findings(p *security.Posture, subject string, l Lookup) []Finding {
	all := make([]Finding, 0, len(p.Findings))
	objects := map[model.Ref]*Object{}
	for i := range p.Findings {
		all = append(all, findingOf(&p.Findings[i], p.Subject.Scope, subject, l, objects))
	}
	return all
}

func findingOf(f *check.Finding, scope check.Scope, subject string, l Lookup, objects map[model.Ref]*Object) Finding {
	c := f.Control
	out := Finding{
		Control: c.ID, Pillar: c.Pillar.String(), Severity: f.Severity.String(), Base: f.Base.String(), Rule: f.Rule(),
		Status: f.Status.String(), Scope: scope.String(), Limit: f.Limit.String(), Path: f.Path, Value: f.Value,
		Message: f.Message, Intents: full(f.Intents()), References: full(c.References),
		Fingerprint: fingerprint(f, subject), control: c, sums: c.Rollup && !f.Counts,
	}
	if f.Status == check.Pass || f.Status == check.NotApplicable {
		out.Severity, out.Base = c.Base.String(), c.Base.String()
	}
	if cause := f.Cause(); cause != "" {
		out.Cause = &cause
	}
	if x := f.Exception(); x != nil {
		out.Exception = &Exception{Reason: x.Reason, Owner: x.Owner, Until: x.Until.AddDate(0, 0, -1).Format(time.DateOnly), From: x.From}
	}
	if f.Object().IsZero() {
		return out
	}
	o := objects[f.Object()]
	if o == nil {
		o = &Object{Kind: f.Object().Kind, Namespace: f.Object().Namespace, Name: f.Object().Name}
		if l.Version != nil {
			o.APIVersion = l.Version(f.Object())
		}
		if o.APIVersion == "" {
			o.Group = f.Object().Group
		}
		objects[f.Object()] = o
	}
	out.Object = o
	if l.Place != nil {
		if file, line, column := l.Place(f.Object(), f.Path); file != "" {
			out.Source = &Place{File: file, Line: line, Column: column}
		}
	}
	return out
}

// Fingerprint is that of a finding on a function, in every report.
func Fingerprint(f *check.Finding, function model.FunctionID) string {
	return fingerprint(f, function.String())
}

// fingerprint is the same for a finding in every run, whatever its order, and for the same field when it moved.
func fingerprint(f *check.Finding, subject string) string {
	path := f.Fixed
	if path == "" {
		path = f.Path
	}
	parts := [...]string{f.Control.ID, subject, f.Object().Group, f.Object().Kind, f.Object().Namespace, f.Object().Name, path}
	var room [512]byte
	text := room[:0]
	for _, p := range parts {
		text = append(append(text, p...), 0)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
