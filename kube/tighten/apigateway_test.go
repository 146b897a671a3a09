package tighten_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

// doors are an API gateway of Nuclio with a login, or without one, and the Ingress that its controller makes of it.
func doors(mode, annotations string) string {
	return `
apiVersion: nuclio.io/v1beta1
kind: NuclioAPIGateway
metadata: {name: transcode-preview, namespace: media}
spec: {name: transcode-preview, host: previews.example.com, path: /, authenticationMode: ` + mode + `, upstreams: [{kind: nucliofunction, nucliofunction: {name: transcode-preview}}]}
status: {state: ready}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: nuclio-agw-transcode-preview, namespace: media, annotations: {` + annotations + `}, labels: {nuclio.io/class: apigateway}}
spec:
  ingressClassName: nginx
  rules: [{host: previews.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nuclio-transcode-preview, port: {number: 8080}}}}]}}]
`
}

// TestAnAPIGatewayOfNuclioAsksForALogin holds that the gateway is changed, and never the Ingress that its controller writes.
func TestAnAPIGatewayOfNuclioAsksForALogin(t *testing.T) {
	answer := func(mode, annotations string, intent check.Intent) plan.Answer {
		c := seed(t, "nuclio")
		for _, o := range offlinetest.Objects(t, doors(mode, annotations)) {
			c.put(o)
		}
		w := c.world()
		f := find(t, w.World.Functions(""), "nuclio/media/transcode-preview")
		return c.translator().Answer(w.Reader, f, intent, postureOf(w, f).Findings)
	}
	a := answer("none", "", check.FixRouteAuth)
	require.NotEmpty(t, a.Edits, a.None)
	for _, e := range a.Edits {
		assert.NotEqual(t, "Ingress", e.Object.Kind)
	}
	e := a.Edits[0]
	assert.Equal(t, "NuclioAPIGateway media/transcode-preview", e.Object.Kind+" "+e.Object.Namespace+"/"+e.Object.Name)
	assert.Equal(t, []plan.Need{{Path: "spec.authentication.basicAuth.password", Generate: "alnum:32"}}, e.Needs)
	set := map[string]any{}
	for _, f := range e.Fields {
		set[f.Path] = f.Value
	}
	assert.Equal(t, map[string]any{"spec.authenticationMode": "basicAuth", "spec.authentication.basicAuth.username": "caller", "status.state": "waitingForProvisioning"}, set)
	assert.Contains(t, e.Asks, "whoever may read the gateway reads there")

	a = answer("none", "", check.FixRouteTLS)
	assert.Empty(t, a.Edits)
	assert.Contains(t, a.None, "one setting of the platform")
}
