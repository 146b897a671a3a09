package kubetest

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Program returns the devcluster program, skips the test where there is none, and fails it where FN9S_TEST_REQUIRE=1 says
// that there must be one.
func Program(t testing.TB) string {
	t.Helper()
	program := os.Getenv("FN9S_TEST_DEVCLUSTER")
	if program != "" {
		return program
	}
	if os.Getenv("FN9S_TEST_REQUIRE") == "1" {
		t.Fatal("FN9S_TEST_REQUIRE=1, but FN9S_TEST_DEVCLUSTER names no program to start a cluster with")
	}
	t.Skip("needs a cluster of its own: set FN9S_TEST_DEVCLUSTER to the devcluster program")
	return ""
}

// Own starts a cluster of that name that a test may break, with the options of `devcluster up`, and removes it afterwards.
// What it returns runs commands of the devcluster program on it.
func Own(t testing.TB, name string, options ...string) func(args ...string) string {
	t.Helper()
	program := Program(t)
	call := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(program, append(args, "--name", name)...).CombinedOutput()
		require.NoError(t, err, "devcluster %v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	t.Cleanup(func() { call("down") })
	call(append([]string{"up"}, options...)...)
	return call
}
