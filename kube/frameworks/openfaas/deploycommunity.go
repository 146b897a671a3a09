package openfaas

import (
	"maps"
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// allowed is how many functions the Community Edition serves.
const allowed = 15

// community makes the Deployment and the Service that the provider of the Community Edition makes.
func (d *drafting) community() {
	if of, ok := d.labels[functionLabel]; ok && of != d.Name {
		d.Problem("label", "%s is what the function is found by: it cannot be %q", functionLabel, frameworks.Line(of))
	}
	if len(d.constraints()) > 0 {
		d.Problem(optConstraints, "the Community Edition ignores it: its functions run on any node")
	}
	if d.Around.Objects != nil && d.gateway != nil {
		n := 0
		for _, f := range d.Around.Functions(d.Namespace) {
			if f.Key.Framework == Name {
				n++
			}
		}
		if n >= allowed {
			d.Note("the Community Edition serves %d functions, and %s has %d already", allowed, d.Namespace, n)
		}
	}
	if d.ServiceAccount != "" {
		d.Note("the account is written into the Deployment: faas-cli has no word for it, and keeps it at an update")
	}
	d.annotations["prometheus.io.scrape"] = "false"
	d.Create(d.deployment())
	d.Create(service(d.Name, d.Namespace, frameworks.Words(d.annotations), nil))
}

func (d *drafting) deployment() map[string]any {
	replicas := int64(1)
	if n, err := strconv.ParseInt(d.labels[scaleLabel+"min"], 10, 32); err == nil {
		replicas = n
	}
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": d.Metadata(d.Name, map[string]string{functionLabel: d.Name}, d.annotations),
		"spec": map[string]any{
			"replicas": replicas, "revisionHistoryLimit": int64(10),
			"selector": map[string]any{"matchLabels": map[string]any{functionLabel: d.Name}},
			"strategy": strategy(),
			"template": map[string]any{
				"metadata": map[string]any{
					"labels":      frameworks.Words(frameworks.Joined(d.labels, map[string]string{functionLabel: d.Name})),
					"annotations": frameworks.Words(d.annotations),
				},
				"spec": d.pod(),
			},
		},
	}
}

func (d *drafting) pod() map[string]any {
	env := frameworks.Joined(d.environment)
	if d.Handler != "" {
		env["fprocess"] = d.Handler
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, map[string]any{"name": name, "value": env[name]})
	}
	readOnly := d.Options[optReadOnly] == "true"
	c := map[string]any{
		"name": d.Name, "image": d.Source.Image, "imagePullPolicy": "Always",
		"ports":         []any{map[string]any{"name": "http", "containerPort": int64(8080), "protocol": "TCP"}},
		"livenessProbe": probe(), "readinessProbe": probe(),
		"securityContext": map[string]any{"readOnlyRootFilesystem": readOnly},
	}
	frameworks.Put(c, "env", list)
	d.amounts("limits", d.Limits)
	d.amounts("requests", d.Requests)
	frameworks.Put(c, "resources", d.Resources())
	pod := map[string]any{"containers": []any{c}}
	frameworks.Put(pod, "serviceAccountName", d.ServiceAccount)
	volumes(pod, c, d.Name, readOnly, d.secrets, func(name string) *model.Secret {
		s := d.secret(name)
		if s == nil && slices.Contains(d.PullSecrets, name) {
			s = &model.Secret{Type: "kubernetes.io/dockerconfigjson"}
		}
		return s
	})
	return pod
}

// volumes adds what a read-only root and the Secrets take.
func volumes(pod, c map[string]any, name string, readOnly bool, secrets []string, find func(string) *model.Secret) {
	var all, mounts, sources, pull []any
	if readOnly {
		all = append(all, map[string]any{"name": "temp", "emptyDir": map[string]any{}})
		mounts = append(mounts, map[string]any{"name": "temp", "mountPath": "/tmp"})
	}
	for _, s := range secrets {
		have := find(s)
		if have != nil && (have.Type == "kubernetes.io/dockercfg" || have.Type == "kubernetes.io/dockerconfigjson") {
			pull = append(pull, map[string]any{"name": s})
			continue
		}
		source := map[string]any{"name": s}
		if have != nil { // each key that it has now: later ones never appear
			var items []any
			for _, k := range have.Names {
				items = append(items, map[string]any{"key": k, "path": k})
			}
			frameworks.Put(source, "items", items)
		}
		sources = append(sources, map[string]any{"secret": source})
	}
	if len(sources) > 0 {
		v := name + "-projected-secrets"
		all = append(all, map[string]any{"name": v, "projected": map[string]any{"sources": sources}})
		mounts = append(mounts, map[string]any{"name": v, "mountPath": secretsFolder, "readOnly": true})
	}
	frameworks.Put(c, "volumeMounts", mounts)
	frameworks.Put(pod, "volumes", all)
	frameworks.Put(pod, "imagePullSecrets", pull)
}

func probe() map[string]any {
	return map[string]any{
		"httpGet":             map[string]any{"path": "/_/health", "port": int64(8080)},
		"initialDelaySeconds": int64(2), "timeoutSeconds": int64(1), "periodSeconds": int64(2), "successThreshold": int64(1), "failureThreshold": int64(3),
	}
}

func strategy() map[string]any {
	return map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": int64(0), "maxSurge": int64(1)}}
}

// service is the Service of a function: all pods with its label are behind it.
func service(name, namespace string, annotations map[string]any, owners []any) map[string]any {
	metadata := map[string]any{"name": name, "namespace": namespace}
	frameworks.Put(metadata, "annotations", annotations)
	frameworks.Put(metadata, "ownerReferences", owners)
	return map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": metadata,
		"spec": map[string]any{
			"type": "ClusterIP", "selector": map[string]any{functionLabel: name},
			"ports": []any{map[string]any{"name": "http", "port": int64(8080), "targetPort": int64(8080), "protocol": "TCP"}},
		},
	}
}
