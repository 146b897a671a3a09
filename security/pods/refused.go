package pods

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// Refused lists what makes pods in a namespace that it would refuse if it enforced a level: workloads, bare pods, and
// the functions whose pods their framework makes. hidden says that there may be more.
func Refused(r *snapshot.Reader, namespace, level string) (refused []model.Ref, hidden bool) {
	minor, want := minorOf(NamespaceLevel.Get(r, namespace).Enforce.Version), strict(level)
	judge := func(ref model.Ref, s *corev1.PodSpec, annotations model.Labels) {
		if s != nil && verdictFor(r, s, annotations, minor).level() < want && !slices.Contains(refused, ref) {
			refused = append(refused, ref)
		}
	}
	for _, kind := range workload.PodMakers {
		_, unseen := r.Hidden(kind, namespace)
		hidden = hidden || unseen
		for _, s := range workload.Specs.List(r, kind, namespace) {
			judge(s.Of, s.Trait.Spec, s.Trait.Annotations)
		}
	}
	for _, f := range r.Functions(namespace) {
		for i := range f.Templates {
			if t := &f.Templates[i]; t.Origin.Group != "apps" && t.Origin.Group != "batch" && t.Origin.Group != "" {
				judge(t.Origin.Ref, t.Spec, t.Annotations)
			}
		}
	}
	return refused, hidden
}

// Levels are the levels of the Pod Security Standards, the strictest last.
func Levels() []string { return slices.Clone(levels[:]) }
