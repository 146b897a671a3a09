package reach_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// generate makes a world of a few namespaces, pods and policies, with labels so few that selectors often match.
func generate(r *rand.Rand, admin bool) *bruteWorld {
	w := &bruteWorld{namespaces: map[string]map[string]string{}}
	spaces := []string{"n1", "n2", "n3"}
	for _, n := range spaces {
		w.namespaces[n] = generateLabels(r, "team", "env")
		w.namespaces[n]["kubernetes.io/metadata.name"] = n
	}
	for i := range 5 {
		p := &brutePod{namespace: pick(r, spaces...), name: fmt.Sprintf("p%d", i), labels: generateLabels(r, "app", "tier"), host: r.IntN(10) == 0}
		for _, port := range []brutePort{{"web", 8080, "TCP"}, {"web", 80, "TCP"}, {"dns", 53, "UDP"}, {"dns", 53, "TCP"}} {
			if r.IntN(3) == 0 {
				p.ports = append(p.ports, port)
			}
		}
		w.pods = append(w.pods, p)
	}
	for i := range r.IntN(5) {
		w.policies = append(w.policies, generatePolicy(r, pick(r, spaces...), fmt.Sprintf("np%d", i)))
	}
	if admin {
		for i := range r.IntN(4) {
			w.admins = append(w.admins, generateAdmin(r, i, pick(r, "AdminNetworkPolicy", "ClusterNetworkPolicy")))
		}
		if r.IntN(3) == 0 {
			a := generateAdmin(r, 0, "BaselineAdminNetworkPolicy")
			a.name, a.baseline, a.priority = "default", true, 1<<20
			for _, rules := range [][]bruteRule{a.ingress, a.egress} {
				for i := range rules {
					if rules[i].action == "pass" {
						rules[i].action = "deny"
					}
				}
			}
			w.admins = append(w.admins, a)
		}
	}
	return w
}

func generateLabels(r *rand.Rand, keys ...string) map[string]string {
	l := map[string]string{}
	for _, k := range keys {
		if r.IntN(3) > 0 {
			l[k] = pick(r, "a", "b")
		}
	}
	return l
}

func generateSelector(r *rand.Rand, keys ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	switch r.IntN(4) {
	case 0:
	case 1:
		s.MatchLabels = map[string]string{pick(r, keys...): pick(r, "a", "b")}
	default:
		for range 1 + r.IntN(2) {
			e := metav1.LabelSelectorRequirement{Key: pick(r, keys...), Operator: pick(r,
				metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}
			if e.Operator == metav1.LabelSelectorOpIn || e.Operator == metav1.LabelSelectorOpNotIn {
				e.Values = pick(r, []string{"a"}, []string{"b"}, []string{"a", "b"})
			}
			s.MatchExpressions = append(s.MatchExpressions, e)
		}
	}
	return s
}

func generateSpaces(r *rand.Rand) *metav1.LabelSelector {
	if r.IntN(4) == 0 {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": pick(r, "n1", "n2")}}
	}
	return generateSelector(r, "team", "env")
}

func generatePolicy(r *rand.Rand, namespace, name string) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
	}
	p.Spec.PodSelector = *generateSelector(r, "app", "tier")
	p.Spec.PolicyTypes = pick(r, nil, nil, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
	for range r.IntN(3) {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: generatePeers(r), Ports: generatePorts(r)})
	}
	if r.IntN(2) == 0 {
		p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{}
		for range r.IntN(3) {
			p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: generatePeers(r), Ports: generatePorts(r)})
		}
	}
	return p
}

func generatePeers(r *rand.Rand) []networkingv1.NetworkPolicyPeer {
	var out []networkingv1.NetworkPolicyPeer
	for range r.IntN(3) {
		switch r.IntN(6) {
		case 0:
			out = append(out, networkingv1.NetworkPolicyPeer{IPBlock: pick(r,
				&networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}, &networkingv1.IPBlock{CIDR: "10.0.0.0/24"},
				&networkingv1.IPBlock{CIDR: "::/0"})})
		case 1, 2:
			out = append(out, networkingv1.NetworkPolicyPeer{PodSelector: generateSelector(r, "app", "tier")})
		case 3:
			out = append(out, networkingv1.NetworkPolicyPeer{NamespaceSelector: generateSpaces(r)})
		default:
			out = append(out, networkingv1.NetworkPolicyPeer{NamespaceSelector: generateSpaces(r), PodSelector: generateSelector(r, "app", "tier")})
		}
	}
	return out
}

func generatePorts(r *rand.Rand) []networkingv1.NetworkPolicyPort {
	var out []networkingv1.NetworkPolicyPort
	for range r.IntN(3) {
		p := networkingv1.NetworkPolicyPort{}
		if r.IntN(2) == 0 {
			protocol := pick(r, corev1.ProtocolTCP, corev1.ProtocolUDP)
			p.Protocol = &protocol
		}
		switch r.IntN(5) {
		case 0:
		case 1:
			port := intstr.FromString(pick(r, "web", "dns"))
			p.Port = &port
		case 2:
			port, last := intstr.FromInt32(pick[int32](r, 50, 8000)), int32(8080)
			p.Port, p.EndPort = &port, &last
		default:
			port := intstr.FromInt32(pick[int32](r, 53, 80, 8080))
			p.Port = &port
		}
		out = append(out, p)
	}
	return out
}

func generateAdmin(r *rand.Rand, i int, kind string) *bruteAdmin {
	a := &bruteAdmin{
		kind: kind, name: fmt.Sprintf("admin%d", i),
		priority: r.IntN(3), namespaces: generateSpaces(r),
	}
	a.baseline = a.kind == "ClusterNetworkPolicy" && r.IntN(2) == 0
	if r.IntN(2) == 0 {
		a.pods = generateSelector(r, "app", "tier")
	}
	for range r.IntN(3) {
		a.ingress = append(a.ingress, generateAdminRule(r, a.kind, false))
	}
	for range r.IntN(3) {
		a.egress = append(a.egress, generateAdminRule(r, a.kind, true))
	}
	return a
}

func generateAdminRule(r *rand.Rand, kind string, egress bool) bruteRule {
	rule := bruteRule{action: pick(r, "allow", "deny", "pass")}
	for range 1 + r.IntN(2) {
		switch n := r.IntN(8); {
		case n == 0 && egress:
			rule.peers = append(rule.peers, brutePeer{networks: pick(r, []string{"0.0.0.0/0"}, []string{"10.0.0.0/8", "192.168.0.0/16"})})
		case n == 1:
			rule.peers = append(rule.peers, brutePeer{strange: true})
		case n < 5:
			rule.peers = append(rule.peers, brutePeer{namespaces: generateSpaces(r)})
		default:
			rule.peers = append(rule.peers, brutePeer{namespaces: generateSpaces(r), pods: generateSelector(r, "app", "tier")})
		}
	}
	for range r.IntN(3) {
		p := bruteAdminPort{protocol: pick(r, "TCP", "UDP")}
		switch n := r.IntN(4); {
		case n == 0:
			p = bruteAdminPort{name: pick(r, "web", "dns")}
		case n == 1:
			p.low, p.high = 50, 8000
		case n == 2 && kind == "ClusterNetworkPolicy":
			p.everything = true
		default:
			p.low = pick[int32](r, 53, 80, 8080)
			p.high = p.low
		}
		rule.ports = append(rule.ports, p)
	}
	return rule
}

// manifests writes the world as documents.
func (w *bruteWorld) manifests(t testing.TB) string {
	var docs []string
	add := func(o any) {
		raw, err := json.Marshal(o)
		require.NoError(t, err)
		docs = append(docs, string(raw))
	}
	for name, l := range w.namespaces {
		add(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": l}})
	}
	for _, p := range w.pods {
		d := appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: p.name}}
		c := corev1.Container{Name: "c", Image: "example.com/c"}
		for _, q := range p.ports {
			c.Ports = append(c.Ports, corev1.ContainerPort{Name: q.name, ContainerPort: q.number, Protocol: corev1.Protocol(q.protocol)})
		}
		d.Spec.Template.Labels = p.labels
		d.Spec.Template.Spec = corev1.PodSpec{HostNetwork: p.host, Containers: []corev1.Container{c}}
		add(d)
	}
	for _, p := range w.policies {
		add(p)
	}
	for _, a := range w.admins {
		add(a.object())
	}
	return strings.Join(docs, "\n---\n")
}

func (a *bruteAdmin) object() map[string]any {
	spec := map[string]any{"priority": a.priority}
	version := "v1alpha1"
	if a.kind == "ClusterNetworkPolicy" {
		version = "v1alpha2"
		spec["tier"] = "Admin"
		if a.baseline {
			spec["tier"] = "Baseline"
		}
	}
	spec["subject"] = peerObject(brutePeer{namespaces: a.namespaces, pods: a.pods})
	for name, rules := range map[string][]bruteRule{"ingress": a.ingress, "egress": a.egress} {
		var list []map[string]any
		for _, r := range rules {
			list = append(list, r.object(a.kind, name))
		}
		spec[name] = list
	}
	return map[string]any{
		"apiVersion": "policy.networking.k8s.io/" + version, "kind": a.kind, "metadata": map[string]any{"name": a.name}, "spec": spec,
	}
}

func peerObject(q brutePeer) map[string]any {
	switch {
	case q.strange:
		return map[string]any{"fromTheFuture": map[string]any{}}
	case len(q.networks) > 0:
		return map[string]any{"networks": q.networks}
	case q.pods != nil:
		return map[string]any{"pods": map[string]any{"namespaceSelector": q.namespaces, "podSelector": q.pods}}
	}
	return map[string]any{"namespaces": q.namespaces}
}

func (r bruteRule) object(kind, direction string) map[string]any {
	var peers, ports []map[string]any
	for _, q := range r.peers {
		peers = append(peers, peerObject(q))
	}
	out := map[string]any{"action": strings.ToUpper(r.action[:1]) + r.action[1:]}
	if kind == "ClusterNetworkPolicy" && r.action == "allow" {
		out["action"] = "Accept"
	}
	out[map[string]string{"ingress": "from", "egress": "to"}[direction]] = peers
	for _, p := range r.ports {
		ports = append(ports, p.object(kind))
	}
	if len(ports) > 0 {
		out[map[bool]string{true: "protocols", false: "ports"}[kind == "ClusterNetworkPolicy"]] = ports
	}
	return out
}

func (p bruteAdminPort) object(kind string) map[string]any {
	if kind != "ClusterNetworkPolicy" {
		switch {
		case p.name != "":
			return map[string]any{"namedPort": p.name}
		case p.low == p.high:
			return map[string]any{"portNumber": map[string]any{"protocol": p.protocol, "port": p.low}}
		}
		return map[string]any{"portRange": map[string]any{"protocol": p.protocol, "start": p.low, "end": p.high}}
	}
	transport := map[string]any{}
	switch {
	case p.name != "":
		return map[string]any{"destinationNamedPort": p.name}
	case p.everything:
	case p.low == p.high:
		transport["destinationPort"] = map[string]any{"number": p.low}
	default:
		transport["destinationPort"] = map[string]any{"range": map[string]any{"start": p.low, "end": p.high}}
	}
	return map[string]any{strings.ToLower(p.protocol): transport}
}
