package fn

import (
	"net/http"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call goes to the address of every function, or to those of its triggers. The server starts what it needs.
func (framework) Call(f *model.Function) plan.Call {
	c := plan.Call{Method: http.MethodPost, Doors: frameworks.Doors(f), Login: &plan.Login{Kind: plan.Bearer}}
	for i := range c.Doors {
		c.Doors[i].Wakes = true
	}
	return c
}
