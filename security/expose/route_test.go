package expose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/expose"
)

// one returns the only way through an object of that kind.
func one(t *testing.T, kind string, documents ...string) expose.Route {
	t.Helper()
	var found []expose.Route
	for _, r := range exposureOf(t, append([]string{resize, clusterIP}, documents...)...).Routes {
		if r.Via.Kind == kind {
			found = append(found, r)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

func ingress(annotations, spec string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: resize\n  namespace: media\n  annotations: {" + annotations +
		"}\nspec:\n" + spec + `  rules:
  - host: img.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: resize, port: {number: 80}}}}]}
`
}

const nginx, alb = "nginx.ingress.kubernetes.io/", "alb.ingress.kubernetes.io/"

func TestTLSOfAnIngressIsPerHost(t *testing.T) {
	for _, c := range []struct {
		name, annotations, spec string
		want                    expose.TLS
		beside                  bool
	}{
		{"nothing", "", "", expose.Plain, false},
		{"its host", "", "  tls: [{hosts: [img.example.com], secretName: a}]\n", expose.Terminated, false},
		{"another host", "", "  tls: [{hosts: [www.example.com], secretName: a}]\n", expose.Plain, false},
		{"wildcard", "", "  tls: [{hosts: ['*.example.com'], secretName: a}]\n", expose.Terminated, false},
		{"wildcard one label too high", "", "  tls: [{hosts: ['*.com'], secretName: a}]\n", expose.Plain, false},
		{"no hosts means all", "", "  tls: [{secretName: a}]\n", expose.Terminated, false},
		{"certificate of AWS", alb + "certificate-arn: arn:aws:acm:1", "", expose.Terminated, false},
		{"listeners of AWS", alb + `listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'`, "", expose.Terminated, true},
		{"listeners of AWS with a redirect", alb + `listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]', ` + alb + `ssl-redirect: "443"`, "", expose.Terminated, false},
		{"certificate of Google", "networking.gke.io/managed-certificates: a", "", expose.Terminated, true},
		{"certificate of Google alone", `networking.gke.io/managed-certificates: a, kubernetes.io/ingress.allow-http: "false"`, "", expose.Terminated, false},
		{"redirect without TLS", nginx + `force-ssl-redirect: "true"`, "", expose.Redirect, false},
		{"the weaker redirect acts with TLS only", nginx + `ssl-redirect: "true"`, "", expose.Plain, false},
		{"passthrough", nginx + `ssl-passthrough: "true"`, "", expose.Passthrough, false},
		{"redirect switched off", nginx + `ssl-redirect: "false"`, "  tls: [{secretName: a}]\n", expose.Terminated, true},
		{"entry point with TLS of its own", "traefik.ingress.kubernetes.io/router.entrypoints: websecure", "", expose.UnknownTLS, false},
		{"class that is not known", "", "  ingressClassName: house-made\n", expose.UnknownTLS, false},
		{"controller that serves HTTPS alone", "", "  ingressClassName: tailscale\n", expose.Terminated, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := one(t, "Ingress", ingress(c.annotations, c.spec))
			assert.Equal(t, c.want.String(), r.TLS.String())
			assert.Equal(t, c.beside, r.Beside != "", r.Beside)
		})
	}
}

func TestLoginsOfAnIngress(t *testing.T) {
	middleware := `
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: gate, namespace: media}
spec: {forwardAuth: {address: "http://auth.auth"}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: oauth-headers, namespace: media}
spec: {headers: {frameDeny: true}}
---
apiVersion: configuration.konghq.com/v1
kind: KongPlugin
metadata: {name: keys, namespace: media}
plugin: key-auth
`
	const traefik = "traefik.ingress.kubernetes.io/router.middlewares: "
	for _, c := range []struct {
		annotations, spec string
		want              expose.Auth
	}{
		{"", "", expose.NoAuth},
		{nginx + "auth-type: basic", "", expose.Declared},
		{nginx + "auth-url: 'https://auth.example.com'", "", expose.Declared},
		{nginx + "auth-tls-secret: media/ca", "", expose.Declared},
		{nginx + "auth-tls-secret: media/ca, " + nginx + "auth-tls-verify-client: optional", "", expose.NoAuth},
		{alb + "auth-type: none", "", expose.NoAuth},
		{alb + "auth-type: cognito", "", expose.Declared},
		{traefik + "media-gate@kubernetescrd", "", expose.Declared},
		{traefik + "media-oauth-headers@kubernetescrd", "", expose.NoAuth},
		{traefik + "basic-auth@file", "", expose.Declared},
		{traefik + "strip@file", "", expose.NoAuth},
		{"konghq.com/plugins: keys", "", expose.Declared},
		{"konghq.com/plugins: rate-limit", "", expose.NoAuth},
		{"nginx.org/policies: p", "", expose.UnknownAuth},
		{"", "  ingressClassName: house-made\n", expose.UnknownAuth},
		{nginx + "auth-type: basic", "  ingressClassName: house-made\n", expose.Declared},
	} {
		r := one(t, "Ingress", ingress(c.annotations, c.spec), middleware)
		assert.Equal(t, c.want.String(), r.Auth.String(), "%s %s", c.annotations, c.spec)
	}
}

func TestClassOfAnIngress(t *testing.T) {
	for _, c := range []struct {
		annotations, spec, status string
		want                      expose.Class
		assumed                   bool
	}{
		{"", "", "", expose.Internet, true},
		{"", "", "ip: 203.0.113.9", expose.Internet, false},
		{"", "", "ip: 10.0.0.9", expose.Private, false},
		{"", "", "hostname: lb.example.net", expose.Internet, true},
		{"", "  ingressClassName: alb\n", "", expose.Private, false},
		{alb + "scheme: internet-facing", "  ingressClassName: alb\n", "", expose.Internet, false},
		{"", "  ingressClassName: gce-internal\n", "", expose.Private, false},
		{nginx + "whitelist-source-range: '10.0.0.0/8,172.16.0.0/12'", "", "", expose.Private, false},
		{nginx + "whitelist-source-range: '10.0.0.0/8,198.51.100.0/24'", "", "", expose.Internet, true},
	} {
		text := ingress(c.annotations, c.spec)
		if c.status != "" {
			text += "status: {loadBalancer: {ingress: [{" + c.status + "}]}}\n"
		}
		r := one(t, "Ingress", text)
		assert.Equal(t, c.want.String(), r.Class.String(), "%+v", c)
		assert.Equal(t, c.assumed, r.Assumed != "", "%+v", c)
	}
}

func TestControllersAreKnownByTheirClass(t *testing.T) {
	class := `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: public, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: nginx.org/ingress-controller}
`
	assert.Equal(t, expose.NginxIngress, one(t, "Ingress", ingress("", ""), class).Controller, "the default class")
	assert.Equal(t, expose.NginxIngress, one(t, "Ingress", ingress("", "  ingressClassName: public\n"), class).Controller)
	assert.Equal(t, "nginx", one(t, "Ingress", ingress("", "  ingressClassName: nginx\n"), class).Controller, "that of F5 is another one")
	assert.Equal(t, expose.NginxIngress, one(t, "Ingress", ingress("kubernetes.io/ingress.class: nginx", "")).Controller)
}

func TestTheDefaultBackendTakesEveryHost(t *testing.T) {
	x := exposureOf(t, resize, clusterIP, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: all, namespace: media}
spec: {defaultBackend: {service: {name: resize, port: {name: http}}}}
`)
	require.Len(t, x.Routes, 1)
	assert.Empty(t, x.Routes[0].Host)
	assert.Equal(t, "spec.defaultBackend", x.Routes[0].Field)
	assert.False(t, x.TLS)
	assert.True(t, x.Open(expose.Internet))
}

var proxyRoutes = []struct {
	name, kind, text string
	host             string
	tls              expose.TLS
	auth             expose.Auth
	beside           bool
}{
	{"Traefik", "IngressRoute", `
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: a, namespace: media}
spec:
  entryPoints: [web]
  routes: [{kind: Rule, match: "Host(` + "`img.example.com`" + `) && PathPrefix(` + "`/v1`" + `)", services: [{name: resize, port: 80}]}]
`, "img.example.com", expose.Plain, expose.NoAuth, false},
	{"old group of Traefik", "IngressRoute", `
apiVersion: traefik.containo.us/v1alpha1
kind: IngressRoute
metadata: {name: a, namespace: media}
spec:
  routes: [{match: "Host(` + "`img.example.com`" + `)", services: [{name: resize, port: 80}], middlewares: [{name: login}]}]
  tls: {secretName: img}
---
apiVersion: traefik.containo.us/v1alpha1
kind: Middleware
metadata: {name: login, namespace: media}
spec: {basicAuth: {secret: users}}
`, "img.example.com", expose.Terminated, expose.Declared, false},
	{"redirect of Traefik", "IngressRoute", `
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: a, namespace: media}
spec:
  entryPoints: [web]
  routes: [{match: "Host(` + "`img.example.com`" + `)", services: [{name: resize, port: 80}], middlewares: [{name: https}]}]
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: https, namespace: media}
spec: {redirectScheme: {scheme: https}}
`, "img.example.com", expose.Redirect, expose.NoAuth, false},
	{"Contour", "HTTPProxy", `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: a, namespace: media}
spec:
  virtualhost: {fqdn: img.example.com, tls: {secretName: img}, authorization: {extensionRef: {name: auth}}}
  routes: [{permitInsecure: true, services: [{name: resize, port: 80}]}]
`, "img.example.com", expose.Terminated, expose.External, true},
	{"Contour with client certificates", "HTTPProxy", `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: a, namespace: media}
spec:
  virtualhost: {fqdn: img.example.com, tls: {secretName: img, clientValidation: {caSecret: ca}}}
  routes: [{services: [{name: resize, port: 80}]}]
`, "img.example.com", expose.Terminated, expose.MTLS, false},
	{"route that goes round the login of its host", "HTTPProxy", `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: a, namespace: media}
spec:
  virtualhost: {fqdn: img.example.com, authorization: {extensionRef: {name: auth}}}
  routes: [{authPolicy: {disabled: true}, services: [{name: resize, port: 80}]}]
`, "img.example.com", expose.Plain, expose.NoAuth, false},
	{"OpenShift", "Route", `
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: a, namespace: media}
spec: {host: img.example.com, to: {kind: Service, name: resize}, tls: {termination: edge, insecureEdgeTerminationPolicy: Allow}}
`, "img.example.com", expose.Terminated, expose.NoAuth, true},
	{"Emissary with an AuthService", "Mapping", `
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: a, namespace: media}
spec: {hostname: img.example.com, prefix: /, service: "http://resize.media:80"}
---
apiVersion: getambassador.io/v3alpha1
kind: AuthService
metadata: {name: auth, namespace: ambassador}
spec: {auth_service: "auth:80"}
`, "img.example.com", expose.UnknownTLS, expose.External, false},
	{"Skipper", "RouteGroup", `
apiVersion: zalando.org/v1
kind: RouteGroup
metadata: {name: a, namespace: media}
spec:
  hosts: [img.example.com]
  backends: [{name: fn, type: service, serviceName: resize, servicePort: 80}]
  defaultBackends: [{backendName: fn}]
  routes: [{pathSubtree: /, filters: ['oauthTokeninfoAllScope("uid")']}]
`, "img.example.com", expose.UnknownTLS, expose.Declared, false},
}

func TestRoutesOfOtherProxies(t *testing.T) {
	for _, c := range proxyRoutes {
		t.Run(c.name, func(t *testing.T) {
			r := one(t, c.kind, c.text)
			assert.Equal(t, c.host, r.Host)
			assert.Equal(t, c.tls.String(), r.TLS.String())
			assert.Equal(t, c.auth.String(), r.Auth.String())
			assert.Equal(t, c.beside, r.Beside != "")
			assert.Equal(t, expose.Internet, r.Class)
		})
	}
}

func TestAnIncludedHTTPProxyHasTheHostOfItsParent(t *testing.T) {
	child := `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: child, namespace: media}
spec: {routes: [{services: [{name: resize, port: 80}]}]}
`
	assert.Empty(t, exposureOf(t, resize, clusterIP, child).Routes, "nobody includes it")
	r := one(t, "HTTPProxy", child, `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: root, namespace: edge}
spec:
  virtualhost: {fqdn: img.example.com, tls: {secretName: img}}
  includes: [{name: child, namespace: media}]
`)
	assert.Equal(t, "img.example.com", r.Host)
	assert.Equal(t, expose.Terminated, r.TLS)
}

func TestTheWeakestWayCounts(t *testing.T) {
	open := strings.Replace(ingress("", ""), "name: resize\n  namespace", "name: open\n  namespace", 1)
	x := exposureOf(t, resize, clusterIP, ingress(nginx+"auth-type: basic", "  tls: [{secretName: a}]\n"), open)
	assert.Equal(t, expose.NoAuth, x.Auth)
	assert.False(t, x.TLS)
	assert.Equal(t, expose.Declared, exposureOf(t, resize, clusterIP, ingress(nginx+"auth-type: basic", "")).Auth)
}
