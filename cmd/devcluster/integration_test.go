package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fn9s/fn9s/cmd/devcluster/cluster"
)

// tool is the built program, because a cluster's own background processes are this program again.
type tool struct {
	t       *testing.T
	program string
	name    string
}

func newTool(t *testing.T) tool {
	t.Helper()
	if os.Getenv("FN9S_TEST_DEVCLUSTER") != "1" {
		t.Skip("set FN9S_TEST_DEVCLUSTER=1 to start a real cluster")
	}
	program := filepath.Join(t.TempDir(), "devcluster")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	made := tool{t, program, fmt.Sprintf("test-%d", os.Getpid())}
	t.Cleanup(func() { made.run("down") })
	return made
}

func (d tool) try(args ...string) (string, error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // the first up may build the components
	defer cancel()
	command := exec.CommandContext(ctx, d.program, append(args, "--name", d.name)...)
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

func (d tool) run(args ...string) string {
	d.t.Helper()
	out, err := d.try(args...)
	require.NoError(d.t, err, "%v: %s", args, out)
	return out
}

func (d tool) kubectl(operator string, args ...string) (string, error) {
	d.t.Helper()
	program := strings.TrimSpace(d.run("kubectl-path"))
	config := strings.TrimSpace(d.run("kubeconfig", "--operator", operator))
	out, err := exec.Command(program, append([]string{"--kubeconfig", config}, args...)...).CombinedOutput()
	return string(out), err
}

func (d tool) state() cluster.State {
	d.t.Helper()
	c, err := cluster.Open(d.name)
	require.NoError(d.t, err)
	state, err := c.Load()
	require.NoError(d.t, err)
	return *state
}

func (d tool) eventually(what string, condition func() bool) {
	d.t.Helper()
	require.Eventually(d.t, condition, 90*time.Second, 200*time.Millisecond, what)
}

func TestACluster(t *testing.T) {
	d := newTool(t)
	assert.Contains(t, d.run("up"), "is up at https://127.0.0.1:")
	first := d.state()
	assert.Contains(t, d.run("up"), "is running")
	assert.Equal(t, first.Processes, d.state().Processes, "a second up starts nothing")

	d.run("seed")
	assert.Contains(t, d.run("seed", "--if-changed"), "already in the cluster")
	assert.Contains(t, d.run("status"), "kube-apiserver")

	t.Run("operators", d.operators)
	t.Run("pods", d.pods)
	t.Run("stand-ins", d.standIns)
	t.Run("API server stops and starts", func(t *testing.T) {
		d.run("stop-apiserver")
		out, err := d.try("status")
		assert.Error(t, err)
		assert.Contains(t, out, "not running")
		d.run("start-apiserver")
		d.run("status")
	})
	t.Run("load", func(t *testing.T) {
		d.run("load", "--functions", "30", "--namespaces", "3", "--wait")
		assert.Contains(t, d.run("churn", "--rate", "40", "--duration", "2s"), "0 failed")
		d.run("load", "--functions", "0", "--namespaces", "3")
	})
	t.Run("up repairs", func(t *testing.T) {
		broken := d.state()
		process, err := os.FindProcess(broken.Processes["kwok"].PID)
		require.NoError(t, err)
		require.NoError(t, process.Kill())
		d.run("up")
		after := d.state()
		assert.NotEqual(t, broken.Processes["kwok"].PID, after.Processes["kwok"].PID)
		assert.Equal(t, broken.Processes["etcd"], after.Processes["etcd"], "what works is left alone")
	})
	t.Run("down keeps data on request", func(t *testing.T) {
		d.run("down", "--keep-data")
		d.run("up")
		out, err := d.kubectl("admin", "get", "namespace", "payments", "-o", "name")
		require.NoError(t, err, out)
		d.run("down")
		_, err = d.try("status")
		assert.Error(t, err)
	})
}

func (d tool) operators(t *testing.T) {
	for _, tt := range []struct {
		operator string
		args     []string
		allowed  bool
	}{
		{"admin", []string{"get", "namespaces"}, true},
		{"two-namespaces", []string{"get", "namespaces"}, false},
		{"two-namespaces", []string{"get", "pods", "-n", "payments"}, true},
		{"two-namespaces", []string{"get", "pods", "-n", "media"}, false},
		{"two-namespaces", []string{"get", "deployments", "-A"}, false},
		{"readonly", []string{"get", "pods", "-A"}, true},
		{"readonly", []string{"get", "nodes"}, true},
		{"readonly", []string{"get", "secrets", "-n", "payments"}, false},
		{"readonly", []string{"delete", "pods", "--all", "-n", "payments", "--dry-run=server"}, false},
	} {
		out, err := d.kubectl(tt.operator, tt.args...)
		assert.Equal(t, tt.allowed, err == nil, "%s: %v: %s", tt.operator, tt.args, out)
	}
}

func (d tool) pods(t *testing.T) {
	d.eventually("a pod runs with the fields that clients rely on", func() bool {
		out, err := d.kubectl("admin", "get", "pods", "-n", "ingress-nginx", "-o", "json")
		var list struct {
			Items []struct {
				Status struct {
					HostIP            string
					PodIPs            []any
					ContainerStatuses []struct{ ContainerID string }
				}
			}
		}
		if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list.Items) == 0 {
			return false
		}
		status := list.Items[0].Status
		return status.HostIP != "" && len(status.PodIPs) == 1 && len(status.ContainerStatuses) > 0 && status.ContainerStatuses[0].ContainerID != ""
	})
	d.eventually("a pod has logs", func() bool {
		out, err := d.kubectl("admin", "logs", "-n", "ingress-nginx", "deploy/ingress-nginx-controller", "--tail=1")
		return err == nil && strings.TrimSpace(out) != ""
	})
	d.eventually("pods have usage", func() bool {
		out, err := d.kubectl("admin", "top", "pods", "-n", "ingress-nginx", "--no-headers")
		return err == nil && strings.Contains(out, "ingress-nginx-controller")
	})
}

func (d tool) standIns(t *testing.T) {
	state := d.state()
	response, err := http.Get(state.REST["fn"] + "/v2/apps")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
	response, err = http.Get(state.REST["openwhisk"] + "/api/v1")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}
