package mesh_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/mesh"
)

const (
	orders = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders, namespace: shop, labels: {app: orders, fn9s.io/function: "true"}}
spec:
  selector: {matchLabels: {app: orders}}
  template:
    metadata:
      labels: {app: orders}
      annotations: {a: b}
    spec:
      containers:
      - name: fn
        image: registry.example.com/orders:2.0.1
        ports: [{name: http, containerPort: 8080}]
        env: [{name: BILLING, value: "http://billing.shop.svc.cluster.local:8080/v1"}]
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {selector: {app: orders}, ports: [{name: http, port: 80, targetPort: http}]}
`
	sidecars  = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n"
	ambient   = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n"
	elsewhere = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: {istio-injection: enabled}}\n"
)

func judge(t *testing.T, documents ...string) *security.Posture {
	t.Helper()
	return offlinetest.Text(t, documents...).Judge("shop", "orders")
}

func verdict(t *testing.T, id string, documents ...string) string {
	t.Helper()
	return offlinetest.Verdict(t, judge(t, documents...), id)
}

func istio(kind, name, namespace, spec string) string {
	return "apiVersion: security.istio.io/v1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: {" + spec + "}\n"
}

func authorization(spec string) string { return istio("AuthorizationPolicy", "a", "shop", spec) }

// pod changes the template of the function.
func pod(labels, annotations string) string {
	return strings.NewReplacer("      labels: {app: orders}", "      labels: {app: orders"+labels+"}",
		"annotations: {a: b}", "annotations: {a: b"+annotations+"}").Replace(orders)
}

func TestWithoutAMeshNothingApplies(t *testing.T) {
	p := judge(t, orders)
	for _, id := range []string{"MSH-01", "MSH-02", "MSH-03", "MSH-04", "MSH-05", "MSH-06", "MSH-07", "MSH-08", "MSH-09", "MSH-12", "MSH-13"} {
		assert.Equal(t, "na", offlinetest.Verdict(t, p, id), id)
	}
}

func TestWhoIsInTheMeshOfIstio(t *testing.T) {
	namespace := func(labels string) string {
		return "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {" + labels + "}}\n"
	}
	const inject, plane = "sidecar.istio.io/inject", "istio.io/dataplane-mode"
	for _, c := range []struct {
		name, namespace, function string
		want                      mesh.Kind
	}{
		{"namespace", namespace("istio-injection: enabled"), orders, mesh.Sidecar},
		{"revision of the namespace", namespace("istio.io/rev: stable"), orders, mesh.Sidecar},
		{"old label wins over a revision", namespace("istio.io/rev: stable, istio-injection: disabled"), orders, mesh.Outside},
		{"pod alone", namespace("a: b"), pod(", "+inject+": 'true'", ""), mesh.Sidecar},
		{"revision of the pod", namespace("a: b"), pod(", istio.io/rev: stable", ""), mesh.Sidecar},
		{"disabled wins over the pod", namespace("istio-injection: disabled"), pod(", "+inject+": 'true'", ""), mesh.Outside},
		{"pod opts out", namespace("istio-injection: enabled"), pod(", "+inject+": 'false'", ""), mesh.Outside},
		{"pod opts out by the old annotation", namespace("istio-injection: enabled"), pod("", ", "+inject+": 'false'"), mesh.Outside},
		{"nothing asks", namespace("a: b"), orders, mesh.Outside},
		{"ambient", ambient, orders, mesh.Ambient},
		{"ambient of the pod", namespace("a: b"), pod(", "+plane+": ambient", ""), mesh.Ambient},
		{"pod leaves ambient", ambient, pod(", "+plane+": none", ""), mesh.Outside},
		{"a sidecar wins over ambient", namespace("istio-injection: enabled, " + plane + ": ambient"), orders, mesh.Sidecar},
		{"host network", namespace("istio-injection: enabled"), strings.Replace(orders, "      containers:", "      hostNetwork: true\n      containers:", 1), mesh.Outside},
		{"a proxy that is there", namespace("a: b"), strings.Replace(orders, "      - name: fn", "      - {name: istio-proxy, image: istio/proxyv2}\n      - name: fn", 1), mesh.Sidecar},
		{"a native sidecar", namespace("a: b"), strings.Replace(orders, "      containers:", "      initContainers: [{name: istio-proxy, image: istio/proxyv2, restartPolicy: Always}]\n      containers:", 1), mesh.Sidecar},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := offlinetest.Text(t, c.namespace, c.function, elsewhere)
			assert.Equal(t, c.want, mesh.Of.Get(w.Reader, w.Find("shop", "orders").Key).Kind)
			want := "pass"
			if c.want == mesh.Outside {
				want = "fail"
			}
			assert.Equal(t, want, offlinetest.Verdict(t, w.Judge("shop", "orders"), "MSH-01"))
		})
	}
}

func TestAPodThatIsOlderThanTheMeshIsOutside(t *testing.T) {
	running := func(containers string) string {
		return `
apiVersion: v1
kind: Pod
metadata:
  name: orders-5d4f-x2x4q
  namespace: shop
  labels: {app: orders, pod-template-hash: 5d4f}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: orders-5d4f, uid: u, controller: true}]
spec: {containers: [{name: fn, image: a}` + containers + `]}
status: {phase: Running}
`
	}
	assert.Equal(t, "fail", verdict(t, "MSH-01", sidecars, orders, running("")))
	assert.Equal(t, "pass", verdict(t, "MSH-01", sidecars, orders, running(", {name: istio-proxy, image: b}")))
}

func TestTheModeOfMutualTLS(t *testing.T) {
	peer := func(name, namespace, spec string) string { return istio("PeerAuthentication", name, namespace, spec) }
	strict := func(namespace string) string { return peer("default", namespace, "mtls: {mode: STRICT}") }
	own := func(mode string) string {
		return peer("own", "shop", "selector: {matchLabels: {app: orders}}, mtls: {mode: "+mode+"}")
	}
	older := strings.Replace(peer("first", "shop", "mtls: {mode: PERMISSIVE}"), "namespace: shop}", "namespace: shop, creationTimestamp: '2020-01-01T00:00:00Z'}", 1)
	newer := strings.Replace(strict("shop"), "namespace: shop}", "namespace: shop, creationTimestamp: '2024-01-01T00:00:00Z'}", 1)
	root := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    rootNamespace: istio-config\n    trustDomain: cluster.local\n"
	for _, c := range []struct {
		name, want string
		documents  []string
	}{
		{"nothing", "fail", nil},
		{"mesh", "pass", []string{strict("istio-system")}},
		{"mesh of another root namespace", "fail", []string{strict("istio-system"), root}},
		{"the root namespace", "pass", []string{strict("istio-config"), root}},
		{"namespace", "pass", []string{strict("shop")}},
		{"of another namespace", "fail", []string{strict("other")}},
		{"the workload wins over the namespace", "fail", []string{strict("shop"), own("DISABLE")}},
		{"the workload wins over the mesh", "pass", []string{peer("default", "istio-system", "mtls: {mode: PERMISSIVE}"), own("STRICT")}},
		{"unset inherits", "pass", []string{strict("istio-system"), own("UNSET")}},
		{"absent inherits", "pass", []string{strict("istio-system"), peer("own", "shop", "selector: {matchLabels: {app: orders}}")}},
		{"of another workload", "pass", []string{strict("shop"), peer("own", "shop", "selector: {matchLabels: {app: billing}}, mtls: {mode: DISABLE}")}},
		{"a selector in the root namespace is ignored", "fail", []string{peer("own", "istio-system", "selector: {matchLabels: {app: orders}}, mtls: {mode: STRICT}")}},
		{"an empty selector is none", "pass", []string{peer("own", "shop", "selector: {matchLabels: {}}, mtls: {mode: STRICT}")}},
		{"the oldest of a scope wins", "fail", []string{newer, older}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-02", append([]string{sidecars, orders}, c.documents...)...))
		})
	}
}

func TestSecretsMakePlainTextWorse(t *testing.T) {
	with := strings.Replace(orders, "env: [", "env: [{name: KEY, valueFrom: {secretKeyRef: {name: k, key: k}}}, ", 1)
	found := offlinetest.Of(judge(t, sidecars, with), "MSH-02")
	require.Len(t, found, 1)
	assert.Equal(t, check.High, found[0].Severity)
	found = offlinetest.Of(judge(t, sidecars, orders), "MSH-02")
	assert.Equal(t, check.Medium, found[0].Severity)
}

func TestPortsWithAWeakerMode(t *testing.T) {
	ports := func(mode, port string) string {
		return istio("PeerAuthentication", "own", "shop", "selector: {matchLabels: {app: orders}}, mtls: {mode: "+mode+"}, portLevelMtls: {8080: {mode: "+port+"}}")
	}
	p := judge(t, sidecars, orders, ports("STRICT", "PERMISSIVE"))
	require.Equal(t, "fail", offlinetest.Verdict(t, p, "MSH-03"))
	assert.Equal(t, "spec.portLevelMtls[8080].mode", offlinetest.Of(p, "MSH-03")[0].Path)
	assert.Equal(t, "pass", verdict(t, "MSH-03", sidecars, orders, ports("STRICT", "UNSET")))
	assert.Equal(t, "pass", verdict(t, "MSH-03", sidecars, orders, ports("PERMISSIVE", "STRICT")))
	whole := istio("PeerAuthentication", "default", "shop", "mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}")
	assert.Equal(t, "pass", verdict(t, "MSH-03", sidecars, orders, whole), "ports count in a policy of the workload only")
}

const gatewayOnly = `rules: [{from: [{source: {principals: ["cluster.local/ns/istio-system/sa/gw"]}}]}]`

func TestADefaultDenyNeedsAPolicyInForce(t *testing.T) {
	for _, c := range []struct{ name, policy, want string }{
		{"none", elsewhere, "fail"},
		{"allow", authorization(gatewayOnly), "pass"},
		{"allow nothing", authorization(""), "pass"},
		{"for the mesh", istio("AuthorizationPolicy", "a", "istio-system", ""), "pass"},
		{"for another namespace", istio("AuthorizationPolicy", "a", "other", ""), "fail"},
		{"for another workload", authorization("selector: {matchLabels: {app: billing}}, " + gatewayOnly), "fail"},
		{"deny alone", authorization("action: DENY, " + gatewayOnly), "fail"},
		{"audit", authorization("action: AUDIT, " + gatewayOnly), "fail"},
		{"custom alone", authorization("action: CUSTOM, provider: {name: p}, rules: [{}]"), "fail"},
		{"dry run", strings.Replace(authorization(gatewayOnly), "namespace: shop}", "namespace: shop, annotations: {istio.io/dry-run: 'true'}}", 1), "fail"},
		{"attached to a Gateway", authorization("targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw}], " + gatewayOnly), "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-04", sidecars, orders, c.policy))
		})
	}
}

func TestRulesForEverybody(t *testing.T) {
	from := func(source, rest string) string {
		return authorization("rules: [{from: [{source: {" + source + "}}]" + rest + "}]")
	}
	for _, c := range []struct{ name, policy, want string }{
		{"empty rule", authorization("rules: [{}]"), "fail"},
		{"no rule at all", authorization(""), "pass"},
		{"no source", authorization("rules: [{to: [{operation: {paths: ['/*']}}]}]"), "fail"},
		{"no source on one path", authorization("rules: [{to: [{operation: {paths: ['/healthz']}}]}]"), "pass"},
		{"no source with a condition", authorization("rules: [{when: [{key: 'request.auth.claims[aud]', values: [a]}]}]"), "pass"},
		{"every principal", from(`principals: ["*"]`, ""), "fail"},
		{"every principal on one method", from(`principals: ["*"]`, ", to: [{operation: {methods: [GET]}}]"), "pass"},
		{"every namespace", from(`namespaces: ["*"]`, ""), "fail"},
		{"one principal", from(`principals: ["cluster.local/ns/a/sa/b"]`, ""), "pass"},
		{"every token", from(`requestPrincipals: ["*"]`, ""), "pass"},
		{"everybody but the gateway", from(`notPrincipals: ["cluster.local/ns/istio-system/sa/gw"]`, ""), "fail"},
		{"everybody but one, in one namespace", from(`notPrincipals: ["cluster.local/ns/a/sa/b"], namespaces: [a]`, ""), "pass"},
		{"every principal from one network", from(`principals: ["*"], ipBlocks: [10.0.0.0/8]`, ""), "pass"},
		{"deny everybody", authorization("action: DENY, rules: [{}]"), "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-05", sidecars, orders, c.policy))
		})
	}
}

func TestTokensThatMayBeLeftOut(t *testing.T) {
	tokens := istio("RequestAuthentication", "t", "shop", "jwtRules: [{issuer: 'https://idp.example.com'}]")
	for _, c := range []struct{ name, policy, want string }{
		{"nothing asks", elsewhere, "fail"},
		{"allow asks", authorization(`rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]`), "pass"},
		{"a claim asks", authorization(`rules: [{when: [{key: "request.auth.claims[groups]", values: [a]}]}]`), "pass"},
		{"allow asks for something else", authorization(gatewayOnly), "fail"},
		{"deny without", authorization(`action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]`), "pass"},
		{"deny without, on one path", authorization(`action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}], to: [{operation: {paths: ["/admin"]}}]}]`), "fail"},
		{"another rule lets everybody in", authorization(`rules: [{from: [{source: {requestPrincipals: ["*"]}}]}, {}]`), "fail"},
		{"nobody is let in", authorization(""), "pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-06", sidecars, orders, tokens, c.policy))
		})
	}
	assert.Equal(t, "na", verdict(t, "MSH-06", sidecars, orders))
	assert.Equal(t, "na", verdict(t, "MSH-06", sidecars, orders, strings.Replace(tokens, "jwtRules", "selector: {matchLabels: {app: other}}, jwtRules", 1)))
}

func TestDowngradesOfCallsThatTheFunctionMakes(t *testing.T) {
	rule := func(namespace, host, tls string) string {
		return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: d, namespace: " + namespace + "}\nspec: {host: '" + host + "', trafficPolicy: {tls: {" + tls + "}}}\n"
	}
	for _, c := range []struct{ rule, want string }{
		{rule("shop", "billing", "mode: DISABLE"), "fail"},
		{rule("shop", "billing.shop.svc.cluster.local", "mode: SIMPLE"), "fail"},
		{rule("shop", "billing", "mode: SIMPLE, caCertificates: /etc/ca.pem"), "pass"},
		{rule("shop", "billing", "mode: ISTIO_MUTUAL"), "pass"},
		{rule("shop", "bill", "mode: DISABLE"), "pass"},
		{rule("istio-system", "*.local", "mode: DISABLE"), "fail"},
		{rule("other", "billing.shop.svc.cluster.local", "mode: DISABLE"), "pass"},
	} {
		assert.Equal(t, c.want, verdict(t, "MSH-07", sidecars, orders, c.rule), c.rule)
	}
}

func TestAnnotationsThatGoPastTheProxy(t *testing.T) {
	for annotations, want := range map[string]string{
		"": "pass",
		", traffic.sidecar.istio.io/excludeInboundPorts: '8080'":           "fail",
		", traffic.sidecar.istio.io/excludeInboundPorts: ''":               "pass",
		", traffic.sidecar.istio.io/includeOutboundIPRanges: '*'":          "pass",
		", traffic.sidecar.istio.io/includeOutboundIPRanges: '10.0.0.0/8'": "fail",
		", traffic.sidecar.istio.io/excludeOutboundIPRanges: '10.0.0.0/8'": "fail",
		", ambient.istio.io/bypass-inbound-capture: 'true'":                "fail",
		", config.linkerd.io/skip-inbound-ports: '4222'":                   "fail",
		", config.linkerd.io/opaque-ports: '8080,3306'":                    "fail",
		", config.linkerd.io/opaque-ports: '3306'":                         "pass",
		", sidecar.istio.io/inject: 'false'":                               "fail",
		", traffic.sidecar.istio.io/excludeOutboundPorts: '443'":           "fail",
		", proxy.istio.io/config: 'holdApplicationUntilProxyStarts: true'": "pass",
	} {
		assert.Equal(t, want, verdict(t, "MSH-08", sidecars, pod("", annotations)), annotations)
	}
	found := offlinetest.Of(judge(t, sidecars, pod(", sidecar.istio.io/inject: 'false'", "")), "MSH-08")
	require.Len(t, found, 1)
	assert.Equal(t, "spec.template.metadata.labels[sidecar.istio.io/inject]", found[0].Path)
}

func TestPoliciesThatOnlyLookLikeProtection(t *testing.T) {
	for _, c := range []struct{ name, namespace, policy, want string }{
		{"enforced", sidecars, authorization(gatewayOnly), "pass"},
		{"audit", sidecars, authorization("action: AUDIT, " + gatewayOnly), "fail"},
		{"dry run", sidecars, strings.Replace(authorization(gatewayOnly), "namespace: shop}", "namespace: shop, annotations: {istio.io/dry-run: 'true'}}", 1), "fail"},
		{"custom in a sidecar", sidecars, authorization("action: CUSTOM, provider: {name: p}, rules: [{}]"), "pass"},
		{"custom in ambient", ambient, authorization("action: CUSTOM, provider: {name: p}, rules: [{}]"), "fail"},
		{"deny of requests in ambient", ambient, authorization("action: DENY, rules: [{to: [{operation: {paths: ['/admin']}}]}]"), "fail"},
		{"deny of callers in ambient", ambient, authorization("action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]"), "pass"},
		{"refused by ztunnel", ambient, authorization(gatewayOnly) + "status: {conditions: [{type: ZtunnelAccepted, status: 'False', reason: UnsupportedValue}]}\n", "fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-12", c.namespace, orders, c.policy))
		})
	}
}

func TestTrafficThatSkipsTheWaypoint(t *testing.T) {
	waypoint := strings.Replace(ambient, "ambient}", "ambient, istio.io/use-waypoint: gate}", 1)
	attached := "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gate}], "
	login := istio("AuthorizationPolicy", "login", "shop", attached+`rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]`)
	paths := istio("AuthorizationPolicy", "paths", "shop", attached+`rules: [{to: [{operation: {paths: ["/v1"]}}]}]`)
	only := authorization(`rules: [{from: [{source: {principals: ["cluster.local/ns/shop/sa/gate"]}}]}]`)
	more := authorization(`rules: [{from: [{source: {principals: ["cluster.local/ns/shop/sa/gate", "cluster.local/ns/a/sa/b"]}}]}]`)

	p := judge(t, waypoint, orders, login)
	require.Equal(t, "fail", offlinetest.Verdict(t, p, "MSH-13"))
	assert.Equal(t, check.High, offlinetest.Of(p, "MSH-13")[0].Severity)
	assert.Contains(t, offlinetest.Of(p, "MSH-13")[0].Message, "ingress gateways")
	assert.Equal(t, check.Medium, offlinetest.Of(judge(t, waypoint, orders, paths), "MSH-13")[0].Severity)
	assert.Equal(t, "pass", verdict(t, "MSH-13", waypoint, orders, login, only))
	assert.Equal(t, "fail", verdict(t, "MSH-13", waypoint, orders, login, more))
	assert.Equal(t, "na", verdict(t, "MSH-13", waypoint, orders))
	assert.Equal(t, "na", verdict(t, "MSH-13", sidecars, orders, login))
}
