package framework

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// part is one workload of a control plane, or a pod that nothing owns.
type part struct {
	model.Ref
	model.PodTemplate
	path string // of the pod spec
}

// parts returns the workloads of a control plane. No query remembers them: specs are stored once.
func parts(r *snapshot.Reader, p *Platform) []part {
	all := make([]part, 0, len(p.Workloads))
	for _, ref := range p.Workloads {
		t, ok := templateOf(r.Get(ref))
		if !ok {
			continue
		}
		path := "spec.template.spec"
		if ref.Kind == podKind.Kind {
			path = "spec"
		}
		all = append(all, part{Ref: ref, PodTemplate: t, path: path})
	}
	return all
}

// partsWith returns the parts whose pods carry the label.
func partsWith(r *snapshot.Reader, p *Platform, key, value string) []part {
	var found []part
	for _, w := range parts(r, p) {
		if w.Labels.Get(key) == value {
			found = append(found, w)
		}
	}
	return found
}

// at is a field of a container of the part: `env[basic_auth]`. An empty field is the container itself.
func (p *part) at(c *corev1.Container, field string) check.At {
	list, i := "containers", indexOf(p.Spec.Containers, c.Name)
	if i < 0 {
		list, i = "initContainers", indexOf(p.Spec.InitContainers, c.Name)
	}
	if field != "" {
		field = "." + field
	}
	return check.At{
		Object: p.Ref,
		Path:   p.path + "." + list + "[" + strconv.Itoa(i) + "]" + field,
		Fixed:  p.path + "." + list + "[" + c.Name + "]" + field,
	}
}

func indexOf(all []corev1.Container, name string) int {
	for i := range all {
		if all[i].Name == name {
			return i
		}
	}
	return -1
}

// container returns the container of that name, init containers left out; nil when there is none.
func container(s *corev1.PodSpec, name string) *corev1.Container {
	if i := indexOf(s.Containers, name); i >= 0 {
		return &s.Containers[i]
	}
	return nil
}

// versionOf is the tag of a container's image, or of the first one's; empty behind a digest.
func versionOf(w *model.Workload, name string) string {
	c := container(w.Template.Spec, name)
	if c == nil && name == "" && len(w.Template.Spec.Containers) > 0 {
		c = &w.Template.Spec.Containers[0]
	}
	if c == nil {
		return ""
	}
	return imageTag(c.Image)
}

func imageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return tag
}

// setting is an environment variable of a container.
type setting struct {
	Set   bool   // it is there, with a literal or from elsewhere
	Value string // of a literal
	// Hidden: it is taken from another object, or may be: its value is not known.
	Hidden bool
	Index  int
}

// Is reports whether the value is known and is one of these.
func (s setting) Is(values ...string) bool {
	for _, v := range values {
		if s.Set && !s.Hidden && s.Value == v {
			return true
		}
	}
	return false
}

// env reads an environment variable. The last entry of a name is in force.
func env(c *corev1.Container, name string) setting {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if e := &c.Env[i]; e.Name == name {
			return setting{Set: true, Value: e.Value, Hidden: e.ValueFrom != nil, Index: i}
		}
	}
	return setting{Hidden: len(c.EnvFrom) > 0, Index: -1}
}

// envAt is where the variable of a part's container stands, or the container where it does not.
func (p *part) envAt(c *corev1.Container, name string) check.At {
	s := env(c, name)
	if !s.Set {
		return p.at(c, "env")
	}
	at := p.at(c, "env["+strconv.Itoa(s.Index)+"].value")
	at.Fixed = p.at(c, "env["+name+"].value").Fixed
	return at
}

// mountsSecret reports whether pods of the spec hold the Secret, by volume or environment.
func mountsSecret(s *corev1.PodSpec, name string) bool {
	for i := range s.Volumes {
		v := &s.Volumes[i]
		if v.Secret != nil && v.Secret.SecretName == name {
			return true
		}
		if v.Projected == nil {
			continue
		}
		for j := range v.Projected.Sources {
			if p := v.Projected.Sources[j].Secret; p != nil && p.Name == name {
				return true
			}
		}
	}
	return usesSecret(s.Containers, name) || usesSecret(s.InitContainers, name)
}

func usesSecret(all []corev1.Container, name string) bool {
	for i := range all {
		for j := range all[i].Env {
			if v := all[i].Env[j].ValueFrom; v != nil && v.SecretKeyRef != nil && v.SecretKeyRef.Name == name {
				return true
			}
		}
		for j := range all[i].EnvFrom {
			if s := all[i].EnvFrom[j].SecretRef; s != nil && s.Name == name {
				return true
			}
		}
	}
	return false
}
