package kubeless

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call sends what a runtime makes an event of.
func (adapter) Call(f *model.Function) plan.Call {
	return plan.Call{Doors: frameworks.Doors(f), Headers: []plan.Header{
		{Name: "event-id", Value: "{id}"}, {Name: "event-time", Value: "{time}"},
		{Name: "event-namespace", Value: "fn9s"}, {Name: "event-type", Value: "{type}"},
	}}
}
