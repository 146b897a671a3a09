package pods

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Refused lists what makes pods in a namespace that it would refuse if it enforced a level: workloads, bare pods, and
// the functions whose pods their framework makes. hidden says that there may be more.
func Refused(r *snapshot.Reader, namespace, level string) (refused []model.Ref, hidden bool) {
	minor, want := minorOf(NamespaceLevel.Get(r, namespace).Enforce.Version), strict(level)
	judge := func(ref model.Ref, t model.PodTemplate) {
		if t.Spec != nil && verdictFor(r, t.Spec, t.Annotations, minor).level() < want && !slices.Contains(refused, ref) {
			refused = append(refused, ref)
		}
	}
	for _, kind := range makers {
		_, unseen := r.Hidden(kind, namespace)
		hidden = hidden || unseen
		for _, o := range r.List(kind, namespace) {
			switch o := o.(type) {
			case *model.Workload:
				judge(o.Ref, o.Template)
			case *model.Pod:
				judge(o.Ref, model.PodTemplate{Annotations: o.Annotations, Spec: o.Spec})
			}
		}
	}
	for _, f := range r.Functions(namespace) {
		for i := range f.Templates {
			if t := &f.Templates[i]; t.Origin.Group != "apps" && t.Origin.Group != "batch" && t.Origin.Group != "" {
				judge(t.Origin.Ref, t.PodTemplate)
			}
		}
	}
	return refused, hidden
}

// Levels are the levels of the Pod Security Standards, the strictest last.
func Levels() []string { return slices.Clone(levels[:]) }
