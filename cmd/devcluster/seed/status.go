package seed

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
)

// controlled are the kinds whose status controllers of the test cluster write themselves.
var controlled = map[string]bool{
	"apps/Deployment": true, "apps/StatefulSet": true, "apps/DaemonSet": true, "apps/ReplicaSet": true, "batch/CronJob": true, "batch/Job": true,
	"autoscaling/HorizontalPodAutoscaler": true, "policy/PodDisruptionBudget": true, "/Namespace": true, "/ResourceQuota": true,
	"apiextensions.k8s.io/CustomResourceDefinition": true,
}

// separateStatus returns the bodies of the two requests that an object takes: without status, and with nothing but status (nil if there is none to apply).
func separateStatus(o *Object, hasSubresource bool) (body, status []byte) {
	main := map[string]any{}
	for key, value := range o.Body {
		main[key] = value
	}
	written, present := main["status"]
	if hasSubresource {
		delete(main, "status")
	}
	body = encode(main)
	if !present || !hasSubresource || controlled[group(o.APIVersion())+"/"+o.Kind()] {
		return body, nil
	}
	metadata := map[string]any{"name": o.Name()}
	if o.Namespace() != "" {
		metadata["namespace"] = o.Namespace()
	}
	return body, encode(map[string]any{"apiVersion": o.APIVersion(), "kind": o.Kind(), "metadata": metadata, "status": written})
}

func encode(body map[string]any) []byte {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // it came from JSON
	}
	return data
}

// passing reports whether an error goes away by itself: an account, a quota or a definition that is being made, a conflict, a server that is busy.
func passing(err error) bool {
	var refused *apiclient.StatusError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case http.StatusConflict, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusForbidden:
		return strings.Contains(refused.Message, "serviceaccount") || strings.Contains(refused.Message, "status unknown for quota") ||
			strings.Contains(refused.Message, "being terminated")
	case http.StatusNotFound:
		return strings.Contains(refused.Message, "could not find the requested resource")
	}
	return portTaken(err)
}

func portTaken(err error) bool {
	var refused *apiclient.StatusError
	return errors.As(err, &refused) && refused.Code == http.StatusUnprocessableEntity && strings.Contains(refused.Message, "provided port is already allocated")
}

// withoutNodePorts is a Service that names no node port, and whether it named any.
func withoutNodePorts(body []byte) (free []byte, named bool) {
	var service map[string]any
	if err := json.Unmarshal(body, &service); err != nil {
		return nil, false
	}
	spec, _ := service["spec"].(map[string]any)
	ports, _ := spec["ports"].([]any)
	for _, entry := range ports {
		port, _ := entry.(map[string]any)
		if port["nodePort"] != nil {
			delete(port, "nodePort")
			named = true
		}
	}
	return encode(service), named
}

func immutable(err error) bool {
	var refused *apiclient.StatusError
	if !errors.As(err, &refused) || refused.Code != http.StatusUnprocessableEntity {
		return false
	}
	for _, words := range []string{"immutable", "may not change fields", "may not be changed", "updates to statefulset spec", "pod updates may not", "cannot change roleRef", "cannot be changed"} {
		if strings.Contains(refused.Message, words) {
			return true
		}
	}
	return false
}

// prune deletes what was seeded before and is no longer in the files. Namespaces stay: others may use them.
func (s *Seeder) prune(ctx context.Context, before []string, now map[string]bool) int {
	removed := 0
	for _, key := range before {
		parts := strings.Split(key, "|")
		if now[key] || len(parts) != 4 || parts[1] == "Namespace" {
			continue
		}
		resource, ok := s.kinds[parts[0]+"/"+parts[1]]
		if !ok {
			continue
		}
		_, err := s.client.Do(ctx, http.MethodDelete, resource.Path(parts[2], parts[3])+"?propagationPolicy=Background", "", nil)
		if err == nil {
			removed++
		}
	}
	return removed
}
