package lifecycle

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/journal"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// state is what one change of the journal did to the objects that are a function.
type state struct {
	id, title string
	at        time.Time
	steps     []journal.StepEntry
}

// states lists the changes of a function, the newest first, back to where its object was made or deleted.
func (p *Planner) states(id model.FunctionID, f *model.Function) ([]state, error) {
	if p.Book == nil {
		return nil, nil
	}
	book, err := p.Book()
	if err != nil {
		return nil, err
	}
	own := append([]model.Ref{f.Object, f.Record}, frameworks.RunWorkloads(f)...)
	name := id.String()
	var all []state
	for _, e := range slices.Backward(book.Entries) {
		if e.Newer || !e.Cluster.Same(p.Cluster) || !slices.Contains(e.Functions, name) {
			continue
		}
		s := state{id: e.ID, title: frameworks.Line(e.Title), at: e.Time}
		for _, step := range slices.Backward(e.Steps) {
			ref, ok := refOf(step.Object)
			if !ok || !slices.Contains(own, ref) || step.Outcome != journal.Applied || !slices.Contains(step.Functions, name) {
				continue
			}
			if plan.Verb(step.Verb) != plan.Patch {
				return all, nil // what was there before is another object
			}
			s.steps = append(s.steps, step)
		}
		if len(s.steps) > 0 {
			all = append(all, s)
		}
	}
	return all, nil
}

func refOf(o journal.Object) (model.Ref, bool) {
	gv, err := schema.ParseGroupVersion(o.APIVersion)
	return model.Ref{Group: gv.Group, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}, err == nil
}

// before is the answer that gives a function's objects the values from before a change, and before all that came later.
func before(states []state, at int) plan.Answer {
	a := plan.Answer{Effect: plan.Rollout}
	byRef := map[model.Ref]*plan.Edit{}
	var order []model.Ref
	for _, s := range states[:at+1] {
		for _, step := range s.steps {
			ref, _ := refOf(step.Object)
			e := byRef[ref]
			if e == nil {
				edit := frameworks.PatchFor(ref, step.Object.APIVersion, plan.RollingBack)
				e = &edit
				byRef[ref] = e
				order = append(order, ref)
			}
			for i := range step.Touches {
				f, why := oldField(&step.Touches[i])
				if why != "" {
					return plan.Answer{None: why + ": fn9s undo " + s.id + " takes it back"}
				}
				set(e, f)
			}
		}
	}
	for _, ref := range order {
		a.Edits = append(a.Edits, *byRef[ref])
	}
	a.Notes = append(a.Notes, "it goes back to before "+states[at].id+": "+states[at].title)
	return a
}

// set has the older of two values of a path count: changes come newest first.
func set(e *plan.Edit, f plan.Field) {
	status := strings.HasPrefix(f.Path, "status.")
	i := slices.IndexFunc(e.Fields, func(o plan.Field) bool { return o.Path == f.Path })
	switch {
	case i < 0:
		e.Fields = append(e.Fields, f)
	case !status:
		e.Fields = append(slices.Delete(e.Fields, i, i+1), f)
	}
}

// oldField is the field that makes a path what it was. What asked a controller to take notice asks again.
func oldField(t *journal.Touch) (plan.Field, string) {
	v := t.Old
	if strings.HasPrefix(t.Path, "status.") {
		v = t.New
	}
	f := plan.Field{Path: t.Path, Remove: v == nil, Secret: t.Secret}
	if v == nil {
		return f, ""
	}
	if v.Hash != "" {
		return f, "the old value of " + t.Path + " is secret, and not in the journal"
	}
	if err := json.Unmarshal(v.JSON, &f.Value); err != nil {
		return f, "the journal is damaged at " + t.Path
	}
	return f, ""
}
