// Package load fills a cluster with many functions and keeps changing them.
// Rule: what it makes is told by a function's number alone, so that a second run finds the first one's objects.
package load

import (
	"encoding/json"
	"fmt"
)

// Label marks every object of the load.
const Label = "devcluster.fn9s.io/load"

type object = map[string]any

// function is one function of the load.
type function struct {
	number    int
	namespace string
}

var words = []string{"charge", "refund", "resize", "notify", "score", "export", "import", "index", "render", "verify"}

func (f function) name() string {
	return fmt.Sprintf("%s-%05d", words[f.number/10%len(words)], f.number)
}

// kind spreads the frameworks as a mixed cluster has them: four of ten OpenFaaS, two each Knative, plain and Nuclio.
func (f function) kind() string {
	return [10]string{"openfaas", "openfaas", "openfaas", "openfaas", "knative", "knative", "plain", "plain", "nuclio", "nuclio"}[f.number%10]
}

// idle functions are scaled to zero: every tenth, spread over all frameworks.
func (f function) idle() bool { return f.number%11 == 5 }

func (f function) replicas() int {
	if f.idle() {
		return 0
	}
	return 1
}

func (f function) image() string {
	return fmt.Sprintf("registry.example.com/load/%s:1.%d.%d", words[f.number/10%len(words)], f.number%7, f.number%13)
}

// request is one object to create. Those with owned get the uid of the function's first object as owner.
type request struct {
	apiVersion, kind, plural string
	body                     object
	status                   object // for the status subresource
	owned                    bool
}

func (r request) path(namespace string) string {
	root := "/apis/" + r.apiVersion
	if r.apiVersion == "v1" {
		root = "/api/v1"
	}
	return root + "/namespaces/" + namespace + "/" + r.plural
}

// requests are the objects of a function, its owner first.
func (f function) requests() []request {
	switch f.kind() {
	case "openfaas":
		return f.openFaaS()
	case "knative":
		return f.knative()
	case "nuclio":
		return f.nuclio()
	}
	labels := object{"app.kubernetes.io/name": f.name(), "fn9s.io/function": f.name()}
	return []request{f.deployment(f.name(), labels, nil), f.service(f.name(), labels)}
}

func (f function) meta(name string, labels object) object {
	all := object{Label: "true"}
	for key, value := range labels {
		all[key] = value
	}
	return object{"name": name, "namespace": f.namespace, "labels": all}
}

func (f function) openFaaS() []request {
	labels := object{"faas_function": f.name(), "app": f.name(), "controller": f.name()}
	requests := []request{{apiVersion: "openfaas.com/v1", kind: "Function", plural: "functions",
		body: object{"metadata": f.meta(f.name(), nil), "spec": object{
			"name": f.name(), "image": f.image(), "labels": object{"com.openfaas.scale.min": "1", "com.openfaas.scale.zero": "true"},
			"environment": object{"log_level": "info"}, "limits": object{"memory": "128Mi"}}},
		status: object{"replicas": f.replicas(), "availableReplicas": f.replicas(), "observedGeneration": 1, "conditions": conditions("Ready", "Healthy")},
	}, f.deployment(f.name(), labels, nil), f.service(f.name(), labels)}
	if f.number%2 == 0 {
		requests = append(requests, request{apiVersion: "v1", kind: "Secret", plural: "secrets",
			body: object{"metadata": f.meta(f.name()+"-key", nil), "type": "Opaque", "stringData": object{"api-key": "example-key"}}})
	}
	return requests
}

func (f function) knative() []request {
	revision := f.name() + "-00001"
	labels := object{"serving.knative.dev/service": f.name(), "serving.knative.dev/configuration": f.name(), "serving.knative.dev/revision": revision}
	container := object{"name": "user-container", "image": f.image()}
	url := "http://" + f.name() + "." + f.namespace + ".svc.cluster.local"
	return []request{
		{apiVersion: "serving.knative.dev/v1", kind: "Service", plural: "services",
			body: object{"metadata": f.meta(f.name(), nil), "spec": object{"template": object{"spec": object{"containers": []any{container}}}}},
			status: object{"observedGeneration": 1, "url": url, "latestReadyRevisionName": revision, "latestCreatedRevisionName": revision,
				"conditions": conditions("Ready", "ConfigurationsReady", "RoutesReady"),
				"traffic":    []any{object{"revisionName": revision, "percent": 100, "latestRevision": true}}}},
		{apiVersion: "serving.knative.dev/v1", kind: "Revision", plural: "revisions", owned: true,
			body:   object{"metadata": f.meta(revision, object{"serving.knative.dev/service": f.name(), "serving.knative.dev/configuration": f.name()}), "spec": object{"containers": []any{container}}},
			status: object{"observedGeneration": 1, "conditions": conditions("Ready", "ResourcesAvailable", "ContainerHealthy")}},
		f.deployment(revision+"-deployment", labels, nil),
	}
}

func (f function) nuclio() []request {
	labels := object{"nuclio.io/function-name": f.name(), "nuclio.io/class": "function", "nuclio.io/app": "functionres", "nuclio.io/project-name": "default"}
	state := "ready"
	if f.idle() {
		state = "scaledToZero"
	}
	return []request{
		{apiVersion: "nuclio.io/v1beta1", kind: "NuclioFunction", plural: "nucliofunctions",
			body: object{"metadata": f.meta(f.name(), object{"nuclio.io/project-name": "default"}),
				"spec":   object{"handler": "main:handler", "runtime": "python:3.11", "image": f.image(), "minReplicas": f.replicas(), "maxReplicas": 4},
				"status": object{"state": state, "containerImage": f.image()}}}, // no status subresource upstream
		f.deployment("nuclio-"+f.name(), labels, object{"nuclio.io/controller-version": "1.14.1"}), f.service("nuclio-"+f.name(), labels),
	}
}

func (f function) deployment(name string, labels, annotations object) request {
	metadata := f.meta(name, labels)
	if annotations != nil {
		metadata["annotations"] = annotations
	}
	return request{apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", owned: f.kind() != "plain" && f.kind() != "nuclio", body: object{
		"metadata": metadata,
		"spec": object{
			"replicas": f.replicas(), "revisionHistoryLimit": 1, "selector": object{"matchLabels": labels},
			"template": object{
				"metadata": object{"labels": labels, "annotations": object{
					"seed.fn9s.io/usage-cpu": fmt.Sprintf("%dm", 1+f.number%40), "seed.fn9s.io/usage-memory": fmt.Sprintf("%dMi", 16+f.number%90)}},
				"spec": object{
					"nodeSelector": object{Label: "true"}, "tolerations": []any{object{"key": Label, "operator": "Exists"}},
					"enableServiceLinks": false, "terminationGracePeriodSeconds": 0,
					"containers": []any{object{
						"name": "function", "image": f.image(), "ports": []any{object{"containerPort": 8080}},
						"resources": object{"limits": object{"memory": "128Mi"}, "requests": object{"cpu": "1m", "memory": "16Mi"}},
					}},
				},
			},
		},
	}}
}

func (f function) service(name string, selector object) request {
	return request{apiVersion: "v1", kind: "Service", plural: "services", body: object{
		"metadata": f.meta(name, selector),
		"spec":     object{"clusterIP": f.address(), "selector": selector, "ports": []any{object{"name": "http", "port": 8080, "targetPort": 8080}}},
	}}
}

// address is asked for by number, because the API server gives out addresses of its own choice one Service after the other.
func (f function) address() string {
	return fmt.Sprintf("10.%d.%d.%d", 97+f.number/65536, f.number/256%256, f.number%256)
}

// conditions are all true since a fixed time, so that equal functions are equal.
func conditions(types ...string) []any {
	list := make([]any, 0, len(types))
	for _, name := range types {
		list = append(list, condition(name, true))
	}
	return list
}

func condition(name string, holds bool) object {
	if holds {
		return object{"type": name, "status": "True", "reason": "Ready", "message": "", "lastTransitionTime": "2026-08-01T08:00:00Z"}
	}
	return object{"type": name, "status": "False", "reason": "Unavailable", "message": "the function does not answer", "lastTransitionTime": "2026-08-01T08:05:00Z"}
}

func node(number int) object {
	name := fmt.Sprintf("load-node-%03d", number)
	return object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": object{"name": name,
			"labels": object{Label: "true", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
			"annotations": object{
				"kwok.x-k8s.io/node": "fake", "seed.fn9s.io/address": fmt.Sprintf("10.30.%d.%d", number/200, number%200+10),
				"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + name + "/metrics/resource"}},
		"spec": object{"taints": []any{object{"key": Label, "effect": "NoSchedule"}}},
		"status": object{
			"capacity":    object{"cpu": "256", "memory": "2Ti", "pods": "1000"},
			"allocatable": object{"cpu": "256", "memory": "2Ti", "pods": "1000"}},
	}
}

func encode(body object) []byte {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps, strings and numbers always encode
	}
	return data
}
