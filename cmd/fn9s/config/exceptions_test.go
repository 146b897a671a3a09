package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/security/snapshot"
)

func TestRisksAreAcceptedInTheFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link := filepath.Join(folder, "real.yaml"), filepath.Join(folder, "exceptions.yaml")
	require.NoError(t, os.WriteFile(file, []byte("# ours\n"), 0o640))
	require.NoError(t, os.Symlink(file, link))
	now := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	var told []snapshot.Exception
	x := &Exceptions{File: link, Now: func() time.Time { return now }, Changed: func(all []snapshot.Exception) { told = all }}
	require.Empty(t, x.Refusal())
	require.NoError(t, x.Check())
	risk := snapshot.Exception{Control: "POD-11", Functions: []string{"a/b"}, Reason: "known", Until: now.AddDate(0, 1, 0)}
	require.NoError(t, x.Accept([]snapshot.Exception{risk, risk}))
	require.Len(t, told, 2)
	assert.Equal(t, link+":2", told[0].From)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "# ours\n- control: POD-11\n  functions: ['a/b']\n  reason: known\n  until: 2026-09-30\n", string(data[:82]))
	info, err := os.Lstat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 2, "nothing is left behind")

	risk.Until = now.AddDate(2, 0, 0)
	require.ErrorContains(t, x.Accept([]snapshot.Exception{risk}), "more than 180 days")
	again, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, data, again)
}

func TestWithoutAFileNothingIsAccepted(t *testing.T) {
	t.Parallel()
	x := &Exceptions{Now: time.Now}
	assert.Contains(t, x.Refusal(), "posture.exceptions")
	require.ErrorContains(t, x.Accept(nil), "posture.exceptions")
	x.File = filepath.Join(t.TempDir(), "none.yaml")
	require.Error(t, x.Check())
	require.Error(t, x.Accept([]snapshot.Exception{{}}))
}
