package rotate

import (
	"fmt"
	"slices"

	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// NextCall is how functions come to values that their framework hands them with each call.
const NextCall Taking = "takes it at its next call"

// Kept lists the values that a function itself keeps; none where its framework hands it Secrets.
func (p *Planner) Kept(f *model.Function) plan.Settings {
	if p.Settings == nil || f == nil {
		return plan.Settings{}
	}
	return p.Settings(f, p.Reader)
}

// Function plans new values for what a function itself keeps, through the API of its framework: there is no Secret.
func (p *Planner) Function(f *model.Function, o Options) (*Rotation, error) {
	kept := p.Kept(f)
	r := &Rotation{Secret: kept.Object, below: kept.Below}
	if len(kept.Names) == 0 {
		return nil, &RefusedError{f.Record, "it keeps no values that its framework's API changes"}
	}
	var err error
	if r.Recipe, err = recipeOf(o); err != nil {
		return nil, err
	}
	if r.Recipe.Paired() {
		return nil, &RefusedError{kept.Object, "what it keeps are single values, and " + r.Recipe.Kind + " makes a pair: give it with --from-file"}
	}
	names := slices.Compact(slices.Sorted(slices.Values(kept.Names)))
	if err := r.choose(&Stored{Ref: kept.Object, Keys: names}, nil, o); err != nil {
		return nil, err
	}
	if why := r.unsuited(&Stored{}, o); why != "" {
		return nil, &RefusedError{kept.Object, why}
	}
	r.giving(o)
	r.Notes = append(r.Notes, "its framework keeps values as plain text: whoever may read the function through its API reads the new one too")
	id := model.FunctionID{Context: p.Context, FunctionKey: f.Key}
	r.Consumers = []Consumer{{ID: id, Function: true, Name: f.Name(), Object: kept.Object, Takes: NextCall}}
	needs := r.needs(o.Recipe)
	for i := range needs {
		needs[i].JSON = kept.JSON
	}
	r.Wishes = []change.Wish{{
		Effect: plan.NextCall, Functions: []model.FunctionID{id}, Unit: "rotate " + kept.Object.String(),
		Edit: plan.Edit{Verb: plan.Patch, Object: kept.Object, APIVersion: kept.APIVersion, Why: r.why(), Needs: needs},
	}}
	return r, nil
}

// Holder names what holds the values: `Secret shop/db`, `Action openwhisk/apps/guest/report`.
func (r *Rotation) Holder() string { return holder(r.Secret) }

func holder(ref model.Ref) string { return fmt.Sprintf("%s %s/%s", ref.Kind, ref.Namespace, ref.Name) }
