package detect_test

import (
	"bytes"
	"fmt"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/samples"
	"github.com/fn9s/fn9s/security/detect"
)

type pair struct{ name, value string }

// literals lists the strings of the seed's documents with the names that they stand under.
func literals(tb testing.TB) []pair {
	tb.Helper()
	var all []pair
	for _, f := range samples.Seed() {
		dec := yaml.NewDecoder(bytes.NewReader(f.Data))
		for {
			var n yaml.Node
			if dec.Decode(&n) != nil {
				break
			}
			all = collect(all, "", &n)
		}
	}
	require.Greater(tb, len(all), 1000)
	return all
}

func collect(all []pair, name string, n *yaml.Node) []pair {
	switch n.Kind {
	case yaml.ScalarNode:
		return append(all, pair{name, n.Value})
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = collect(all, n.Content[i].Value, n.Content[i+1])
		}
	default:
		for _, c := range n.Content {
			all = collect(all, name, c)
		}
	}
	return all
}

func BenchmarkLiteralOfSeed(b *testing.B) {
	all := literals(b)
	for b.Loop() {
		for _, p := range all {
			detect.Literal(p.name, p.value, nil)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/literal")
}

// BenchmarkLiteralOfSeedFresh never sees a value twice.
func BenchmarkLiteralOfSeedFresh(b *testing.B) {
	all := literals(b)
	n := 0
	for b.Loop() {
		for _, p := range all {
			n++
			detect.Literal(fmt.Sprint(p.name, n), p.value, nil)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/literal")
}
