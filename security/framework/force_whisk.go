package framework

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

const (
	podTemplateVariable = "CONFIG_whisk_kubernetes_podTemplate"
	actionContainer     = "user-action"
	maxPodTemplate      = 64 << 10
)

// podTemplateSaid returns what the text of a pod template of OpenWhisk says about the container of actions; nil when it
// is none, or says nothing.
func podTemplateSaid(text string) *said {
	if len(text) > maxPodTemplate || !strings.Contains(text, actionContainer) {
		return nil
	}
	var p corev1.Pod
	if yaml.Unmarshal([]byte(text), &p) != nil {
		return nil
	}
	i := indexOf(p.Spec.Containers, actionContainer)
	if i < 0 {
		return nil
	}
	st := explicit(&p.Spec, &p.Spec.Containers[i])
	if st == (stance{}) {
		return nil
	}
	st.account = short(st.account)
	return &said{st}
}

var podTemplateText = snapshot.NewQuery("pod template of OpenWhisk", func(_ *snapshot.Reader, text string) *said {
	return podTemplateSaid(text)
}, nil)

// forceWhisk compares action pods with the pod template of their invoker, and looks for those that are older than it.
func forceWhisk(e *check.Eval, v *workload.View) {
	plane, ok := check.Platform(e.F)
	if !ok {
		return
	}
	p := PlatformOf.Get(e.Reader, plane)
	all := parts(e.Reader, &p)
	for _, w := range components(all, "invoker") {
		c := container(w.Spec, "invoker")
		if c == nil {
			continue
		}
		set := env(c, podTemplateVariable)
		if !set.Set {
			continue
		}
		if template := podTemplateOf(e, w, c, set.Value); template != nil {
			d := declaration{stance: template.stance, container: actionContainer, who: "the pod template of invoker " + w.Name}
			d.compare(e, v)
		}
		olderThanInvoker(e, w)
	}
}

// podTemplateOf returns what the pod template says that a variable holds, or names as a file; nil when it says nothing, or
// the control was told that it cannot be read.
func podTemplateOf(e *check.Eval, w *part, c *corev1.Container, value string) *said {
	file, ok := strings.CutPrefix(value, "file:")
	if !ok {
		return podTemplateText.Get(e.Reader, value)
	}
	for i := range c.VolumeMounts {
		m := &c.VolumeMounts[i]
		if !strings.HasPrefix(file, strings.TrimSuffix(m.MountPath, "/")+"/") && file != m.MountPath {
			continue
		}
		for k := range w.Spec.Volumes {
			from := w.Spec.Volumes[k].ConfigMap
			if from == nil || w.Spec.Volumes[k].Name != m.Name {
				continue
			}
			key := path.Base(file)
			for _, item := range from.Items {
				if path.Base(item.Path) == key {
					key = item.Key
				}
			}
			ref := model.Ref{Kind: configMapKind.Kind, Namespace: w.Namespace, Name: from.Name}
			o := e.Get(ref)
			if o == nil {
				e.Need(configMapKind, w.Namespace)
				return nil
			}
			facts, _ := snapshot.FactsOf[*configFacts](o, reader)
			if facts == nil || facts.templateIn != key {
				return nil
			}
			return facts.template
		}
	}
	return nil
}

// olderThanInvoker looks for action pods that were made before the invoker was started with what it has now.
func olderThanInvoker(e *check.Eval, w *part) {
	for _, ref := range e.F.Pods {
		pod, ok := e.Get(ref).(*model.Pod)
		if !ok || pod.Created.IsZero() {
			continue
		}
		number := strings.TrimPrefix(pod.Labels.Get("invoker"), "invoker")
		maker := e.Get(model.Ref{Kind: podKind.Kind, Namespace: w.Namespace, Name: w.Name + "-" + number})
		if maker != nil && pod.Created.Before(maker.Head().Created) {
			e.Failf(check.At{Object: ref, Path: "spec"}, "the pod is older than its invoker %s: the pod template that the invoker has now is not in force", maker.Head().Name)
		}
	}
}
