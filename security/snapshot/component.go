package snapshot

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// component describes a workload of a control plane in the words of a function: what judges how functions run judges
// by that how the platform runs. Nil where the workload is not there.
var component = NewQuery("workload of a control plane", func(r *Reader, key model.FunctionKey) *model.Function {
	ref := model.Ref{Group: key.Group, Kind: key.Kind, Namespace: key.Namespace, Name: key.Name}
	f := &model.Function{Key: key, Object: ref, Workloads: []model.WorkloadRef{{Ref: ref, Role: model.Run}}}
	t := model.Template{Origin: model.Origin{Ref: ref}, Role: model.Run}
	switch o := r.Get(ref).(type) {
	case *model.Workload:
		t.PodTemplate, t.Origin.Path = o.Template, "spec.template"
	case *model.Pod:
		t.PodTemplate = model.PodTemplate{Labels: o.Labels, Annotations: o.Annotations, Spec: o.Spec}
	}
	if t.Spec == nil {
		return nil
	}
	f.Templates = []model.Template{t}
	u := usage{at: ref, path: "spec"}
	if t.Origin.Path != "" {
		u.path = t.Origin.Path + ".spec"
	}
	u.spec(t.Spec)
	f.References = u.found
	return f
}, nil)

// usage collects the Secrets and ConfigMaps that a pod spec names.
type usage struct {
	at    model.Ref
	path  string
	found []model.Reference
}

func (u *usage) spec(s *corev1.PodSpec) {
	for i := range s.InitContainers {
		u.container(&s.InitContainers[i], "initContainers["+strconv.Itoa(i)+"]")
	}
	for i := range s.Containers {
		u.container(&s.Containers[i], "containers["+strconv.Itoa(i)+"]")
	}
	for i := range s.Volumes {
		u.volume(&s.Volumes[i], "volumes["+strconv.Itoa(i)+"]")
	}
	for i, ref := range s.ImagePullSecrets {
		u.add("Secret", ref.Name, "", model.Pull, "imagePullSecrets["+strconv.Itoa(i)+"]")
	}
}

func (u *usage) add(kind, name, key string, how model.How, field string) {
	if name != "" {
		u.found = append(u.found, model.Reference{
			Kind: kind, Name: name, Key: key, How: how, Origin: model.Origin{Ref: u.at, Path: u.path + "." + field},
		})
	}
}

func (u *usage) container(c *corev1.Container, at string) {
	for i := range c.Env {
		field := at + ".env[" + strconv.Itoa(i) + "].valueFrom"
		switch v := c.Env[i].ValueFrom; {
		case v == nil:
		case v.SecretKeyRef != nil:
			u.add("Secret", v.SecretKeyRef.Name, v.SecretKeyRef.Key, model.Env, field)
		case v.ConfigMapKeyRef != nil:
			u.add("ConfigMap", v.ConfigMapKeyRef.Name, v.ConfigMapKeyRef.Key, model.Env, field)
		}
	}
	for i := range c.EnvFrom {
		field := at + ".envFrom[" + strconv.Itoa(i) + "]"
		switch v := &c.EnvFrom[i]; {
		case v.SecretRef != nil:
			u.add("Secret", v.SecretRef.Name, "", model.Env, field)
		case v.ConfigMapRef != nil:
			u.add("ConfigMap", v.ConfigMapRef.Name, "", model.Env, field)
		}
	}
}

func (u *usage) volume(v *corev1.Volume, at string) {
	switch {
	case v.Secret != nil:
		u.files("Secret", v.Secret.SecretName, v.Secret.Items, at)
	case v.ConfigMap != nil:
		u.files("ConfigMap", v.ConfigMap.Name, v.ConfigMap.Items, at)
	case v.Projected != nil:
		for i := range v.Projected.Sources {
			field := at + ".projected.sources[" + strconv.Itoa(i) + "]"
			if s := v.Projected.Sources[i].Secret; s != nil {
				u.files("Secret", s.Name, s.Items, field)
			}
			if m := v.Projected.Sources[i].ConfigMap; m != nil {
				u.files("ConfigMap", m.Name, m.Items, field)
			}
		}
	}
}

func (u *usage) files(kind, name string, items []corev1.KeyToPath, field string) {
	if len(items) == 0 {
		u.add(kind, name, "", model.File, field)
	}
	for i := range items {
		u.add(kind, name, items[i].Key, model.File, field)
	}
}
