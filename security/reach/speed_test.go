package reach_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn9s/fn9s/security/reach"
)

// cluster is 1,000 workloads in ten namespaces and 200 policies: a default deny and DNS in half of the namespaces, and
// what single workloads allow.
func cluster(workloads, policies int) string {
	var b strings.Builder
	spaces := 10
	for n := range spaces {
		fmt.Fprintf(&b, "---\n{apiVersion: v1, kind: Namespace, metadata: {name: ns%d, labels: {team: t%d}}}\n", n, n%3)
	}
	for i := range workloads {
		fmt.Fprintf(&b, `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: w%[1]d, namespace: ns%[2]d}
spec: {template: {metadata: {labels: {app: w%[1]d, tier: k%[3]d}}, spec: {containers: [{name: c, image: example.com/c, ports: [{name: http, containerPort: %[4]d}]}]}}}
`, i, i%spaces, i%7, 8000+i%4)
	}
	for i := range policies {
		switch {
		case i < spaces/2:
			fmt.Fprintf(&b, "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: ns%d}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}\n", i)
		case i < spaces:
			fmt.Fprintf(&b, "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: dns, namespace: ns%d}, spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{protocol: UDP, port: 53}], to: [{namespaceSelector: {}}]}, {to: [{ipBlock: {cidr: 10.%d.0.0/16}}]}]}}\n", i-spaces/2, i)
		default:
			fmt.Fprintf(&b, `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p%[1]d, namespace: ns%[2]d}
spec:
  podSelector: {matchLabels: {app: w%[1]d}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: t%[3]d}}}, {podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [k1]}]}}], ports: [{port: http}, {port: 9000, endPort: 9100}]}]
  egress: [{to: [{podSelector: {matchLabels: {tier: k2}}}, {ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}]}]
`, i, i%spaces, i%3)
		}
	}
	return b.String()
}

func BenchmarkConnections(b *testing.B) {
	text := cluster(1000, 200)
	for b.Loop() {
		b.StopTimer()
		r := world(b, text)
		b.StartTimer()
		n := 0
		reach.Connections(r, reach.Question{Workloads: reach.Workloads(r)}, func(reach.Connection) bool { n++; return true })
		b.ReportMetric(float64(n), "connections")
	}
}

func BenchmarkIsolation(b *testing.B) {
	r := world(b, cluster(1000, 200))
	all := reach.Workloads(r)
	i := 0
	for b.Loop() {
		reach.Isolation(r, all[i%len(all)].Pods[0])
		i++
	}
}
