package frameworks

import (
	"github.com/fn9s/fn9s/kube/plan"
)

// RequestedContainer is the container that a request describes, in the words of a pod template, for frameworks whose
// objects hold one; volumes are those of its pod.
func RequestedContainer(r *plan.DeployRequest) (container map[string]any, volumes []any) {
	c := map[string]any{"image": r.Source.Image}
	put := func(key string, list []any) {
		if len(list) > 0 {
			c[key] = list
		}
	}
	put("command", texts(r.Command))
	put("args", texts(r.Args))
	put("env", Envs(r.Env))
	if resources := Resources(r); len(resources) > 0 {
		c["resources"] = resources
	}
	var from, mounts []any
	for _, m := range r.Mounts {
		kind, name := "secret", m.Secret
		if name == "" {
			kind, name = "configMap", m.ConfigMap
		}
		if m.Path == "" {
			from = append(from, map[string]any{kind + "Ref": map[string]any{"name": name}})
			continue
		}
		key := "name"
		if kind == "secret" {
			key = "secretName"
		}
		volume := map[string]any{"name": volumeName(kind, name), kind: map[string]any{key: name}}
		volumes = append(volumes, volume)
		mounts = append(mounts, map[string]any{"name": volume["name"], "mountPath": m.Path, "readOnly": true})
	}
	put("envFrom", from)
	put("volumeMounts", mounts)
	return c, volumes
}

// volumeName is the name of the volume of a Secret or ConfigMap: that of a volume has no dots, and 63 characters.
func volumeName(kind, name string) string {
	prefix := "secret-"
	if kind != "secret" {
		prefix = "config-"
	}
	out := []byte(prefix + name)
	for i, c := range out {
		if c == '.' {
			out[i] = '-'
		}
	}
	if len(out) > 63 {
		out = out[:63]
		for out[len(out)-1] == '-' {
			out = out[:len(out)-1]
		}
	}
	return string(out)
}

func texts(all []string) []any {
	var out []any
	for _, s := range all {
		out = append(out, s)
	}
	return out
}

// PullSecretsOf are the pull secrets of a request, as a pod has them.
func PullSecretsOf(r *plan.DeployRequest) []any {
	var out []any
	for _, s := range r.PullSecrets {
		out = append(out, map[string]any{"name": s})
	}
	return out
}
