package knative

import (
	"maps"

	"github.com/fn9s/fn9s/kube/plan"
)

// Foresee makes the Deployment of the first Revision of a Knative Service, with the sidecar that Serving adds, and says in
// the Service's status that this Revision serves.
func (adapter) Foresee(draft []map[string]any, _ plan.Surroundings) []map[string]any {
	var all []map[string]any
	for _, o := range draft {
		if o["kind"] == "Service" && o["apiVersion"] == servingGroup+"/v1" {
			all = append(all, foreseen(o)...)
		}
	}
	return all
}

func part(o map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		o, _ = o[k].(map[string]any)
	}
	return o
}

func foreseen(service map[string]any) []map[string]any {
	meta, template := part(service, "metadata"), part(service, "spec", "template")
	name, _ := meta["name"].(string)
	ns, _ := meta["namespace"].(string)
	revision, _ := part(template, "metadata")["name"].(string)
	if revision == "" {
		revision = name + "-00001"
	}
	labels := map[string]any{"app": revision}
	maps.Copy(labels, part(template, "metadata", "labels"))
	maps.Copy(labels, map[string]any{labelService: name, labelConfiguration: name, labelRevision: revision})
	notes := map[string]any{}
	maps.Copy(notes, part(template, "metadata", "annotations"))
	notes["kubectl.kubernetes.io/default-container"] = userContainer
	pod := map[string]any{}
	maps.Copy(pod, part(template, "spec"))
	for _, own := range []string{"containerConcurrency", "timeoutSeconds", "responseStartTimeoutSeconds", "idleTimeoutSeconds"} {
		delete(pod, own)
	}
	pod["containers"] = foreseenContainers(pod["containers"], notes, name, revision)
	owner := map[string]any{"apiVersion": servingGroup + "/v1", "kind": "Revision", "name": revision, "controller": true}
	deployment := map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": revision + "-deployment", "namespace": ns, "labels": labels, "ownerReferences": []any{owner}},
		"spec": map[string]any{
			"replicas": int64(1), "selector": map[string]any{"matchLabels": map[string]any{labelRevision: revision}},
			"template": map[string]any{"metadata": map[string]any{"labels": maps.Clone(labels), "annotations": notes}, "spec": pod},
		},
	}
	seen := maps.Clone(service)
	seen["status"] = map[string]any{
		"latestCreatedRevisionName": revision, "latestReadyRevisionName": revision,
		"traffic": []any{map[string]any{"revisionName": revision, "percent": int64(100), "latestRevision": true}},
	}
	return []map[string]any{seen, deployment}
}

// foreseenContainers are those of the template, one of which is the function's, and the sidecar, which is restricted by
// itself.
func foreseenContainers(of any, notes map[string]any, service, revision string) []any {
	list, _ := of.([]any)
	var all []any
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		c := maps.Clone(m)
		if given, ok := c["name"].(string); !ok || given == "" {
			c["name"] = userContainer
		} else if len(list) == 1 || c["ports"] != nil {
			notes["kubectl.kubernetes.io/default-container"] = given
		}
		env, _ := c["env"].([]any)
		own := append([]any{}, env...)
		for _, v := range [][2]string{{"K_REVISION", revision}, {"K_CONFIGURATION", service}, {"K_SERVICE", service}} {
			own = append(own, map[string]any{"name": v[0], "value": v[1]})
		}
		c["env"] = own
		if ports, _ := c["ports"].([]any); len(ports) == 0 && len(list) == 1 {
			c["ports"] = []any{map[string]any{"name": "user-port", "containerPort": int64(8080), "protocol": "TCP"}}
		}
		all = append(all, c)
	}
	return append(all, map[string]any{
		"name": "queue-proxy", "image": "gcr.io/knative-releases/knative.dev/serving/cmd/queue",
		"resources": map[string]any{"requests": map[string]any{"cpu": "25m"}},
		"ports":     []any{map[string]any{"name": "queue-port", "containerPort": int64(8012)}},
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}}, "readOnlyRootFilesystem": true,
			"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
	})
}
