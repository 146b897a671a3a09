package change

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

func function(name string) model.FunctionID {
	return model.FunctionID{Context: "c", FunctionKey: model.FunctionKey{Framework: "plain", Namespace: "n", Name: name}}
}

func planOf(steps ...*Step) *Plan {
	for i, s := range steps {
		s.Number = i + 1
		s.Ref.Namespace = "n"
	}
	return &Plan{Action: "tighten", Steps: steps}
}

func TestStepsOfOneWishBelongTogether(t *testing.T) {
	a, b := []model.FunctionID{function("a")}, []model.FunctionID{function("b")}
	p := planOf(
		&Step{Verb: plan.Create, Functions: a, Why: []string{"SA-01: shared account"}},
		&Step{Verb: plan.Patch, Functions: a, Why: []string{"POD-11: writable root", "SA-01: shared account"}},
		&Step{Verb: plan.Create, Functions: a, Why: []string{"NET-01: nobody is refused"}},
		&Step{Verb: plan.Create, Functions: b, Why: []string{"SA-01: shared account"}},
	)
	together := Together(p.Steps)
	assert.Equal(t, []int{1, 2}, together[2], "the account, and its use")
	assert.Equal(t, []int{3}, together[3])
	assert.Equal(t, []int{4}, together[4], "the same wish of another function is another one")
}

func TestGuardrailsCountOnlyWhatIsLeft(t *testing.T) {
	e := New(Options{Guardrails: []Guardrail{{Most: 1}}})
	p := planOf(&Step{Verb: plan.Patch}, &Step{Verb: plan.Patch})
	e.guard(p)
	assert.Len(t, p.Blocked(), 1)
	q := e.Without(p, []int{1})
	assert.Empty(t, q.Blocked())
	assert.Equal(t, 2, q.Steps[0].Number, "numbers stay: the journal knows steps by them")
	assert.Len(t, p.Steps, 2, "the plan itself is as it was")
	p.Undoes = "20260901-101500-ab12cd"
	assert.Same(t, p, e.Without(p, []int{1}), "an undo stays whole")
}
