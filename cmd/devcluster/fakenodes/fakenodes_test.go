package fakenodes

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

type object = map[string]any

func documents(t *testing.T, o Options) []object {
	t.Helper()
	config, err := Config(o)
	require.NoError(t, err)
	var found []object
	for _, text := range strings.Split(string(config), "\n---\n") {
		parsed := object{}
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), &parsed), text)
		found = append(found, parsed)
	}
	return found
}

func named(t *testing.T, docs []object, kind, name string) object {
	t.Helper()
	for _, doc := range docs {
		if doc["kind"] == kind && doc["metadata"].(object)["name"] == name {
			return doc
		}
	}
	require.Failf(t, "not in the configuration", "%s %s", kind, name)
	return nil
}

// render plays KWOK: it fills a stage's template, with stand-ins for the functions that KWOK and sprig provide.
func render(t *testing.T, stage object, subject object) object {
	t.Helper()
	text := stage["spec"].(object)["next"].(object)["statusTemplate"].(string)
	quote := func(v any) string { data, _ := json.Marshal(fmt.Sprint(v)); return string(data) }
	functions := template.FuncMap{
		"Quote": quote, "Now": func() string { return "2026-08-01T08:00:00Z" }, "NodePort": func() int { return 10250 },
		"NodeIPsWith": func(string) []string { return []string{"10.20.0.11"} },
		"PodIPsWith":  func(...any) []string { return []string{"10.244.0.7"} },
		"NodeConditions": func() []object {
			return []object{{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready"}}
		},
		"YAML":      func(v any, _ ...int) (string, error) { data, err := json.Marshal(v); return " " + string(data), err },
		"sha256sum": func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) },
		"regexReplaceAll": func(expression, text, by string) string {
			return regexp.MustCompile(expression).ReplaceAllString(text, by)
		},
		"contains": func(part, text string) bool { return strings.Contains(text, part) },
		"list":     func(values ...any) []any { return values },
		"dict":     func() object { return object{} },
		"trunc":    func(n int, text string) string { return text[:min(n, len(text))] },
	}
	parsed, err := template.New("status").Funcs(functions).Parse(text)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, parsed.Execute(&out, subject))
	status := object{}
	require.NoError(t, yaml.Unmarshal(out.Bytes(), &status), out.String())
	return status
}

func pod(containers ...string) object {
	var list []any
	var statuses []any
	for n, image := range containers {
		list = append(list, object{"name": fmt.Sprintf("c%d", n), "image": image})
		statuses = append(statuses, object{"containerID": "containerd://1", "imageID": "i"})
	}
	return object{
		"metadata": object{"uid": "u-1", "name": "p", "namespace": "ns", "creationTimestamp": "2026-08-01T07:00:00Z"},
		"spec": object{"nodeName": "n", "containers": list, "readinessGates": []any{object{"conditionType": "gate"}}, "hostNetwork": false,
			"initContainers": []any{object{"name": "init", "image": "busybox:1"}, object{"name": "side", "image": "proxy:1", "restartPolicy": "Always"}}},
		"status": object{"containerStatuses": statuses},
	}
}

func TestReadyPodsCarryTheFieldsThatClientsWaitFor(t *testing.T) {
	docs := documents(t, Options{Logs: "/logs", ForwardPort: 8080})
	status := render(t, named(t, docs, "Stage", "pod-ready"), pod("registry:5000/a/b:1.0", "c@sha256:aa"))

	assert.Equal(t, "Running", status["phase"])
	assert.Equal(t, "10.20.0.11", status["hostIP"])
	assert.Equal(t, []any{object{"ip": "10.244.0.7"}}, status["podIPs"])
	containers := status["containerStatuses"].([]any)
	require.Len(t, containers, 2)
	first, second := containers[0].(object), containers[1].(object)
	assert.Regexp(t, `^containerd://[0-9a-f]{64}$`, first["containerID"])
	assert.NotEqual(t, first["containerID"], second["containerID"])
	assert.Regexp(t, `^registry:5000/a/b@sha256:[0-9a-f]{64}$`, first["imageID"])
	assert.Equal(t, "c@sha256:aa", second["imageID"])
	assert.Equal(t, true, first["started"])
	sidecar := status["initContainerStatuses"].([]any)[1].(object)
	assert.Contains(t, sidecar["state"], "running")
}

func TestFailingPodsShowTheirFailure(t *testing.T) {
	docs := documents(t, Options{Logs: "/logs", ForwardPort: 8080})
	for _, tt := range []struct {
		stage, phase, reason, message string
		restarts                      float64
	}{
		{"pod-crash-loop", "Running", "CrashLoopBackOff", "restarting failed container=c0", 7},
		{"pod-image-pull", "Pending", "ImagePullBackOff", `Back-off pulling image "a:1"`, 0},
		{"pod-creating", "Pending", "ContainerCreating", "", 0},
	} {
		t.Run(tt.stage, func(t *testing.T) {
			status := render(t, named(t, docs, "Stage", tt.stage), pod("a:1"))
			container := status["containerStatuses"].([]any)[0].(object)
			waiting := container["state"].(object)["waiting"].(object)
			assert.Equal(t, tt.phase, status["phase"])
			assert.Equal(t, tt.reason, waiting["reason"])
			assert.Contains(t, waiting["message"], tt.message)
			assert.Equal(t, tt.restarts, container["restartCount"])
			assert.Equal(t, false, container["ready"])
		})
	}
}

func TestPodsThatFailAreNotMadeReady(t *testing.T) {
	docs := documents(t, Options{Logs: "/logs", ForwardPort: 8080})
	ready := named(t, docs, "Stage", "pod-ready")["spec"].(object)["selector"].(object)["matchExpressions"]
	assert.Contains(t, ready, object{"key": `.metadata.annotations["seed.fn9s.io/fail"]`, "operator": "DoesNotExist"})
}

func TestCompletedPodsKeepTheirContainer(t *testing.T) {
	docs := documents(t, Options{Logs: "/logs", ForwardPort: 8080})
	status := render(t, named(t, docs, "Stage", "pod-complete"), pod("a:1"))
	assert.Equal(t, "Succeeded", status["phase"])
	assert.Equal(t, "containerd://1", status["containerStatuses"].([]any)[0].(object)["containerID"])
}

func TestNodesAreReachedByAnAddressOfTheirOwn(t *testing.T) {
	docs := documents(t, Options{Logs: "/logs", ForwardPort: 8080})
	node := object{"metadata": object{"name": "n", "uid": "u", "annotations": object{"seed.fn9s.io/address": "10.20.0.11"}}, "status": object{}}
	status := render(t, named(t, docs, "Stage", "node-initialize"), node)
	assert.Contains(t, status["addresses"], object{"type": "InternalIP", "address": "10.20.0.11"})
	assert.Contains(t, status["addresses"], object{"type": "InternalDNS", "address": "localhost"})
	assert.Equal(t, float64(10250), status["daemonEndpoints"].(object)["kubeletEndpoint"].(object)["Port"])
	assert.NotEmpty(t, status["capacity"].(object)["pods"])

	named(t, docs, "Stage", "node-heartbeat")
}

func TestCommandsRunOnThisMachineOnlyOnRequest(t *testing.T) {
	for _, exec := range []bool{false, true} {
		kinds := map[any]bool{}
		for _, doc := range documents(t, Options{Logs: "/logs", ForwardPort: 8080, Exec: exec}) {
			kinds[doc["kind"]] = true
		}
		assert.Equal(t, exec, kinds["ClusterExec"])
		assert.True(t, kinds["ClusterPortForward"])
	}
}

func TestEveryNamespaceHasALogFileAndTheRestTheLast(t *testing.T) {
	docs := documents(t, Options{Logs: "/a b/it's", ForwardPort: 8080})
	for n, file := range LogFiles {
		logs := named(t, docs, "ClusterLogs", file.Name)["spec"].(object)
		assert.Equal(t, "/a b/it's/"+file.Name, logs["logs"].([]any)[0].(object)["logsFile"])
		_, selects := logs["selector"]
		assert.Equal(t, n < len(LogFiles)-1, selects, "only the last file is for all: %s", file.Name)
	}
}
