package deploy

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/mend"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// settle makes the edits of what the draft has become: creates of what is not there, patches of what is different. What is
// made for its security comes first, so that the function never runs without it.
func (d *draft) settle() error {
	slices.SortFunc(d.GivenUp, func(a, b check.Intent) int { return cmp.Compare(a, b) })
	if d.wrong() {
		return nil
	}
	first := func(ref model.Ref) int {
		if slices.Contains(d.made, ref) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(d.order, func(a, b model.Ref) int { return cmp.Compare(first(a), first(b)) })
	d.watches()
	for _, ref := range d.order {
		d.Result.objects = append(d.Result.objects, d.objects[ref])
		e := d.edit(ref)
		if e.Verb == plan.Patch && len(e.Fields) == 0 && len(e.Needs) == 0 {
			continue
		}
		d.Edits = append(d.Edits, e)
	}
	for ref := range d.moved {
		if _, made := d.objects[ref]; !made { // more values for a Secret that is there
			if e := d.edit(ref); len(e.Needs) > 0 {
				d.Edits = slices.Insert(d.Edits, 0, e)
			}
		}
	}
	d.Edits = append(d.Edits, d.others...)
	return nil
}

// watches lists the workloads whose rollout can be watched.
func (d *draft) watches() {
	watched := func(ref model.Ref) bool {
		return ref.Group == "apps" && (ref.Kind == "Deployment" || ref.Kind == "StatefulSet")
	}
	for _, ref := range d.order {
		if watched(ref) {
			d.workloads = append(d.workloads, ref)
		}
	}
	for _, o := range d.foreseen {
		if ref := refOf(o); watched(ref) && !d.Exists { // a change may make others
			d.workloads = append(d.workloads, ref)
		}
	}
}

// edit is the edit of one object.
func (d *draft) edit(ref model.Ref) plan.Edit {
	o, live := d.objects[ref], d.live[ref]
	e := plan.Edit{Verb: plan.Create, Object: ref, APIVersion: text(o, "apiVersion"), Why: strings.TrimSpace("deploy " + d.Request.Framework + " " + d.Request.Name)}
	if from := d.edits[ref]; from != nil {
		e.Why, e.Asks, e.Needs = cmp.Or(from.Why, e.Why), from.Asks, slices.Clone(from.Needs)
	} else if slices.Contains(d.made, ref) {
		e.Why = "secure by default"
	}
	e.Needs = append(e.Needs, d.different(ref, live)...)
	if live == nil {
		e.New = o
		return e
	}
	e.Verb, e.APIVersion = plan.Patch, text(live, "apiVersion")
	if o != nil {
		e.Fields = diff(stripped(live), o)
	}
	return e
}

// different are the moved values that the Secret does not hold yet.
func (d *draft) different(ref model.Ref, live object) []plan.Need {
	data, _ := live["data"].(object)
	var needs []plan.Need
	for _, n := range d.moved[ref] {
		steps, err := plan.ParsePath(n.Path)
		if err != nil {
			continue
		}
		have, _ := data[steps[len(steps)-1].Key].(string)
		if have != base64.StdEncoding.EncodeToString(d.values[need{ref, n.Path}]) && !slices.Contains(needs, n) {
			needs = append(needs, n)
		}
	}
	slices.SortFunc(needs, func(a, b plan.Need) int { return cmp.Compare(a.Path, b.Path) })
	return needs
}

// Wishes are what kube/change plans for these results. What one function needs is done whole or not at all.
func Wishes(context string, results []*Result) []change.Wish {
	var all []change.Wish
	for _, r := range results {
		id := model.FunctionID{Context: context, FunctionKey: r.Key()}
		for i := range r.Edits {
			all = append(all, change.Wish{Edit: r.Edits[i], Functions: []model.FunctionID{id}, Effect: r.effect(&r.Edits[i]), Unit: id.String()})
		}
	}
	return all
}

func (r *Result) effect(e *plan.Edit) plan.Effect {
	if e.Object == r.Declares {
		return plan.Rollout
	}
	return plan.AtOnce
}

// Key is the key of the function, made of the object that declares it where nothing else tells it.
func (r *Result) Key() model.FunctionKey {
	if r.Function != (model.FunctionKey{}) {
		return r.Function
	}
	return model.FunctionKey{Framework: r.Request.Framework, Group: r.Declares.Group, Kind: r.Declares.Kind, Namespace: r.Declares.Namespace, Name: r.Declares.Name}
}

// Values gives the secret values of these results to the plan that was made of them.
func Values(results []*Result) func(context.Context, *change.Step, plan.Need) ([]byte, error) {
	all := map[need][]byte{}
	for _, r := range results {
		maps.Copy(all, r.values)
	}
	return func(_ context.Context, s *change.Step, n plan.Need) ([]byte, error) {
		if v, ok := all[need{s.Ref, n.Path}]; ok {
			return v, nil
		}
		return nil, fmt.Errorf("nobody gave the value of %s at %s", s.Ref, n.Path)
	}
}

// Needs reports whether the result holds a value for a need of a plan.
func (r *Result) Needs(ref model.Ref, path string) bool {
	_, ok := r.values[need{ref, path}]
	return ok
}

// Objects are the function's objects as they will be, as copies. They may hold what is secret: Text does not.
func (r *Result) Objects() []map[string]any {
	out := make([]map[string]any, len(r.objects))
	for i, o := range r.objects {
		out[i] = copied(o)
	}
	return out
}

// Text is the objects as YAML documents, for people: without what is or looks secret.
func (r *Result) Text() (string, error) {
	var b strings.Builder
	for i, o := range r.objects {
		raw, err := yaml.Marshal(veiled(o))
		if err != nil {
			return "", fmt.Errorf("write %s: %w", refOf(o), err)
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		b.WriteString(mend.Hide(string(raw), string(raw)))
	}
	return b.String(), nil
}

// Grade is the letter that the function will have, `B?` when some of it cannot be judged; empty when nothing tells it.
func (r *Result) Grade() string {
	if r.Posture == nil {
		return ""
	}
	return r.Posture.Letter()
}
