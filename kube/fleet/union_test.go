package fleet_test

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/kube/kubetest"
	"github.com/fn9s/fn9s/kube/status"
)

// contextsOf writes a kubeconfig in which the cluster has two contexts, and a server that never answers a third.
func contextsOf(t *testing.T, c *kubetest.Cluster) string {
	t.Helper()
	raw, err := clientcmd.LoadFromFile(c.Admin)
	require.NoError(t, err)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, silent.Close()) })
	here := raw.Contexts[raw.CurrentContext]
	raw.Contexts["east"], raw.Contexts["west"] = here, here
	raw.Clusters["silent"] = &api.Cluster{Server: "https://" + silent.Addr().String(), InsecureSkipTLSVerify: true}
	raw.Contexts["silent"] = &api.Context{Cluster: "silent", AuthInfo: here.AuthInfo}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*raw, path))
	return path
}

func TestClustersStandSideBySideAndASilentOneHoldsUpNone(t *testing.T) {
	c := kubetest.Need(t)
	f, _ := open(t, kubetest.Kubeconfig{Path: contextsOf(t, c)}, nil, "east", "silent", "west")
	state := func(name string) status.Cluster {
		s, _ := f.Board().Cluster(name)
		return s
	}
	require.Eventually(t, func() bool {
		return state("east").Complete && state("west").Complete && state("east").Connection.Phase == status.Live && state("west").Connection.Phase == status.Live
	}, patience, 10*time.Millisecond)
	assert.Equal(t, status.Connecting, state("silent").Connection.Phase)
	seen := map[string]int{}
	for _, r := range f.Board().Rows() {
		seen[r.ID.Context]++
	}
	assert.NotZero(t, seen["east"])
	assert.Equal(t, seen["east"], seen["west"], "the same cluster, seen twice, side by side")
	assert.Len(t, seen, 2)

	begun := time.Now()
	require.NoError(t, f.Open("west"))
	assert.Less(t, time.Since(begun), time.Second, "leaving a cluster never waits for it")
	require.Eventually(t, func() bool { return len(f.Board().Clusters) == 1 && len(f.Board().Rows()) == seen["west"] }, patience, 10*time.Millisecond)
	assert.Equal(t, status.Live, state("west").Connection.Phase, "what stays was not opened anew")

	require.Error(t, f.Open("west", "nowhere"))
	assert.Len(t, f.Board().Clusters, 1, "a name that is wrong leaves everything as it is")
}
