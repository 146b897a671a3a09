package framework_test

import (
	"testing"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/framework"
	"github.com/fn9s/fn9s/security/snapshot"
)

// BenchmarkFunctions judges all functions of the seed by the controls of this family, with the derived facts in memory.
func BenchmarkFunctions(b *testing.B) {
	w := offlinetest.Files(b, seed)
	var controls []check.Control
	for _, c := range framework.Controls() {
		if c.Check != nil && c.Scope == check.ScopeFunction {
			controls = append(controls, c)
		}
	}
	r := snapshot.NewReader(w.World, offlinetest.Options())
	functions := w.World.Functions("")
	n := 0
	for b.Loop() {
		f := functions[n%len(functions)]
		n++
		e := &check.Eval{Reader: r, F: f, Subject: check.Subject{Scope: check.ScopeFunction, Function: f.Key, Namespace: f.Key.Namespace}}
		for i := range controls {
			e.Judge(&controls[i])
		}
	}
}
