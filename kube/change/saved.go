package change

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// DifferentError says in what a plan that was made anew is another one than the saved.
type DifferentError struct{ Lines []string }

func (e *DifferentError) Error() string {
	return "the cluster is not as it was when the plan was saved: " + strings.Join(e.Lines, "; ")
}

// PlanSaved plans again what a saved plan says. A plan that comes out differently is a DifferentError: the operator agreed
// to another one.
func (e *Engine) PlanSaved(ctx context.Context, d *PlanDocument) (*Plan, error) {
	here, _, err := e.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if there := journal.Cluster(d.Cluster); !there.Same(here) {
		return nil, &DifferentError{[]string{fmt.Sprintf("it was made for another cluster (%s, %s), and this is %s", there.Context, there.Server, here.Server)}}
	}
	key, err := base64.StdEncoding.DecodeString(d.HashKey)
	if err != nil || len(key) < 16 {
		return nil, fmt.Errorf("read plan: its hashKey is damaged")
	}
	p, err := e.again(ctx, d, key)
	if err != nil {
		return nil, err
	}
	if lines := differences(d, p); len(lines) > 0 {
		return nil, &DifferentError{lines}
	}
	return p, nil
}

func (e *Engine) again(ctx context.Context, d *PlanDocument, key []byte) (*Plan, error) {
	if d.Undoes != "" {
		p, err := e.PlanUndo(ctx, d.Undoes)
		if err != nil {
			return nil, err
		}
		p.veil.key = key
		return p, nil
	}
	var wishes []Wish
	for i := range d.Steps {
		w, err := wishOf(&d.Steps[i])
		if err != nil {
			return nil, fmt.Errorf("read plan: step %d: %w", d.Steps[i].Number, err)
		}
		wishes = append(wishes, *w)
	}
	groups, err := grouped(wishes)
	if err != nil {
		return nil, err
	}
	if len(groups) != len(d.Steps) {
		return nil, fmt.Errorf("read plan: two steps are about one object")
	}
	for i := range d.Steps {
		groups[i].why, groups[i].asks = d.Steps[i].Why, d.Steps[i].Asks
	}
	p, err := e.newPlan(ctx, d.Action, d.Title)
	if err != nil {
		return nil, err
	}
	p.veil.key = key
	return p, e.prepareAll(ctx, p, groups)
}

func wishOf(s *StepDocument) (*Wish, error) {
	ref, err := refOf(&s.Object)
	if err != nil {
		return nil, err
	}
	w := &Wish{Effect: plan.Effect(s.Effect), Edit: plan.Edit{Verb: plan.Verb(s.Verb), Object: ref, APIVersion: s.Object.APIVersion, Along: s.Along, Release: s.Release}}
	switch w.Verb {
	case plan.Create:
		made, ok := s.New.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("it has no object to create")
		}
		if raw, err := json.Marshal(made); err != nil || bytes.Contains(raw, []byte(strings.TrimSuffix(Hidden, ")"))) {
			return nil, fmt.Errorf("the new object holds secret values, which are not saved: plan it again where they are")
		}
		w.New = made
	case plan.Patch, plan.Delete:
	default:
		return nil, fmt.Errorf("verb %q is none", s.Verb)
	}
	for _, f := range s.Fields {
		if f.Withheld {
			return nil, fmt.Errorf("%s: a secret value is not saved: plan it again where it is", f.Path)
		}
		w.Fields = append(w.Fields, plan.Field{Path: f.Path, Value: f.Value, Remove: f.Remove, Secret: f.Secret})
	}
	for _, n := range s.Needs {
		need := plan.Need{Path: n.Path, Generate: n.Generate, JSON: n.JSON}
		if n.From != nil {
			need.From = plan.Literal{Path: n.From.Path, Object: model.Ref{
				Group: n.From.Group, Kind: n.From.Kind, Namespace: n.From.Namespace, Name: n.From.Name}}
		}
		w.Needs = append(w.Needs, need)
	}
	w.Functions = parseIDs(s.Functions)
	return w, nil
}

func refOf(o *ObjectDocument) (model.Ref, error) {
	gv, err := schema.ParseGroupVersion(o.APIVersion)
	if err != nil {
		return model.Ref{}, err
	}
	if o.Kind == "" || o.Name == "" {
		return model.Ref{}, fmt.Errorf("it names no object")
	}
	return model.Ref{Group: gv.Group, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}, nil
}

// differences compares what both plans make different.
func differences(d *PlanDocument, p *Plan) []string {
	var lines []string
	now := map[string]*Step{}
	for _, s := range p.Steps {
		now[s.object().String()] = s
	}
	for i := range d.Steps {
		saved := &d.Steps[i]
		name := journal.Object{APIVersion: saved.Object.APIVersion, Kind: saved.Object.Kind, Namespace: saved.Object.Namespace, Name: saved.Object.Name}.String()
		s := now[name]
		delete(now, name)
		switch {
		case s == nil:
			lines = append(lines, name+" is as wished for already")
		case s.Blocked != "" && saved.Blocked == "":
			lines = append(lines, name+": "+s.Blocked)
		case string(s.UID) != saved.Object.UID:
			lines = append(lines, name+" is another object of that name")
		default:
			lines = append(lines, differ(name, saved, s, p.veil)...)
		}
	}
	for name := range now {
		lines = append(lines, name+" would be changed too")
	}
	return lines
}

func differ(name string, saved *StepDocument, s *Step, v *veil) []string {
	var lines []string
	paths := map[string]TouchDocument{}
	for _, c := range saved.Changes {
		paths[c.Path] = c
	}
	for i := range s.touches {
		t, err := v.record(&s.touches[i])
		if err != nil {
			return []string{name + ": " + err.Error()}
		}
		was, ok := paths[t.Path]
		delete(paths, t.Path)
		switch {
		case !ok:
			lines = append(lines, name+": "+t.Path+" would be changed too")
		case !sameValue(was.Old, valueDocument(t.Old)):
			lines = append(lines, name+": "+t.Path+" has another value than it had")
		case !sameValue(was.New, valueDocument(t.New)):
			lines = append(lines, name+": "+t.Path+" would get another value than it would have got")
		}
	}
	for path := range paths {
		lines = append(lines, name+": "+path+" would not be changed any more")
	}
	return lines
}

func sameValue(a, b *ValueDocument) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Hash == b.Hash && equal(a.Value, b.Value)
}
