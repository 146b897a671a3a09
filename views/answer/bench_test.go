package answer_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/views/access"
	"github.com/fn9s/fn9s/views/answer"
	"github.com/fn9s/fn9s/views/blast"
	"github.com/fn9s/fn9s/views/network"
)

const (
	functions  = 10_000
	namespaces = 100
)

// one is what runs a function, with its Service, account and route. Every fourth is open, the others are isolated.
const one = `---
apiVersion: openfaas.com/v1
kind: Function
metadata: {name: %[1]s, namespace: %[2]s}
spec: {name: %[1]s, image: "registry.example.com/%[1]s:1", secrets: [%[1]s-credentials]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  namespace: %[2]s
  labels: {faas_function: %[1]s}
  ownerReferences: [{apiVersion: openfaas.com/v1, kind: Function, name: %[1]s, uid: 0038c832-4c4c-4842-8269-%012[3]d, controller: true}]
spec:
  selector: {matchLabels: {faas_function: %[1]s}}
  template:
    metadata: {labels: {faas_function: %[1]s, team: "t%[4]d", tier: "%[5]d"}}
    spec:
      serviceAccountName: %[1]s
      containers:
        - name: %[1]s
          image: registry.example.com/%[1]s:1
          ports: [{name: http, containerPort: 8080}]
          env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: %[1]s-credentials, key: token}}}]
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: %[2]s}
spec: {selector: {faas_function: %[1]s}, ports: [{port: 8080, targetPort: http}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s, namespace: %[2]s}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: %[1]s, namespace: %[2]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: %[1]s}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %[1]s, namespace: %[2]s}
spec: {rules: [{host: %[1]s.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %[1]s, port: {number: 8080}}}}]}}]}
`

const space = `---
apiVersion: v1
kind: Namespace
metadata: {name: %[1]s, labels: {team: "t%[2]d"}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: isolated, namespace: %[1]s}
spec:
  podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: ["0"]}]}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: t1}}}, {podSelector: {matchLabels: {tier: "2"}}}]}]
  egress: [{to: [{ipBlock: {cidr: 10.%[2]d.0.0/16}}]}, {to: [{podSelector: {}}]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: %[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "owner-%[2]d"}, {kind: ServiceAccount, namespace: team-000, name: fn-00000}]
`

// BenchmarkAnswers asks what the three screens ask, about functions that nobody asked about before, when all are judged.
func BenchmarkAnswers(b *testing.B) {
	var text bytes.Buffer
	for i := range namespaces {
		fmt.Fprintf(&text, space, fmt.Sprintf("team-%03d", i), i)
	}
	for i := range functions {
		fmt.Fprintf(&text, one, fmt.Sprintf("fn-%05d", i), fmt.Sprintf("team-%03d", i%namespaces), i, i%namespaces, i/namespaces%4)
	}
	docs, problems := manifest.Read("functions.yaml", text.Bytes())
	require.Empty(b, problems)
	w, problems := offline.Load(all.BuiltIn(), security.Kinds(), docs)
	require.Empty(b, problems)
	r := snapshot.NewReader(w, &snapshot.Options{Now: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Manifests: true})
	known := w.Functions("")
	require.Len(b, known, functions)
	for _, f := range known {
		security.Radius.Get(r, f.Key)
	}
	for _, screen := range []struct {
		name  string
		query *snapshot.Query[model.FunctionKey, *answer.Page]
	}{{"blast", blast.Answer}, {"network", network.Answer}, {"access", access.Answer}} {
		b.Run(screen.name, func(b *testing.B) {
			var worst time.Duration
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				key := known[n*37%functions].Key
				n++
				start := time.Now()
				page := screen.query.Get(r, key)
				worst = max(worst, time.Since(start))
				require.NotEmpty(b, page.Items)
				screen.query.Forget(r, key)
			}
			b.ReportMetric(float64(worst.Microseconds())/1000, "ms-worst")
		})
	}
}
