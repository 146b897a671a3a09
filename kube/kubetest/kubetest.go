// Package kubetest gives tests the real cluster that they run against.
//
// Its one rule: a test never touches a cluster that was not named for it in FN9S_TEST_KUBECONFIG.
package kubetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/kube/client"
)

// Cluster is the cluster under test.
type Cluster struct {
	// Admin, Two and ReadOnly are the kubeconfigs of the three operators.
	Admin, Two, ReadOnly string
	Dir                  string
	Name                 string // of the administrator's context; the other contexts begin with it
}

// Need returns the cluster, skips the test where there is none, and fails it where FN9S_TEST_REQUIRE=1 says that
// there must be one.
func Need(t testing.TB) *Cluster {
	t.Helper()
	path := os.Getenv("FN9S_TEST_KUBECONFIG")
	if path == "" {
		if os.Getenv("FN9S_TEST_REQUIRE") == "1" {
			t.Fatal("FN9S_TEST_REQUIRE=1, but FN9S_TEST_KUBECONFIG names no cluster")
		}
		t.Skip("needs a cluster: set FN9S_TEST_KUBECONFIG (make cluster)")
	}
	dir := filepath.Dir(path)
	c := &Cluster{
		Admin: path, Two: filepath.Join(dir, "two-namespaces.kubeconfig"),
		ReadOnly: filepath.Join(dir, "readonly.kubeconfig"), Dir: dir,
	}
	var info struct{ Name string }
	c.Info(t, &info)
	c.Name = info.Name
	return c
}

// Info reads a field of the cluster's description into v.
func (c *Cluster) Info(t testing.TB, v any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.Dir, "cluster.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, v))
}

// Kubeconfig is one file, whose server may be replaced.
type Kubeconfig struct {
	Path   string
	Server string // instead of the file's; empty: as it is
}

// Raw reads the file.
func (k Kubeconfig) Raw() (api.Config, error) {
	c, err := clientcmd.LoadFromFile(k.Path)
	if err != nil {
		return api.Config{}, err
	}
	return *c, nil
}

// Rest returns the connection of a context.
func (k Kubeconfig) Rest(context string) (*rest.Config, string, error) {
	raw, err := k.Raw()
	if err != nil {
		return nil, "", err
	}
	if context == "" {
		context = raw.CurrentContext
	}
	overrides := &clientcmd.ConfigOverrides{}
	if k.Server != "" {
		overrides.ClusterInfo.Server = k.Server
		overrides.ClusterInfo.TLSServerName = "kubernetes"
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(raw, context, overrides, nil).ClientConfig()
	return config, context, err
}

// Files lists the file.
func (k Kubeconfig) Files() []string { return []string{k.Path} }

// Connect returns a client of the kubeconfig's current context, and the context's name; it ends with the test.
func Connect(t testing.TB, k Kubeconfig) (*client.Client, string) {
	t.Helper()
	config, name, err := k.Rest("")
	require.NoError(t, err)
	c, err := client.New(name, config, client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, name
}
