package network_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
)

// function is a Deployment that is a function, named fn, in namespace fns.
const function = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: fn, namespace: fns, labels: {fn9s.io/function: "true"}}
spec:
  template:
    metadata: {labels: {app: fn}}
    spec:
      automountServiceAccountToken: false
      containers: [{name: fn, image: example.com/fn, ports: [{name: http, containerPort: 8080}]}]
`

const denyAll = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: fns}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
`

const service = `
apiVersion: v1
kind: Service
metadata: {name: fn, namespace: fns}
spec: {type: NodePort, selector: {app: fn}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
`

// policy is a network policy for the function with more fields of its spec.
func policy(spec string) string {
	return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np, namespace: fns}\nspec: {podSelector: {matchLabels: {app: fn}}, " + spec + "}\n"
}

func admin(kind, version, spec string) string {
	return "apiVersion: policy.networking.k8s.io/" + version + "\nkind: " + kind + "\nmetadata: {name: default}\nspec: {subject: {namespaces: {}}, " + spec + "}\n"
}

func node(provider string) string {
	return "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec: {providerID: '" + provider + "'}\nstatus: {addresses: [{type: InternalIP, address: 10.1.2.3}]}\n"
}

const awsNode = "aws:///eu-west-1a/i-0123"

type expectation struct {
	name      string
	documents []string
	verdict   string
	severity  check.Severity // of the first finding, where the verdict is fail
	text      string         // part of its message
}

func judge(t *testing.T, id string, cases []expectation) {
	t.Helper()
	for _, c := range cases {
		t.Run(id+" "+c.name, func(t *testing.T) {
			t.Parallel()
			p := offlinetest.Text(t, c.documents...).Judge("fns", "fn")
			require.Equal(t, c.verdict, offlinetest.Verdict(t, p, id), "%+v", offlinetest.Of(p, id))
			if c.verdict == "fail" {
				f := offlinetest.Of(p, id)[0]
				assert.Equal(t, c.severity.String(), f.Severity.String(), f.Message)
				assert.Contains(t, f.Message, c.text)
			}
		})
	}
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	withSecret := strings.Replace(function, "ports:", "env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: a}}}], ports:", 1)
	withToken := strings.Replace(function, "automountServiceAccountToken: false", "automountServiceAccountToken: true", 1)
	host := strings.Replace(function, "containers:", "hostNetwork: true\n      containers:", 1)
	openBefore := admin("AdminNetworkPolicy", "v1alpha1", "priority: 1, ingress: [{action: Allow, from: [{namespaces: {}}]}]")
	closedAfter := admin("BaselineAdminNetworkPolicy", "v1alpha1",
		"ingress: [{action: Deny, from: [{namespaces: {}}]}], egress: [{action: Deny, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}]}]")
	judge(t, "NET-01", []expectation{
		{name: "no policy", documents: []string{function}, verdict: "fail", severity: check.Medium, text: "any pod of the cluster"},
		{name: "no policy, a secret", documents: []string{withSecret}, verdict: "fail", severity: check.High, text: "Secret db"},
		{name: "no policy, a token", documents: []string{withToken}, verdict: "fail", severity: check.High, text: "token"},
		{name: "no policy, exposed", documents: []string{function, service}, verdict: "fail", severity: check.High, text: "exposed"},
		{name: "default deny", documents: []string{function, denyAll}, verdict: "pass"},
		{name: "only egress, ingress rules ignored", documents: []string{function, policy("policyTypes: [Egress], ingress: []")}, verdict: "fail", severity: check.Medium},
		{name: "policy of another namespace", documents: []string{function, strings.Replace(denyAll, "fns", "other", 1)}, verdict: "fail", severity: check.Medium},
		{name: "policy for other pods", documents: []string{function, strings.Replace(denyAll, "podSelector: {}", "podSelector: {matchLabels: {app: other}}", 1)}, verdict: "fail", severity: check.Medium},
		{name: "policy by expression", documents: []string{function, strings.Replace(denyAll, "podSelector: {}", "podSelector: {matchExpressions: [{key: app, operator: In, values: [fn, x]}]}", 1)}, verdict: "pass"},
		{name: "admin policy opens before", documents: []string{function, denyAll, openBefore}, verdict: "fail", severity: check.Medium, text: "AdminNetworkPolicy"},
		{name: "baseline denies", documents: []string{function, closedAfter}, verdict: "pass"},
		{name: "host network", documents: []string{host, denyAll}, verdict: "na"},
		{name: "foreign policy", documents: []string{function, "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: fns}\nspec: {endpointSelector: {matchLabels: {app: fn}}, ingress: [{}]}\n"}, verdict: "unknown"},
		{name: "foreign policy for others", documents: []string{function, "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: fns}\nspec: {endpointSelector: {matchLabels: {app: x}}, ingress: [{}]}\n"}, verdict: "fail", severity: check.Medium},
	})
	judge(t, "NET-02", []expectation{
		{name: "no policy", documents: []string{function}, verdict: "fail", severity: check.Medium},
		{name: "no policy, a secret", documents: []string{withSecret}, verdict: "fail", severity: check.High, text: "Secret db"},
		{name: "empty egress without types does not isolate", documents: []string{function, policy("egress: []")}, verdict: "fail", severity: check.Medium},
		{name: "empty egress with types isolates", documents: []string{function, policy("policyTypes: [Egress], egress: []")}, verdict: "pass"},
		{name: "one rule without types isolates", documents: []string{function, policy("egress: [{to: [{podSelector: {}}]}]")}, verdict: "pass"},
		{name: "baseline denies pods only", documents: []string{function, admin("BaselineAdminNetworkPolicy", "v1alpha1", "egress: [{action: Deny, to: [{namespaces: {}}]}]")}, verdict: "fail", severity: check.Medium},
		{name: "baseline denies all", documents: []string{function, closedAfter}, verdict: "pass"},
		{name: "cluster policies of one priority disagree", documents: []string{function,
			strings.Replace(admin("ClusterNetworkPolicy", "v1alpha2", "tier: Admin, priority: 5, egress: [{action: Accept, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}]}]"), "default", "a", 1),
			admin("ClusterNetworkPolicy", "v1alpha2", "tier: Admin, priority: 5, egress: [{action: Deny, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}]}]")}, verdict: "unknown"},
	})
	judge(t, "NET-12", []expectation{
		{name: "host network", documents: []string{host}, verdict: "fail", severity: check.High, text: "network of their node"},
		{name: "own network", documents: []string{function}, verdict: "pass"},
	})
}

func TestPartialManifestsLeaveMissingPoliciesOpen(t *testing.T) {
	t.Parallel()
	o := offlinetest.Options()
	o.Partial = true
	p := offlinetest.With(t, o, function).Judge("fns", "fn")
	for _, id := range []string{"NET-01", "NET-02"} {
		assert.Equal(t, "unknown", offlinetest.Verdict(t, p, id))
	}
}

func TestWideRules(t *testing.T) {
	t.Parallel()
	denyFirst := admin("AdminNetworkPolicy", "v1alpha1", "priority: 1, egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}, {namespaces: {}}]}]")
	judge(t, "NET-03", []expectation{
		{name: "no policy", documents: []string{function}, verdict: "na"},
		{name: "no from", documents: []string{function, policy("ingress: [{ports: [{port: 8080}]}]")}, verdict: "fail", severity: check.High, text: "TCP 8080"},
		{name: "all addresses", documents: []string{function, policy("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]")}, verdict: "fail", severity: check.High},
		{name: "all addresses of version 6", documents: []string{function, policy("ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]")}, verdict: "fail", severity: check.High},
		{name: "both halves", documents: []string{function, policy("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}]}]")}, verdict: "pass"},
		{name: "a node port leads to it", documents: []string{function, service, policy("ingress: [{}]")}, verdict: "fail", severity: check.Info, text: "Service fn"},
		{name: "some pods", documents: []string{function, policy("ingress: [{from: [{podSelector: {}}]}]")}, verdict: "pass"},
		{name: "no rules", documents: []string{function, denyAll}, verdict: "pass"},
	})
	judge(t, "NET-04", []expectation{
		{name: "every namespace", documents: []string{function, policy("ingress: [{from: [{namespaceSelector: {}}]}]")}, verdict: "fail", severity: check.Medium},
		{name: "every namespace, every pod", documents: []string{function, policy("ingress: [{from: [{namespaceSelector: {}, podSelector: {}}]}]")}, verdict: "fail", severity: check.Medium},
		{name: "every namespace, some pods", documents: []string{function, policy("ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]")}, verdict: "pass"},
		{name: "two peers", documents: []string{function, policy("ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {a: b}}}]}]")}, verdict: "fail", severity: check.Medium},
	})
	judge(t, "NET-05", []expectation{
		{name: "no to", documents: []string{function, policy("egress: [{}]")}, verdict: "fail", severity: check.Medium},
		{name: "all addresses but some", documents: []string{function, policy("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]")}, verdict: "fail", severity: check.Medium},
		{name: "only names", documents: []string{function, policy("egress: [{ports: [{port: 53, protocol: UDP}]}]")}, verdict: "fail", severity: check.Low},
		{name: "taken back by the cluster", documents: []string{function, denyFirst, policy("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]")}, verdict: "pass"},
		{name: "one network", documents: []string{function, policy("egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]")}, verdict: "pass"},
	})
	judge(t, "NET-11", []expectation{
		{name: "nothing", documents: []string{function, denyAll}, verdict: "pass"},
		{name: "opened", documents: []string{function, denyAll, admin("ClusterNetworkPolicy", "v1alpha2", "tier: Admin, priority: 1, ingress: [{action: Accept, from: [{namespaces: {}}]}]")}, verdict: "fail", severity: check.Medium},
		{name: "closed", documents: []string{function, admin("ClusterNetworkPolicy", "v1alpha2", "tier: Baseline, priority: 1, ingress: [{action: Deny, from: [{namespaces: {}}]}]")}, verdict: "fail", severity: check.Info},
		{name: "passed on", documents: []string{function, denyAll, admin("ClusterNetworkPolicy", "v1alpha2", "tier: Admin, priority: 1, ingress: [{action: Pass, from: [{namespaces: {}}]}]")}, verdict: "pass"},
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	noMetadata := policy("egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16, 10.0.0.0/8]}}]}]")
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: fns}\n"
	rights := `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: fns}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r, namespace: fns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: default, namespace: fns}]
`
	withToken := strings.Replace(function, "automountServiceAccountToken: false", "automountServiceAccountToken: true", 1)
	server := "apiVersion: v1\nkind: Service\nmetadata: {name: kubernetes, namespace: default}\nspec: {clusterIP: 10.96.0.1, ports: [{port: 443}]}\n"
	judge(t, "NET-06", []expectation{
		{name: "no nodes", documents: []string{function}, verdict: "na"},
		{name: "no cloud", documents: []string{function, node("kind://docker/kind/kind-control-plane")}, verdict: "na"},
		{name: "open", documents: []string{function, node(awsNode)}, verdict: "fail", severity: check.High, text: "credentials of its node"},
		{name: "excepted", documents: []string{function, node(awsNode), noMetadata}, verdict: "pass"},
		{name: "isolated", documents: []string{function, node(awsNode), denyAll}, verdict: "pass"},
		{name: "azure has one more", documents: []string{function, node("azure:///subscriptions/x"), noMetadata}, verdict: "fail", severity: check.High, text: "168.63.129.16"},
		{name: "only the pod's own", documents: []string{function, node(awsNode), policy("egress: [{to: [{ipBlock: {cidr: 169.254.170.23/32}}]}]")}, verdict: "fail", severity: check.Low},
		{name: "host network", documents: []string{strings.Replace(function, "containers:", "hostNetwork: true\n      containers:", 1), node(awsNode), denyAll}, verdict: "fail", severity: check.High},
	})
	judge(t, "NET-07", []expectation{
		{name: "no token", documents: []string{function, account, rights}, verdict: "na"},
		{name: "no rights", documents: []string{withToken, account}, verdict: "na"},
		{name: "token, rights, open", documents: []string{withToken, account, rights}, verdict: "fail", severity: check.Low},
		{name: "token, rights, isolated", documents: []string{withToken, account, rights, denyAll}, verdict: "pass"},
		{name: "the server excepted", documents: []string{withToken, account, rights, server, noMetadata}, verdict: "pass"},
		{name: "the server allowed", documents: []string{withToken, account, rights, server, policy("egress: [{to: [{ipBlock: {cidr: 10.96.0.1/32}}], ports: [{port: 443}]}]")}, verdict: "fail", severity: check.Low},
	})
	judge(t, "NET-14", []expectation{
		{name: "no nodes", documents: []string{function}, verdict: "na"},
		{name: "open", documents: []string{function, node("")}, verdict: "fail", severity: check.Low},
		{name: "excepted", documents: []string{function, node(""), noMetadata}, verdict: "pass"},
		{name: "other ports only", documents: []string{function, node(""), policy("egress: [{ports: [{port: 443}]}]")}, verdict: "pass"},
		{name: "an agent without a login", documents: []string{function, node(""), exporter("", "hostNetwork: true")}, verdict: "fail", severity: check.Medium},
		{name: "on a port of the node", documents: []string{function, node(""), exporter("ports: [{containerPort: 9100, hostPort: 9100}]", "")}, verdict: "fail", severity: check.Medium},
		{name: "with a login", documents: []string{function, node(""), exporter("args: ['--web.config.file=/etc/web.yml']", "hostNetwork: true")}, verdict: "fail", severity: check.Low},
		{name: "for its node alone", documents: []string{function, node(""), exporter("args: ['--web.listen-address=127.0.0.1:9100']", "hostNetwork: true")}, verdict: "fail", severity: check.Low},
		{name: "on the network of pods", documents: []string{function, node(""), exporter("", "hostNetwork: false")}, verdict: "fail", severity: check.Low},
		{name: "an agent out of reach", documents: []string{function, node(""), exporter("", "hostNetwork: true"), denyAll}, verdict: "pass"},
		{name: "an agent, nodes not known", documents: []string{function, exporter("", "hostNetwork: true")}, verdict: "fail", severity: check.Medium},
		{name: "the read-only port", documents: []string{function, node(""), kubelet("10255")}, verdict: "fail", severity: check.Medium},
		{name: "no read-only port", documents: []string{function, node(""), kubelet("0")}, verdict: "fail", severity: check.Low},
	})
}

func exporter(container, pod string) string {
	return "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: exporter, namespace: monitoring}\nspec:\n  selector: {matchLabels: {app: exporter}}\n" +
		"  template:\n    metadata: {labels: {app: exporter}}\n    spec:\n      " + pod + "\n      containers:\n      - name: exporter\n" +
		"        image: quay.io/prometheus/node-exporter:v1.9.0\n        " + container + "\n"
}

func kubelet(port string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kubelet-config, namespace: kube-system}\ndata:\n  kubelet: |\n    kind: KubeletConfiguration\n    readOnlyPort: " + port + "\n"
}

func TestNames(t *testing.T) {
	t.Parallel()
	dns := func(port string) string {
		return policy("egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [" + port + "]}]")
	}
	judge(t, "NET-13", []expectation{
		{name: "open", documents: []string{function}, verdict: "pass"},
		{name: "isolated", documents: []string{function, denyAll}, verdict: "fail", severity: check.Info, text: "UDP and TCP"},
		{name: "allowed", documents: []string{function, dns("{port: 53, protocol: UDP}, {port: 53}")}, verdict: "pass"},
		{name: "without TCP", documents: []string{function, dns("{port: 53, protocol: UDP}")}, verdict: "fail", severity: check.Info, text: "by TCP"},
		{name: "the pods listen elsewhere", documents: []string{function, dns("{port: 53, protocol: UDP}, {port: 53}"), `
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, targetPort: 5353, protocol: UDP}, {name: dns-tcp, port: 53, targetPort: 5353}]}
`}, verdict: "fail", severity: check.Info, text: "UDP and TCP"},
		{name: "node local", documents: []string{function, policy("egress: [{to: [{ipBlock: {cidr: 169.254.20.10/32}}]}]")}, verdict: "pass"},
	})
}

func TestDeadPolicies(t *testing.T) {
	t.Parallel()
	other := strings.NewReplacer("name: fn,", "name: other,", "app: fn", "app: other", "labels: {fn9s.io/function: \"true\"}", "labels: {}").Replace(function)
	judge(t, "NET-09", []expectation{
		{name: "empty selector", documents: []string{function, denyAll}, verdict: "pass"},
		{name: "misspelt selector", documents: []string{function, strings.Replace(denyAll, "podSelector: {}", "podSelector: {matchLabels: {app: fnn}}", 1)}, verdict: "fail", severity: check.Medium, text: "no pod and no template"},
		{name: "misspelt, but another protects", documents: []string{function, denyAll, strings.Replace(strings.Replace(denyAll, "podSelector: {}", "podSelector: {matchLabels: {app: fnn}}", 1), "name: deny", "name: dead", 1)}, verdict: "pass"},
		{name: "peer", documents: []string{function, policy("ingress: [{from: [{podSelector: {matchLabels: {app: gone}}}]}]")}, verdict: "fail", severity: check.Low, text: "peer"},
		{name: "peer that is there", documents: []string{function, other, policy("ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]")}, verdict: "pass"},
		{name: "blocks of addresses", documents: []string{function, policy("ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]")}, verdict: "pass"},
		{name: "namespace that is not in the files", documents: []string{function, policy("egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]")}, verdict: "pass"},
		{name: "port name", documents: []string{function, policy("ingress: [{ports: [{port: web}]}]")}, verdict: "fail", severity: check.Low, text: "named web"},
		{name: "port name that is there", documents: []string{function, policy("ingress: [{ports: [{port: http}]}]")}, verdict: "pass"},
	})
}

func TestDeadRulesAreNamedOnceForAllPodsOfAFunction(t *testing.T) {
	t.Parallel()
	live := `
apiVersion: v1
kind: Pod
metadata: {name: fn-5d9-x, namespace: fns, labels: {app: fn, canary: "yes"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: fn, uid: u, controller: true}]}
spec: {containers: [{name: c, image: example.com/fn}]}
`
	p := offlinetest.Text(t, function, live, policy("ingress: [{from: [{podSelector: {matchLabels: {app: gone}}}], ports: [{port: web}]}]")).Judge("fns", "fn")
	assert.Len(t, offlinetest.Of(p, "NET-09"), 2, "one of the peer, one of the port")
}

func TestEnforcementIsForClusters(t *testing.T) {
	t.Parallel()
	p := offlinetest.Text(t, function).Judge("fns", "fn")
	assert.Equal(t, "na", offlinetest.Verdict(t, p, "NET-10"))
	o := offlinetest.Options()
	o.Manifests = false
	p = offlinetest.With(t, o, function).Judge("fns", "fn")
	assert.Equal(t, "fail", offlinetest.Verdict(t, p, "NET-10"))
	assert.Equal(t, check.Info, offlinetest.Of(p, "NET-10")[0].Severity)
	p = offlinetest.With(t, o, function, `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec: {template: {spec: {containers: [{name: c, image: example.com/cilium}]}}}
`).Judge("fns", "fn")
	assert.Equal(t, "pass", offlinetest.Verdict(t, p, "NET-10"))
}
