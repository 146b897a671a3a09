package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
)

func judged(t *testing.T, id string, documents ...string) *security.Posture {
	t.Helper()
	namespace, name, _ := strings.Cut(id, "/")
	return offlinetest.Text(t, documents...).Judge(namespace, name)
}

func TestKymaRules(t *testing.T) {
	rule := func(version, rule string) string {
		return "apiVersion: gateway.kyma-project.io/" + version + "\nkind: APIRule\nmetadata: {name: orders, namespace: shop}\nspec: {gateway: kyma-system/kyma-gateway, hosts: [orders.example.com], service: {name: orders, port: 80}, rules: [{path: /*, methods: [GET], " + rule + "}]}\n"
	}
	const jwt = "jwt: {authentications: [{issuer: https://idp.example.com}]"
	for _, c := range []struct{ name, rule, open, token string }{
		{"open to anybody", rule("v2", "noAuth: true"), "fail", "na"},
		{"any token", rule("v2", jwt+"}"), "pass", "fail"},
		{"scoped", rule("v2alpha1", jwt+", authorizations: [{requiredScopes: [read]}]}"), "pass", "pass"},
		{"old handler without a policy", rule("v1beta1", "accessStrategies: [{handler: allow}]"), "fail", "na"},
		{"Oathkeeper", rule("v1beta1", "accessStrategies: [{handler: oauth2_introspection}]"), "unknown", "na"},
		{"authorizer", rule("v2", "extAuth: {authorizers: [a]}"), "unknown", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := judged(t, "shop/orders", offlinetest.KymaOrders, c.rule)
			assert.Equal(t, c.open, offlinetest.Verdict(t, p, "NET-40"))
			assert.Equal(t, c.token, offlinetest.Verdict(t, p, "NET-41"))
		})
	}
	p := judged(t, "shop/orders", offlinetest.KymaOrders, rule("v2", "noAuth: true"))
	assert.Contains(t, offlinetest.Of(p, "NET-40")[0].Message, "callers inside the cluster are refused")
	assert.Contains(t, offlinetest.Of(p, "NET-32")[0].Message, "/metrics")
	assert.Equal(t, "na", offlinetest.Verdict(t, judged(t, "shop/orders", offlinetest.KymaOrders), "NET-40"))
}

func TestTokensOfIstioWithoutScopeOrAudience(t *testing.T) {
	tokens := func(audiences, when string) string {
		return `
apiVersion: v1
kind: Namespace
metadata: {name: media, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: media}
spec: {jwtRules: [{issuer: https://idp.example.com` + audiences + `}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: tokens, namespace: media}
spec: {rules: [{from: [{source: {requestPrincipals: ["https://idp.example.com/*"]}}]` + when + `}]}
`
	}
	assert.Equal(t, "fail", offlinetest.Verdict(t, judgeResizer(t, tokens("", "")), "NET-41"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judgeResizer(t, tokens(", audiences: [resize]", "")), "NET-41"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judgeResizer(t, tokens("", ", when: [{key: 'request.auth.claims[scope]', values: [resize]}]")), "NET-41"))
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t), "NET-41"))
}

const edge = `
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
metadata: {name: gateway, namespace: openfaas}
spec: {selector: {app: gateway}, ports: [{name: http, port: 8080}]}
`

func TestTheEdgeOfOpenFaaS(t *testing.T) {
	const id = "openfaas-fn/checkout"
	external := "apiVersion: v1\nkind: Service\nmetadata: {name: edge, namespace: openfaas}\nspec: {type: NodePort, selector: {app: gateway}, ports: [{port: 8080, nodePort: 31112}]}\n"
	way := func(annotations, tls string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, namespace: openfaas, annotations: {" + nginx + "rewrite-target: /function/checkout.openfaas-fn/$1" + annotations + "}}\nspec: {ingressClassName: nginx, " + tls + "rules: [{host: a.example.com, http: {paths: [{path: /(.*), pathType: ImplementationSpecific, backend: {service: {name: gateway, port: {number: 8080}}}}]}}]}\n"
	}
	const tls = "tls: [{hosts: [a.example.com], secretName: a}], "
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, id, edge), "NET-42"))
	assert.Equal(t, "high", severities(judged(t, id, edge, external), "NET-42"))
	assert.Equal(t, check.FrameworkLimit, offlinetest.Of(judged(t, id, edge, external), "NET-42")[0].Limit, "no function can close the gateway")
	assert.Equal(t, "high", severities(judged(t, id, edge, way("", "")), "NET-42"))
	assert.Equal(t, "high", severities(judged(t, id, edge, way("", tls)), "NET-42"))
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, id, edge, way(", "+nginx+"auth-url: https://auth.example.com", tls)), "NET-42"))
	assert.Equal(t, "na", offlinetest.Verdict(t, judgeResizer(t), "NET-42"))
}

const quote = `
apiVersion: kubeless.io/v1beta1
kind: Function
metadata: {name: quote, namespace: billing}
spec: {runtime: python3.7, handler: q.handler, function: "def handler(): pass", service: {ports: [{name: http-function-port, port: 8080, targetPort: 8080}]}}
---
apiVersion: v1
kind: Service
metadata: {name: quote, namespace: billing}
spec: {selector: {created-by: kubeless, function: quote}, ports: [{name: http-function-port, port: 8080}]}
---
apiVersion: kubeless.io/v1beta1
kind: HTTPTrigger
metadata: {name: quote, namespace: billing}
spec: {function-name: quote, host-name: q.example.com, path: q, gateway: nginx, basic-auth-secret: users, tls-secret: q}
`

func TestTheIngressOfAKubelessTriggerCounts(t *testing.T) {
	made := func(annotations, tls string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: quote, namespace: billing, annotations: {kubernetes.io/ingress.class: nginx" + annotations + "}}\nspec: {" + tls + "rules: [{host: q.example.com, http: {paths: [{path: /q, pathType: ImplementationSpecific, backend: {service: {name: quote, port: {number: 8080}}}}]}}]}\n"
	}
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, "billing/quote", quote), "NET-43"), "what the trigger will make has both")
	p := judged(t, "billing/quote", quote, made("", ""))
	assert.Equal(t, "high", severities(p, "NET-43"))
	assert.Contains(t, offlinetest.Of(p, "NET-43")[0].Message, "without TLS and without a login")
	good := made(", "+nginx+"auth-type: basic, "+nginx+"auth-secret: users", "tls: [{hosts: [q.example.com], secretName: q}], ")
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, "billing/quote", quote, good), "NET-43"))
}

func TestPublicKnativeServices(t *testing.T) {
	service := "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: thumbnail, namespace: media}\nspec: {template: {spec: {containers: [{image: 'registry.example.com/thumbnail:1'}]}}}\n"
	config := func(name, data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: knative-serving}\ndata: {" + data + "}\n"
	}
	const id = "media/thumbnail"
	p := judged(t, id, service)
	assert.Equal(t, "high", severities(p, "NET-44"))
	assert.Contains(t, offlinetest.Of(p, "NET-44")[0].Message, "assuming that a domain is configured")
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, id, service, config("config-domain", "svc.cluster.local: ''")), "NET-44"))
	local := strings.Replace(service, "namespace: media", "namespace: media, labels: {networking.knative.dev/visibility: cluster-local}", 1)
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, id, local), "NET-44"))
	tls := config("config-network", "external-domain-tls: Enabled, http-protocol: Redirected")
	assert.Equal(t, "medium", severities(judged(t, id, service, tls), "NET-44"), "TLS, and still no login")
	inactive := config("config-network", "_example: 'external-domain-tls: Enabled'")
	assert.Equal(t, "high", severities(judged(t, id, service, inactive), "NET-44"))
	mapping := "apiVersion: serving.knative.dev/v1beta1\nkind: DomainMapping\nmetadata: {name: img.example.org, namespace: media}\nspec: {ref: {kind: Service, name: thumbnail, apiVersion: serving.knative.dev/v1}}\n"
	p = judged(t, id, local, mapping)
	assert.Equal(t, "high", severities(p, "NET-44"))
	assert.Equal(t, "DomainMapping", offlinetest.Of(p, "NET-44")[0].Object().Kind)
}

const hello = `
apiVersion: fission.io/v1
kind: Function
metadata: {name: hello, namespace: shop}
spec: {environment: {name: node, namespace: shop}, package: {packageref: {name: hello, namespace: shop}}, InvokeStrategy: {ExecutionStrategy: {ExecutorType: poolmgr}}}
---
apiVersion: fission.io/v1
kind: HTTPTrigger
metadata: {name: hello, namespace: shop}
spec: {relativeurl: /hello, methods: [GET], functionref: {type: name, name: hello}, createingress: false}
---
apiVersion: v1
kind: Service
metadata: {name: router-internal, namespace: fission}
spec: {selector: {svc: router}, ports: [{port: 8889}]}
`

func TestTriggersOfFission(t *testing.T) {
	router := func(kind string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: router, namespace: fission, labels: {svc: router, application: fission-router}}\nspec: {type: " + kind + ", selector: {svc: router}, ports: [{port: 80}]}\n"
	}
	made := func(host, tls string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: hello, namespace: fission, labels: {triggerName: hello, triggerNamespace: shop}}\nspec: {ingressClassName: nginx, " + tls + "rules: [{" + host + "http: {paths: [{path: /hello, pathType: Exact, backend: {service: {name: router, port: {number: 80}}}}]}}]}\n"
	}
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, "shop/hello", hello, router("ClusterIP")), "NET-45"))
	assert.Equal(t, "high", severities(judged(t, "shop/hello", hello, router("LoadBalancer")), "NET-45"), "without an Ingress, too")
	assert.Equal(t, "medium", severities(judged(t, "shop/hello", hello, router("NodePort")), "NET-45"))
	p := judged(t, "shop/hello", hello, router("ClusterIP"), made("", ""))
	assert.Equal(t, "high", severities(p, "NET-45"))
	assert.Contains(t, offlinetest.Of(p, "NET-45")[0].Message, "for every host and without TLS")
	good := made("host: a.example.com, ", "tls: [{hosts: [a.example.com], secretName: a}], ")
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, "shop/hello", hello, router("ClusterIP"), good), "NET-45"))
}

const predict = `
apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata: {name: predict, namespace: ml, labels: {nuclio.io/project-name: default}}
spec: {image: "registry.example.com/predict:1"}
status: {state: ready}
---
apiVersion: nuclio.io/v1beta1
kind: NuclioAPIGateway
metadata: {name: predict, namespace: ml}
spec: {host: p.example.com, path: /, authenticationMode: basicAuth, upstreams: [{kind: nucliofunction, nucliofunction: {name: predict}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: nuclio-agw-predict, namespace: ml, annotations: {nginx.ingress.kubernetes.io/auth-type: basic}}
spec: {ingressClassName: nginx, tls: [{hosts: [p.example.com], secretName: p}], rules: [{host: p.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nuclio-predict, port: {number: 8080}}}}]}}]}
`

func TestTheWeakestWayIntoANuclioFunction(t *testing.T) {
	service := func(kind string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: nuclio-predict, namespace: ml}\nspec: {type: " + kind + ", selector: {nuclio.io/function-name: predict}, ports: [{name: http, port: 8080}]}\n"
	}
	users := "apiVersion: v1\nkind: Secret\nmetadata: {name: nuclio-agw-predict-basic-auth, namespace: ml}\nstringData: {auth: placeholder}\n"
	assert.Equal(t, "pass", offlinetest.Verdict(t, judged(t, "ml/predict", predict, service("ClusterIP"), users), "NET-46"))
	p := judged(t, "ml/predict", predict, service("NodePort"), users)
	require.Equal(t, "medium", severities(p, "NET-46"))
	assert.Contains(t, offlinetest.Of(p, "NET-46")[0].Message, "past the login of API gateway predict")
	assert.Equal(t, "high", severities(judged(t, "ml/predict", predict, service("ClusterIP")), "NET-46"), "nobody made the passwords")
	open := strings.NewReplacer("authenticationMode: basicAuth", "authenticationMode: none", "auth-type: basic", "proxy-body-size: '0'").Replace(predict)
	assert.Equal(t, "high", severities(judged(t, "ml/predict", open, service("ClusterIP")), "NET-46"))
}

func TestManagementInterfaces(t *testing.T) {
	scope := func(documents ...string) *security.Posture {
		w := offlinetest.Text(t, append([]string{edge}, documents...)...)
		return w.Scope(check.Subject{Scope: check.ScopePlatform, Namespace: "openfaas", Framework: "openfaas", Release: "openfaas"})
	}
	service := func(name, kind string, port string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: openfaas}\nspec: {type: " + kind + ", selector: {app: " + name + "}, ports: [{port: " + port + "}]}\n"
	}
	workload := func(name, rest string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: openfaas}\nspec: {selector: {matchLabels: {app: " + name + "}}, template: {metadata: {labels: {app: " + name + "}}, spec: {containers: [{name: c, image: a" + rest + "}]}}}\n"
	}
	assert.Equal(t, "pass", offlinetest.Verdict(t, scope(service("prometheus", "ClusterIP", "9090")), "NET-38"))
	assert.Equal(t, "high", severities(scope(service("prometheus", "NodePort", "9090")), "NET-38"))
	assert.Equal(t, "high", severities(scope(service("nats", "LoadBalancer", "8222")), "NET-38"))
	assert.Equal(t, "", severities(scope(service("nats", "LoadBalancer", "4222")), "NET-38"))
	assert.Equal(t, "", severities(scope(service("grafana", "NodePort", "3000"), workload("grafana", "")), "NET-38"))
	assert.Equal(t, "high", severities(scope(service("grafana", "NodePort", "3000"), workload("grafana", ", env: [{name: GF_AUTH_ANONYMOUS_ENABLED, value: 'true'}]")), "NET-38"))
	assert.Equal(t, "high", severities(scope(service("argo-server", "NodePort", "2746"), workload("argo-server", "")), "NET-38"))
	assert.Equal(t, "critical", severities(scope(service("argo-server", "NodePort", "2746"), workload("argo-server", ", args: [server, --auth-mode=server]")), "NET-38"))
	assert.Equal(t, "", severities(scope(service("gateway-2", "NodePort", "8080")), "NET-38"), "the gateway has a row of its own")
	way := "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: p, namespace: openfaas, annotations: {%}}\nspec: {ingressClassName: nginx, rules: [{host: p.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: prometheus, port: {number: 9090}}}}]}}]}\n"
	assert.Equal(t, "high", severities(scope(service("prometheus", "ClusterIP", "9090"), strings.Replace(way, "%", "", 1)), "NET-38"))
	assert.Equal(t, "", severities(scope(service("prometheus", "ClusterIP", "9090"), strings.Replace(way, "%", nginx+"auth-type: basic", 1)), "NET-38"))
}
