package tighten_test

import (
	"maps"
	"strings"

	"github.com/fn9s/fn9s/kube/offline/offlinetest"
	"github.com/fn9s/fn9s/security/model"
)

// expose does what controllers do to the Services and routes of a function.
func (c *cluster) expose(f *model.Function) {
	source := c.objects[f.Object]
	ingress := model.Ref{Group: "networking.k8s.io", Kind: "Ingress", Namespace: f.Key.Namespace, Name: "nuclio-" + f.Key.Name}
	if f.Key.Framework == "nuclio" && offlinetest.Dig(source, "spec", "triggers", "default-http", "attributes", "ingresses") == nil {
		delete(c.objects, ingress)
	}
	if service := c.objects[model.Ref{Kind: "Service", Namespace: f.Key.Namespace, Name: "nuclio-" + f.Key.Name}]; f.Key.Framework == "nuclio" &&
		offlinetest.Word(source, "spec", "triggers", "default-http", "attributes", "serviceType") == "ClusterIP" {
		object(service, "spec")["type"] = "ClusterIP"
		for _, p := range list(service, "spec", "ports") {
			delete(p.(map[string]any), "nodePort")
		}
	}
	if most := offlinetest.Dig(source, "spec", "maxReplicas"); most != nil && f.Scaling.By.Name != "" {
		object(c.objects[f.Scaling.By], "spec")["maxReplicas"] = most
	}
	for ref, o := range c.objects { // a new Revision takes the place of the one that serves
		if f.Key.Framework == "knative" && ref.Kind == "Revision" && ref.Namespace == f.Key.Namespace && ref.Name == f.Revision {
			annotations, _ := object(o, "metadata")["annotations"].(map[string]any)
			object(o, "metadata")["annotations"] = merge(annotations, object(source, "spec", "template", "metadata", "annotations"))
		}
	}
	if f.Key.Framework == "knative" && offlinetest.Word(source, "metadata", "labels", "networking.knative.dev/visibility") == "cluster-local" {
		route := c.objects[model.Ref{Group: "networking.internal.knative.dev", Kind: "Ingress", Namespace: f.Key.Namespace, Name: f.Key.Name}]
		for _, r := range list(route, "spec", "rules") {
			r.(map[string]any)["visibility"] = "ClusterLocal"
		}
	}
}

// reconcile does what the function's framework does when its object changes: it writes the fields of its workloads that
// are its own, from the object, and leaves the others alone.
func (c *cluster) reconcile(f *model.Function) {
	source := c.objects[f.Object]
	c.expose(f)
	for _, w := range f.Workloads {
		o := c.objects[w.Ref]
		pod := object(o, "spec", "template", "spec")
		if source == nil || pod == nil || w.Role != model.Run || f.Object == w.Ref {
			continue
		}
		template := object(o, "spec", "template")
		main := mainOf(f, w.Ref, pod)
		switch f.Key.Framework {
		case "openfaas":
			for _, meta := range []map[string]any{object(o, "metadata", "annotations"), object(template, "metadata", "annotations")} {
				delete(meta, "com.openfaas.function.spec") // it is written anew, from the Function
			}
			c.openfaas(source, pod, main)
		case "kubeless":
			kubeless(object(source, "spec", "deployment", "spec", "template"), template, main)
		case "kyma":
			kyma(object(source, "spec"), pod, main)
		case "nuclio":
			nuclio(object(source, "spec"), pod, main)
		case "fission":
			c.fission(f, source, pod, main)
		case "knative":
			knative(object(source, "spec", "template", "spec"), pod, main)
		case "openfunction":
			knative(object(source, "spec", "serving", "template"), pod, main)
		case "spin":
			take(main, "resources", offlinetest.Dig(source, "spec", "resources"))
			take(main, "image", offlinetest.Dig(source, "spec", "image"))
			for _, v := range list(source, "spec", "variables") {
				if e := named(list(main, "env"), "SPIN_VARIABLE_"+strings.ToUpper(offlinetest.Word(object(v), "name"))); e != nil {
					take(e, "value", offlinetest.Dig(v, "value"))
					take(e, "valueFrom", offlinetest.Dig(v, "valueFrom"))
				}
			}
			if account := offlinetest.Word(source, "spec", "serviceAccountName"); account != "" {
				pod["serviceAccountName"] = account
			}
		case "keda-job":
			maps.Copy(pod, object(source, "spec", "jobTargetRef", "template", "spec"))
		}
	}
}

func mainOf(f *model.Function, ref model.Ref, pod map[string]any) map[string]any {
	for _, t := range f.Templates {
		if t.Origin.Ref == ref {
			return named(list(pod, "containers"), t.Container)
		}
	}
	return object(pod, "containers", 0)
}

func named(all []any, name string) map[string]any {
	for _, e := range all {
		if m, ok := e.(map[string]any); ok && m["name"] == name {
			return m
		}
	}
	return nil
}

// take sets a field from another object, or removes it where that has none.
func take(to map[string]any, key string, value any) {
	if value == nil {
		delete(to, key)
		return
	}
	to[key] = value
}

// merge writes what is said over what is there, maps into maps.
func merge(to, from map[string]any) map[string]any {
	if to == nil {
		to = map[string]any{}
	}
	for k, v := range from {
		if m, ok := v.(map[string]any); ok {
			old, _ := to[k].(map[string]any)
			to[k] = merge(old, m)
			continue
		}
		to[k] = v
	}
	return to
}

// join adds elements by name to a list, and merges those that are there.
func join(to, from []any, key string) []any {
	for _, e := range from {
		m, _ := e.(map[string]any)
		var have map[string]any
		for _, o := range to {
			if x, ok := o.(map[string]any); ok && x[key] == m[key] {
				have = x
			}
		}
		if have != nil {
			merge(have, m)
			continue
		}
		to = append(to, m)
	}
	return to
}

// openfaas: the operator knows a few fields, adds /tmp to a read-only root, and takes the pod's context from Profiles.
func (c *cluster) openfaas(source, pod, main map[string]any) {
	spec := object(source, "spec")
	take(main, "image", spec["image"])
	if account := offlinetest.Word(spec, "annotations", "com.openfaas.serviceaccount"); account != "" {
		pod["serviceAccountName"] = account
	}
	take(main, "resources", merge(merge(nil, map[string]any{"limits": object(spec, "limits")}), map[string]any{"requests": object(spec, "requests")}))
	security := merge(object(main, "securityContext"), map[string]any{"readOnlyRootFilesystem": spec["readOnlyRootFilesystem"] == true})
	main["securityContext"] = security
	if spec["readOnlyRootFilesystem"] == true && len(list(main, "volumeMounts")) == 0 {
		pod["volumes"] = append(list(pod, "volumes"), map[string]any{"name": "temp", "emptyDir": map[string]any{}})
		main["volumeMounts"] = []any{map[string]any{"name": "temp", "mountPath": "/tmp"}}
	}
	if names := offlinetest.Word(spec, "annotations", "com.openfaas.profile"); names != "" {
		for ref, o := range c.objects {
			for _, name := range strings.Split(names, ",") {
				if ref.Kind == "Profile" && ref.Name == name {
					take(pod, "securityContext", offlinetest.Dig(o, "spec", "podSecurityContext"))
				}
			}
		}
	}
	var env []any
	for k, v := range object(spec, "environment") {
		env = append(env, map[string]any{"name": k, "value": v})
	}
	if len(env) > 0 {
		main["env"] = env
	} else {
		delete(main, "env")
	}
}

// kubeless merges spec.deployment into its Deployment, without fields that its old library does not know.
func kubeless(from, template, main map[string]any) {
	spec := merge(nil, object(from, "spec"))
	if s := object(spec, "securityContext"); s != nil {
		delete(s, "seccompProfile")
	}
	containers := list(spec, "containers")
	pod := object(template, "spec")
	if len(containers) > 0 {
		c, _ := containers[0].(map[string]any)
		env := join(list(main, "env"), list(c, "env"), "name")
		mounts := join(list(main, "volumeMounts"), list(c, "volumeMounts"), "mountPath")
		merge(main, c)
		if len(env) > 0 {
			main["env"] = env
		}
		if len(mounts) > 0 {
			main["volumeMounts"] = mounts
		}
		for _, i := range list(pod, "initContainers") { // they get the variables of the function
			for _, e := range list(i, "env") {
				if have := named(env, e.(map[string]any)["name"].(string)); have != nil && have["valueFrom"] != nil {
					delete(e.(map[string]any), "value")
					e.(map[string]any)["valueFrom"] = have["valueFrom"]
				}
			}
		}
	}
	if inits := list(spec, "initContainers"); len(inits) > 0 {
		for _, i := range list(pod, "initContainers") {
			take(i.(map[string]any), "resources", offlinetest.Dig(inits, 0, "resources"))
		}
	}
	pod["volumes"] = join(list(pod, "volumes"), list(spec, "volumes"), "name")
	for _, own := range []string{"containers", "initContainers", "volumes"} {
		delete(spec, own)
	}
	merge(pod, spec)
}

// kyma has defaults, which a field of the Function replaces one by one.
func kyma(spec, pod, main map[string]any) {
	pod["securityContext"] = map[string]any{
		"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
	maps.Copy(object(pod, "securityContext"), object(spec, "podSecurityContext"))
	main["securityContext"] = map[string]any{
		"privileged": false, "capabilities": map[string]any{"drop": []any{"ALL"}}, "readOnlyRootFilesystem": true,
		"allowPrivilegeEscalation": false, "runAsNonRoot": true,
	}
	maps.Copy(object(main, "securityContext"), object(spec, "containerSecurityContext"))
	if r := object(spec, "resourceConfiguration", "function", "resources"); r != nil {
		main["resources"] = r
	}
	if image := offlinetest.Word(spec, "runtimeImageOverride"); image != "" {
		main["image"] = image
	}
	main["env"] = join(list(main, "env"), list(spec, "env"), "name")
	for _, e := range list(spec, "env") {
		if m := e.(map[string]any); m["valueFrom"] != nil {
			delete(named(list(main, "env"), m["name"].(string)), "value")
		}
	}
}

func nuclio(spec, pod, main map[string]any) {
	take(pod, "securityContext", spec["securityContext"])
	take(main, "resources", spec["resources"])
	take(main, "image", spec["image"])
	take(pod, "serviceAccountName", spec["serviceAccount"])
	if p := offlinetest.Word(spec, "imagePullPolicy"); p != "" {
		main["imagePullPolicy"] = p
	}
	for _, e := range list(spec, "env") {
		m := e.(map[string]any)
		if have := named(list(main, "env"), m["name"].(string)); have != nil && m["valueFrom"] != nil {
			delete(have, "value")
			have["valueFrom"] = m["valueFrom"]
		}
	}
	pod["containers"] = append([]any{main}, list(spec, "sidecars")...)
	for _, v := range list(spec, "volumes") {
		pod["volumes"] = join(list(pod, "volumes"), []any{offlinetest.Dig(v, "volume")}, "name")
		main["volumeMounts"] = join(list(main, "volumeMounts"), []any{offlinetest.Dig(v, "volumeMount")}, "mountPath")
	}
}

// fission merges the pod spec of the Environment into what the executor makes; the container executor has that of the
// Function alone.
func (c *cluster) fission(f *model.Function, source, pod, main map[string]any) {
	spec := object(source, "spec")
	if own := object(spec, "podspec"); own != nil {
		volumes, from := list(pod, "volumes"), offlinetest.Dig(main, "envFrom")
		maps.Copy(pod, own)
		pod["volumes"] = join(volumesWithout(volumes, own), list(own, "volumes"), "name")
		take(named(list(pod, "containers"), f.Key.Name), "envFrom", from)
		return
	}
	env := c.objects[model.Ref{Group: "fission.io", Kind: "Environment", Namespace: offlinetest.Word(spec, "environment", "namespace"), Name: offlinetest.Word(spec, "environment", "name")}]
	merged := merge(nil, object(env, "spec", "runtime", "podspec"))
	containers := list(merged, "containers")
	delete(merged, "containers")
	pod["volumes"] = join(list(pod, "volumes"), list(merged, "volumes"), "name")
	delete(merged, "volumes")
	if s, ok := merged["securityContext"]; ok {
		pod["securityContext"] = s
		delete(merged, "securityContext")
	}
	maps.Copy(pod, merged)
	pod["containers"] = joinContainers(list(pod, "containers"), containers)
	main["resources"] = merge(object(main, "resources"), object(env, "spec", "resources"))
	merge(object(main, "resources"), object(spec, "resources"))
	take(main, "image", offlinetest.Dig(env, "spec", "runtime", "image"))
}

func volumesWithout(all []any, own map[string]any) []any {
	var kept []any
	for _, v := range all {
		if named(list(own, "volumes"), v.(map[string]any)["name"].(string)) == nil {
			kept = append(kept, v)
		}
	}
	return kept
}

// joinContainers merges containers by name, and in them what has names too.
func joinContainers(to, from []any) []any {
	for _, e := range from {
		m := e.(map[string]any)
		have := named(to, m["name"].(string))
		if have == nil {
			to = append(to, m)
			continue
		}
		env, mounts := join(list(have, "env"), list(m, "env"), "name"), join(list(have, "volumeMounts"), list(m, "volumeMounts"), "mountPath")
		merge(have, m)
		if len(env) > 0 {
			have["env"] = env
		}
		if len(mounts) > 0 {
			have["volumeMounts"] = mounts
		}
	}
	return to
}

// knative makes the pods of the template; of containers without names there is one.
func knative(template, pod, main map[string]any) {
	for i, e := range list(template, "containers") {
		m, to := e.(map[string]any), main
		if name, ok := m["name"].(string); ok && named(list(pod, "containers"), name) != nil {
			to = named(list(pod, "containers"), name)
		} else if i > 0 {
			continue
		}
		for _, k := range []string{"securityContext", "resources", "env", "envFrom", "volumeMounts", "imagePullPolicy"} {
			if m[k] != nil {
				to[k] = m[k]
			}
		}
		if image, _ := m["image"].(string); strings.Contains(image, "@") {
			to["image"] = image
		}
	}
	for _, k := range []string{"automountServiceAccountToken", "serviceAccountName", "securityContext"} {
		if template[k] != nil {
			pod[k] = template[k]
		}
	}
	pod["volumes"] = join(list(pod, "volumes"), list(template, "volumes"), "name")
}
