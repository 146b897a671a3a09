package record

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/security/model"
)

func (p *Pool) template(t *corev1.PodTemplateSpec) model.PodTemplate {
	return model.PodTemplate{
		Labels:      p.labels(t.Labels),
		Annotations: p.annotations(t.Annotations),
		Spec:        p.PodSpec(&t.Spec),
	}
}

func (p *Pool) selector(s *metav1.LabelSelector) model.Labels {
	if s == nil {
		return nil
	}
	return p.labels(s.MatchLabels)
}

func (p *Pool) condition(kind, status, reason, message string, since metav1.Time) model.Condition {
	return model.Condition{
		Type: p.String(kind), Status: p.String(status), Reason: p.String(reason),
		Message: bounded(p.String(message)), Since: since.Time,
	}
}

func one(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

func (p *Pool) deployment(o *appsv1.Deployment, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Replicas), Ready: o.Status.ReadyReplicas, Updated: o.Status.UpdatedReplicas,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration, Paused: o.Spec.Paused,
		Revision: h.Annotations.Get("deployment.kubernetes.io/revision"),
	}
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return w
}

func (p *Pool) statefulSet(o *appsv1.StatefulSet, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Replicas), Ready: o.Status.ReadyReplicas, Updated: o.Status.UpdatedReplicas,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
	}
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return w
}

func (p *Pool) daemonSet(o *appsv1.DaemonSet, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: o.Status.DesiredNumberScheduled, Ready: o.Status.NumberReady, Updated: o.Status.UpdatedNumberScheduled,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
	}
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return w
}

func (p *Pool) replicaSet(o *appsv1.ReplicaSet, h model.Header) *model.Workload {
	return &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Replicas), Ready: o.Status.ReadyReplicas, Updated: o.Status.Replicas,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
		Revision: h.Annotations.Get("deployment.kubernetes.io/revision"),
	}
}

func (p *Pool) job(o *batchv1.Job, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Parallelism), Generation: o.Generation, Observed: o.Generation,
		Paused: o.Spec.Suspend != nil && *o.Spec.Suspend,
		Active: o.Status.Active, Succeeded: o.Status.Succeeded, Failed: o.Status.Failed,
	}
	if o.Status.Ready != nil {
		w.Ready = *o.Status.Ready
	}
	if o.Status.CompletionTime != nil {
		w.LastSucceeded = o.Status.CompletionTime.Time
	}
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	if finished(w) {
		w.Desired = 0
	}
	return w
}

func (p *Pool) cronJob(o *batchv1.CronJob, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.JobTemplate.Spec.Template),
		Generation: o.Generation, Observed: o.Generation,
		Paused:   o.Spec.Suspend != nil && *o.Spec.Suspend,
		Active:   int32(min(len(o.Status.Active), 1<<30)),
		Schedule: o.Spec.Schedule,
	}
	if o.Spec.TimeZone != nil && *o.Spec.TimeZone != "" {
		w.Schedule += " " + *o.Spec.TimeZone
	}
	if o.Status.LastScheduleTime != nil {
		w.LastScheduled = o.Status.LastScheduleTime.Time
	}
	if o.Status.LastSuccessfulTime != nil {
		w.LastSucceeded = o.Status.LastSuccessfulTime.Time
	}
	return w
}

// finished reports whether a Job is over, one way or the other.
func finished(w *model.Workload) bool {
	for _, c := range w.Conditions {
		if (c.Type == string(batchv1.JobComplete) || c.Type == string(batchv1.JobFailed)) && c.Status == "True" {
			return true
		}
	}
	return false
}
