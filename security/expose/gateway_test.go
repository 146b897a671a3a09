package expose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/expose"
)

func gateway(listeners, rest string) string {
	return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: istio
` + rest + "  listeners:\n" + listeners
}

const (
	http  = "  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}\n"
	https = "  - {name: https, port: 443, protocol: HTTPS, hostname: '*.example.com', tls: {certificateRefs: [{name: wild}]}, allowedRoutes: {namespaces: {from: All}}}\n"
)

func httpRoute(parent, rules string) string {
	return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: resize, namespace: media}
spec:
  parentRefs: [{name: public, namespace: edge` + parent + `}]
  hostnames: [img.example.com]
  rules:
` + rules
}

const plainRule = "  - {backendRefs: [{name: resize, port: 80}]}\n"

func TestListenersDecideAboutTLS(t *testing.T) {
	for _, c := range []struct {
		name, gateway, route string
		want                 expose.TLS
		beside, problem      bool
	}{
		{"HTTP", gateway(http, ""), httpRoute("", plainRule), expose.Plain, false, true},
		{"HTTPS", gateway(https, ""), httpRoute("", plainRule), expose.Terminated, false, false},
		{"both", gateway(http+https, ""), httpRoute("", plainRule), expose.Terminated, true, false},
		{"one listener of both", gateway(http+https, ""), httpRoute(", sectionName: https", plainRule), expose.Terminated, false, false},
		{"by port", gateway(http+https, ""), httpRoute(", port: 80", plainRule), expose.Plain, false, true},
		{"HTTPS without certificate", gateway("  - {name: https, port: 443, protocol: HTTPS, tls: {}, allowedRoutes: {namespaces: {from: All}}}\n", ""),
			httpRoute("", plainRule), expose.Terminated, false, true},
		{"no such Gateway", resize, httpRoute("", plainRule), expose.UnknownTLS, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := one(t, "HTTPRoute", c.gateway, c.route)
			assert.Equal(t, c.want.String(), r.TLS.String())
			assert.Equal(t, c.beside, r.Beside != "", r.Beside)
			assert.Equal(t, c.problem, r.Door.Problem != "", r.Door.Problem)
		})
	}
}

func TestRoutesThatNoListenerTakesExposeNothing(t *testing.T) {
	same := strings.Replace(http, "from: All", "from: Same", 1)
	selector := strings.Replace(http, "from: All", "from: Selector, selector: {matchLabels: {functions: 'true'}}", 1)
	named := strings.Replace(http, "from: All", "from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: media}}", 1)
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: media, labels: {functions: 'true'}}\n"
	other := strings.Replace(https, "*.example.com", "*.example.org", 1)
	ways := func(documents ...string) int {
		return len(exposureOf(t, append([]string{resize, clusterIP}, documents...)...).Routes)
	}
	assert.Zero(t, ways(gateway(same, ""), httpRoute("", plainRule)))
	assert.Zero(t, ways(gateway(selector, ""), httpRoute("", plainRule)))
	assert.Equal(t, 1, ways(gateway(selector, ""), httpRoute("", plainRule), namespace))
	assert.Equal(t, 1, ways(gateway(named, ""), httpRoute("", plainRule)), "every namespace has its name as a label")
	assert.Zero(t, ways(gateway(other, ""), httpRoute("", plainRule)))
	assert.Zero(t, ways(gateway("  - {name: tls, port: 443, protocol: TLS, allowedRoutes: {namespaces: {from: All}}}\n", ""), httpRoute("", plainRule)))
}

func TestARedirectIsNoPlainRoute(t *testing.T) {
	x := exposureOf(t, resize, clusterIP, gateway(http+https, ""), httpRoute(", sectionName: https", plainRule), `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: redirect, namespace: media}
spec:
  parentRefs: [{name: public, namespace: edge, sectionName: http}]
  hostnames: [img.example.com]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]
`)
	require.Len(t, x.Routes, 1)
	assert.True(t, x.TLS)
}

func TestClassOfAGateway(t *testing.T) {
	for _, c := range []struct {
		rest string
		want expose.Class
	}{
		{"", expose.Internet},
		{"  addresses: [{value: 10.0.0.7}]\n", expose.Private},
		{"  addresses: [{value: internal.edge.svc.cluster.local}]\n", expose.Cluster},
		{"  infrastructure: {annotations: {networking.istio.io/service-type: ClusterIP}}\n", expose.Cluster},
		{"  infrastructure: {annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internal}}\n", expose.Private},
	} {
		assert.Equal(t, c.want.String(), one(t, "HTTPRoute", gateway(http, c.rest), httpRoute("", plainRule)).Class.String(), c.rest)
	}
	rilb := strings.Replace(gateway(http, ""), "gatewayClassName: istio", "gatewayClassName: gke-l7-rilb", 1)
	assert.Equal(t, expose.Private, one(t, "HTTPRoute", rilb, httpRoute("", plainRule)).Class)
}

func TestLoginsOfGatewayRoutes(t *testing.T) {
	filter := func(f string) string { return "  - {filters: [" + f + "], backendRefs: [{name: resize, port: 80}]}\n" }
	unknown := strings.Replace(gateway(http, ""), "gatewayClassName: istio", "gatewayClassName: house-made", 1)
	envoy := strings.Replace(gateway(http, ""), "gatewayClassName: istio", "gatewayClassName: eg", 1) + `---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
`
	policy := `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: login, namespace: media}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: resize}]
  oidc: {clientID: x}
`
	mtls := http + strings.Replace(https, "certificateRefs: [{name: wild}]",
		"certificateRefs: [{name: wild}], frontendValidation: {caCertificateRefs: [{name: ca}]}", 1)
	fallback := strings.Replace(mtls, "frontendValidation: {", "frontendValidation: {mode: AllowInsecureFallback, ", 1)
	guard := `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: login, namespace: edge}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: public}]
  action: DENY
  rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]
`
	for _, c := range []struct {
		name, gateway, route, more string
		want                       expose.Auth
	}{
		{"none", gateway(http, ""), httpRoute("", plainRule), resize, expose.NoAuth},
		{"filter", gateway(http, ""), httpRoute("", filter("{type: ExternalAuth}")), resize, expose.External},
		{"extension that is not known", gateway(http, ""), httpRoute("", filter("{type: ExtensionRef, extensionRef: {group: x.io, kind: X, name: a}}")), resize, expose.UnknownAuth},
		{"implementation that is not known", unknown, httpRoute("", plainRule), resize, expose.UnknownAuth},
		{"Envoy Gateway", envoy, httpRoute("", plainRule), resize, expose.NoAuth},
		{"policy of Envoy Gateway", envoy, httpRoute("", plainRule), policy, expose.Declared},
		{"client certificates", gateway(mtls, ""), httpRoute(", sectionName: https", plainRule), resize, expose.MTLS},
		{"client certificates that may be left out", gateway(fallback, ""), httpRoute(", sectionName: https", plainRule), resize, expose.NoAuth},
		{"policy of Istio at the Gateway", gateway(http, ""), httpRoute("", plainRule), guard, expose.Declared},
		{"the same on dry run", gateway(http, ""), httpRoute("", plainRule),
			strings.Replace(guard, "name: login,", "name: login, annotations: {istio.io/dry-run: 'true'},", 1), expose.NoAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want.String(), one(t, "HTTPRoute", c.gateway, c.route, c.more).Auth.String())
		})
	}
}

func TestABackendInAnotherNamespaceNeedsAGrant(t *testing.T) {
	route := strings.NewReplacer("namespace: media", "namespace: web", "{name: resize, port: 80}", "{name: resize, namespace: media, port: 80}").
		Replace(httpRoute("", plainRule))
	assert.Empty(t, exposureOf(t, resize, clusterIP, gateway(http, ""), route).Routes)
	grant := `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: web, namespace: media}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web}]
  to: [{group: "", kind: Service}]
`
	assert.Len(t, exposureOf(t, resize, clusterIP, gateway(http, ""), route, grant).Routes, 1)
}

func TestListenerSetsBelongToTheirGateway(t *testing.T) {
	route := strings.Replace(httpRoute("", plainRule), "{name: public, namespace: edge}", "{group: gateway.networking.k8s.io, kind: ListenerSet, name: more, namespace: media}", 1)
	r := one(t, "HTTPRoute", gateway(http, "  addresses: [{value: 10.0.0.7}]\n"), route, `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: media}
spec:
  parentRef: {name: public, namespace: edge}
  listeners: [{name: web, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: img}]}}]
`)
	assert.Equal(t, expose.Terminated, r.TLS)
	assert.Equal(t, expose.Private, r.Class)
}

const (
	istioGateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
`
	virtualService = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: resize, namespace: media}
spec:
  hosts: [img.example.com]
  gateways: [istio-system/gw]
  http: [{match: [{uri: {prefix: /v1}}], route: [{destination: {host: resize.media.svc.cluster.local, port: {number: 80}}}]}]
`
	ingressGateway = `
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec: {type: LoadBalancer, selector: {app: istio-ingressgateway, istio: ingressgateway}, ports: [{port: 443}]}
status: {loadBalancer: {ingress: [{ip: 10.9.8.7}]}}
`
)

func TestVirtualServicesThroughIstioGateways(t *testing.T) {
	const plain, redirect = "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}\n", "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*'], tls: {httpsRedirect: true}}\n"
	const simple, mutual = "  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['edge/*.example.com'], tls: {mode: SIMPLE, credentialName: img}}\n",
		"  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: MUTUAL, credentialName: img}}\n"
	for _, c := range []struct {
		name, servers string
		tls           expose.TLS
		auth          expose.Auth
		beside        bool
	}{
		{"plain", plain, expose.Plain, expose.NoAuth, false},
		{"TLS with a redirect", simple + redirect, expose.Terminated, expose.NoAuth, false},
		{"TLS beside plain", simple + plain, expose.Terminated, expose.NoAuth, true},
		{"client certificates", mutual, expose.Terminated, expose.MTLS, false},
		{"passthrough", "  - {port: {number: 443, name: tls, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}\n", expose.Passthrough, expose.NoAuth, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := one(t, "VirtualService", istioGateway+c.servers, virtualService, ingressGateway)
			assert.Equal(t, c.tls.String(), r.TLS.String())
			assert.Equal(t, c.auth.String(), r.Auth.String())
			assert.Equal(t, c.beside, r.Beside != "")
			assert.Equal(t, expose.Private, r.Class)
		})
	}
	assert.Equal(t, expose.Internet, one(t, "VirtualService", istioGateway+simple, virtualService).Class, "no Service of the gateway is known")
	mesh := strings.Replace(virtualService, "  gateways: [istio-system/gw]\n", "", 1)
	assert.Empty(t, exposureOf(t, resize, clusterIP, mesh).Routes, "for callers in the mesh")
	elsewhere := strings.Replace(virtualService, "img.example.com", "img.example.org", 1)
	assert.Empty(t, exposureOf(t, resize, clusterIP, istioGateway+simple, elsewhere).Routes, "no server for the host")
}

func TestAnIngressBeforeTheIngressGatewayCounts(t *testing.T) {
	inner := strings.NewReplacer("type: LoadBalancer, ", "", "status: {loadBalancer: {ingress: [{ip: 10.9.8.7}]}}\n", "").Replace(ingressGateway)
	servers := "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}\n"
	assert.Equal(t, expose.Cluster, one(t, "VirtualService", istioGateway+servers, virtualService, inner).Class)
	assert.Equal(t, expose.Internet, one(t, "VirtualService", istioGateway+servers, virtualService, inner, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: edge, namespace: istio-system}
spec: {defaultBackend: {service: {name: istio-ingressgateway, port: {number: 443}}}}
status: {loadBalancer: {ingress: [{ip: 203.0.113.4}]}}
`).Class)
}
