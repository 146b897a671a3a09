package fn

import (
	"bytes"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Logs finds a function's output among that of all functions in the log of the runner, which writes it there at level debug.
func (framework) Logs(f *model.Function, x frameworks.Index) plan.LogTarget {
	o := x.Get(f.Record)
	if o == nil {
		return plan.LogTarget{}
	}
	facts, ok := o.Head().FactsOf(Name).(*functionFacts)
	if !ok || facts.id == "" {
		return plan.LogTarget{}
	}
	id := []byte(facts.id)
	return plan.LogTarget{
		Keep: func(text []byte) bool {
			i := bytes.Index(text, []byte("fn_id"))
			return i >= 0 && bytes.Contains(text[i:min(len(text), i+len("fn_id")+4+len(id))], id)
		},
		Note: "the runner tells what functions write at FN_LOG_LEVEL=debug only",
	}
}
