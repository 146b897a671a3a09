package reach_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func deployment(namespace, name, more string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: " + namespace + "}\n" +
		"spec: {template: {metadata: {labels: {app: " + name + "}}, spec: {" + more +
		"containers: [{name: c, image: example.com/c, ports: [{name: http, containerPort: 8080}]}]}}}\n"
}

func ingressTo(name, rules string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name + ", namespace: b}\n" +
		"spec: {podSelector: {matchLabels: {app: " + name + "}}, policyTypes: [Ingress], ingress: [" + rules + "]}\n"
}

func TestPortsOfRules(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]string{
		"{}":                               "all",
		"{ports: [{}]}":                    "TCP",
		"{ports: [{protocol: UDP}]}":       "UDP",
		"{ports: [{port: http}]}":          "TCP 8080",
		"{ports: [{port: web}]}":           "none",
		"{ports: [{port: 1, endPort: 3}]}": "TCP 1-3",
		"{ports: [{port: 3, endPort: 1}]}": "none",
		"{ports: [{port: 80}, {port: 81}, {port: 80, protocol: SCTP}]}": "TCP 80-81 SCTP 80",
		"{from: [{}]}": "none",
	} {
		r := world(t, deployment("a", "src", ""), deployment("b", "dst", ""), ingressTo("dst", rules))
		assert.Equal(t, want, reach.Into(r, podOf(t, r, "a", "src"), podOf(t, r, "b", "dst")).String(), rules)
	}
}

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	t.Parallel()
	text := []string{deployment("a", "src", ""), deployment("b", "dst", ""),
		ingressTo("dst", "{from: [{namespaceSelector: {matchLabels: {team: x}}}]}")}
	r := world(t, text...)
	src, dst := podOf(t, r, "a", "src"), podOf(t, r, "b", "dst")
	assert.Equal(t, reach.Denied, reach.Flow(r, src, dst, 8080, reach.TCP).Result)

	r = worldWith(t, &snapshot.Options{Manifests: true, Partial: true}, strings.Join(text, "\n---\n"))
	v := reach.Flow(r, src, dst, 8080, reach.TCP)
	assert.Equal(t, reach.Unknown, v.Result, "the labels of a namespace that is not in the files may be anything")
	require.NotEmpty(t, v.Missing)

	for _, kind := range []schema.GroupKind{reach.NetworkPolicies, {Group: "policy.networking.k8s.io", Kind: "AdminNetworkPolicy"},
		{Group: "cilium.io", Kind: "CiliumNetworkPolicy"}} {
		r = snapshot.Once(hiding{loaded(t, text...), kind}, &snapshot.Options{})
		v = reach.Flow(r, src, dst, 8080, reach.TCP)
		assert.Equal(t, reach.Unknown, v.Result, kind)
		assert.Equal(t, reach.Undecided, reach.Isolation(r, dst).Ingress.State, kind)
		require.NotEmpty(t, v.Missing)
		assert.Equal(t, "forbidden", v.Missing[0].Reason)
	}
}

// hiding is a source of which one kind may not be listed.
type hiding struct {
	*offline.World
	kind schema.GroupKind
}

func (h hiding) Coverage(kind schema.GroupKind, ns string) snapshot.Coverage {
	if kind == h.kind {
		return snapshot.Denied
	}
	return h.World.Coverage(kind, ns)
}

func TestPoliciesThatOnlyOneNetworkUnderstands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy string
		want   reach.Result
	}{
		"cilium":            {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: b}\nspec: {endpointSelector: {matchLabels: {'k8s:app': dst}}, ingress: [{}]}", reach.Unknown},
		"cilium, others":    {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: b}\nspec: {endpointSelector: {matchLabels: {'k8s:app': z}}, ingress: [{}]}", reach.Allowed},
		"cilium, egress":    {"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: b}\nspec: {endpointSelector: {}, egress: [{}]}", reach.Allowed},
		"calico":            {"apiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec: {selector: app == 'dst', types: [Ingress]}", reach.Unknown},
		"calico, others":    {"apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: x, namespace: b}\nspec: {selector: app == 'z' && has(app)}", reach.Allowed},
		"calico, copies":    {"apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: knp.default.x, namespace: b}\nspec: {selector: all()}", reach.Allowed},
		"antrea":            {"apiVersion: crd.antrea.io/v1beta1\nkind: ClusterNetworkPolicy\nmetadata: {name: x}\nspec: {appliedTo: [{namespaceSelector: {}}], ingress: [{}]}", reach.Unknown},
		"egress firewall":   {"apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: x, namespace: a}\nspec: {egress: []}", reach.Unknown},
		"another namespace": {"apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: x, namespace: b}\nspec: {egress: []}", reach.Allowed},
		"security group":    {"apiVersion: kubeovn.io/v1\nkind: SecurityGroup\nmetadata: {name: x}\nspec: {}", reach.Allowed},
	} {
		r := world(t, deployment("a", "src", ""), deployment("b", "dst", ""), c.policy)
		v := reach.Flow(r, podOf(t, r, "a", "src"), podOf(t, r, "b", "dst"), 8080, reach.TCP)
		assert.Equal(t, c.want, v.Result, name)
	}
}

func TestPodsAppearAsTheirOwner(t *testing.T) {
	t.Parallel()
	pod := func(name, owner, labels string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: b, labels: {" + labels + "}, ownerReferences: [" + owner + "]}\n" +
			"spec: {containers: [{name: c, image: example.com/c, ports: [{name: http, containerPort: 8080}]}]}\nstatus: {podIP: 10.1.1.1}\n"
	}
	set := "{apiVersion: apps/v1, kind: ReplicaSet, name: dst-77, uid: u, controller: true}"
	r := world(t, deployment("b", "dst", ""),
		pod("dst-77-a", set, "app: dst, pod-template-hash: '77'"), pod("dst-77-b", set, "app: dst, pod-template-hash: '77', more: 'yes'"),
		pod("rollout-1", "{apiVersion: argoproj.io/v1alpha1, kind: Thing, name: rollout, uid: v, controller: true}", "app: r"), pod("bare", "", "app: bare"),
		"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cron, namespace: b}\nspec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: example.com/c}]}}}}}\n",
		"apiVersion: batch/v1\nkind: Job\nmetadata: {name: cron-1, namespace: b, ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: cron, uid: w, controller: true}]}\nspec: {template: {spec: {containers: [{name: c, image: example.com/c}]}}}\n",
	)
	var names []string
	for _, o := range reach.Workloads(r) {
		names = append(names, o.Owner.Kind+" "+o.Owner.Name)
		if o.Owner.Name == "dst" {
			assert.Len(t, o.Pods, 2, "the template, and the pod with a label of its own")
		}
	}
	assert.Equal(t, []string{"CronJob cron", "Deployment dst", "Pod bare", "Thing rollout"}, names)
}

func TestNodesAndHostNames(t *testing.T) {
	t.Parallel()
	deny := "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: x}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [" +
		"{action: Accept, to: [{domainNames: [example.com]}], protocols: [{tcp: {destinationPort: {number: 443}}}]}, {action: Deny, to: [{nodes: {matchLabels: {role: db}}}]}, {action: Deny, to: [{networks: [198.51.100.0/24]}]}]}"
	node := "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {role: db}}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.1}]}"
	r := world(t, deployment("a", "src", ""), deny, node)
	src := podOf(t, r, "a", "src")
	for address, want := range map[string]reach.Result{"192.0.2.1": reach.Denied, "192.0.2.2": reach.Allowed, "198.51.100.7": reach.Denied} {
		assert.Equal(t, want, reach.ToAddress(r, src, netip.MustParseAddr(address), 80, reach.TCP).Result, address)
	}
	assert.Equal(t, reach.Maybe, reach.ToAddress(r, src, netip.MustParseAddr("198.51.100.7"), 443, reach.TCP).Result, "it may be the host")
	host := reach.Pod{Ref: model.Ref{Kind: "Pod", Namespace: "a", Name: "h"}, Namespace: "a", HostNetwork: true}
	assert.Equal(t, reach.Allowed, reach.ToAddress(r, host, netip.MustParseAddr("192.0.2.1"), 80, reach.TCP).Result)
}
