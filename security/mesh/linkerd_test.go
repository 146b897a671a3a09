package mesh_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

const (
	linkerd = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: enabled}}\n"
	policy  = "config.linkerd.io/default-inbound-policy"
)

func policies(kind, name, rest string) string {
	version := "v1alpha1"
	switch kind {
	case "Server":
		version = "v1beta3"
	case "ServerAuthorization":
		version = "v1beta1"
	}
	return "apiVersion: policy.linkerd.io/" + version + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: shop, labels: {app: orders}}\nspec: {" + rest + "}\n"
}

func server(access string) string {
	return policies("Server", "http", "podSelector: {matchLabels: {app: orders}}, port: http"+access)
}

func TestPortsOfLinkerdThatAnybodyMayCall(t *testing.T) {
	toServer := "targetRef: {group: policy.linkerd.io, kind: Server, name: http}, requiredAuthenticationRefs: "
	named := policies("MeshTLSAuthentication", "gateway", "identities: [gateway.edge.serviceaccount.identity.linkerd.cluster.local]")
	all := policies("MeshTLSAuthentication", "all", `identities: ["*"]`)
	world := policies("NetworkAuthentication", "world", "networks: [{cidr: 0.0.0.0/0}]")
	auth := func(kind, name string) string {
		return policies("AuthorizationPolicy", "a", toServer+"[{group: policy.linkerd.io, kind: "+kind+", name: "+name+"}]")
	}
	config := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-config, namespace: linkerd}\ndata:\n  values: |\n    proxy:\n      defaultInboundPolicy: %\n"
	for _, c := range []struct {
		name, function, want string
		documents            []string
	}{
		{"default of the chart", orders, "fail", nil},
		{"default of the installation", orders, "pass", []string{strings.Replace(config, "%", "all-authenticated", 1)}},
		{"open default of the installation", orders, "fail", []string{strings.Replace(config, "%", `"cluster-unauthenticated"`, 1)}},
		{"default of the pod", pod("", ", "+policy+": deny"), "pass", nil},
		{"the pod wins over the installation", pod("", ", "+policy+": all-unauthenticated"), "fail", []string{strings.Replace(config, "%", "deny", 1)}},
		{"default that only logs", pod("", ", "+policy+": audit"), "fail", nil},
		{"identity is required on the port", pod("", ", config.linkerd.io/proxy-require-identity-inbound-ports: '8080'"), "pass", nil},
		{"server that denies", orders, "pass", []string{server("")}},
		{"server that lets everybody in", orders, "fail", []string{server(", accessPolicy: all-unauthenticated")}},
		{"its authorization narrows it", orders, "pass", []string{server(", accessPolicy: all-unauthenticated"), named, auth("MeshTLSAuthentication", "gateway")}},
		{"authorization for every identity", orders, "fail", []string{server(""), all, auth("MeshTLSAuthentication", "all")}},
		{"authorization for every network", orders, "fail", []string{server(""), world, auth("NetworkAuthentication", "world")}},
		{"every network and one identity", orders, "pass", []string{server(""), world, named, policies("AuthorizationPolicy", "a", toServer+
			"[{group: policy.linkerd.io, kind: NetworkAuthentication, name: world}, {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: gateway}]")}},
		{"an authorization without a Server does nothing", orders, "fail", []string{named, auth("MeshTLSAuthentication", "gateway")}},
		{"old authorization for anybody", orders, "fail", []string{server(""), policies("ServerAuthorization", "a", "server: {name: http}, client: {unauthenticated: true}")}},
		{"old authorization for an account", orders, "pass", []string{server(""), policies("ServerAuthorization", "a", "server: {selector: {matchLabels: {app: orders}}}, client: {meshTLS: {serviceAccounts: [{name: gw}]}}")}},
		{"server of another port", orders, "fail", []string{strings.Replace(server(""), "port: http", "port: 9090", 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, verdict(t, "MSH-09", append([]string{linkerd, c.function}, c.documents...)...))
		})
	}
	assert.Equal(t, "na", verdict(t, "MSH-09", sidecars, orders))
	assert.Equal(t, "fail", verdict(t, "MSH-12", linkerd, pod("", ", "+policy+": audit")))
	assert.Equal(t, "fail", verdict(t, "MSH-12", linkerd, orders, server(", accessPolicy: audit")))
	assert.Equal(t, "pass", verdict(t, "MSH-12", linkerd, orders, server("")))
	assert.Equal(t, "fail", verdict(t, "MSH-01", linkerd, pod("", ", linkerd.io/inject: disabled")))
}

func namespaceVerdict(t *testing.T, documents ...string) string {
	t.Helper()
	w := offlinetest.Text(t, documents...)
	return offlinetest.Verdict(t, w.Scope(check.Subject{Scope: check.ScopeNamespace, Namespace: "shop"}), "MSH-10")
}

func TestPoliciesThatNothingReads(t *testing.T) {
	for _, c := range []struct{ name, namespace, policy, want string }{
		{"selects the function", sidecars, authorization("selector: {matchLabels: {app: orders}}"), "pass"},
		{"selects nothing", sidecars, authorization("selector: {matchLabels: {app: order}}"), "fail"},
		{"for the whole namespace", sidecars, authorization(""), "pass"},
		{"mutual TLS for nobody", sidecars, istio("PeerAuthentication", "p", "shop", "selector: {matchLabels: {app: order}}, mtls: {mode: STRICT}"), "fail"},
		{"attached to a Gateway that is not there", sidecars, authorization("targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw}]"), "fail"},
		{"attached to a Service with sidecars", sidecars, authorization("targetRefs: [{kind: Service, name: orders}]"), "fail"},
		{"requests without a waypoint", ambient, authorization("rules: [{to: [{operation: {paths: ['/v1']}}]}]"), "fail"},
		{"tokens without a waypoint", ambient, istio("RequestAuthentication", "r", "shop", "jwtRules: [{issuer: a}]"), "fail"},
		{"callers at ztunnel", ambient, authorization("rules: [{from: [{source: {namespaces: [a]}}]}]"), "pass"},
		{"Server for nobody", linkerd, strings.Replace(server(""), "matchLabels: {app: orders}", "matchLabels: {app: order}", 1), "fail"},
		{"Server for the function", linkerd, server(""), "pass"},
		{"authorization for a Server that is not there", linkerd, policies("AuthorizationPolicy", "a", "targetRef: {group: policy.linkerd.io, kind: Server, name: gone}"), "fail"},
		{"no mesh", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n", "na"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, namespaceVerdict(t, c.namespace, orders, c.policy))
		})
	}
}

// denied is a source of which nothing may be listed.
type denied struct{ snapshot.Source }

func (denied) Coverage(schema.GroupKind, string) snapshot.Coverage { return snapshot.Denied }

func TestPoliciesThatMayNotBeListed(t *testing.T) {
	w := offlinetest.Text(t, sidecars, orders)
	p := security.Function.Get(snapshot.Once(denied{w.World}, offlinetest.Options()), w.Find("shop", "orders").Key)
	for _, id := range []string{"MSH-02", "MSH-04", "MSH-05", "MSH-06"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id), id)
	}
	bare := offlinetest.Text(t, orders)
	p = security.Function.Get(snapshot.Once(denied{bare.World}, offlinetest.Options()), bare.Find("shop", "orders").Key)
	assert.Equal(t, "unknown", offlinetest.Verdict(t, p, "MSH-01"), "namespaces may ask for a mesh")
}
