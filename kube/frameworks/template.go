package frameworks

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
)

// TemplatePath returns the path of the pod template inside a workload of that kind, and empty for a Pod.
func TemplatePath(kind string) string {
	switch kind {
	case CronJob.Kind:
		return "spec.jobTemplate.spec.template"
	case Pod.Kind:
		return ""
	}
	return "spec.template"
}

// SpecPath returns the path of the pod spec inside a workload of that kind, or inside a Pod.
func SpecPath(kind string) string {
	if p := TemplatePath(kind); p != "" {
		return p + ".spec"
	}
	return "spec"
}

// TemplateOf returns the pod template of a workload, and names its function's container. An empty container means
// that it is looked for with FunctionContainer.
func TemplateOf(w *model.Workload, role model.Role, container string) model.Template {
	t := model.Template{
		PodTemplate: w.Template, Role: role, Container: container,
		Origin: model.Origin{Ref: w.Ref, Path: TemplatePath(w.Kind)},
	}
	if c := FunctionContainer(w.Template.Spec, container); c != nil {
		t.Container = c.Name
	}
	return t
}

// TemplateOfPod returns the template that a pod without workload stands for; false when its spec is not kept.
func TemplateOfPod(p *model.Pod, role model.Role, container string) (model.Template, bool) {
	if p.Spec == nil {
		return model.Template{}, false
	}
	t := model.Template{
		PodTemplate: model.PodTemplate{Labels: p.Labels, Annotations: p.Annotations, Spec: p.Spec},
		Role:        role, Container: container, Origin: model.Origin{Ref: p.Ref},
	}
	if c := FunctionContainer(p.Spec, container); c != nil {
		t.Container = c.Name
	}
	return t, true
}

// sidecars are containers that meshes and collectors inject before or after the function's own.
var sidecars = []string{
	"istio-proxy", "linkerd-proxy", "queue-proxy", "envoy", "daprd", "vault-agent", "cilium-envoy", "kuma-sidecar",
	"consul-dataplane", "cloud-sql-proxy", "fluent-bit",
}

// FunctionContainer returns the container of that name, else the first one that is no known sidecar, else nil.
func FunctionContainer(s *corev1.PodSpec, names ...string) *corev1.Container {
	if s == nil {
		return nil
	}
	for i := range s.Containers {
		if c := &s.Containers[i]; c.Name != "" && slices.Contains(names, c.Name) {
			return c
		}
	}
	for i := range s.Containers {
		if c := &s.Containers[i]; !slices.Contains(sidecars, c.Name) {
			return c
		}
	}
	return nil
}

// EnvValue returns the literal value of a variable of the container, and whether it has one.
func EnvValue(c *corev1.Container, name string) (string, bool) {
	if c == nil {
		return "", false
	}
	for i := range c.Env {
		if e := &c.Env[i]; e.Name == name && e.ValueFrom == nil {
			return e.Value, true
		}
	}
	return "", false
}

// AccountOf returns the ServiceAccount that pods of the spec run as.
func AccountOf(s *corev1.PodSpec) string {
	if s == nil {
		return ""
	}
	if s.ServiceAccountName != "" {
		return s.ServiceAccountName
	}
	return orElse(s.DeprecatedServiceAccount, "default")
}

// References lists the Secrets, ConfigMaps and provider classes that the spec names, each with the path of the
// field. How Env, File and Pull are told apart; other roles than Run are the caller's to say (see Reuse).
func References(s *corev1.PodSpec, at model.Ref) []model.Reference {
	if s == nil {
		return nil
	}
	r := collector{at: at, path: SpecPath(at.Kind)}
	for i := range s.InitContainers {
		r.container(&s.InitContainers[i], fmt.Sprintf("%s.initContainers[%d]", r.path, i))
	}
	for i := range s.Containers {
		r.container(&s.Containers[i], fmt.Sprintf("%s.containers[%d]", r.path, i))
	}
	for i := range s.Volumes {
		r.volume(&s.Volumes[i], fmt.Sprintf("%s.volumes[%d]", r.path, i))
	}
	for i := range s.ImagePullSecrets {
		r.add(Secret.Kind, s.ImagePullSecrets[i].Name, "", model.Pull, nil,
			fmt.Sprintf("%s.imagePullSecrets[%d]", r.path, i))
	}
	return r.found
}

// Reuse returns the references with another way of use, for templates that build or trigger.
func Reuse(refs []model.Reference, how model.How) []model.Reference {
	out := slices.Clone(refs)
	for i := range out {
		out[i].How = how
	}
	return out
}

// rootCertificates is the ConfigMap that the cluster itself puts into every namespace; manifests do not hold it.
const rootCertificates = "kube-root-ca.crt"

// MarkMissing finds out which of the references name Secrets or ConfigMaps that do not exist, and drops repeated
// references (same object, key, way and origin). It returns its argument's elements in order.
func MarkMissing(x Index, refs []model.Reference) []model.Reference {
	seen := make(map[model.Reference]bool, len(refs))
	out := refs[:0:0]
	for _, r := range List(refs) {
		if seen[r] {
			continue
		}
		seen[r] = true
		kind := Secret
		if r.Kind == ConfigMap.Kind {
			kind = ConfigMap
		}
		if r.Kind == kind.Kind && !(r.Kind == ConfigMap.Kind && r.Name == rootCertificates) {
			ns := orElse(r.Namespace, r.Origin.Namespace)
			if x.Availability(kind, ns) == Available {
				r.Missing = x.Get(model.Ref{Kind: r.Kind, Namespace: ns, Name: r.Name}) == nil
			}
		}
		out = append(out, r)
	}
	return out
}

// MissingNames says in one line which required references are missing; empty when none is.
func MissingNames(refs []model.Reference) string {
	var names []string
	for _, r := range refs {
		if text := r.Kind + " " + r.Name; r.Missing && !r.Optional && !slices.Contains(names, text) {
			names = append(names, text)
		}
	}
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > 3 {
		more = fmt.Sprintf(" and %d more", len(names)-3)
	}
	text := names[0]
	for _, n := range names[1:min(len(names), 3)] {
		text += ", " + n
	}
	return Text("missing: " + text + more)
}

type collector struct {
	at    model.Ref
	path  string
	found []model.Reference
}

func (r *collector) add(kind, name, key string, how model.How, optional *bool, path string) {
	if name == "" || len(r.found) >= MaxList {
		return
	}
	r.found = append(r.found, model.Reference{
		Kind: kind, Name: name, Key: key, How: how, Optional: optional != nil && *optional,
		Origin: model.Origin{Ref: r.at, Path: path},
	})
}

func (r *collector) container(c *corev1.Container, path string) {
	for i := range c.Env {
		from := c.Env[i].ValueFrom
		if from == nil {
			continue
		}
		if k := from.SecretKeyRef; k != nil {
			r.add(Secret.Kind, k.Name, k.Key, model.Env, k.Optional,
				fmt.Sprintf("%s.env[%d].valueFrom.secretKeyRef", path, i))
		}
		if k := from.ConfigMapKeyRef; k != nil {
			r.add(ConfigMap.Kind, k.Name, k.Key, model.Env, k.Optional,
				fmt.Sprintf("%s.env[%d].valueFrom.configMapKeyRef", path, i))
		}
	}
	for i := range c.EnvFrom {
		if s := c.EnvFrom[i].SecretRef; s != nil {
			r.add(Secret.Kind, s.Name, "", model.Env, s.Optional, fmt.Sprintf("%s.envFrom[%d].secretRef", path, i))
		}
		if m := c.EnvFrom[i].ConfigMapRef; m != nil {
			r.add(ConfigMap.Kind, m.Name, "", model.Env, m.Optional,
				fmt.Sprintf("%s.envFrom[%d].configMapRef", path, i))
		}
	}
}
