package fission

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

const fetcher = "fetcher"

// foresee gives a function that no executor has seen yet the template of the pods that it will get: a draft, or a manifest
// of its own. Templates that there are count.
func (p *parts) foresee(f *model.Function, x frameworks.Index) {
	if !p.facts.fresh || len(f.Templates) > 0 {
		return
	}
	labels := map[string]string{labelExecutor: p.facts.executor, labelFunction: p.key.Name, labelNamespace: p.key.Namespace}
	maps.Copy(labels, p.head.Labels.Map())
	t := model.Template{Role: model.Run, Container: p.key.Name}
	if p.facts.executor == ownPods {
		if p.facts.pod == nil {
			return
		}
		t.Origin, t.Spec = model.Origin{Ref: p.head.Ref, Path: "spec.podspec"}, p.facts.pod
	} else {
		head, spec := p.poolPod(x)
		if spec == nil {
			return
		}
		maps.Copy(labels, map[string]string{labelEnvironment: head.Name, labelEnvSpace: head.Namespace})
		maps.Copy(labels, head.Labels.Map())
		t.Origin, t.Spec, t.Container = model.Origin{Ref: head.Ref, Path: "spec.runtime.podspec"}, spec, p.container()
	}
	t.Labels = model.NewLabels(labels, nil)
	f.Templates = append(f.Templates, t)
	f.ServiceAccount = frameworks.AccountOf(t.Spec)
}

// poolPod is the pod that the executor makes of an Environment: the runtime, and what fetches the code.
func (p *parts) poolPod(x frameworks.Index) (*model.Header, *corev1.PodSpec) {
	o := x.Get(p.facts.environment)
	if o == nil || p.environment == nil {
		return nil, nil
	}
	e, head := p.environment, o.Head()
	mounts := func(more ...corev1.VolumeMount) []corev1.VolumeMount {
		return append([]corev1.VolumeMount{
			{Name: "userfunc", MountPath: "/userfunc"}, {Name: "secrets", MountPath: "/secrets"},
			{Name: "configmaps", MountPath: "/configs"}, {Name: "podinfo", MountPath: "/etc/podinfo"},
		}, more...)
	}
	runtime := corev1.Container{
		Name: head.Name, Image: e.image, ImagePullPolicy: corev1.PullIfNotPresent, Resources: p.resources(), VolumeMounts: mounts(),
		Ports: []corev1.ContainerPort{{Name: "http-fetcher", ContainerPort: 8000}, {Name: "http-env", ContainerPort: 8888}},
	}
	if p.facts.executor == newDeploy {
		runtime.Env = p.facts.env
	}
	loader := corev1.Container{
		Name: fetcher, Image: p.fetcherImage(x), ImagePullPolicy: corev1.PullIfNotPresent, VolumeMounts: mounts(),
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi"),
		}},
	}
	spec := &corev1.PodSpec{ServiceAccountName: "fission-fetcher"}
	for _, name := range []string{"userfunc", "secrets", "configmaps"} {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	}
	spec.Volumes = append(spec.Volumes, corev1.Volume{Name: "podinfo", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{}}})
	if p.plane.internal { // versions that keep the token out of the runtime
		no := false
		spec.AutomountServiceAccountToken = &no
	}
	if e.pull != "" {
		spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: e.pull}}
	}
	spec.Containers = []corev1.Container{runtime, loader}
	over := e.pod
	if e.container != nil {
		c := *e.container
		c.Name = head.Name
		if merged, err := frameworks.Merged(spec, &corev1.PodSpec{Containers: []corev1.Container{c}}); err == nil {
			spec = merged
		}
	}
	if over != nil {
		o := over.DeepCopy()
		o.ServiceAccountName, o.DeprecatedServiceAccount, o.AutomountServiceAccountToken = "", "", nil // the executor leaves them out
		o.HostNetwork, o.HostPID, o.HostIPC = false, false, false
		merged, err := frameworks.Merged(spec, o)
		if err != nil {
			return nil, nil
		}
		spec = merged
	}
	return head, spec
}

// resources are those of the main container: a function's own count with a Deployment of its own only.
func (p *parts) resources() corev1.ResourceRequirements {
	out := *p.environment.resources.DeepCopy()
	if p.facts.executor == poolManager {
		return out
	}
	over := func(to *corev1.ResourceList, from corev1.ResourceList) {
		if *to == nil && len(from) > 0 {
			*to = corev1.ResourceList{}
		}
		maps.Copy(*to, from)
	}
	over(&out.Requests, p.facts.resources.Requests)
	over(&out.Limits, p.facts.resources.Limits)
	return out
}

// fetcherImage is the image that the executor is told to load code with.
func (p *parts) fetcherImage(x frameworks.Index) string {
	if p.plane.platform.Namespace != "" {
		if d := frameworks.GetWorkload(x, objectRef(frameworks.Deployment, p.plane.platform.Namespace, "executor")); d != nil {
			if image, ok := frameworks.EnvValue(frameworks.FunctionContainer(d.Template.Spec, "executor"), "FETCHER_IMAGE"); ok {
				return frameworks.Line(image)
			}
		}
	}
	return "ghcr.io/fission/fetcher"
}
