package nuclio

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// podOf is the pod that the controller makes of a function's spec.
func podOf(r *reader) *corev1.PodSpec {
	s := &corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{}}
	c := corev1.Container{
		Name: container, ImagePullPolicy: corev1.PullAlways, Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		VolumeMounts: []corev1.VolumeMount{
			{Name: "platform-config-volume", MountPath: "/etc/nuclio/config/platform"},
			{Name: "processor-config-volume", MountPath: "/etc/nuclio/config/processor"},
		},
	}
	r.value("image", &c.Image)
	r.value("imagePullPolicy", &c.ImagePullPolicy)
	r.value("resources", &c.Resources)
	r.value("env", &c.Env)
	r.value("envFrom", &c.EnvFrom)
	r.value("securityContext", s.SecurityContext)
	r.value("serviceAccount", &s.ServiceAccountName)
	r.value("hostIPC", &s.HostIPC)
	r.value("initContainers", &s.InitContainers)
	var sidecars []corev1.Container
	r.value("sidecars", &sidecars)
	pull := ""
	r.value("imagePullSecrets", &pull)
	if pull != "" {
		s.ImagePullSecrets = []corev1.LocalObjectReference{{Name: pull}}
	}
	var volumes []struct {
		Volume      corev1.Volume
		VolumeMount corev1.VolumeMount
	}
	r.value("volumes", &volumes)
	for i := range volumes {
		if volumes[i].Volume.HostPath != nil { // the controller leaves it out
			continue
		}
		s.Volumes = append(s.Volumes, volumes[i].Volume)
		c.VolumeMounts = append(c.VolumeMounts, volumes[i].VolumeMount)
	}
	for i := range sidecars {
		sidecars[i].VolumeMounts = c.VolumeMounts
	}
	s.Containers = append([]corev1.Container{c}, sidecars...)
	yes := true
	config := func(name string) *corev1.ConfigMapVolumeSource {
		return &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Optional: &yes}
	}
	s.Volumes = append(s.Volumes,
		corev1.Volume{Name: "platform-config-volume", VolumeSource: corev1.VolumeSource{ConfigMap: config(prefix + "platform-config")}},
		corev1.Volume{Name: "processor-config-volume", VolumeSource: corev1.VolumeSource{ConfigMap: config("")}})
	return s
}

// foresee gives a function that no controller has seen yet the template of the pods that it will get: a draft, or a
// manifest of its own. A Deployment that is there counts.
func (p *parts) foresee(f *model.Function) {
	if p.facts.pod == nil || p.head == nil || len(f.Templates) > 0 {
		return
	}
	labels := p.head.Labels.Map()
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, map[string]string{
		labelClass: "function", "nuclio.io/app": "functionres", labelFunction: p.key.Name, "nuclio.io/function-version": "latest",
	})
	f.Templates = []model.Template{{
		PodTemplate: model.PodTemplate{Labels: model.NewLabels(labels, nil), Spec: p.facts.pod}, Role: model.Run, Container: container,
		Origin: model.Origin{Ref: p.head.Ref, Path: "spec"},
	}}
	f.ServiceAccount = frameworks.AccountOf(p.facts.pod)
}
