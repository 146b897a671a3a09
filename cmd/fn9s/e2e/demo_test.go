package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/terminal"
)

// Nothing is needed for the demo: no cluster, no kubeconfig, no configuration.
func TestDemo(t *testing.T) {
	c := run(t, terminal.Options{}, "--demo")
	s := c.until("the samples", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "■ demo") && functions(s) > 50
	})
	assert.Contains(t, s.Line(0), "[read-only]")
	c.filter("charge-card")
	c.press("enter")
	c.see("Declared by")
	c.press("y")
	c.see("# seed/openfaas/charge-card.yaml:", "kind: Function")
	c.command("secrets")
	c.see("READERS", "charge-card-psp")
	c.command("policies")
	c.see("(no policy)", "default-deny")
	c.command("secrets.v1 charge-card-psp")
	c.see("LINE", "charge-card-psp")
	c.press("y")
	c.see("kind: Secret", "<hidden>")
	c.quit()
}

// A file that cannot be read is told with its line; the rest is shown.
func TestManifestsInTheConsole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "function.yaml")
	require.NoError(t, os.WriteFile(path, []byte("apiVersion: openfaas.com/v1\nkind: Function\nmetadata: {name: resize, namespace: media}\n"+
		"spec: {name: resize, image: example/resize}\n---\nkind: [\n"), 0o600))
	c := run(t, terminal.Options{}, "-f", dir)
	c.until("the function", func(s *terminal.Screen) bool {
		return strings.Contains(s.Line(0), "■ files") && functions(s) == 1 && s.Contains("resize")
	})
	c.press("!")
	c.see("function.yaml:6")
	c.quit()
}

func TestManifestsThatAreNotThere(t *testing.T) {
	for _, args := range [][]string{{"-f", "/does/not/exist"}, {"--demo", "-f", "."}} {
		c := run(t, terminal.Options{}, args...)
		exit, err := c.Wait(patience)
		require.NoError(t, err)
		assert.Equal(t, 2, exit.Code)
		assert.Contains(t, c.Screen().Line(0), "fn9s: ")
	}
}
