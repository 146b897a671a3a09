package applog

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/devcluster/fakenodes"
)

var containerRuntime = regexp.MustCompile(`^(\S+) (stdout|stderr) F (.+)\n$`)

func TestLinesAreInTheFormatOfTheContainerRuntime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	at := time.Date(2026, 8, 1, 8, 0, 0, 0, time.UTC)
	for _, format := range []string{"json", "logfmt", "plain", "crash"} {
		for range 50 {
			match := containerRuntime.FindStringSubmatch(line(format, at, random))
			require.NotNil(t, match, format)
			stamp, err := time.Parse(time.RFC3339Nano, match[1])
			require.NoError(t, err)
			assert.True(t, stamp.Equal(at))
			switch format {
			case "json":
				assert.True(t, json.Valid([]byte(match[3])), match[3])
			case "logfmt":
				assert.Regexp(t, `^time=\S+ level=\w+ msg="[^"]+" `, match[3])
			}
		}
	}
}

func TestLogsHaveAHistoryAndKeepComing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, dir) }()
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "ready")); return err == nil }, 5*time.Second, 5*time.Millisecond)
	name := filepath.Join(dir, fakenodes.LogFiles[0].Name)
	count := func() int {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		return strings.Count(string(data), "\n")
	}
	assert.GreaterOrEqual(t, count(), history)
	assert.Eventually(t, func() bool { return count() > history }, 3*interval, 20*time.Millisecond)
	cancel()
	assert.NoError(t, <-done)
}
