package config

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/kube/cluster"
)

func used1(names ...string) []cluster.Candidate {
	var all []cluster.Candidate
	for _, n := range names {
		all = append(all, cluster.Candidate{Name: n, Source: "history"})
	}
	return all
}

func TestNamespacesAreRememberedByContext(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "fn9s")
	s := NewState(folder)
	assert.Empty(t, s.Namespaces("prod"))
	require.NoError(t, s.Use("prod", nil, time.Now()))
	assert.NoDirExists(t, folder, "nothing to remember makes no folder")
	require.NoError(t, s.Use("prod", []string{"payments"}, time.Now()))
	require.NoError(t, s.Use("prod", []string{"checkout"}, time.Now()))
	require.NoError(t, s.Use("prod", []string{"payments"}, time.Now()))
	require.NoError(t, s.Use("dev", []string{"media"}, time.Now()))
	assert.Equal(t, used1("payments", "checkout"), NewState(folder).Namespaces("prod"))
	assert.Equal(t, used1("media"), s.Namespaces("dev"))

	info, err := os.Stat(folder)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	info, err = os.Stat(s.file())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestStateIsBounded(t *testing.T) {
	t.Parallel()
	h := history{Namespaces: map[string][]used{}}
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for c := range maxContexts + 5 {
		for n := range maxNamespacesOfEach + 5 {
			h.add(fmt.Sprint("context", c), fmt.Sprint("n", n), start.Add(time.Duration(c)*time.Hour))
		}
	}
	h.bound()
	assert.Len(t, h.Namespaces, maxContexts)
	assert.NotContains(t, h.Namespaces, "context4", "the oldest goes first")
	assert.Contains(t, h.Namespaces, "context5")
	assert.Len(t, h.Namespaces["context5"], maxNamespacesOfEach)
}

func TestBrokenStateIsForgotten(t *testing.T) {
	t.Parallel()
	s := NewState(t.TempDir())
	for _, text := range []string{"", "{", "null", `{"namespaces": null}`, `{"namespaces": {"prod": [{"name": "../x"}]}}`} {
		require.NoError(t, os.WriteFile(s.file(), []byte(text), 0o600))
		assert.Empty(t, s.Namespaces("prod"), text)
	}
	require.NoError(t, s.Use("prod", []string{"payments"}, time.Now()))
	assert.Equal(t, used1("payments"), s.Namespaces("prod")[:1])
}

func TestSeveralProgramsLoseNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { assert.NoError(t, NewState(folder).Use("prod", []string{fmt.Sprint("n", i)}, time.Now())) })
	}
	wg.Wait()
	assert.Len(t, NewState(folder).Namespaces("prod"), 20)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 2, "the file and its lock, and nothing half written")
}
