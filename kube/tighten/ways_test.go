package tighten_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/tighten"
	"github.com/fn9s/fn9s/security/check"
)

// shop is a function with a Service, and Secrets that its routes may name.
const shop = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {NSLABELS}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, labels: {fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: cart, image: "registry.example.com/cart:1", ports: [{containerPort: 8080}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
---
{apiVersion: v1, kind: Secret, metadata: {name: cart-cert, namespace: shop}, type: kubernetes.io/tls, data: {tls.crt: "", tls.key: ""}}
---
{apiVersion: v1, kind: Secret, metadata: {name: cart-users, namespace: shop}, data: {auth: ""}}
---
`

const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {ANNOTATIONS}}
spec:
  ingressClassName: CLASS
  rules: [{host: cart.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]`

const (
	ingressClass = "\n---\n{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: CLASS}, spec: {controller: CONTROLLER}}"
	traefikRoute = "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: web, namespace: shop}, spec: {entryPoints: [web], routes: [{match: Host(`cart.example.com`), kind: Rule, services: [{name: cart, port: 80}]}]}}"
	proxy        = `{apiVersion: projectcontour.io/v1, kind: HTTPProxy, metadata: {name: web, namespace: shop}, spec: {virtualhost: {fqdn: cart.example.com TLS}, routes: [{services: [{name: cart, port: 80}]}]}}`
	httpRoute    = `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web, namespace: shop}, spec: {parentRefs: [{name: edge}], hostnames: [cart.example.com], rules: [{backendRefs: [{name: cart, port: 80}]}]}}`
	edge         = `
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop}, spec: {gatewayClassName: x, listeners: [{name: web, port: 80, protocol: HTTP} MORE]}}`
	virtual = `
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: web, namespace: shop}, spec: {hosts: [cart.example.com], gateways: [edge], http: [{route: [{destination: {host: cart}}]}]}}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge, namespace: shop}, spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [cart.example.com]} MORE]}}`
	apiRule = `{apiVersion: gateway.kyma-project.io/v2, kind: APIRule, metadata: {name: web, namespace: shop}, spec: {hosts: [cart.example.com], gateway: kyma-system/kyma-gateway, service: {name: cart, port: 80}, rules: [{path: /, methods: [GET], RULE}]}}`
	tokens  = `
---
{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: tokens, namespace: shop}, spec: {jwtRules: [{issuer: 'https://id.example.com/'}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: tokens, namespace: shop}, spec: {rules: [{from: [{source: {requestPrincipals: ['https://id.example.com/*']}}] WHEN}]}}`
	token = "issuer=https://id.example.com/ jwks=https://id.example.com/keys"
)

var ways = []struct {
	name, route string
	put         []string // words of the route, and what takes their place
	labels      string   // of the namespace
	intent      check.Intent
	given       string
	cures       string // the control that fails before, and not afterwards
	none        string // why there is no answer
}{
	{name: "Ingress gets the certificate that is named after the function", route: ingress, put: []string{"CLASS", "nginx"}, intent: check.FixRouteTLS, cures: "NET-30"},
	{name: "Ingress gets the certificate that was given", route: ingress, put: []string{"CLASS", "nginx"}, intent: check.FixRouteTLS, given: "tls-secret=cart-cert", cures: "NET-30"},
	{name: "Ingress with a certificate that is not there", route: ingress, put: []string{"CLASS", "nginx"}, intent: check.FixRouteTLS, given: "tls-secret=other", none: "there is no Secret shop/other"},
	{name: "Ingress of nginx asks for users", route: ingress + ingressClass, put: []string{"CONTROLLER", "k8s.io/ingress-nginx", "CLASS", "nginx"}, intent: check.FixRouteAuth, given: "auth-secret=cart-users", cures: "NET-32"},
	{name: "Ingress of nginx without users", route: ingress + ingressClass, put: []string{"CONTROLLER", "k8s.io/ingress-nginx", "CLASS", "nginx"}, intent: check.FixRouteAuth, none: "it takes auth-secret=…"},
	{name: "Ingress of Traefik asks for users", route: ingress + ingressClass, put: []string{"CONTROLLER", "traefik.io/ingress-controller", "CLASS", "traefik"}, intent: check.FixRouteAuth, given: "auth-secret=cart-users", cures: "NET-32"},
	{name: "IngressRoute gets a certificate", route: traefikRoute, intent: check.FixRouteTLS, cures: "NET-30"},
	{name: "IngressRoute asks for users", route: traefikRoute, intent: check.FixRouteAuth, given: "auth-secret=cart-users", cures: "NET-32"},
	{name: "HTTPProxy gets a certificate", route: proxy, put: []string{"TLS", ""}, intent: check.FixRouteTLS, cures: "NET-30"},
	{name: "HTTPProxy asks for tokens", route: proxy, put: []string{"TLS", ", tls: {secretName: cart-cert}"}, intent: check.FixRouteAuth, given: token, cures: "NET-32"},
	{name: "HTTPProxy without TLS asks for none", route: proxy, put: []string{"TLS", ""}, intent: check.FixRouteAuth, given: token, none: "route-tls comes first"},
	{name: "HTTPRoute is tied to the listener that is there", route: httpRoute + edge, put: []string{"MORE", ", {name: safe, port: 443, protocol: HTTPS, hostname: '*.example.com', tls: {certificateRefs: [{name: cart-cert}]}}"}, intent: check.FixRouteTLS, cures: "NET-49"},
	{name: "HTTPRoute gets a listener of its own", route: httpRoute + edge, put: []string{"MORE", ""}, intent: check.FixRouteTLS, cures: "NET-30"},
	{name: "Gateway of Istio redirects", route: virtual, put: []string{"MORE", ", {port: {number: 443, name: https, protocol: HTTPS}, hosts: [cart.example.com], tls: {mode: SIMPLE, credentialName: cart-cert}}"}, intent: check.FixRouteTLS, cures: "NET-49"},
	{name: "Gateway of Istio without a certificate", route: virtual, put: []string{"MORE", ""}, intent: check.FixRouteTLS, none: "it has no server with a certificate for cart.example.com"},
	{name: "the sidecars ask for tokens", route: virtual, put: []string{"MORE", ""}, labels: "istio-injection: enabled", intent: check.FixRouteAuth, given: token, cures: "NET-32"},
	{name: "APIRule asks for tokens", route: apiRule, put: []string{"RULE", "noAuth: true"}, labels: "istio-injection: enabled", intent: check.FixRouteAuth, given: token + " scopes=orders.read,orders.write", cures: "NET-40"},
	{name: "APIRule without an issuer", route: apiRule, put: []string{"RULE", "noAuth: true"}, labels: "istio-injection: enabled", intent: check.FixRouteAuth, none: "it takes issuer=…, jwks=…"},
	{name: "APIRule asks for a scope", route: apiRule, put: []string{"RULE", "jwt: {authentications: [{issuer: 'https://id.example.com/', jwksUri: 'https://id.example.com/keys'}]}"}, labels: "istio-injection: enabled", intent: check.FixRouteScopes, given: "scopes=orders.read audience=orders", cures: "NET-41"},
	{name: "RequestAuthentication names an audience", route: virtual + tokens, put: []string{"MORE", "", "WHEN", ""}, labels: "istio-injection: enabled", intent: check.FixRouteScopes, given: "audience=orders", cures: "NET-41"},
	{name: "AuthorizationPolicy asks for scopes", route: virtual + tokens, put: []string{"MORE", "", "WHEN", ""}, labels: "istio-injection: enabled", intent: check.FixRouteScopes, given: "scopes=orders.read,orders.write", cures: "NET-41"},
	{name: "AuthorizationPolicy with conditions", route: virtual + tokens, put: []string{"MORE", "", "WHEN", ", when: [{key: 'request.headers[x]', values: [y]}]"}, labels: "istio-injection: enabled", intent: check.FixRouteScopes, given: "scopes=orders.read", none: "spec.rules[0].when has conditions already"},
	{name: "tokens of which nobody says more", route: virtual + tokens, put: []string{"MORE", "", "WHEN", ""}, labels: "istio-injection: enabled", intent: check.FixRouteScopes, none: "it takes audience=…, scopes=…"},
}

// given reads values as the command line has them.
func given(t *testing.T, words string) *tighten.Given {
	t.Helper()
	g := &tighten.Given{}
	for _, w := range strings.Fields(words) {
		key, value, _ := strings.Cut(w, "=")
		require.NoError(t, g.Set(key, value))
	}
	return g
}

// Each kind of route is protected in a field of its own, and the control says so afterwards.
func TestRoutesAreProtected(t *testing.T) {
	var report strings.Builder
	for _, x := range ways {
		t.Run(x.name, func(t *testing.T) {
			text := strings.ReplaceAll(shop, "NSLABELS", x.labels) + strings.NewReplacer(append(slices.Clone(x.put), "ANNOTATIONS", "")...).Replace(x.route)
			c := newCluster(t, text)
			w := c.world()
			f := find(t, w.World.Functions("shop"), "plain/shop/cart")
			before := postureOf(w, f)
			if x.cures != "" {
				require.NotZero(t, failures(before)[x.cures], "%s fails before: %v", x.cures, failures(before))
			}
			a := c.translator().With(given(t, x.given)).Answer(w.Reader, f, x.intent, before.Findings)
			fmt.Fprintf(&report, "%s\n", x.name)
			describe(&report, a)
			if x.none != "" {
				assert.Empty(t, a.Edits)
				assert.Contains(t, a.None, x.none)
				return
			}
			require.NotEmpty(t, a.Edits, a.None)
			for _, e := range a.Edits {
				assert.True(t, e.Asks != "" || e.Verb == "create", "who calls it now is asked about")
			}
			c.apply(f, a)
			w = c.world()
			after := postureOf(w, find(t, w.World.Functions("shop"), "plain/shop/cart"))
			assert.Zero(t, failures(after)[x.cures], x.cures)
			assert.LessOrEqual(t, after.Grade, before.Grade)
		})
	}
	golden(t, "ways.txt", report.String())
}

// What is given is hostile until it was looked at.
func TestValuesAreLookedAt(t *testing.T) {
	for _, bad := range []string{
		"issuer=http://id.example.com", "issuer=https://user:pass@id.example.com", "issuer=", "jwks=https://a b", "tls-secret=../x", "tls-secret=A", "auth-secret=",
		"scopes=", "scopes=a\x1b[31m", "callers=shop", "callers=shop/", "callers=sh op/x", "cert-issuer=letsencrypt", "other=x",
		"audience=" + strings.Repeat("a", 3000), "timeout=0s", "timeout=90", "timeout=16m", "timeout=1500ms",
	} {
		key, value, _ := strings.Cut(bad, "=")
		assert.Error(t, (&tighten.Given{}).Set(key, value), bad)
	}
	for _, k := range tighten.ValueKeys() {
		assert.NotEmpty(t, tighten.About(k), k)
	}
}
