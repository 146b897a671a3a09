package openfaas

import (
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call goes through the gateway, which wakes functions; their own Services do not.
func (adapter) Call(f *model.Function) plan.Call {
	c := plan.Call{Doors: frameworks.Doors(f)}
	for i := range c.Doors {
		c.Doors[i].Wakes = strings.Contains(c.Doors[i].URL, "/function/")
	}
	return c
}
