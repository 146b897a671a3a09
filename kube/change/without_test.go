package change

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/kube/plan"
)

func planOf(steps ...*Step) *Plan {
	for i, s := range steps {
		s.Number = i + 1
		s.Ref.Namespace = "n"
	}
	return &Plan{Action: "tighten", Steps: steps}
}

func TestStepsOfOneUnitBelongTogether(t *testing.T) {
	p := planOf(
		&Step{Verb: plan.Create, Units: []string{"a own-account"}},
		&Step{Verb: plan.Patch, Units: []string{"a read-only-root", "a own-account"}},
		&Step{Verb: plan.Create, Units: []string{"a isolate-ingress"}},
		&Step{Verb: plan.Create, Units: []string{"b own-account"}},
		&Step{Verb: plan.Create},
		&Step{Verb: plan.Create},
	)
	together := Together(p.Steps)
	assert.Equal(t, []int{1, 2}, together[2], "the account, and its use")
	assert.Equal(t, []int{3}, together[3])
	assert.Equal(t, []int{4}, together[4], "the same wish of another function is another one")
	assert.Equal(t, []int{5}, together[5], "what has no unit makes sense alone")
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
