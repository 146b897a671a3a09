package workshop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/board"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/deploy"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// MakersOf are the frameworks that a maker makes functions in; why says of each why not on a cluster.
func MakersOf(m *deploy.Maker, why func(framework string) string) []Maker {
	var all []Maker
	for _, name := range m.Names() {
		all = append(all, Maker{Framework: name, Offer: m.Deployer(name).Offer(), Refused: why(name)})
	}
	return all
}

// ProspectOf says what a deployment comes to in a setting. It takes time.
func ProspectOf(ctx context.Context, m *deploy.Maker, s *deploy.Setting, d *Deployment) (*Prospect, error) {
	if d.Request.Namespace == "" {
		p := &Prospect{Problems: []plan.Problem{{Field: "namespace", Text: "say in which namespace"}}}
		if a := m.Deployer(d.Request.Framework); a != nil {
			offer := a.Offer()
			p.Problems = append(p.Problems, deploy.Check(&d.Request, &offer)...)
		}
		return p, nil
	}
	make1 := func(without []check.Intent) (*deploy.Result, error) {
		r := d.Request
		results, err := m.Make(ctx, s, []*plan.DeployRequest{&r}, deploy.Options{Insecure: without})
		if err != nil {
			return nil, err
		}
		return results[0], nil
	}
	r, err := make1(d.Without)
	if err != nil {
		return nil, err
	}
	p := &Prospect{Problems: r.Problems, Notes: r.Notes, Posture: r.Posture}
	if r.Exists {
		p.Exists = r.Declares.String()
	}
	if len(r.Problems) > 0 {
		return p, nil
	}
	if p.Objects, err = r.Text(); err != nil {
		return nil, err
	}
	p.Count = len(r.Objects())
	bare, err := make1(deploy.Defaults())
	if err != nil {
		return nil, err
	}
	p.Defaults = defaultsOf(r, bare.Posture)
	return p, nil
}

// defaultsOf tells of every secure default what became of it, and what it is worth: bare is the posture without any.
func defaultsOf(r *deploy.Result, bare *board.Posture) []Default {
	done := func(i check.Intent) bool {
		return slices.ContainsFunc(r.Done, func(s deploy.Step) bool { return s.Intent == i })
	}
	var all []Default
	for _, i := range deploy.Defaults() {
		left := slices.IndexFunc(r.Left, func(s deploy.Step) bool { return s.Intent == i })
		switch {
		case slices.ContainsFunc(all, func(d Default) bool { return d.Intent == i }):
		case slices.Contains(r.GivenUp, i):
			all = append(all, Default{Intent: i, Grade: gradeWith(r.Posture, i)})
		case done(i):
			d := Default{Intent: i, On: true}
			d.Grade, d.Spares = gradeWithout(r, bare, i, done)
			all = append(all, d)
		case left >= 0:
			all = append(all, Default{Intent: i, On: true, None: r.Left[left].Why})
		}
	}
	return all
}

// gradeWith is the grade once what an intent cures is cured.
func gradeWith(p *board.Posture, i check.Intent) string {
	if p == nil {
		return ""
	}
	return p.Only(func(f *check.Finding) bool { return f.Status != check.Fail || !slices.Contains(f.Intents(), i) }).Letter()
}

// gradeWithout is the grade that is expected without one of the intents that were carried out, and what fails then.
func gradeWithout(r *deploy.Result, bare *board.Posture, i check.Intent, done func(check.Intent) bool) (grade string, fails []string) {
	if bare == nil || r.Posture == nil {
		return "", nil
	}
	still := func(f *check.Finding) bool {
		return slices.ContainsFunc(r.Posture.Findings, func(o check.Finding) bool {
			return o.Status == check.Fail && o.Control.ID == f.Control.ID && o.Path == f.Path
		})
	}
	p := bare.Only(func(f *check.Finding) bool {
		if f.Status != check.Fail || still(f) {
			return true
		}
		cures := f.Intents()
		if !slices.Contains(cures, i) || slices.ContainsFunc(cures, func(o check.Intent) bool { return o != i && done(o) }) {
			return false
		}
		if !slices.Contains(fails, f.Control.ID) {
			fails = append(fails, f.Control.ID)
		}
		return true
	})
	if len(fails) == 0 {
		return "", nil
	}
	return p.Letter(), fails
}

// OrderOf makes the order of deployments that are all on one cluster and in one setting. It takes time.
func OrderOf(ctx context.Context, m *deploy.Maker, s *deploy.Setting, all []Deployment) (*Order, error) {
	if len(all) == 0 {
		return nil, errors.New("no function is asked for")
	}
	var results []*deploy.Result
	for _, group := range alike(all) {
		var requests []*plan.DeployRequest
		for i := range group {
			r := group[i].Request
			requests = append(requests, &r)
		}
		made, err := m.Make(ctx, s, requests, deploy.Options{Insecure: group[0].Without})
		if err != nil {
			return nil, err
		}
		results = append(results, made...)
	}
	var wrong []error
	for _, r := range results {
		for _, p := range r.Problems {
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", r.Request.Name, p.Field, p.Text))
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	context := all[0].Context
	o := &Order{Context: context, Action: Deploy, Title: titleOf(results), Values: deploy.Values(results), TakeBack: all[0].TakeBack}
	o.Request = &change.Request{Action: Deploy, Title: o.Title, Wishes: deploy.Wishes(context, results)}
	for _, r := range results {
		id := model.FunctionID{Context: context, FunctionKey: r.Key()}
		o.Expected = append(o.Expected, Grade{Function: id, Expected: r.Grade()})
		o.Notes = append(o.Notes, notesOf(id, r)...)
	}
	return o, nil
}

// alike puts together what gives up the same defaults.
func alike(all []Deployment) [][]Deployment {
	var groups [][]Deployment
	for _, d := range all {
		i := slices.IndexFunc(groups, func(g []Deployment) bool { return slices.Equal(g[0].Without, d.Without) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

func titleOf(results []*deploy.Result) string {
	if len(results) > 1 {
		return fmt.Sprintf("deploy %d functions", len(results))
	}
	r := results[0].Request
	return strings.TrimSpace("deploy " + r.Framework + " " + r.Name + " in " + r.Namespace)
}

// notesOf says what the plan's steps do not say by themselves.
func notesOf(id model.FunctionID, r *deploy.Result) []Note {
	var all []Note
	for _, n := range r.Notes {
		all = append(all, Note{Function: id, What: Known, Text: n})
	}
	for _, i := range r.GivenUp {
		all = append(all, Note{Function: id, Intent: i, What: LeftOut, Text: "given up: " + i.Wish()})
	}
	for _, s := range r.Left {
		all = append(all, Note{Function: id, Intent: s.Intent, What: NotCured, Text: s.Why})
	}
	return all
}
