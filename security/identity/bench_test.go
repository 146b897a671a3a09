package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/identity"
	"github.com/fn9s/fn9s/security/snapshot"
)

// BenchmarkControls judges a thousand functions, each with an account and rights of its own, from nothing.
func BenchmarkControls(b *testing.B) {
	const many = 1000
	var docs strings.Builder
	docs.WriteString(clusterRole("reader", rule("", "configmaps", "get, list")))
	for i := range many {
		name, ns := fmt.Sprintf("fn-%d", i), fmt.Sprintf("team-%d", i%20)
		subject := fmt.Sprintf("{kind: ServiceAccount, name: worker-%d}", i)
		all := "\n---" + deployment(name, `{fn9s.io/function: "true"}`, fmt.Sprintf("serviceAccountName: worker-%d", i)) +
			account(fmt.Sprintf("worker-%d", i), "") + strings.Replace(bindHere("reader", subject), "here:reader", name, 1)
		docs.WriteString(strings.ReplaceAll(all, "namespace: fns", "namespace: "+ns))
	}
	w := offlinetest.Text(b, docs.String())
	controls := identity.Controls()
	b.ReportAllocs()
	for b.Loop() {
		r := snapshot.Once(w.World, offlinetest.Options())
		for _, f := range w.World.Functions("") {
			e := &check.Eval{Reader: r, Subject: check.Subject{Scope: check.ScopeFunction, Namespace: f.Key.Namespace, Function: f.Key}, F: f}
			for i := range controls {
				if controls[i].Scope == check.ScopeFunction {
					e.Judge(&controls[i])
				}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*many), "µs/function")
}
