package fission

import (
	"slices"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call goes through the router, which starts pods; the Services of newdeploy and container functions do not.
func (adapter) Call(f *model.Function) plan.Call {
	c := plan.Call{Doors: frameworks.Doors(f)}
	for i := range c.Doors {
		if s, _, ok := frameworks.ServiceOf(c.Doors[i].URL); ok {
			c.Doors[i].Wakes = s.Name == "router"
		} else {
			c.Doors[i].Wakes = true
		}
	}
	if len(c.Doors) == 0 {
		c.None = "it has no HTTP trigger, and the router's internal listener takes calls of Fission's own parts only"
	}
	if slices.ContainsFunc(f.Triggers, func(t model.Trigger) bool { return t.Auth == "router token" }) {
		c.Login = &plan.Login{Kind: plan.Token, User: "username", Key: "password", Path: "/auth/login",
			Secret: model.Ref{Kind: frameworks.Secret.Kind, Namespace: f.Platform.Namespace, Name: "router"}}
		c.Notes = append(c.Notes, "the router asks for a token: --auth framework gets one with the Secret router")
	}
	return c
}
