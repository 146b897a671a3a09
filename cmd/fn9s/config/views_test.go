package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/views/screen"
)

func TestViewsAndSessionsAreKept(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "state")
	state := NewState(folder)
	shelf, problem := state.Views()
	require.Empty(t, problem)
	v := screen.View{Page: screen.PageFunctions, Contexts: []string{"a", "b"}, Filter: "grade>=D", Sort: "grade", Descending: true}
	require.NoError(t, shelf.Save("bad-ones", v))
	assert.Equal(t, []string{"bad-ones"}, shelf.Names())
	other, _ := state.Views()
	got, err := other.Load("bad-ones")
	require.NoError(t, err)
	assert.Equal(t, v, got)
	require.Error(t, shelf.Save("../x", v))
	info, err := os.Stat(filepath.Join(folder, "views.json"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, state.Remember(v))
	got, ok, _ := state.Session([]string{"a", "b"})
	assert.True(t, ok)
	assert.Equal(t, v, got)
	_, ok, _ = state.Session([]string{"a"})
	assert.False(t, ok)
}

func TestABrokenFileOfViewsIsSaidAndWrittenAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "views.json"), []byte("{"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "sessions.json"), []byte("[]"), 0o600))
	state := NewState(folder)
	shelf, problem := state.Views()
	assert.Contains(t, problem, "saved views: read ")
	assert.Empty(t, shelf.Names())
	_, ok, problem := state.Session([]string{"a"})
	assert.False(t, ok)
	assert.Contains(t, problem, "last session: read ")
	require.NoError(t, shelf.Save("x", screen.View{Page: screen.PageFunctions}))
	_, problem = state.Views()
	assert.Empty(t, problem)
}
