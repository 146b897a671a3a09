package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/fn9s/fn9s/cmd/terminal"
	"github.com/fn9s/fn9s/kube/kubetest"
)

// changed writes the administrator's kubeconfig with a change.
func changed(t *testing.T, change func(*api.Config)) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubetest.Need(t).Admin)
	require.NoError(t, err)
	change(config)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, path))
	return path
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// What the console cannot start with ends it, before it takes the screen.
func TestWrongUseEndsWithAMessage(t *testing.T) {
	good := kubetest.Need(t).Admin
	for name, c := range map[string]struct {
		args []string
		say  []string
	}{
		"no such kubeconfig":    {[]string{"--kubeconfig", "/does/not/exist"}, []string{"/does/not/exist", "no such file"}},
		"kubeconfig is no YAML": {[]string{"--kubeconfig", file(t, "\tnot yaml: [")}, []string{"kubeconfig"}},
		"unknown context":       {[]string{"--kubeconfig", good, "--context", "nowhere"}, []string{`context "nowhere" is not in the kubeconfig`, "it has:"}},
		"unknown flag":          {[]string{"--frob"}, []string{"unknown flag: --frob"}},
		"unknown command":       {[]string{"frob"}, []string{`unknown command "frob"`}},
		"unknown theme":         {[]string{"--kubeconfig", good, "--theme", "pink"}, []string{`theme "pink"`, "default, mono"}},
		"namespace is no name":  {[]string{"--kubeconfig", good, "-n", "No/Name"}, []string{"No/Name"}},
		"escape in a context":   {[]string{"--kubeconfig", good, "--context", "a\x1b]0;owned\x07b"}, []string{"is not in the kubeconfig"}},
	} {
		t.Run(name, func(t *testing.T) {
			c1 := run(t, terminal.Options{}, c.args...)
			exit, err := c1.Wait(patience)
			require.NoError(t, err)
			assert.Equal(t, 2, exit.Code)
			s := c1.Screen()
			assert.False(t, s.Alt)
			assert.Empty(t, s.Title)
			assert.Zero(t, s.Bells)
			assert.Contains(t, s.Line(0), "fn9s: ")
			assert.True(t, s.Contains(c.say...), s.String())
		})
	}
}

func TestWithoutATerminal(t *testing.T) {
	good := kubetest.Need(t).Admin
	command := exec.Command(binary, "--kubeconfig", good)
	command.Env = environment(t.TempDir())
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	var exit *exec.ExitError
	require.ErrorAs(t, command.Run(), &exit)
	assert.Equal(t, 2, exit.ExitCode())
	assert.Contains(t, stderr.String(), "needs a terminal")
	assert.Contains(t, stderr.String(), "--snapshot")
	assert.Empty(t, out.String())

	c := run(t, terminal.Options{Env: []string{"TERM=dumb"}}, "--kubeconfig", good)
	end, err := c.Wait(patience)
	require.NoError(t, err)
	assert.Equal(t, 2, end.Code)
	assert.True(t, c.Screen().Contains("TERM=dumb", "--snapshot"))
}

// A cluster that does not answer is a state, not the end: the screen says why, and q still quits at once.
func TestAServerThatDoesNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		server string
		say    string
	}{
		"refuses":       {"https://127.0.0.1:1", "connection refused"},
		"has no name":   {"https://nowhere.invalid:6443", "nowhere.invalid"},
		"never answers": {"https://192.0.2.1:6443", "connecting"},
	} {
		t.Run(name, func(t *testing.T) {
			path := changed(t, func(k *api.Config) {
				for _, cluster := range k.Clusters {
					cluster.Server = c.server
				}
			})
			term := run(t, terminal.Options{}, "--kubeconfig", path, "-A")
			term.see(c.say, "connecting", "? help")
			pressed := time.Now()
			term.press("q")
			exit, err := term.Wait(patience)
			require.NoError(t, err)
			assert.Zero(t, exit.Code)
			assert.Less(t, exit.At.Sub(pressed), time.Second)
		})
	}
}

func TestCredentialsThatAreNotAccepted(t *testing.T) {
	path := changed(t, func(k *api.Config) {
		for _, user := range k.AuthInfos {
			*user = api.AuthInfo{Token: "expired-long-ago"}
		}
	})
	c := run(t, terminal.Options{}, "--kubeconfig", path, "-A")
	s := c.see("login needed")
	assert.False(t, s.Contains("expired-long-ago"), "a token is never on the screen")
	c.quit()

	command := exec.Command(binary, "list", "-A", "--kubeconfig", path)
	command.Env = environment(t.TempDir())
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%s", out)
	assert.Equal(t, 4, exit.ExitCode())
	assert.NotContains(t, string(out), "expired-long-ago")
}
