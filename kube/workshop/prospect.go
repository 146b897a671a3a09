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
		maker := Maker{Framework: name, Offer: m.Deployer(name).Offer(), Refused: why(name)}
		if maker.Refused == "" && len(maker.Offer.Sources) == 0 {
			maker.Refused = "its entry in the configuration has no template to make functions by"
		}
		all = append(all, maker)
	}
	return all
}

// Functions finds a function that is there; nil: it is not.
type Functions func(model.FunctionID) *model.Function

// made makes a result of a deployment, with these defaults given up.
func made(ctx context.Context, m *deploy.Maker, s *deploy.Setting, functions Functions, d *Deployment, without []check.Intent) (*deploy.Result, error) {
	o := deploy.Options{Insecure: without}
	if d.Copy == nil {
		r := d.Request
		results, err := m.Make(ctx, s, []*plan.DeployRequest{&r}, o)
		if err != nil {
			return nil, err
		}
		return results[0], nil
	}
	from := functions(*d.Copy)
	if from == nil {
		return nil, fmt.Errorf("copy %s: it is not there any more", d.Copy.Name)
	}
	if s.Look == nil {
		return nil, fmt.Errorf("copy %s: it cannot be read", d.Copy.Name)
	}
	live, values, left, err := deploy.Originals(ctx, s, from, d.Secrets)
	if err != nil {
		return nil, err
	}
	c := &deploy.Copy{From: from, Namespace: d.Request.Namespace, Name: d.Request.Name, Image: d.Request.Source.Image, Secrets: d.Secrets}
	r, err := m.Clone(ctx, s, c, live, values, o)
	if err == nil {
		r.Notes = append(r.Notes, left...)
	}
	return r, err
}

// ProspectOf says what a deployment comes to in a setting. It takes time.
func ProspectOf(ctx context.Context, m *deploy.Maker, s *deploy.Setting, functions Functions, d *Deployment) (*Prospect, error) {
	if d.Request.Namespace == "" {
		p := &Prospect{Problems: []plan.Problem{{Field: "namespace", Text: "say in which namespace"}}}
		if a := m.Deployer(d.Request.Framework); a != nil && d.Copy == nil {
			offer := a.Offer()
			p.Problems = append(p.Problems, deploy.Check(&d.Request, &offer)...)
		}
		return p, nil
	}
	r, err := made(ctx, m, s, functions, d, d.Without)
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
	bare, err := made(ctx, m, s, functions, d, deploy.Defaults())
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

var errNothing = errors.New("no function is asked for")

// OrderOf makes the order of deployments that are all on one cluster and in one setting. It takes time.
func OrderOf(ctx context.Context, m *deploy.Maker, s *deploy.Setting, functions Functions, all []Deployment) (*Order, error) {
	if len(all) == 0 {
		return nil, errNothing
	}
	results, err := resultsOf(ctx, m, s, functions, all)
	if err != nil {
		return nil, err
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
	if o.Subjects, err = m.Subjects(s, results); err != nil {
		return nil, err
	}
	for _, r := range results {
		id := model.FunctionID{Context: context, FunctionKey: r.Key()}
		if r.Declares.Name != "" {
			o.Expected = append(o.Expected, Grade{Function: id, Expected: r.Grade()})
		}
		o.Notes = append(o.Notes, notesOf(id, r)...)
	}
	return o, nil
}

// resultsOf makes of deployments what is sent. Requests that give up the same are made together.
func resultsOf(ctx context.Context, m *deploy.Maker, s *deploy.Setting, functions Functions, all []Deployment) ([]*deploy.Result, error) {
	var results []*deploy.Result
	var plain []Deployment
	for i := range all {
		d := &all[i]
		switch {
		case d.Copy != nil:
			r, err := made(ctx, m, s, functions, d, d.Without)
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		case len(d.Objects) > 0:
			more, err := m.MakeObjects(ctx, s, d.Objects, deploy.Options{Insecure: d.Without})
			if err != nil {
				return nil, err
			}
			results = append(results, more...)
		default:
			plain = append(plain, *d)
		}
	}
	for _, group := range alike(plain) {
		requests := make([]*plan.DeployRequest, len(group))
		for i := range group {
			r := group[i].Request
			requests[i] = &r
		}
		made, err := m.Make(ctx, s, requests, deploy.Options{Insecure: group[0].Without})
		if err != nil {
			return nil, err
		}
		results = append(results, made...)
	}
	return results, nil
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
	named := slices.DeleteFunc(slices.Clone(results), func(r *deploy.Result) bool { return r.Request.Name == "" })
	if len(named) != 1 {
		return fmt.Sprintf("deploy %d functions", len(named))
	}
	r := named[0].Request
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
