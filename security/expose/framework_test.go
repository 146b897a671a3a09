package expose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/expose"
)

// of returns the exposure of the function NAMESPACE/NAME.
func of(t *testing.T, id string, documents ...string) *expose.Exposure {
	t.Helper()
	w := offlinetest.Text(t, documents...)
	namespace, name, _ := strings.Cut(id, "/")
	return expose.Of.Get(w.Reader, w.Find(namespace, name).Key)
}

const (
	openfaasPlane = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: openfaas, labels: {app: openfaas, component: gateway, release: openfaas}}
spec:
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: gateway, image: "ghcr.io/openfaas/gateway:0.27.12", env: [{name: function_namespace, value: openfaas-fn}, {name: basic_auth, value: "true"}]}
      - {name: faas-netes, image: "ghcr.io/openfaas/faas-netes:0.18.13"}
---
apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: openfaas}
spec: {selector: {app: gateway}, ports: [{name: http, port: 8080}]}
`
	openfaasFunction = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: openfaas-fn, labels: {faas_function: checkout}}
spec:
  selector: {matchLabels: {faas_function: checkout}}
  template:
    metadata: {labels: {faas_function: checkout}}
    spec: {containers: [{name: checkout, image: "registry.example.com/checkout:1", ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: checkout, namespace: openfaas-fn}
spec: {selector: {faas_function: checkout}, ports: [{name: http, port: 8080}]}
`
	gatewayExternal = `
apiVersion: v1
kind: Service
metadata: {name: gateway-external, namespace: openfaas}
spec: {type: NodePort, selector: {app: gateway}, ports: [{name: http, port: 8080, nodePort: 31112}]}
`
)

func openfaasIngress(rewrite, path string) string {
	return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: way, namespace: openfaas, annotations: {nginx.ingress.kubernetes.io/rewrite-target: "` + rewrite + `"}}
spec:
  ingressClassName: nginx
  rules: [{host: fn.example.com, http: {paths: [{path: "` + path + `", pathType: ImplementationSpecific, backend: {service: {name: gateway, port: {number: 8080}}}}]}}]
`
}

func TestWhoReachesTheOpenFaaSGatewayReachesEveryFunction(t *testing.T) {
	const id = "openfaas-fn/checkout"
	closed := of(t, id, openfaasPlane, openfaasFunction)
	assert.Equal(t, expose.Cluster, closed.Class)
	assert.Empty(t, closed.Routes)

	x := of(t, id, openfaasPlane, openfaasFunction, gatewayExternal)
	require.Len(t, x.Routes, 1)
	assert.Equal(t, expose.Node, x.Class)
	assert.Equal(t, expose.NoAuth, x.Auth, "the gateway's password is for its own interface")
	assert.Equal(t, expose.OpenFaaSGateway, x.Routes[0].Shared)

	for path, ways := range map[string]int{"/": 1, "/function": 1, "/function/": 1, "/ui": 0, "/function/checkout": 1, "/function/other": 0} {
		assert.Len(t, of(t, id, openfaasPlane, openfaasFunction, openfaasIngress("", path)).Routes, ways, path)
	}
}

func TestARewrittenRouteLeadsToOneFunction(t *testing.T) {
	const id = "openfaas-fn/checkout"
	for rewrite, ways := range map[string]int{
		"/function/checkout/$1": 1, "/function/checkout.openfaas-fn/$1": 1, "/function/checkout.shop/$1": 0, "/function/other/$1": 0, "/$1": 1,
	} {
		assert.Len(t, of(t, id, openfaasPlane, openfaasFunction, openfaasIngress(rewrite, "/(.*)")).Routes, ways, rewrite)
	}
	x := of(t, id, openfaasFunction, openfaasIngress("/function/checkout.openfaas-fn/$1", "/(.*)"))
	require.Len(t, x.Routes, 1, "also where the gateway itself is not seen")
	assert.Empty(t, x.Routes[0].Shared)
}

func TestAFunctionIngressThatDoesNothingExposesNothing(t *testing.T) {
	declared := func(rest string) string {
		return "apiVersion: openfaas.com/v1\nkind: FunctionIngress\nmetadata: {name: checkout, namespace: openfaas}\nspec: {domain: a.example.com, function: checkout, functionNamespace: openfaas-fn, ingressType: nginx" + rest + "}\n"
	}
	const id = "openfaas-fn/checkout"
	x := of(t, id, openfaasPlane, openfaasFunction, declared(""))
	require.Len(t, x.Routes, 1, "its operator will make the Ingress")
	assert.Equal(t, expose.Plain, x.Routes[0].TLS)
	assert.Equal(t, expose.Terminated, of(t, id, openfaasPlane, openfaasFunction, declared(", tls: {enabled: true}")).Routes[0].TLS)
	assert.Empty(t, of(t, id, openfaasPlane, openfaasFunction, declared(", bypassGateway: true")).Routes, "refused in another namespace")
}

func TestAWatchdogThatMayAskLeavesTheLoginOpen(t *testing.T) {
	with := strings.Replace(openfaasFunction, "ports: [{containerPort: 8080}]", "env: [{name: jwt_auth, value: 'true'}]", 1)
	assert.Equal(t, expose.UnknownAuth, of(t, "openfaas-fn/checkout", openfaasPlane, with, gatewayExternal).Auth)
}

const (
	fissionFunction = `
apiVersion: fission.io/v1
kind: Function
metadata: {name: hello, namespace: shop}
spec: {environment: {name: node, namespace: shop}, package: {packageref: {name: hello, namespace: shop}}, InvokeStrategy: {ExecutionStrategy: {ExecutorType: poolmgr}}}
`
	fissionRouter = `
apiVersion: v1
kind: Service
metadata: {name: router, namespace: fission, labels: {svc: router, application: fission-router, chart: fission-all-1.27.0}}
spec: {type: LoadBalancer, selector: {svc: router}, ports: [{name: http, port: 80, targetPort: 8888}]}
`
	fissionInternal = `
apiVersion: v1
kind: Service
metadata: {name: router-internal, namespace: fission}
spec: {selector: {svc: router}, ports: [{port: 8889}]}
`
	fissionTrigger = `
apiVersion: fission.io/v1
kind: HTTPTrigger
metadata: {name: hello, namespace: shop}
spec: {relativeurl: /hello, methods: [GET], functionref: {type: name, name: hello}, createingress: false}
`
)

func TestTriggersOfFissionAreOnTheRouter(t *testing.T) {
	const id = "shop/hello"
	assert.Empty(t, of(t, id, fissionFunction, fissionRouter, fissionInternal).Routes, "no trigger")
	x := of(t, id, fissionFunction, fissionRouter, fissionInternal, fissionTrigger)
	require.Len(t, x.Routes, 1)
	assert.Equal(t, expose.Internet, x.Class, "switching the Ingress off closes nothing")
	assert.Equal(t, expose.Internet, of(t, id, fissionFunction, fissionRouter).Class, "old releases serve every function")

	login := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: router, namespace: fission, labels: {svc: router}}
spec:
  selector: {matchLabels: {svc: router}}
  template:
    metadata: {labels: {svc: router}}
    spec: {containers: [{name: router, image: "ghcr.io/fission/fission-bundle:v1.22.0", env: [{name: JWT_SIGNING_KEY, valueFrom: {secretKeyRef: {name: router, key: k}}}]}]}
`
	assert.Equal(t, expose.JWTUnscoped, of(t, id, fissionFunction, fissionRouter, fissionInternal, fissionTrigger, login).Auth)
}

func TestRoutesOfFissionBelongToTheirTrigger(t *testing.T) {
	made := func(namespace string) string {
		return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: hello, namespace: fission, labels: {triggerName: hello, functionName: hello, triggerNamespace: ` + namespace + `}}
spec:
  ingressClassName: nginx
  tls: [{hosts: [a.example.com], secretName: a}]
  rules: [{host: a.example.com, http: {paths: [{path: /hello, pathType: Exact, backend: {service: {name: router, port: {number: 80}}}}]}}]
`
	}
	inner := strings.Replace(fissionRouter, "type: LoadBalancer, ", "", 1)
	x := of(t, "shop/hello", fissionFunction, inner, fissionInternal, fissionTrigger, made("shop"))
	require.Len(t, x.Routes, 1)
	assert.Equal(t, expose.Terminated, x.Routes[0].TLS)
	assert.Empty(t, of(t, "shop/hello", fissionFunction, inner, fissionInternal, fissionTrigger, made("other")).Routes)

	declared := strings.Replace(fissionTrigger, "createingress: false", "createingress: true, ingressconfig: {host: '*', tls: ''}", 1)
	x = of(t, "shop/hello", fissionFunction, inner, fissionInternal, declared)
	require.Len(t, x.Routes, 1, "its controller will make the Ingress")
	assert.Empty(t, x.Routes[0].Host)
}

const knativeFunction = `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: thumbnail, namespace: media}
spec: {template: {spec: {containers: [{name: user-container, image: "registry.example.com/thumbnail:1"}]}}}
`

func domain(key string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-domain, namespace: knative-serving}\ndata: {" + key + "}\n"
}

func TestKnativeIsPublicOnceADomainIsConfigured(t *testing.T) {
	const id = "media/thumbnail"
	x := of(t, id, knativeFunction)
	assert.Equal(t, expose.Internet, x.Class)
	assert.Contains(t, x.Assumed, "assuming that a domain is configured for Knative")
	assert.Equal(t, expose.Internet, of(t, id, knativeFunction, domain("example.com: ''")).Class)
	assert.Equal(t, expose.Cluster, of(t, id, knativeFunction, domain("svc.cluster.local: ''")).Class)
	assert.Equal(t, expose.Cluster, of(t, id, knativeFunction, domain("_example: 'example.com: |'")).Class)
	local := strings.Replace(knativeFunction, "namespace: media", "namespace: media, labels: {networking.knative.dev/visibility: cluster-local}", 1)
	assert.Equal(t, expose.Cluster, of(t, id, local).Class)
	mapping := "apiVersion: serving.knative.dev/v1beta1\nkind: DomainMapping\nmetadata: {name: img.example.org, namespace: media}\nspec: {ref: {kind: Service, name: thumbnail, apiVersion: serving.knative.dev/v1}}\n"
	assert.Equal(t, expose.Internet, of(t, id, local, mapping).Class, "a DomainMapping is always public")
	kourier := "apiVersion: v1\nkind: Service\nmetadata: {name: kourier, namespace: kourier-system}\nspec: {selector: {app: x}, ports: [{port: 80}]}\n"
	assert.Equal(t, expose.Cluster, of(t, id, knativeFunction, domain("example.com: ''"), kourier).Class, "its gateway has a cluster address only")
}

func TestTheKnativeIngressIsTheTruth(t *testing.T) {
	in := func(visibility, rest string) string {
		return `
apiVersion: networking.internal.knative.dev/v1alpha1
kind: Ingress
metadata: {name: thumbnail, namespace: media}
spec:
  rules:
  - {hosts: [thumbnail.media.svc.cluster.local], visibility: ClusterLocal}
  - {hosts: [thumbnail.media.example.com], visibility: ` + visibility + `}
` + rest
	}
	const id = "media/thumbnail"
	assert.Empty(t, of(t, id, knativeFunction, in("ClusterLocal", "")).Routes)
	plain := of(t, id, knativeFunction, in("ExternalIP", ""))
	require.Len(t, plain.Routes, 1)
	assert.Equal(t, expose.Plain, plain.Routes[0].TLS)
	tls := of(t, id, knativeFunction, in("ExternalIP", "  httpOption: Enabled\n  tls: [{hosts: [thumbnail.media.example.com], secretName: a}]\n"))
	assert.Equal(t, expose.Terminated, tls.Routes[0].TLS)
	assert.NotEmpty(t, tls.Routes[0].Beside)
	redirected := of(t, id, knativeFunction, in("ExternalIP", "  httpOption: Redirected\n  tls: [{hosts: [thumbnail.media.example.com], secretName: a}]\n"))
	assert.True(t, redirected.TLS)
}

const nuclioFunction = `
apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: resize, namespace: ml, labels: {nuclio.io/project-name: default}}
spec:
  image: registry.example.com/resize:1
  triggers: {default-http: {kind: http, attributes: {serviceType: ClusterIP}}}
status: {state: ready}
`

func TestNuclioDeclaresItsWays(t *testing.T) {
	const id = "ml/resize"
	node := strings.Replace(nuclioFunction, "ClusterIP", "NodePort", 1)
	assert.Equal(t, expose.Node, of(t, id, node).Class)
	door := strings.Replace(nuclioFunction, "serviceType: ClusterIP", "ingresses: {'0': {host: img.example.com, paths: [/]}}", 1)
	x := of(t, id, door)
	require.Len(t, x.Routes, 1)
	assert.Equal(t, expose.Plain, x.Routes[0].TLS)
	gateway := func(mode string) string {
		return "apiVersion: nuclio.io/v1beta1\nkind: NuclioAPIGateway\nmetadata: {name: gw, namespace: ml}\nspec: {host: api.example.com, path: /, authenticationMode: " + mode + ", upstreams: [{kind: nucliofunction, nucliofunction: {name: resize}}]}\n"
	}
	assert.Equal(t, expose.NoAuth, of(t, id, nuclioFunction, gateway("none")).Auth)
	assert.Equal(t, expose.Declared, of(t, id, nuclioFunction, gateway("basicAuth")).Auth)
	dashboard := "apiVersion: v1\nkind: Service\nmetadata: {name: nuclio-dashboard, namespace: ml}\nspec: {type: NodePort, selector: {nuclio.io/name: nuclio-dashboard}, ports: [{port: 8070}]}\n"
	controller := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nuclio-controller, namespace: ml, labels: {nuclio.io/app: controller}}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: nuclio-controller, image: 'quay.io/nuclio/controller:1.14.0-amd64'}]}}}\n"
	x = of(t, id, nuclioFunction, controller, dashboard)
	assert.Equal(t, expose.Node, x.Class, "the dashboard calls every function")
}

const kymaFunction = offlinetest.KymaOrders + `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: kyma-gateway, namespace: kyma-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*.kyma.example.com"], tls: {mode: SIMPLE, credentialName: kyma-gateway-certs}}]
`

func apiRule(version, rest string) string {
	return "apiVersion: gateway.kyma-project.io/" + version + "\nkind: APIRule\nmetadata: {name: orders, namespace: shop}\nspec:\n  gateway: kyma-system/kyma-gateway\n  service: {name: orders, port: 80}\n" + rest
}

func TestLoginsOfAPIRules(t *testing.T) {
	const jwt = "authentications: [{issuer: https://idp.example.com, jwksUri: https://idp.example.com/keys}]"
	v2 := func(rule string) string {
		return apiRule("v2", "  hosts: [orders]\n  rules: [{path: /*, methods: [GET], "+rule+"}]\n")
	}
	v1 := func(handler string) string {
		return apiRule("v1beta1", "  host: orders.kyma.example.com\n  rules: [{path: /.*, methods: [GET], accessStrategies: [{handler: "+handler+"}]}]\n")
	}
	provider := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    extensionProviders:\n    - name: oauth2\n      envoyExtAuthzHttp: {service: a}\n    rootNamespace: istio-system\n"
	for _, c := range []struct {
		name, rule string
		want       expose.Auth
	}{
		{"nobody asks", v2("noAuth: true"), expose.NoAuth},
		{"any token", v2("jwt: {" + jwt + "}"), expose.JWTUnscoped},
		{"scopes", v2("jwt: {" + jwt + ", authorizations: [{requiredScopes: [orders.read]}]}"), expose.JWTScoped},
		{"audience", v2("jwt: {" + jwt + ", authorizations: [{audiences: [orders]}]}"), expose.JWTScoped},
		{"one alternative without either", v2("jwt: {" + jwt + ", authorizations: [{audiences: [orders]}, {}]}"), expose.JWTUnscoped},
		{"authorizer", v2("extAuth: {authorizers: [oauth2]}") + "---\n" + provider, expose.External},
		{"authorizer that is not configured", v2("extAuth: {authorizers: [other]}") + "---\n" + provider, expose.UnknownAuth},
		{"old rule without policy", v1("allow"), expose.NoAuth},
		{"old rule without login", v1("no_auth"), expose.NoAuth},
		{"Oathkeeper", v1("noop"), expose.UnknownAuth},
		{"tokens that Oathkeeper checks", v1("jwt, config: {trusted_issuers: ['https://idp.example.com']}"), expose.UnknownAuth},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := of(t, "shop/orders", kymaFunction, c.rule)
			require.Len(t, x.Routes, 1)
			assert.Equal(t, c.want.String(), x.Auth.String())
			assert.Equal(t, expose.Terminated, x.Routes[0].TLS)
			assert.Equal(t, "orders.kyma.example.com", x.Routes[0].Host)
		})
	}
	outside := strings.Replace(kymaFunction, "istio-injection: enabled", "istio-injection: disabled", 1)
	policy := "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n"
	assert.Equal(t, expose.NoAuth, of(t, "shop/orders", outside, policy, v2("jwt: {"+jwt+"}")).Auth, "without a sidecar nothing checks the token")
}

func TestTheMeshMayAskForTokens(t *testing.T) {
	requires := func(when string) string {
		return `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: media}
spec: {selector: {matchLabels: {app: resize}}, jwtRules: [{issuer: "https://idp.example.com"}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: tokens, namespace: media}
spec: {selector: {matchLabels: {app: resize}}, rules: [{from: [{source: {requestPrincipals: ["*"]}}]` + when + `}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: media, labels: {istio-injection: enabled}}
`
	}
	assert.Equal(t, expose.JWTUnscoped, one(t, "Ingress", ingress("", ""), requires("")).Auth)
	assert.Equal(t, expose.JWTScoped, one(t, "Ingress", ingress("", ""), requires(`, when: [{key: "request.auth.claims[aud]", values: [resize]}]`)).Auth)
	outside := strings.Replace(requires(""), "enabled", "disabled", 1)
	assert.Equal(t, expose.NoAuth, one(t, "Ingress", ingress("", ""), outside).Auth)
}

func TestTheInterceptorServesTheHostsOfItsObjects(t *testing.T) {
	interceptor := `
apiVersion: v1
kind: Service
metadata: {name: keda-add-ons-http-interceptor-proxy, namespace: keda}
spec: {selector: {app.kubernetes.io/instance: interceptor}, ports: [{name: proxy, port: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: functions, namespace: keda}
spec:
  ingressClassName: nginx
  tls: [{hosts: ["*.fn.example.com"], secretName: fn}]
  rules: [{host: "*.fn.example.com", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: keda-add-ons-http-interceptor-proxy, port: {name: proxy}}}}]}}]
`
	object := func(hosts string) string {
		return "apiVersion: http.keda.sh/v1alpha1\nkind: HTTPScaledObject\nmetadata: {name: resize, namespace: media}\nspec: {" + hosts + "scaleTargetRef: {name: resize, service: resize, port: 80}}\n"
	}
	assert.Empty(t, exposureOf(t, resize, clusterIP, interceptor).Routes)
	x := exposureOf(t, resize, clusterIP, interceptor, object("hosts: [img.fn.example.com], "))
	require.Len(t, x.Routes, 1)
	assert.Equal(t, expose.KEDAInterceptor, x.Routes[0].Shared)
	x = exposureOf(t, resize, clusterIP, interceptor, object("hosts: [img.other.example.com], "))
	require.Len(t, x.Routes, 1, "who leads this host to the interceptor is not known")
	assert.Equal(t, expose.UnknownAuth, x.Routes[0].Auth)
	assert.Equal(t, expose.UnknownTLS, x.Routes[0].TLS)
	assert.Equal(t, expose.Cluster, x.Class)
	for _, inside := range []string{"resize", "resize.media", "resize.media.svc", "resize.media.svc.cluster.local"} {
		assert.Empty(t, exposureOf(t, resize, clusterIP, interceptor, object("hosts: ["+inside+"], ")).Routes, inside)
	}
	public := strings.Replace(interceptor, "spec: {selector", "spec: {type: LoadBalancer, selector", 1)
	x = exposureOf(t, resize, clusterIP, public, object("hosts: [img.other.example.com], "))
	require.Len(t, x.Routes, 1, "the interceptor itself is open to the internet")
	assert.Equal(t, "img.other.example.com", x.Routes[0].Host)
	assert.Equal(t, expose.Internet, x.Class)
	assert.Len(t, exposureOf(t, resize, clusterIP, interceptor, object("")).Routes, 1, "without hosts it takes them all")
}
