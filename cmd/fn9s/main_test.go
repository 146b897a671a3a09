package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestMain(m *testing.M) { testscript.Main(sandbox{m}, map[string]func(){"fn9s": main}) }

// sandbox runs the tests where nothing of the developer's own is read or written.
type sandbox struct{ m *testing.M }

func (c sandbox) Run() int {
	state, err := os.MkdirTemp("", "fn9s-test")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(state) }()
	err = errors.Join(os.Setenv("XDG_STATE_HOME", state), os.Setenv("XDG_CONFIG_HOME", state), os.Unsetenv("KUBECONFIG"))
	if err != nil {
		panic(err)
	}
	return c.m.Run()
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/config")
			e.Setenv("XDG_STATE_HOME", e.WorkDir+"/state")
			e.Setenv("GORACE", "atexit_sleep_ms=20") // not a second for each command
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and compares its exit code: `exits 2 fn9s list`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || want != code {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// ran is how a command ended.
type ran struct {
	code     int
	out, err string
}

// runHere runs a command line inside the test, which remembers nothing.
func runHere(t *testing.T, args ...string) ran {
	t.Helper()
	return runIn(t, t.TempDir(), args...)
}

// runIn runs a command line inside the test, with its state in that folder.
func runIn(t *testing.T, state string, args ...string) ran {
	t.Helper()
	var out, errOut bytes.Buffer
	code := execute(t.Context(), args, genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}, state)
	return ran{code, out.String(), errOut.String()}
}

// TestInterrupted waits for a server that accepts and never answers, and takes the interrupt.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := listener.Accept(); err == nil {
			cancel()
			_ = c.Close()
		}
	}()
	var out, errOut bytes.Buffer
	code := execute(ctx, []string{"list", "--server", "http://" + listener.Addr().String()},
		genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}, t.TempDir())
	assert.Equal(t, exitInterrupted, code)
	assert.Empty(t, out.String())
}
