package nuclio

import (
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call names the function: the Service of one that is scaled to zero leads to a proxy that starts pods by that name.
func (adapter) Call(f *model.Function) plan.Call {
	c := plan.Call{Doors: frameworks.Doors(f), Headers: []plan.Header{{Name: "X-Nuclio-Target", Value: f.Key.Name}}}
	for i := range c.Doors {
		c.Doors[i].Wakes = true
	}
	return c
}
