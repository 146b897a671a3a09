package plain

import (
	"maps"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// cronJob is what `kubectl create cronjob` makes.
func (d *drafting) cronJob(t *plan.Trigger) {
	for field, given := range map[string]bool{"port": d.Port != 0, "min": d.Min != nil, "max": d.Max != nil} {
		if given {
			d.problem(field, "what runs by a schedule has none")
		}
	}
	pod := d.pod(d.Name)
	pod["restartPolicy"] = "OnFailure"
	spec := map[string]any{"schedule": t.Schedule, "jobTemplate": map[string]any{
		"metadata": map[string]any{"name": d.Name}, "spec": map[string]any{"template": map[string]any{"spec": pod}},
	}}
	if zone := t.Options["timezone"]; zone != "" {
		spec["timeZone"] = zone
	}
	if labels := d.podLabels(map[string]any{"app": d.Name}); len(labels) > 0 {
		template, _ := spec["jobTemplate"].(map[string]any)["spec"].(map[string]any)["template"].(map[string]any)
		template["metadata"] = map[string]any{"labels": labels} // that network policies find its pods
	}
	d.create(map[string]any{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": d.metadata(map[string]any{}), "spec": spec}, "the function")
}

// service is what `kubectl expose deployment` makes.
func (d *drafting) service(own map[string]any) {
	port := int64(d.Port)
	if text := d.Options[optPort]; text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 || n > 65535 {
			d.problem("option", optPort+"="+text+": it is no port")
			return
		}
		port = n
	}
	spec := map[string]any{
		"ports":    []any{map[string]any{"port": port, "protocol": "TCP", "targetPort": int64(d.Port)}},
		"selector": maps.Clone(own),
	}
	if t := d.Options[optService]; t != "" {
		spec["type"] = t
	}
	d.create(map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": d.Name, "namespace": d.Namespace, "labels": maps.Clone(own)}, "spec": spec,
	}, "calls reach it")
}

// ingress is what `kubectl create ingress` makes.
func (d *drafting) ingress(t *plan.Trigger) {
	name := t.Name
	if name == "" {
		name = d.Name
	}
	path, kind := t.Path, "Exact"
	switch {
	case path == "":
		path, kind = "/", "Prefix"
	case strings.HasSuffix(path, "*"):
		path, kind = strings.TrimSuffix(path, "*"), "Prefix"
	}
	port := any(int64(d.Port))
	if n, err := strconv.ParseInt(d.Options[optPort], 10, 32); err == nil {
		port = n
	}
	rule := map[string]any{"http": map[string]any{"paths": []any{map[string]any{
		"path": path, "pathType": kind,
		"backend": map[string]any{"service": map[string]any{"name": d.Name, "port": map[string]any{"number": port}}},
	}}}}
	if t.Host != "" {
		rule["host"] = t.Host
	}
	spec := map[string]any{"rules": []any{rule}}
	if secret := t.Options["tls-secret"]; secret != "" {
		spec["tls"] = []any{map[string]any{"hosts": []any{t.Host}, "secretName": secret}}
	}
	if class := d.Options[optClass]; class != "" {
		spec["ingressClassName"] = class
	}
	d.create(map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": map[string]any{"name": name, "namespace": d.Namespace}, "spec": spec,
	}, "calls from outside reach it")
}

// autoscaler is what `kubectl autoscale` makes, where there is a range.
func (d *drafting) autoscaler(replicas int64) {
	if d.Max == nil || int64(*d.Max) == replicas && d.Min != nil {
		return
	}
	if replicas < 1 {
		d.problem("min", "nothing wakes a Deployment that was scaled to zero: at least 1, or no max")
		return
	}
	d.create(map[string]any{
		"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": map[string]any{"name": d.Name, "namespace": d.Namespace},
		"spec": map[string]any{
			"minReplicas": replicas, "maxReplicas": int64(*d.Max),
			"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": d.Name},
		},
	}, "it gets as many replicas as its load takes")
	spec, _ := d.Edits[0].New["spec"].(map[string]any)
	delete(spec, "replicas") // two would write it
}
