package kubelettest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// API writes to an API server as an administrator.
type API struct {
	HTTP   *http.Client
	Server string
}

// Send sends an object, and returns what is answered.
func (a API) Send(ctx context.Context, method, path, contentType string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, a.Server+path, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := a.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err == nil && answer.StatusCode > 299 {
		err = fmt.Errorf("%s: %.300s", answer.Status, text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return text, nil
}

type object = map[string]any

// Node is a node whose kubelet listens on a port of this machine. It comes with its status, as a kubelet's own does: whoever
// simulates the other nodes leaves one alone that is ready.
func Node(name string, port int) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	return object{
		"apiVersion": "v1", "kind": "Node", "metadata": object{"name": name, "labels": object{"kubernetes.io/hostname": name}},
		"spec": object{"taints": []any{object{"key": "fn9s.io/test", "value": "logs", "effect": "NoSchedule"}}},
		"status": object{
			"phase":           "Running",
			"addresses":       []any{object{"type": "InternalDNS", "address": "localhost"}, object{"type": "InternalIP", "address": "127.0.0.1"}},
			"daemonEndpoints": object{"kubeletEndpoint": object{"Port": port}},
			"conditions": []any{object{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "in its place",
				"lastHeartbeatTime": now, "lastTransitionTime": now}},
		},
	}
}

// Register makes such a node.
func Register(ctx context.Context, a API, node string, port int) error {
	_, err := a.Send(ctx, http.MethodPost, "/api/v1/nodes", "application/json", Node(node, port))
	return err
}

// Pod makes a pod on a node, with its containers.
func Pod(ctx context.Context, a API, node, namespace, name string, labels map[string]string, containers ...string) error {
	var list []any
	for _, c := range containers {
		list = append(list, object{"name": c, "image": "registry.example.com/logs:1"})
	}
	_, err := a.Send(ctx, http.MethodPost, "/api/v1/namespaces/"+namespace+"/pods", "application/json", object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name, "labels": labels},
		"spec": object{"nodeName": node, "containers": list, "automountServiceAccountToken": false, "terminationGracePeriodSeconds": 0,
			"tolerations": []any{object{"operator": "Exists"}}},
	})
	return err
}

// Unregister removes what Register made.
func Unregister(ctx context.Context, a API, node string) error {
	_, err := a.Send(ctx, http.MethodDelete, "/api/v1/nodes/"+node, "application/json", object{})
	return err
}
