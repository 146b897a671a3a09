package secrets

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// templates are where workloads have their pod specs.
var templates = map[string]string{
	"Deployment": "spec.template.spec", "StatefulSet": "spec.template.spec", "DaemonSet": "spec.template.spec", "Job": "spec.template.spec",
	"CronJob": "spec.jobTemplate.spec.template.spec", "Pod": "spec",
}

// WorkloadUses lists how the pods of a workload get at Secrets, whether it belongs to a function or not: each place
// where its template names one.
func WorkloadUses(r *snapshot.Reader, ref model.Ref) []Use {
	s := workload.Spec{Origin: model.Origin{Ref: ref, Path: templates[ref.Kind]}}
	switch o := r.Get(ref).(type) {
	case *model.Workload:
		s.Spec, s.Labels, s.Annotations = o.Template.Spec, o.Template.Labels, o.Template.Annotations
	case *model.Pod:
		s.Spec, s.Labels, s.Annotations = o.Spec, o.Labels, o.Annotations
	}
	if s.Spec == nil {
		s.Spec = &corev1.PodSpec{}
	}
	c := collector{namespace: ref.Namespace}
	c.spec(r, &s)
	return c.found
}

// Configuring lists the objects that the object which declares a function names and that configure it: an Environment, a
// Package, a TriggerAuthentication.
func Configuring(r *snapshot.Reader, f *model.Function) []model.Ref {
	o := r.Get(f.Object)
	if o == nil {
		return nil
	}
	return factsOf(o).related
}
