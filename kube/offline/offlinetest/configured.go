package offlinetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/frameworks/all"
	"github.com/fn9s/fn9s/kube/frameworks/generic"
	"github.com/fn9s/fn9s/kube/frameworks/plain"
)

// Configured returns the adapters with what a configuration describes under its keys frameworks and plain.
func Configured(t testing.TB, file string, data []byte) []frameworks.Framework {
	t.Helper()
	var nodes map[string]yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &nodes))
	entries, problems := generic.Parse(file, pointer(nodes, "frameworks"))
	require.Empty(t, problems)
	selectors, more := plain.Parse(file, pointer(nodes, "plain"))
	require.Empty(t, more)
	return all.New(all.Options{Generic: entries, Plain: selectors})
}

func pointer(nodes map[string]yaml.Node, key string) *yaml.Node {
	n := nodes[key]
	return &n
}
