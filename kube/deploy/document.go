package deploy

import (
	"slices"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Pending are the failures that make the grade of the function what it is, the worst first.
func (r *Result) Pending() []check.Finding {
	if r.Posture == nil {
		return nil
	}
	var all []check.Finding
	for _, f := range r.Posture.Findings {
		if f.Status == check.Fail && f.Severity > check.Info && (!f.Control.Rollup || f.Counts) {
			all = append(all, f)
		}
	}
	return all
}

// Document describes the result for a plan.
func (r *Result) Document() change.DeploymentDocument {
	d := change.DeploymentDocument{
		Framework: r.Request.Framework, Namespace: r.Request.Namespace, Name: r.Request.Name, Exists: r.Exists, Grade: r.Grade(),
		Pending: []change.PendingDocument{}, Secured: []string{}, GivenUp: []string{}, Left: []change.LeftDocument{}, Notes: append([]string{}, r.Notes...),
	}
	for _, f := range r.Pending() {
		d.Pending = append(d.Pending, change.PendingDocument{Control: f.Control.ID, Severity: f.Severity.String(), Limit: f.Limit.String(), Message: f.Message})
	}
	for _, s := range r.Done {
		d.Secured = append(d.Secured, string(s.Intent))
		if s.Why != "" {
			d.Notes = append(d.Notes, string(s.Intent)+": "+s.Why)
		}
	}
	for _, i := range r.GivenUp {
		d.GivenUp = append(d.GivenUp, string(i))
	}
	for _, s := range r.Left {
		d.Left = append(d.Left, change.LeftDocument{Intent: string(s.Intent), Why: s.Why})
	}
	return d
}

// Subjects says what is to be watched of these functions once their plan was carried out. Where nothing runs that would make
// them, that is said there.
func (m *Maker) Subjects(s *Setting, results []*Result) ([]change.Subject, error) {
	var bare []*draft
	for _, r := range results {
		d := newDraft(r.Request)
		d.Declares = r.Declares
		for _, o := range r.objects {
			d.put(refOf(o), o)
		}
		bare = append(bare, d)
	}
	w, err := m.world(s, bare)
	if err != nil {
		return nil, err
	}
	var all []change.Subject
	for i, r := range results {
		if len(r.Edits) == 0 || r.Declares.Name == "" {
			continue
		}
		subject := change.Subject{Function: model.FunctionID{Context: s.Context, FunctionKey: r.Key()}, Object: r.Declares, Workloads: r.workloads}
		if slices.ContainsFunc(r.Edits, func(e plan.Edit) bool { return e.Object == r.Declares }) {
			bare[i].find(w)
			if f := w.Function(bare[i].key); f != nil && f.State == model.NoWorkload && len(r.workloads) == 0 || f != nil && f.State == model.NoWorkload && !r.direct() {
				subject.Unseen = f.Reason
			}
		}
		all = append(all, subject)
	}
	return all, nil
}

// direct reports whether the function is its own workload: no framework has to take notice of it.
func (r *Result) direct() bool { return slices.Contains(r.workloads, r.Declares) }
