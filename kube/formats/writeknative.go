package formats

import (
	"reflect"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// specVersion is that of the files of func 1.23.
const specVersion = "0.36.0"

// writeKnative writes a function that func made as its func.yaml, and any other Knative Service as a manifest.
func writeKnative(f *model.Function, o object, extra []object, w *writing) (string, []byte, error) {
	if o.text("metadata", "labels", funcName) == "" || o.text("kind") != "Service" {
		return "service.yaml", w.documents(append([]object{o}, ofGroup(extra, "knative.dev")...)...), nil
	}
	labels, template := o.pairs("metadata", "labels"), o.at("spec", "template")
	out, deploy := &fields{}, &fields{}
	out.set("specVersion", specVersion)
	out.set("name", labels[funcName])
	out.set("domain", labels[funcDomain])
	out.set("runtime", labels[funcRuntime])
	out.set("created", choice(o.text("metadata", "creationTimestamp"), "1970-01-01T00:00:00Z"))
	k := &funcFile{writing: w, pod: template.at("spec")}
	containers := objects(k.pod.list("containers"))
	if len(containers) == 0 {
		return "service.yaml", w.documents(o), nil
	}
	k.container = containers[0]
	run := &fields{}
	run.set("envs", k.envs())
	run.set("volumes", k.volumes())
	out.set("run", run)
	deploy.set("namespace", o.text("metadata", "namespace"))
	deploy.set("image", k.container.text("image"))
	deploy.set("annotations", annotationsOf(o.pairs("metadata", "annotations")))
	deploy.set("labels", k.labels(labels))
	deploy.set("serviceAccountName", k.pod.text("serviceAccountName"))
	for i, s := range objects(k.pod.list("imagePullSecrets")) {
		if i > 0 {
			w.note("func has one pull secret: " + quoted(s.text("name")) + " is left out")
			continue
		}
		deploy.set("imagePullSecret", s.text("name"))
	}
	deploy.set("options", k.options(template.pairs("metadata", "annotations")))
	deploy.set("healthEndpoints", k.health())
	deploy.set("subscriptions", subscriptions(f.Key.Name, extra))
	out.set("deploy", deploy)
	k.left(containers[1:])
	return "func.yaml", out.yaml(), nil
}

// funcFile is a func.yaml on its way.
type funcFile struct {
	*writing
	pod, container object
}

func (k *funcFile) envs() []any {
	var all []any
	for _, e := range objects(k.container.list("env")) {
		name, value := e.text("name"), e.text("value")
		from := e.at("valueFrom")
		switch {
		case name == addressName && value == addressValue:
			continue // func adds it
		case from["secretKeyRef"] != nil:
			value = "{{ secret:" + from.text("secretKeyRef", "name") + ":" + from.text("secretKeyRef", "key") + " }}"
		case from["configMapKeyRef"] != nil:
			value = "{{ configMap:" + from.text("configMapKeyRef", "name") + ":" + from.text("configMapKeyRef", "key") + " }}"
		case from != nil:
			k.note(quoted(name) + " is a field of the pod, for which func has no word: it is left out")
			continue
		case secret(name, value) || strings.HasPrefix(strings.TrimSpace(value), "{{"):
			k.value(name, "<hidden>")
			value = "{{ env:" + variable(name) + " }}"
		}
		one := &fields{}
		one.set("name", name)
		one.keys, one.values = append(one.keys, "value"), append(one.values, value)
		all = append(all, one)
	}
	for _, e := range objects(k.container.list("envFrom")) {
		kind, name := "secret", e.text("secretRef", "name")
		if name == "" {
			kind, name = "configMap", e.text("configMapRef", "name")
		}
		all = append(all, map[string]any{"value": "{{ " + kind + ":" + name + " }}"})
	}
	return all
}

func (k *funcFile) volumes() []any {
	sources := map[string]object{}
	for _, v := range objects(k.pod.list("volumes")) {
		sources[v.text("name")] = v
	}
	var all []any
	for _, m := range objects(k.container.list("volumeMounts")) {
		v, one := sources[m.text("name")], &fields{}
		one.set("secret", v.text("secret", "secretName"))
		one.set("configMap", v.text("configMap", "name"))
		one.set("persistentVolumeClaim", v["persistentVolumeClaim"])
		if dir, ok := v["emptyDir"]; ok {
			one.keys, one.values = append(one.keys, "emptyDir"), append(one.values, dir)
		}
		if one.keys == nil {
			k.note("volume " + quoted(m.text("name")) + " is of a kind that func has no word for: it is left out")
			continue
		}
		one.set("path", m.text("mountPath"))
		all = append(all, one)
	}
	return all
}

// annotationsOf are those that people gave.
func annotationsOf(all map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range all {
		if strings.HasPrefix(key, "serving.knative.dev/") || strings.HasPrefix(key, "function.knative.dev/") ||
			key == "kubectl.kubernetes.io/last-applied-configuration" {
			continue
		}
		out[key] = value
	}
	return out
}

// labels are those that people gave. That of the visibility too: without it the next deploy makes the function public.
func (k *funcFile) labels(all map[string]string) []any {
	var out []any
	for _, key := range sortedKeys(anyMap(all)) {
		switch key {
		case funcMark, funcName, funcRuntime, funcDomain:
			continue
		}
		out = append(out, map[string]any{"key": key, "value": all[key]})
	}
	return out
}

func (k *funcFile) options(notes map[string]string) *fields {
	scale, limits := &fields{}, map[string]any{}
	for _, key := range [][2]string{{"min", "min-scale"}, {"max", "max-scale"}, {"metric", "metric"}, {"target", "target"}, {"utilization", "target-utilization-percentage"}} {
		if v := notes[autoscaling+key[1]]; v != "" {
			scale.set(key[0], numeric(v))
		}
	}
	for key, v := range k.container.pairs("resources", "limits") {
		limits[key] = v
	}
	if n, ok := k.pod.number("containerConcurrency"); ok && n > 0 {
		limits["concurrency"] = n
	}
	resources, out := &fields{}, &fields{}
	resources.set("requests", anyMap(k.container.pairs("resources", "requests")))
	resources.set("limits", limits)
	out.set("scale", scale)
	out.set("resources", resources)
	return out
}

// numeric is a number as YAML writes it, or the text.
func numeric(text string) any {
	docs, err := parse("", text)
	if err != nil || len(docs) != 1 || docs[0].kind != scalar {
		return text
	}
	return docs[0].json()
}

func (k *funcFile) health() *fields {
	out := &fields{}
	for _, kind := range []string{"liveness", "readiness"} {
		out.set(kind, k.container.text(kind+"Probe", "httpGet", "path"))
	}
	return out
}

// subscriptions are the Triggers that call the function.
func subscriptions(name string, extra []object) []any {
	var all []any
	for _, t := range extra {
		if t.text("kind") != "Trigger" || t.text("spec", "subscriber", "ref", "name") != name {
			continue
		}
		one := &fields{}
		one.set("source", t.text("spec", "broker"))
		one.set("filters", anyMap(t.pairs("spec", "filter", "attributes")))
		all = append(all, one)
	}
	return all
}

// left names what func has no word for.
func (k *funcFile) left(others []object) {
	known := map[string]bool{
		"name": true, "image": true, "env": true, "envFrom": true, "volumeMounts": true, "resources": true, "livenessProbe": true,
		"readinessProbe": true, "ports": true,
	}
	for _, key := range sortedKeys(k.container) {
		if known[key] || key == "securityContext" && reflect.DeepEqual(k.container[key], funcSecurity()) || emptyValue(k.container[key]) {
			continue
		}
		k.note(plan.Keyed(containerPath, key) + " has no place in a func.yaml: the next `func deploy` leaves what is there, or drops it")
	}
	pod := map[string]bool{
		"containers": true, "volumes": true, "serviceAccountName": true, "imagePullSecrets": true, "containerConcurrency": true,
		"timeoutSeconds": true, "enableServiceLinks": true,
	}
	for _, key := range sortedKeys(k.pod) {
		if !pod[key] && !emptyValue(k.pod[key]) {
			k.note(plan.Keyed(podPath, key) + " has no place in a func.yaml")
		}
	}
	if len(others) > 0 {
		k.note("the containers beside the function have no place in a func.yaml")
	}
}

func emptyValue(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	}
	return false
}
