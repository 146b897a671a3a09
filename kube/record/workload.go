package record

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/fn9s/fn9s/security/model"
)

func (p *Pool) template(t *corev1.PodTemplateSpec) model.PodTemplate {
	return model.PodTemplate{
		Labels:      p.labels(t.Labels),
		Annotations: p.annotations(t.Annotations),
		Spec:        p.PodSpec(&t.Spec),
	}
}

// templateOf is the template of a workload that may have a known pod spec.
func templateOf(o runtime.Object) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	case *appsv1.ReplicaSet:
		return &o.Spec.Template
	}
	return nil
}

// alikeLabels makes equal labels of one object one: a template has those of its selector, a ReplicaSet those of its
// template.
func alikeLabels(w *model.Workload) *model.Workload {
	if slices.Equal(w.Labels, w.Template.Labels) {
		w.Template.Labels = w.Labels
	}
	if slices.Equal(w.Selector, w.Template.Labels) {
		w.Selector = w.Template.Labels
	}
	return w
}

// Lasting reports whether all that is kept of a workload but its status lasts while nothing else changes.
func (d *Decoder) Lasting(w *model.Workload) bool {
	if w.Settled == 0 || w.Problem != "" || d.passing[w.GroupKind()] {
		return false
	}
	return !slices.ContainsFunc(d.judges[w.GroupKind()], func(k keeper) bool {
		return !k.Settled && (!k.Chosen || w.FactsOf(k.name) != nil)
	})
}

// Renewed makes the record of a workload of which nothing but its status differs from the one before, and nothing else was
// decoded. What lasts is shared.
func (d *Decoder) Renewed(o runtime.Object, before *model.Workload) *model.Workload {
	w := *before
	renew := func(m *metav1.ObjectMeta) {
		w.ResourceVersion, w.Generation = m.ResourceVersion, m.Generation
		w.Changed, w.Writers = d.lastWrite(m.ManagedFields), d.writers(m.ManagedFields)
		if slices.Equal(w.Writers, before.Writers) {
			w.Writers = before.Writers
		}
	}
	switch o := o.(type) {
	case *appsv1.Deployment:
		renew(&o.ObjectMeta)
		w.Ready, w.Updated, w.Observed = o.Status.ReadyReplicas, o.Status.UpdatedReplicas, o.Status.ObservedGeneration
		if w.Conditions = d.conditions(o.Status.Conditions); slices.Equal(w.Conditions, before.Conditions) {
			w.Conditions = before.Conditions
		}
	case *appsv1.ReplicaSet:
		renew(&o.ObjectMeta)
		w.Ready, w.Updated, w.Observed = o.Status.ReadyReplicas, o.Status.Replicas, o.Status.ObservedGeneration
	}
	return &w
}

// fine are the conditions of a workload of which only the opposite says something in words.
func fine(kind, status string) bool {
	return status == "True" && (kind == "Available" || kind == "Progressing")
}

func (p *Pool) selector(s *metav1.LabelSelector) model.Labels {
	if s == nil {
		return nil
	}
	return p.labels(s.MatchLabels)
}

func (p *Pool) condition(kind, status, reason, message string, since metav1.Time) model.Condition {
	c := model.Condition{Type: p.String(kind), Status: p.String(status), Reason: p.String(reason), Since: since.Time}
	if !fine(kind, status) {
		c.Message = bounded(p.String(message))
	}
	return c
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
	w.Conditions = p.conditions(o.Status.Conditions)
	return alikeLabels(w)
}

func (p *Pool) conditions(all []appsv1.DeploymentCondition) []model.Condition {
	out := make([]model.Condition, 0, len(all))
	for _, c := range all {
		out = append(out, p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return out
}

func (p *Pool) statefulSet(o *appsv1.StatefulSet, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Replicas), Ready: o.Status.ReadyReplicas, Updated: o.Status.UpdatedReplicas,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
	}
	w.Conditions = make([]model.Condition, 0, len(o.Status.Conditions))
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return alikeLabels(w)
}

func (p *Pool) daemonSet(o *appsv1.DaemonSet, h model.Header) *model.Workload {
	w := &model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: o.Status.DesiredNumberScheduled, Ready: o.Status.NumberReady, Updated: o.Status.UpdatedNumberScheduled,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
	}
	w.Conditions = make([]model.Condition, 0, len(o.Status.Conditions))
	for _, c := range o.Status.Conditions {
		w.Conditions = append(w.Conditions,
			p.condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime))
	}
	return alikeLabels(w)
}

func (p *Pool) replicaSet(o *appsv1.ReplicaSet, h model.Header) *model.Workload {
	return alikeLabels(&model.Workload{
		Header: h, Template: p.template(&o.Spec.Template), Selector: p.selector(o.Spec.Selector),
		Desired: one(o.Spec.Replicas), Ready: o.Status.ReadyReplicas, Updated: o.Status.Replicas,
		Generation: o.Generation, Observed: o.Status.ObservedGeneration,
		Revision: h.Annotations.Get("deployment.kubernetes.io/revision"),
	})
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
	w.Conditions = make([]model.Condition, 0, len(o.Status.Conditions))
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
