package offline_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/snapshot"
)

func many(b *testing.B, n int) []manifest.Document {
	b.Helper()
	docs, problems := manifest.Paths([]string{writeFunctions(b, n)}, nil)
	require.Empty(b, problems)
	return docs
}

// BenchmarkJudge evaluates every control of every function, and its blast radius, from nothing.
func BenchmarkJudge(b *testing.B) {
	for _, n := range []int{1000, 10_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := world(b, many(b, n))
			functions := w.Functions("")
			b.ReportAllocs()
			var judged, reached time.Duration
			for b.Loop() {
				r := snapshot.Once(w, offlinetest.Options())
				start := time.Now()
				for _, f := range functions {
					security.Function.Get(r, f.Key)
				}
				judged += time.Since(start)
				start = time.Now()
				for _, f := range functions {
					security.Radius.Get(r, f.Key)
				}
				reached += time.Since(start)
			}
			b.ReportMetric(float64(judged.Microseconds())/float64(b.N*len(functions)), "µs-judge/function")
			b.ReportMetric(float64(reached.Microseconds())/float64(b.N*len(functions)), "µs-blast/function")
		})
	}
}

const bindings = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: changing, namespace: team-007}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
subjects: [{kind: ServiceAccount, name: fn-00007}]
`

const groupBinding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: changing}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
subjects: [{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}]
`

// BenchmarkChange evaluates again what one changed binding touches among ten thousand functions.
func BenchmarkChange(b *testing.B) {
	for name, text := range map[string]string{"OneAccount": bindings, "AllAccounts": groupBinding} {
		b.Run(name, func(b *testing.B) {
			m := newMoving(b, many(b, 10_000))
			for _, f := range m.Functions("") {
				security.Function.Get(m.reader, f.Key)
				security.Radius.Get(m.reader, f.Key)
			}
			touched, round := 0, 0
			for b.Loop() {
				role := []string{"view", "edit"}[round%2]
				round++
				docs, _ := manifest.Read("changing.yaml", []byte(fmt.Sprintf(text, role)))
				require.Empty(b, m.LoadDocuments(docs))
				m.settle()
				keys := security.Function.Doubtful(m.reader)
				for _, k := range keys {
					security.Function.Get(m.reader, k)
					security.Radius.Get(m.reader, k)
				}
				touched = len(keys)
			}
			b.ReportMetric(float64(touched), "functions")
		})
	}
}
