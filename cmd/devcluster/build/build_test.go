package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pinned = "module x\n\nrequire (\n\tk8s.io/kubernetes v1.2.3\n\tgo.etcd.io/etcd/server/v3 v3.4.5\n\tsigs.k8s.io/metrics-server v0.1.0\n\tgithub.com/prometheus/prometheus v0.300.0\n)\n\nrequire sigs.k8s.io/kwok v0.2.0 // indirect\n"

func sources(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(pinned), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "controlplane"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "controlplane", "main.go"), []byte("package main"), 0o600))
	return dir
}

func TestTheKeyNamesVersionsAndSources(t *testing.T) {
	dir := sources(t)
	first, err := Key(dir)
	require.NoError(t, err)
	assert.Regexp(t, `^v1\.2\.3-[0-9a-f]{12}$`, first)

	again, err := Key(dir)
	require.NoError(t, err)
	assert.Equal(t, first, again)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "controlplane", "main.go"), []byte("package main // changed"), 0o600))
	changed, err := Key(dir)
	require.NoError(t, err)
	assert.NotEqual(t, first, changed)
}

func TestTheRepositoryPinsAllParts(t *testing.T) {
	dir, err := Sources()
	require.NoError(t, err)
	versions, err := ReadVersions(dir)
	require.NoError(t, err)
	assert.Regexp(t, `^v1\.\d+\.\d+$`, versions.Kubernetes)
	assert.NotEmpty(t, versions.Kwok)
}

func TestMissingVersionsAreAnError(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n"), 0o600))
	_, err := ReadVersions(dir)
	assert.ErrorContains(t, err, "does not name all five parts")
}

func TestProgressCountsThePackagesThatTheCompilerNames(t *testing.T) {
	p := &packageCounter{}
	for _, part := range []string{"k8s.io/api/", "core/v1\nk8s.io/client-go/rest\n", "# k8s.io/broken\n", "file.go:3:1: undefined: x\n"} {
		_, err := p.Write([]byte(part))
		require.NoError(t, err)
	}
	packages, last := p.progress()
	assert.Equal(t, 2, packages)
	assert.Equal(t, "k8s.io/client-go/rest", last)
	assert.Contains(t, p.tail(), "undefined: x")
}

func TestTheCompilersOutputIsBounded(t *testing.T) {
	p := &packageCounter{}
	for range 10_000 {
		_, err := p.Write([]byte("some/package/with/a/name\n"))
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, len(p.tail()), tailLimit)
	assert.LessOrEqual(t, len(p.output), 2*tailLimit)
}

func TestTheCacheFollowsXDG(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	home, err := Home()
	require.NoError(t, err)
	assert.Equal(t, "/somewhere/fn9s", home)
	t.Setenv("XDG_CACHE_HOME", "relative is ignored")
	home, err = Home()
	require.NoError(t, err)
	assert.Equal(t, ".cache/fn9s", home[len(home)-len(".cache/fn9s"):])
}
