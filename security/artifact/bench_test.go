package artifact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Functions with an image each: no pod spec is shared.
func BenchmarkPodsAndArtifacts(b *testing.B) {
	b.Run("hardened", func(b *testing.B) {
		benchmark(b, `, securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}, resources: {limits: {cpu: 1, memory: 1Gi, ephemeral-storage: 1Gi}}`,
			"securityContext: {runAsNonRoot: true, runAsUser: 12000, seccompProfile: {type: RuntimeDefault}}")
	})
	b.Run("bare", func(b *testing.B) { benchmark(b, "", "") })
}

func benchmark(b *testing.B, container, pod string) {
	const functions = 500
	var documents []string
	for i := range functions {
		name := fmt.Sprintf("fn%d", i)
		text := strings.ReplaceAll(function(fmt.Sprintf(`image: "registry.example.com/team/%s:1.%d"`, name, i)+container, pod), "name: fn,", "name: "+name+",")
		documents = append(documents, strings.ReplaceAll(text, "namespace: fns", fmt.Sprintf("namespace: fns%d", i%20)))
	}
	w := offlinetest.Text(b, documents...)
	all := w.World.Functions("")
	var own []*check.Control
	for _, c := range security.Scoped(check.ScopeFunction) {
		if c.Pillar >= check.Pod {
			own = append(own, c)
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r := snapshot.Once(w.World, offlinetest.Options())
		for _, f := range all {
			e := &check.Eval{Reader: r, F: f, Subject: check.Subject{Scope: check.ScopeFunction, Namespace: f.Key.Namespace, Function: f.Key}}
			for _, c := range own {
				e.Judge(c)
			}
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/function")
}
