package guards_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/guards"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// function is a plain function of namespace shop whose pods have these labels besides.
func function(name, labels string) string {
	return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + ", namespace: shop, labels: {fn9s.io/function: \"true\"}}, spec: {selector: {matchLabels: {app: " + name + "}}," +
		" template: {metadata: {labels: {app: " + name + labels + "}}, spec: {containers: [{name: c, image: 'x:1', ports: [{containerPort: 8080}]}]}}}}"
}

func namespace(labels string) string {
	return "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {" + labels + "}}}"
}

func netpol(name, spec string) string {
	return "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: " + name + ", namespace: shop}, spec: {" + spec + "}}"
}

// told writes a policy down: sort, name, what it does, and whom it selects, misses, may select and does nothing for.
func told(p *guards.Policy) string {
	text := fmt.Sprintf("%s %s/%s: %s;", p.Sort, p.Ref.Kind, p.Ref.Name, p.Does)
	for _, part := range []struct {
		word string
		keys []model.FunctionKey
	}{{"selects", p.Selected}, {"misses", p.Missed}, {"unsure", p.Unsure}, {"idle", p.Idle}} {
		var names []string
		for _, k := range part.keys {
			names = append(names, k.Name)
		}
		if len(names) > 0 {
			text += " " + part.word + " " + strings.Join(names, ",")
		}
	}
	if p.Weak {
		text += " (weak)"
	}
	return text
}

// sorted lists what is told of one sort.
func sorted(g *guards.Guards, sort guards.Sort) []string {
	var all []string
	for i := range g.Policies {
		if g.Policies[i].Sort == sort {
			all = append(all, told(&g.Policies[i]))
		}
	}
	return all
}

func TestPoliciesOfANamespace(t *testing.T) {
	two := []string{function("mail", ""), function("pay", ", tier: web")}
	istio := func(kind, home, name, spec string) string {
		return "{apiVersion: security.istio.io/v1, kind: " + kind + ", metadata: {name: " + name + ", namespace: " + home + "}, spec: {" + spec + "}}"
	}
	const injected = "istio-injection: enabled"
	for name, c := range map[string]struct {
		sort      guards.Sort
		documents []string
		want      []string
	}{
		"no network policy": {guards.Network, nil,
			[]string{"network /: no policy selects them: every pod may call them, and they may call anything; selects mail,pay (weak)"}},
		"one that takes all": {guards.Network, []string{netpol("deny", "podSelector: {}, policyTypes: [Ingress, Egress]")},
			[]string{"network NetworkPolicy/deny: denies all ingress, denies all egress; selects mail,pay"}},
		"one for a label": {guards.Network, []string{netpol("web", "podSelector: {matchLabels: {tier: web}}, ingress: [{}, {}]")},
			[]string{"network /: no policy selects them: every pod may call them, and they may call anything; selects mail (weak)",
				"network NetworkPolicy/web: limits ingress to 2 rules; selects pay misses mail"}},
		"one that limits nothing": {guards.Network, []string{netpol("void", "podSelector: {}, policyTypes: [Egress], egress: [{}]")},
			[]string{"network NetworkPolicy/void: limits egress to 1 rule; selects mail,pay"}},
		"of another network": {guards.Network, []string{"{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: shop}, spec: {endpointSelector: {matchLabels: {tier: web}}, ingress: [{}]}}"},
			[]string{"network /: no policy selects them: every pod may call them, and they may call anything; selects mail (weak)",
				"network CiliumNetworkPolicy/c: rules of the cluster's network; misses mail unsure pay"}},
		"of the cluster, elsewhere": {guards.Network, []string{"{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: a}, spec: {priority: 1, subject: {namespaces: {matchLabels: {team: x}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"},
			[]string{"network /: no policy selects them: every pod may call them, and they may call anything; selects mail,pay (weak)"}},
		"no label": {guards.PodSecurity, []string{namespace("")},
			[]string{"pod security Namespace/shop: no label: enforces nothing; misses mail,pay (weak)"}},
		"a level": {guards.PodSecurity, []string{namespace("pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: v1.34, pod-security.kubernetes.io/warn: restricted")},
			[]string{"pod security Namespace/shop: enforces baseline v1.34, warns of restricted; selects mail,pay"}},
		"no level of that name": {guards.PodSecurity, []string{namespace("pod-security.kubernetes.io/enforce: strict")},
			[]string{"pod security Namespace/shop: label strict is no level: enforces restricted, warns of privileged; selects mail,pay"}},
		"a selector in the mesh": {guards.Istio, []string{namespace(injected), istio("AuthorizationPolicy", "shop", "web", "selector: {matchLabels: {tier: web}}, action: ALLOW, rules: [{}]")},
			[]string{"istio AuthorizationPolicy/web: ALLOW by 1 rule; selects pay misses mail"}},
		"outside the mesh it does nothing": {guards.Istio, []string{namespace(""), istio("PeerAuthentication", "shop", "strict", "mtls: {mode: STRICT}")},
			[]string{"istio PeerAuthentication/strict: mutual TLS STRICT; selects mail,pay idle mail,pay"}},
		"of the root namespace": {guards.Istio, []string{namespace(injected), istio("PeerAuthentication", "istio-system", "mesh", "mtls: {mode: STRICT}"), istio("PeerAuthentication", "other", "theirs", "mtls: {mode: STRICT}")},
			[]string{"istio PeerAuthentication/mesh: mutual TLS STRICT; selects mail,pay"}},
		"a Server of Linkerd": {guards.Linkerd, []string{namespace(""), "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: web, namespace: shop}, spec: {port: 8080, podSelector: {matchLabels: {tier: web}}}}"},
			[]string{"linkerd Server/web: port 8080, denies what nothing authorizes; selects pay misses mail idle pay"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := offlinetest.Text(t, append(c.documents, two...)...)
			g := guards.Of.Get(w.Reader, "shop")
			assert.Equal(t, c.want, sorted(g, c.sort))
			assert.Empty(t, g.Hidden)
		})
	}
}

func TestHiddenPoliciesAreSaid(t *testing.T) {
	w := offlinetest.Text(t, function("mail", ""), netpol("deny", "podSelector: {}"))
	r := snapshot.Once(offlinetest.Hide(w.World, schema.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"}), offlinetest.Options())
	g := guards.Of.Get(r, "shop")
	require.Len(t, g.Hidden, 1)
	assert.Contains(t, g.Hidden[0].String(), "cannot list networkpolicies.networking.k8s.io in shop")
	assert.Empty(t, sorted(g, guards.Network), "nobody says that a function is open whose policies cannot be read")
}

func TestANamespaceWithoutFunctionsHasNoGaps(t *testing.T) {
	w := offlinetest.Text(t, "{apiVersion: v1, kind: Namespace, metadata: {name: empty}}", netpol("deny", "podSelector: {}"))
	assert.Empty(t, guards.Of.Get(w.Reader, "empty").Policies)
	g := guards.Of.Get(w.Reader, "shop")
	require.Len(t, g.Policies, 1, "a policy is listed though there is nobody to select")
	assert.Empty(t, g.Policies[0].Selected)
}
