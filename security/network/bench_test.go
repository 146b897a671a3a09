package network_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/network"
	"github.com/fn9s/fn9s/security/snapshot"
)

// BenchmarkPolicies judges functions of which every second has a policy of its own, each for the first time.
func BenchmarkPolicies(b *testing.B) {
	const functions = 2000
	var text strings.Builder
	for i := range functions {
		ns, app := fmt.Sprintf("namespace: ns%d", i/50), fmt.Sprintf("app: fn%d", i)
		text.WriteString("---\n" + strings.NewReplacer("name: fn,", fmt.Sprintf("name: fn%d,", i), "namespace: fns", ns, "app: fn", app).Replace(function))
		if i%2 == 0 {
			text.WriteString("---\n" + strings.NewReplacer("name: np", fmt.Sprintf("name: np%d", i), "namespace: fns", ns, "app: fn", app).
				Replace(policy("ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")))
		}
	}
	w := offlinetest.Text(b, text.String(), node(awsNode))
	var mine []check.Control
	for _, c := range network.Controls() {
		if c.Scope == check.ScopeFunction && c.Check != nil && c.ID < "NET-20" {
			mine = append(mine, c)
		}
	}
	all := w.World.Functions("")
	var r *snapshot.Reader
	for i := 0; b.Loop(); i++ {
		if i%functions == 0 {
			r = snapshot.Once(w.World, offlinetest.Options())
		}
		f := all[i%functions]
		e := &check.Eval{Reader: r, Subject: check.Subject{Function: f.Key, Namespace: f.Key.Namespace}, F: f}
		for j := range mine {
			e.Judge(&mine[j])
		}
	}
}
