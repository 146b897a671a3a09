package openwhisk

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Call activates the action through the API of its connector and waits for the result; a web action has addresses besides.
func (framework) Call(f *model.Function) plan.Call {
	c := plan.Call{Method: http.MethodPost, Login: &plan.Login{Kind: plan.Basic}}
	if tenant, name, ok := strings.Cut(f.Key.Name, "/"); ok && !f.Record.IsZero() {
		parts := strings.Split(name, "/")
		for i := range parts {
			parts[i] = url.PathEscape(parts[i])
		}
		c.Doors = append(c.Doors, plan.Door{Connector: true, Wakes: true, NoProxy: "the API server's proxy takes credentials away",
			URL: "/api/v1/namespaces/" + url.PathEscape(tenant) + "/actions/" + strings.Join(parts, "/") + "?blocking=true&result=true"})
	}
	for _, d := range frameworks.Doors(f) {
		d.Wakes = true
		c.Doors = append(c.Doors, d)
	}
	if len(c.Doors) == 0 {
		c.None = "it can be activated only through OpenWhisk's API: give it a connector in the configuration"
	}
	return c
}
