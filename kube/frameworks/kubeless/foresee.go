package kubeless

import (
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// declared is the part of a Function of a draft that its objects are made of.
type declared struct {
	ref model.Ref

	Metadata struct{ Labels, Annotations map[string]string }
	Spec     struct {
		Handler, Function, Checksum, Runtime, Deps, Timeout string
		ContentType                                         string `json:"function-content-type"`
		Service                                             map[string]any
		Deployment                                          struct {
			Metadata struct{ Labels, Annotations map[string]string }
			Spec     struct {
				Replicas *int64
				Template struct {
					Metadata struct{ Labels, Annotations map[string]string }
					Spec     map[string]any
				}
			}
		}
	}
}

// Foresee makes the ConfigMap, the Service and the Deployment that the controller makes of a Function: also where it does
// not run, for the day on which it does.
func (adapter) Foresee(draft []map[string]any, s plan.Surroundings) []map[string]any {
	known := settingsOf(s)
	var out []map[string]any
	for _, o := range draft {
		f := &declared{}
		f.ref, _ = frameworks.NameOf(o)
		if f.ref.GroupKind() != functionKind {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil || json.Unmarshal(text, f) != nil {
			continue
		}
		out = append(out, f.deployment(known))
		if len(f.Spec.Service) > 0 {
			out = append(out, map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": f.metadata(), "spec": f.Spec.Service})
		}
		out = append(out, f.files())
	}
	return out
}

func (f *declared) labels() map[string]string {
	return frameworks.Joined(f.Metadata.Labels, map[string]string{createdBy: "kubeless", functionLabel: f.ref.Name})
}

func (f *declared) metadata() map[string]any {
	return map[string]any{
		"name": f.ref.Name, "namespace": f.ref.Namespace, "labels": frameworks.Words(f.labels()),
		"ownerReferences": []any{map[string]any{"apiVersion": group + "/v1beta1", "kind": functionKind.Kind, "name": f.ref.Name}},
	}
}

// files is the ConfigMap with the code, which is as readable there as in the Function.
func (f *declared) files() map[string]any {
	module, _, _ := strings.Cut(f.Spec.Handler, ".")
	data := map[string]any{"handler": f.Spec.Handler}
	if module != "" {
		data[module] = f.Spec.Function
	}
	if m := runtimeText.FindStringSubmatch(f.Spec.Runtime); m != nil && dependencyFiles[m[1]] != "" {
		data[dependencyFiles[m[1]]] = f.Spec.Deps
	}
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": f.metadata(), "data": data}
}

func (f *declared) deployment(known *settings) map[string]any {
	t := &f.Spec.Deployment.Spec.Template
	spec := map[string]any{
		"selector": map[string]any{"matchLabels": map[string]any{createdBy: "kubeless", functionLabel: f.ref.Name}},
		"strategy": map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": int64(0)}},
		"template": map[string]any{
			"metadata": map[string]any{
				"labels": frameworks.Words(frameworks.Joined(t.Metadata.Labels, f.labels())),
				"annotations": frameworks.Words(frameworks.Joined(f.Metadata.Annotations, t.Metadata.Annotations, map[string]string{
					"prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "prometheus.io/port": "8080",
				})),
			},
			"spec": f.pod(known),
		},
	}
	if n := f.Spec.Deployment.Spec.Replicas; n != nil {
		spec["replicas"] = *n
	}
	metadata := f.metadata()
	metadata["annotations"] = map[string]any{frameworks.Foreseen: "true"}
	return map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
}

// pod merges the Function's own pod into that of the controller, whose library is of 2018: newer fields are lost.
func (f *declared) pod(known *settings) map[string]any {
	pod := maps.Clone(f.Spec.Deployment.Spec.Template.Spec)
	if pod == nil {
		pod = map[string]any{}
	}
	for _, newer := range []string{"enableServiceLinks", "topologySpreadConstraints", "runtimeClassName", "hostUsers"} {
		delete(pod, newer)
	}
	var c map[string]any
	if list, _ := pod["containers"].([]any); len(list) > 0 {
		c, _ = list[0].(map[string]any)
	}
	c = maps.Clone(c)
	if c == nil {
		c = map[string]any{}
	}
	for _, newer := range []string{"startupProbe"} {
		delete(c, newer)
	}
	older(pod)
	older(c)
	if pod["securityContext"] == nil { // it has its own only where the Function says nothing
		pod["securityContext"] = map[string]any{"runAsUser": int64(1000), "fsGroup": int64(1000)}
	}
	c["name"] = f.ref.Name
	user, _ := c["env"].([]any)
	c["env"] = append(append([]any(nil), user...), f.env(c)...)
	c["ports"] = []any{map[string]any{"containerPort": int64(port)}}
	if c["livenessProbe"] == nil {
		c["livenessProbe"] = map[string]any{
			"httpGet": map[string]any{"path": "/healthz", "port": int64(port)}, "initialDelaySeconds": int64(3), "periodSeconds": int64(30),
		}
	}
	inits, _ := pod["initContainers"].([]any)
	delete(pod, "initContainers")
	if c["image"] == nil {
		f.unpacked(pod, c, known, user, inits)
	}
	pod["containers"] = []any{c}
	return pod
}

// older takes away what the security context of a pod or container got after 2018.
func older(of map[string]any) {
	context, ok := of["securityContext"].(map[string]any)
	if !ok {
		return
	}
	context = maps.Clone(context)
	for _, newer := range []string{"seccompProfile", "appArmorProfile", "fsGroupChangePolicy"} {
		delete(context, newer)
	}
	of["securityContext"] = context
}

func (f *declared) env(c map[string]any) []any {
	module, handler, _ := strings.Cut(f.Spec.Handler, ".")
	memory := "0"
	if r, ok := c["resources"].(map[string]any); ok {
		if l, ok := r["limits"].(map[string]any); ok && l["memory"] != nil {
			memory, _ = l["memory"].(string)
		}
	}
	var out []any
	for _, v := range [][2]string{
		{"FUNC_HANDLER", handler}, {"MOD_NAME", module}, {"FUNC_TIMEOUT", f.Spec.Timeout}, {"FUNC_RUNTIME", f.Spec.Runtime},
		{"FUNC_MEMORY_LIMIT", memory}, {"FUNC_PORT", "8080"}, {"KUBELESS_INSTALL_VOLUME", "/kubeless"},
	} {
		out = append(out, map[string]any{"name": v[0], "value": v[1]})
	}
	return out
}

// unpacked adds what copies the code into the pod, installs what it needs and compiles it. Nothing of the Function's own
// reaches these containers but resources and variables.
func (f *declared) unpacked(pod, c map[string]any, known *settings, user, inits []any) {
	images, provision := map[string]string{}, ""
	if known != nil {
		images, provision = known.runtimes[f.Spec.Runtime], known.provision
	}
	c["image"] = cmp.Or(images["runtime"], "kubeless/"+f.Spec.Runtime)
	mount := map[string]any{"name": f.ref.Name, "mountPath": "/kubeless"}
	mounts, _ := c["volumeMounts"].([]any)
	c["volumeMounts"] = append(append([]any(nil), mounts...), mount)
	volumes, _ := pod["volumes"].([]any)
	pod["volumes"] = append(append([]any(nil), volumes...),
		map[string]any{"name": f.ref.Name, "emptyDir": map[string]any{}},
		map[string]any{"name": f.ref.Name + "-deps", "configMap": map[string]any{"name": f.ref.Name}})
	resources := map[string]any{}
	if len(inits) > 0 {
		first, _ := inits[0].(map[string]any)
		resources, _ = first["resources"].(map[string]any)
	}
	var all []any
	add := func(name, image string, env []any, also ...any) {
		i := map[string]any{
			"name": name, "image": image, "imagePullPolicy": string(corev1.PullIfNotPresent), "volumeMounts": append([]any{mount}, also...),
		}
		frameworks.Put(i, "env", env)
		frameworks.Put(i, "resources", resources)
		all = append(all, i)
	}
	add("prepare", cmp.Or(provision, "kubeless/unzip"), nil, map[string]any{"name": f.ref.Name + "-deps", "mountPath": "/src"})
	if image := images["installation"]; image != "" && (f.Spec.Deps != "" || strings.HasSuffix(f.Spec.ContentType, "+deps")) {
		add("install", image, user)
	}
	if image := images["compilation"]; image != "" {
		add("compile", image, user)
	}
	pod["initContainers"] = all
}
