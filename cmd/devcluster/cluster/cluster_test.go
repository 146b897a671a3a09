package cluster

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func open(t *testing.T) *Cluster {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	c, err := Open("unit")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(c.Dir, 0o700))
	return c
}

func TestNamesAreSafeForFoldersAndContexts(t *testing.T) {
	for name, ok := range map[string]bool{"fn9s": true, "a-1": true, "": false, "../x": false, "A": false, "-a": false, strings.Repeat("a", 40): false} {
		_, err := Open(name)
		assert.Equal(t, ok, err == nil, name)
	}
}

func TestAnAbsentClusterSaysHowToStartIt(t *testing.T) {
	_, err := open(t).Load()
	assert.ErrorIs(t, err, ErrAbsent)
	assert.ErrorContains(t, err, "devcluster up --name unit")
}

func TestTheStateIsReadAsItWasWritten(t *testing.T) {
	c := open(t)
	state := &State{Name: "unit", Server: "https://127.0.0.1:1", Processes: map[string]Process{"etcd": {PID: 7, Config: "x"}}, Seeded: []string{"a"}}
	require.NoError(t, c.Save(state))
	read, err := c.Load()
	require.NoError(t, err)
	assert.Equal(t, state, read)
}

func TestPortsAreAvoidedWhenSomeoneListens(t *testing.T) {
	first, err := choosePorts("unit")
	require.NoError(t, err)
	listener, err := net.Listen("tcp", address(first.Scheduler))
	require.NoError(t, err)
	defer listener.Close()
	second, err := choosePorts("unit")
	require.NoError(t, err)
	assert.NotEqual(t, first.APIServer, second.APIServer)
	seen := map[int]bool{}
	for _, port := range second.all() {
		assert.False(t, seen[port])
		seen[port] = true
	}
}

func TestIdentitiesAreSignedAndStay(t *testing.T) {
	c := open(t)
	require.NoError(t, c.ensureKeys())
	before, err := os.ReadFile(c.certPath("two-namespaces"))
	require.NoError(t, err)
	require.NoError(t, c.ensureKeys())
	after, err := os.ReadFile(c.certPath("two-namespaces"))
	require.NoError(t, err)
	assert.Equal(t, before, after, "a second up keeps the identities")

	authority, err := os.ReadFile(c.certPath("ca"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authority))
	der, err := readPEM(c.certPath("two-namespaces"))
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	_, err = cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	assert.NoError(t, err)
	assert.Equal(t, UserTwoNamespaces, cert.Subject.CommonName)
	info, err := os.Stat(c.keyPath("two-namespaces"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestEachOperatorHasAKubeconfig(t *testing.T) {
	c := open(t)
	require.NoError(t, c.ensureKeys())
	state := &State{Server: "https://127.0.0.1:1", Ports: block(20000)}
	require.NoError(t, c.writeKubeconfigs(state))
	require.NoError(t, c.writeConnectors(state))
	contexts := map[string][]string{}
	for name, path := range state.Kubeconfigs {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var config struct {
			Contexts []struct {
				Name    string
				Context struct{ Namespace string }
			}
		}
		require.NoError(t, yaml.Unmarshal(data, &config))
		for _, entry := range config.Contexts {
			contexts[name] = append(contexts[name], entry.Name+"|"+entry.Context.Namespace)
		}
	}
	assert.Equal(t, map[string][]string{
		"admin":          {"unit|", "unit-no-connectors|"},
		"two-namespaces": {"unit-payments|payments", "unit-checkout|checkout"},
		"readonly":       {"unit-readonly|"},
	}, contexts)
	connectors, err := os.ReadFile(state.Connectors)
	require.NoError(t, err)
	assert.Contains(t, string(connectors), "url: http://127.0.0.1:20007")
	assert.Contains(t, string(connectors), "authSecret: openwhisk/owdev-whisk.auth#guest")
}

func TestEverythingListensOnLoopbackOnly(t *testing.T) {
	c := open(t)
	for name, p := range c.parts(&State{Server: "https://127.0.0.1:1", Ports: block(20000)}, nil) {
		for _, arg := range p.args {
			assert.NotContains(t, arg, "0.0.0.0", name)
			flag, value, _ := strings.Cut(arg, "=")
			switch flag {
			case "--bind-address":
				assert.Equal(t, "127.0.0.1", value, name)
			case "--listen-client-urls", "--listen-peer-urls", "--server-address":
				assert.Contains(t, value, "127.0.0.1:", name)
			}
		}
		assert.Contains(t, strings.Join(p.args, " "), c.Dir+"/", "%s must be recognised as a process of this cluster", name)
	}
}

func TestAStrangersProcessIsNotOurs(t *testing.T) {
	c := open(t)
	assert.False(t, c.alive(Process{PID: os.Getpid()}), "the number was given to another process")
	assert.False(t, c.alive(Process{}))
}

func TestPartsAreStartedAndStopped(t *testing.T) {
	c := open(t)
	require.NoError(t, os.MkdirAll(c.Path("logs"), 0o700))
	sleep, err := exec.LookPath("sh")
	require.NoError(t, err)
	process, err := c.start(part{name: "sleeper", program: sleep, args: []string{"-c", "echo begun; read x < " + fifo(t, c)}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, waitFor(ctx, 5*time.Millisecond, func() bool { return c.alive(process) && c.logTail("sleeper") == "begun" }))
	require.NoError(t, c.stop(ctx, process, time.Second))
	assert.False(t, c.alive(process))
	assert.NoError(t, c.stop(ctx, process, time.Second), "stopping twice is fine")
}

// fifo makes the process wait without a clock, with the cluster's folder in its command line.
func fifo(t *testing.T, c *Cluster) string {
	t.Helper()
	name := filepath.Join(c.Dir, "fifo")
	require.NoError(t, exec.Command("mkfifo", name).Run())
	return name
}

func TestAPartThatEndsIsReportedWithItsLog(t *testing.T) {
	c := open(t)
	require.NoError(t, os.MkdirAll(c.Path("logs"), 0o700))
	p := part{name: "broken", program: "/bin/sh", args: []string{"-c", "echo the reason >&2; exit 3; : " + c.Dir + "/"}, probe: func(context.Context) error { return context.DeadlineExceeded }}
	state := &State{Name: "unit", Processes: map[string]Process{}}
	require.NoError(t, c.startPart(t.Context(), state, p))
	err := c.await(t.Context(), state, p)
	assert.ErrorContains(t, err, "broken ended at once")
	assert.ErrorContains(t, err, "the reason")
}
