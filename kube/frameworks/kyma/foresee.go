package kyma

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

const (
	uuidLabel     = group + "/uuid"
	resourceLabel = group + "/resource"
)

// declared is the part of a Function of a draft that its Deployment is made of.
type declared struct {
	Metadata struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Spec struct {
		Runtime  string
		Image    string `json:"runtimeImageOverride"`
		Replicas *int64
		Source   struct {
			Inline *struct{ Source, Dependencies string }
			Git    *struct{ URL, Reference string } `json:"gitRepository"`
		}
		Env         []any
		Mounts      []struct{ SecretName, MountPath string } `json:"secretMounts"`
		Labels      map[string]string
		Annotations map[string]string
		Pod         map[string]any `json:"podSecurityContext"`
		Container   map[string]any `json:"containerSecurityContext"`
		Resources   struct {
			Function struct {
				Profile   string
				Resources map[string]any
			}
		} `json:"resourceConfiguration"`
	}
}

// Foresee makes the Deployment and the Service that the controller of the second generation makes of a Function: since
// version 1.12 there is no other.
func (adapter) Foresee(draft []map[string]any, s plan.Surroundings) []map[string]any {
	version := versionOf(s)
	var out []map[string]any
	for _, o := range draft {
		ref, apiVersion := frameworks.NameOf(o)
		if ref.GroupKind() != functionKind {
			continue
		}
		var f declared
		text, err := json.Marshal(o)
		if err != nil || json.Unmarshal(text, &f) != nil {
			continue
		}
		owners := []any{map[string]any{
			"apiVersion": apiVersion, "kind": ref.Kind, "name": ref.Name, "controller": true, "blockOwnerDeletion": true,
		}}
		out = append(out, f.deployment(version, owners), f.service(owners))
	}
	return out
}

// versionOf is the version of the controller; empty: none is seen.
func versionOf(s plan.Surroundings) string {
	for _, o := range frameworks.Listed(s, frameworks.Deployment, "") {
		w, ok := o.(*model.Workload)
		if !ok || w.Name != "serverless-ctrl-mngr" || w.Labels.Get(moduleLabel) != "serverless" {
			continue
		}
		if c := frameworks.FunctionContainer(w.Template.Spec, "manager"); c != nil {
			return frameworks.Text(frameworks.ImageTag(c.Image))
		}
	}
	return ""
}

// selector are the labels that the Service and policies choose pods by; the uid is known once the Function is there.
func (f *declared) selector() map[string]string {
	return map[string]string{
		functionLabel: f.Metadata.Name, managedLabel: managedBy, uuidLabel: "", resourceLabel: "deployment",
	}
}

func (f *declared) metadata(name string, owners []any) map[string]any {
	own := f.selector()
	delete(own, resourceLabel)
	return map[string]any{
		"name": name, "namespace": f.Metadata.Namespace, "ownerReferences": owners,
		"labels": frameworks.Words(frameworks.Joined(f.Metadata.Labels, own)),
	}
}

func (f *declared) service(owners []any) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": f.metadata(f.Metadata.Name, owners),
		"spec": map[string]any{
			"type": "ClusterIP", "selector": frameworks.Words(f.selector()),
			"ports": []any{map[string]any{"name": "http", "port": int64(80), "targetPort": int64(8080), "protocol": "TCP"}},
		},
	}
}

func (f *declared) deployment(version string, owners []any) map[string]any {
	replicas := int64(1)
	if f.Spec.Replicas != nil {
		replicas = *f.Spec.Replicas
	}
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": f.metadata(f.Metadata.Name+"-0", owners),
		"spec": map[string]any{
			"replicas": replicas, "selector": map[string]any{"matchLabels": frameworks.Words(f.selector())},
			"template": map[string]any{
				"metadata": map[string]any{
					"labels": frameworks.Words(frameworks.Joined(f.Spec.Labels, f.selector(), map[string]string{"app.kubernetes.io/name": f.Metadata.Name})),
					"annotations": frameworks.Words(frameworks.Joined(f.Spec.Annotations, map[string]string{
						"proxy.istio.io/config":                     `{ "holdApplicationUntilProxyStarts": true }`,
						"sidecar.istio.io/nativeSidecar":            "true",
						"rt-cfg.kyma-project.io/alter-img-registry": "true", "rt-cfg.kyma-project.io/add-img-pull-secret": "true",
					})),
				},
				"spec": f.pod(version),
			},
		},
	}
}

const registry = "europe-docker.pkg.dev/kyma-project/prod/"

func (f *declared) pod(version string) map[string]any {
	tag := version
	if tag == "" {
		tag = "latest"
	}
	python := strings.HasPrefix(f.Spec.Runtime, "python")
	folder := "/usr/src/app/function"
	if python {
		folder = "/kubeless"
	}
	image := f.Spec.Image
	if image == "" {
		image = registry + "function-runtime-" + f.Spec.Runtime + ":" + tag
	}
	probe := map[string]any{"httpGet": map[string]any{"path": "/healthz", "port": int64(8080)}, "periodSeconds": int64(5)}
	c := map[string]any{
		"name": "function", "image": image, "workingDir": folder, "env": f.env(python),
		"ports":        []any{map[string]any{"containerPort": int64(8080), "protocol": "TCP"}},
		"startupProbe": probe, "readinessProbe": probe, "livenessProbe": probe,
		"resources": f.resources(), "securityContext": f.context(version),
	}
	volumes, mounts := f.volumes(folder, python)
	c["volumeMounts"] = mounts
	pod := map[string]any{"containers": []any{c}, "volumes": volumes, "securityContext": f.podContext(version)}
	if f.Spec.Source.Git != nil {
		pod["volumes"] = append(volumes, map[string]any{"name": "git-repository", "emptyDir": map[string]any{}})
		pod["initContainers"] = []any{map[string]any{
			"name": "init", "image": registry + "function-buildless-init:" + tag,
			"securityContext": map[string]any{
				"privileged": false, "capabilities": map[string]any{"drop": []any{"ALL"}}, "procMount": "Default", "readOnlyRootFilesystem": true,
			},
			"resources": map[string]any{
				"requests": map[string]any{"cpu": "50m", "memory": "64Mi"}, "limits": map[string]any{"cpu": "200m", "memory": "512Mi"},
			},
			"env":          []any{map[string]any{"name": "APP_REPOSITORY_URL", "value": f.Spec.Source.Git.URL}, map[string]any{"name": "APP_REPOSITORY_REFERENCE", "value": f.Spec.Source.Git.Reference}},
			"volumeMounts": []any{map[string]any{"name": "git-repository", "mountPath": "/git-repository"}},
		}}
	}
	return pod
}

func (f *declared) env(python bool) []any {
	var out []any
	add := func(name, value string) { out = append(out, map[string]any{"name": name, "value": value}) }
	add("FUNC_NAME", f.Metadata.Name)
	add("FUNC_RUNTIME", f.Spec.Runtime)
	add("SERVICE_NAMESPACE", f.Metadata.Namespace)
	add("TRACE_COLLECTOR_ENDPOINT", "http://telemetry-otlp-traces.kyma-system.svc.cluster.local:4318/v1/traces")
	add("PUBLISHER_PROXY_ADDRESS", "http://eventing-publisher-proxy.kyma-system.svc.cluster.local/publish")
	if python {
		add("PYTHONUNBUFFERED", "TRUE")
		add("MOD_NAME", "handler")
		add("FUNC_HANDLER", "main")
	}
	out = append(out, f.Spec.Env...)
	if i := f.Spec.Source.Inline; i != nil {
		add("FUNC_HANDLER_SOURCE", i.Source)
		add("FUNC_HANDLER_DEPENDENCIES", i.Dependencies)
	}
	return out
}

func (f *declared) volumes(folder string, python bool) (volumes, mounts []any) {
	empty := func(name, at string) {
		volumes = append(volumes, map[string]any{"name": name, "emptyDir": map[string]any{}})
		mounts = append(mounts, map[string]any{"name": name, "mountPath": at})
	}
	empty("sources", folder)
	empty("tmp", "/tmp")
	file := ".npmrc"
	if python {
		empty("local", "/.local")
		file = "pip.conf"
	}
	volumes = append(volumes, map[string]any{"name": "package-registry-config", "secret": map[string]any{"secretName": "serverless-package-registry-config", "optional": true}})
	mounts = append(mounts, map[string]any{"name": "package-registry-config", "mountPath": folder + "/package-registry-config/" + file, "subPath": file})
	for _, m := range f.Spec.Mounts {
		volumes = append(volumes, map[string]any{"name": m.SecretName, "secret": map[string]any{"secretName": m.SecretName, "defaultMode": int64(0o666), "optional": false}})
		mounts = append(mounts, map[string]any{"name": m.SecretName, "mountPath": m.MountPath, "readOnly": true})
	}
	return volumes, mounts
}

// profiles are requests and limits of cpu and memory.
var profiles = map[string][4]string{
	"XS": {"50m", "64Mi", "150m", "256Mi"}, "S": {"100m", "128Mi", "200m", "256Mi"}, "M": {"200m", "256Mi", "400m", "512Mi"},
	"L": {"400m", "512Mi", "800m", "1Gi"}, "XL": {"800m", "1Gi", "1600m", "2Gi"},
}

func (f *declared) resources() map[string]any {
	of := &f.Spec.Resources.Function
	if len(of.Resources) > 0 {
		return of.Resources
	}
	p, ok := profiles[of.Profile]
	if !ok {
		p = profiles["L"] // what the chart gives; small clusters have less
	}
	return map[string]any{
		"requests": map[string]any{"cpu": p[0], "memory": p[1]}, "limits": map[string]any{"cpu": p[2], "memory": p[3]},
	}
}

// podContext is the default, of which the Function's own fields replace one each.
func (f *declared) podContext(version string) map[string]any {
	out := map[string]any{
		"runAsUser": int64(1000), "runAsGroup": int64(1000), "supplementalGroups": []any{int64(1000)},
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
	if replaces(version) {
		out["fsGroup"] = int64(1000)
		maps.Copy(out, f.Spec.Pod)
	}
	return out
}

func (f *declared) context(version string) map[string]any {
	out := map[string]any{
		"privileged": false, "capabilities": map[string]any{"drop": []any{"ALL"}}, "allowPrivilegeEscalation": false,
		"runAsNonRoot": true, "readOnlyRootFilesystem": replaces(version),
	}
	if replaces(version) {
		maps.Copy(out, f.Spec.Container)
	}
	return out
}

// replaces reports whether a controller of this version reads security contexts from a Function: since 1.10.
func replaces(version string) bool {
	return !strings.HasPrefix(version, "1.8.") && !strings.HasPrefix(version, "1.9.")
}
