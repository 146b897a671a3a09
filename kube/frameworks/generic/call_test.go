package generic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const routes = `
apiVersion: example.com/v1
kind: Route
metadata: {name: a, namespace: ns}
spec: {hosts: [a.example.com], token: "x\ny", prefix: /v2/}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: gate}
spec: {ports: [{name: admin, port: 9090}, {name: proxy, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: ns}
spec: {ports: [{port: 80}]}
`

// callOf is how the function is called with such an invoke section, and what explain says of it.
func callOf(t *testing.T, invoke string) (plan.Call, string) {
	t.Helper()
	entries := entriesOf(t, `frameworks:
- name: routes
  function: {group: example.com, kind: Route, versions: [v1]}
  workloads: [{by: owner, group: apps, kind: Deployment}]
  endpoints: [{service: {name: .metadata.name}}]
`+invoke)
	e := explain(t, entries, 0, model.Ref{Group: "example.com", Kind: "Route", Namespace: "ns", Name: "a"}, routes)
	require.NotNil(t, e.Function)
	for _, c := range e.Cells {
		if c.Cell == "invoke" {
			return frameworks.CallOf(generic.New(entries), e.Function), c.Value
		}
	}
	return frameworks.CallOf(generic.New(entries), e.Function), ""
}

func TestCallsGoWhereTheConfigurationSays(t *testing.T) {
	call, said := callOf(t, `  invoke: {service: {value: gate/front}, port: {value: proxy}, method: PUT, path: .spec.prefix, headers: {Host: '.spec.hosts[0]', X-Route: .metadata.name, X-Token: .spec.token}}`)
	assert.Equal(t, plan.Call{Method: "PUT", Headers: []plan.Header{{Name: "X-Route", Value: "a"}},
		Doors: []plan.Door{{URL: "http://front.gate.svc:8080/v2/", Host: "a.example.com", Wakes: true}}}, call, "a value of two lines is no header")
	assert.Equal(t, "PUT http://front.gate.svc:8080 /v2/", said)
}

func TestWithoutAServiceTheFunctionsOwnAddressIsCalled(t *testing.T) {
	call, _ := callOf(t, "  invoke: {path: {value: run}}")
	assert.Equal(t, plan.Call{Method: "POST", Doors: []plan.Door{{URL: "http://a.ns.svc/run"}}}, call)
	call, said := callOf(t, "")
	assert.Equal(t, plan.Call{Doors: []plan.Door{{URL: "http://a.ns.svc"}}}, call)
	assert.Empty(t, said)
}

func TestAServiceThatIsNotThereIsNotGoneAround(t *testing.T) {
	call, _ := callOf(t, "  invoke: {service: {value: gate/none}}")
	assert.Equal(t, "calls go to Service gate/none, which is not there", call.None)
	assert.Empty(t, call.Doors)
	call, _ = callOf(t, "  invoke: {service: {value: gate/front}, port: {value: grpc}}")
	assert.Equal(t, "calls go to Service gate/front, which has no port grpc", call.None)
}
