package tighten_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
)

const (
	istio = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: ""}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}
---
`
	linkerd = `
{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: linkerd}, data: {values: ""}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ingress-nginx, annotations: {linkerd.io/inject: enabled}}}
---
`
	sidecars = "istio-injection: enabled"
)

var meshes = []struct {
	name, objects, labels, annotations string
	intent                             check.Intent
	given                              string
	cures, none                        string
}{
	{name: "strict for the pods of the function", objects: istio, labels: sidecars, intent: check.FixMeshMTLS, cures: "MSH-02"},
	{name: "the policy of its pods becomes strict", objects: istio + `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: loose, namespace: shop}, spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: PERMISSIVE}}}` + "\n---",
		labels: sidecars, intent: check.FixMeshMTLS, cures: "MSH-02"},
	{name: "an exception of one port", objects: istio + `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: ports, namespace: shop}, spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}, portLevelMtls: {"8080": {mode: DISABLE}}}}` + "\n---",
		labels: sidecars, intent: check.FixMeshMTLS, cures: "MSH-03"},
	{name: "the gateway of its route may call", objects: istio + virtualShop, labels: sidecars, intent: check.FixMeshAuthz, cures: "MSH-04"},
	{name: "callers that were given may call too", objects: istio + virtualShop, labels: sidecars, intent: check.FixMeshAuthz, given: "callers=shop/checkout,media/crop", cures: "MSH-04"},
	{name: "nobody is known to call it", objects: istio, labels: sidecars, intent: check.FixMeshAuthz, none: "it takes callers=…"},
	{name: "only callers that were given", objects: istio, labels: sidecars, intent: check.FixMeshAuthz, given: "callers=shop/checkout", cures: "MSH-04"},
	{name: "a policy for everybody stays", objects: istio + virtualShop + `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: all, namespace: shop}, spec: {selector: {matchLabels: {app: cart}}, rules: [{}]}}` + "\n---",
		labels: sidecars, intent: check.FixMeshAuthz, none: "AuthorizationPolicy all lets them in"},
	{name: "a token is no longer optional", objects: istio + virtualShop + `{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: token, namespace: shop}, spec: {selector: {matchLabels: {app: cart}}, jwtRules: [{issuer: 'https://id.example.com/'}]}}` + "\n---",
		labels: sidecars, intent: check.FixMeshAuthz, cures: "MSH-06"},
	{name: "Linkerd lets the gateway in", objects: linkerd + strings.Replace(ingress, "ANNOTATIONS", "", 1) + "\n---", annotations: "linkerd.io/inject: enabled", intent: check.FixMeshAuthz, cures: "MSH-09"},
	{name: "Linkerd lets callers in that were given", objects: linkerd, annotations: "linkerd.io/inject: enabled", intent: check.FixMeshAuthz, given: "callers=shop/checkout", cures: "MSH-09"},
	{name: "nobody is known to call it in Linkerd", objects: linkerd, annotations: "linkerd.io/inject: enabled", intent: check.FixMeshAuthz, none: "it takes callers=…"},
}

const virtualShop = `
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: shop}, spec: {hosts: [cart.example.com], gateways: [edge], http: [{route: [{destination: {host: cart}}]}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop}, spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [cart.example.com]}]}}
---
`

// meshed is a function in a mesh.
func meshed(t *testing.T, objects, labels, annotations string) *cluster {
	text := strings.Replace(shop, "NSLABELS}", labels+"}, annotations: {"+annotations+"}", 1) + objects
	return newCluster(t, strings.ReplaceAll(text, "CLASS", "nginx"))
}

// Who is known to call goes on, and the control says that nobody else does.
func TestMeshes(t *testing.T) {
	var report strings.Builder
	for _, x := range meshes {
		t.Run(x.name, func(t *testing.T) {
			c := meshed(t, x.objects, x.labels, x.annotations)
			w := c.world()
			f := find(t, w.World.Functions("shop"), "plain/shop/cart")
			before := postureOf(w, f)
			if x.cures != "" {
				require.NotZero(t, failures(before)[x.cures], "%v", failures(before))
			}
			a := c.translator().With(given(t, x.given)).Answer(w.Reader, f, x.intent, before.Findings)
			fmt.Fprintf(&report, "%s\n", x.name)
			describe(&report, a)
			for _, e := range a.Edits {
				if e.Verb == plan.Create {
					fmt.Fprintf(&report, "      %s: %v\n", e.Object.Kind, e.New["spec"])
				}
			}
			if x.none != "" {
				assert.Empty(t, a.Edits)
				assert.Contains(t, a.None, x.none)
				return
			}
			require.NotEmpty(t, a.Edits, a.None)
			c.apply(f, a)
			w = c.world()
			after := postureOf(w, find(t, w.World.Functions("shop"), "plain/shop/cart"))
			assert.Zero(t, failures(after)[x.cures], x.cures)
			assert.LessOrEqual(t, after.Grade, before.Grade)
		})
	}
	golden(t, "meshes.txt", report.String())
}

// A platform that calls without a proxy would be cut off.
func TestAPlatformOutsideTheMeshIsNotCutOff(t *testing.T) {
	c := seed(t, "openfaas")
	w := c.world()
	asked := 0
	for _, f := range w.World.Functions("") {
		p := postureOf(w, f)
		if failures(p)["MSH-04"] == 0 {
			continue
		}
		asked++
		a := c.translator().Answer(w.Reader, f, check.FixMeshAuthz, p.Findings)
		assert.Empty(t, a.Edits)
		assert.Contains(t, a.None, "the platform in openfaas calls it, and has no proxy")
	}
	assert.NotZero(t, asked)
}
