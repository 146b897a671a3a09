package report

import "io"

// Terms say what a report is held against.
type Terms struct {
	// Baseline are the fingerprints of an earlier report; nil: none.
	Baseline   map[string]bool
	Thresholds Thresholds
	// Keep chooses the findings that are printed. All count.
	Keep func(*Finding) bool
}

// Builder makes a report of functions that come in piece by piece.
type Builder struct {
	report   *Report
	terms    Terms
	compared comparison
	outcome  Outcome
	stream   *document
}

// NewBuilder begins a report. What is in the input already is not held against the terms.
func NewBuilder(in *Input, t Terms) *Builder {
	b := &Builder{report: New(in), terms: t, compared: comparison{baseline: t.Baseline, still: map[string]bool{}}}
	b.outcome = b.report.inputs()
	return b
}

// Stream writes the document as it grows, and keeps no function: a report of many is larger than what it is about.
// Functions and Scopes of the input must be empty.
func (b *Builder) Stream(w io.Writer) { b.stream = newDocument(w, b.report) }

// Functions adds functions, which are the builder's from then on.
func (b *Builder) Functions(all []Function) {
	for i := range all {
		b.take(&all[i], nil, &all[i].Findings)
	}
	if b.stream != nil {
		b.stream.functions(all)
		return
	}
	b.report.Functions = append(b.report.Functions, all...)
}

// Scopes adds scopes.
func (b *Builder) Scopes(all []Scope) {
	for i := range all {
		b.take(nil, &all[i], &all[i].Findings)
	}
	b.report.Scopes = append(b.report.Scopes, all...)
}

func (b *Builder) take(f *Function, s *Scope, findings *[]Finding) {
	if b.terms.Baseline != nil {
		b.compared.mark(f, s, findings)
	}
	b.report.Summary.count(f, s, findings)
	b.outcome.check(&b.terms.Thresholds, f, *findings)
	if b.terms.Keep != nil {
		show(findings, b.terms.Keep)
	}
}

// Done ends the report. One that was streamed has no functions. The error is that of the stream.
func (b *Builder) Done() (*Report, Outcome, error) {
	if b.stream != nil {
		return b.report, b.outcome, b.stream.close(b.report)
	}
	return b.report, b.outcome, nil
}
