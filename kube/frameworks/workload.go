package frameworks

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Health is how a function is, as its workload and pods tell.
type Health struct {
	State          model.State
	Reason         string
	Ready, Desired *int32 // nil: not known
}

// Set writes the health to the function.
func (h Health) Set(f *model.Function) {
	f.State, f.Reason, f.Ready, f.Desired = h.State, h.Reason, h.Ready, h.Desired
}

// GetWorkload returns the record of a workload, nil when it is not there or no workload.
func GetWorkload(x Index, ref model.Ref) *model.Workload {
	w, _ := x.Get(ref).(*model.Workload)
	return w
}

// PodsOf returns the pods of a workload.
func PodsOf(x Index, workload model.Ref) []*model.Pod {
	return Typed[*model.Pod](x.Children(workload, Pod))
}

// Typed returns the objects that are records of type T.
func Typed[T model.Object](objects []model.Object) []T {
	var all []T
	for _, o := range objects {
		if t, ok := o.(T); ok {
			all = append(all, t)
		}
	}
	return all
}

// Refs returns the identities of records.
func Refs[T model.Object](all []T) []model.Ref {
	var refs []model.Ref
	for _, o := range all {
		refs = append(refs, o.Head().Ref)
	}
	return refs
}

// WorkloadHealth judges a workload by its conditions, its counts and its pods. A rollout that cannot succeed is
// failed although older pods still answer: somebody has to look at it, and the counts show the rest.
func WorkloadHealth(w *model.Workload, pods []*model.Pod) Health {
	ready, desired := Number(int64(w.Ready)), Number(int64(w.Desired))
	h := Health{Ready: &ready, Desired: &desired}
	switch {
	case !w.Deleting.IsZero():
		h.State, h.Reason = model.Deleting, pendingFinalizers(&w.Header)
	case w.Kind == Job.Kind && w.Group == Job.Group:
		h.State, h.Reason = jobState(w, pods)
	case w.Kind == CronJob.Kind && w.Group == CronJob.Group:
		h.State, h.Reason = cronJobState(w)
	case w.Desired == 0:
		h.State = model.Idle
	default:
		h.State, h.Reason = replicaState(w, pods)
	}
	return h
}

func replicaState(w *model.Workload, pods []*model.Pod) (model.State, string) {
	if c, ok := w.Condition("ReplicaFailure"); ok && c.Status == "True" {
		return model.Failed, Sentence(c.Reason, c.Message)
	}
	trouble := PodTrouble(pods)
	if c, ok := w.Condition("Progressing"); ok && c.Status == "False" {
		if trouble != "" {
			return model.Failed, trouble
		}
		return model.Failed, Sentence(c.Reason, c.Message)
	}
	if trouble != "" && (w.Ready < w.Desired || w.Updated < w.Desired) {
		return model.Failed, trouble
	}
	switch {
	case w.Observed < w.Generation:
		return model.Deploying, "the newest specification has not been taken up yet"
	case w.Ready >= w.Desired && w.Updated >= w.Desired:
		return model.Ready, trouble
	case w.Paused:
		return model.Paused, fmt.Sprintf("the rollout is paused: %d of %d replicas updated", w.Updated, w.Desired)
	case w.Updated < w.Desired:
		return model.Deploying, orElse(PodWait(pods), fmt.Sprintf("%d of %d replicas updated", w.Updated, w.Desired))
	}
	wait := orElse(PodWait(pods), fmt.Sprintf("%d of %d replicas are ready", w.Ready, w.Desired))
	if w.Ready > 0 && rolledOut(w) {
		return model.Ready, wait
	}
	return model.Deploying, wait
}

// rolledOut tells a replica that got lost from one that never came up. Only Deployments tell.
func rolledOut(w *model.Workload) bool {
	c, ok := w.Condition("Progressing")
	return ok && c.Reason == "NewReplicaSetAvailable"
}

func jobState(w *model.Workload, pods []*model.Pod) (model.State, string) {
	if c, ok := w.Condition("Failed"); ok && c.Status == "True" {
		return model.Failed, Sentence(c.Reason, c.Message)
	}
	if c, ok := w.Condition("Complete"); ok && c.Status == "True" {
		return model.Idle, "completed"
	}
	if w.Paused {
		return model.Paused, "suspended"
	}
	if trouble := PodTrouble(pods); trouble != "" {
		return model.Failed, trouble
	}
	if w.Ready > 0 {
		return model.Ready, ""
	}
	return model.Deploying, PodWait(pods)
}

func cronJobState(w *model.Workload) (model.State, string) {
	switch {
	case w.Paused:
		return model.Paused, "suspended"
	case w.Active > 0:
		return model.Ready, fmt.Sprintf("%d runs active", w.Active)
	}
	return model.Idle, ""
}

// PodsHealth judges pods that no workload of a known kind counts: bare pods, specialised pods of a pool.
func PodsHealth(pods []*model.Pod) Health {
	var ready, desired int32
	for _, p := range pods {
		if Finished(p) {
			continue
		}
		desired++
		if p.Ready {
			ready++
		}
	}
	h := Health{State: model.Ready, Ready: &ready, Desired: &desired}
	switch trouble := PodTrouble(pods); {
	case desired == 0:
		h.State = model.Idle
	case ready == desired:
		h.Reason = trouble
	case trouble != "":
		h.State, h.Reason = model.Failed, trouble
	case ready == 0:
		h.State, h.Reason = model.Deploying, PodWait(pods)
	default:
		h.Reason = fmt.Sprintf("%d of %d pods are ready", ready, desired)
	}
	return h
}

// Finished reports whether the pod is over or on its way out.
func Finished(p *model.Pod) bool {
	return p.Phase == "Succeeded" || p.Phase == "Failed" || !p.Deleting.IsZero()
}

// lasting are the waiting reasons that do not go away by waiting.
var lasting = []string{
	"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
	"ImageInspectError", "RegistryUnavailable", "CreateContainerConfigError", "CreateContainerError",
	"RunContainerError", "StartError", "PreStartHookError", "PostStartHookError",
}

// PodTrouble says what keeps the first of the pods from ever running, in the kubelet's words; empty when nothing
// does. Init containers are named, because they tell download, install and compile apart.
func PodTrouble(pods []*model.Pod) string {
	for _, p := range pods {
		if Finished(p) {
			continue
		}
		for i := range p.Containers {
			c := &p.Containers[i]
			if c.State != "waiting" || !slices.Contains(lasting, c.Reason) {
				continue
			}
			text := Sentence(c.Reason, c.Message)
			if c.Init {
				return Text("init container " + c.Name + ": " + text)
			}
			return text
		}
	}
	return ""
}

// PodWait says what the first pod that is not ready waits for; empty when that cannot be told.
func PodWait(pods []*model.Pod) string {
	for _, p := range pods {
		if p.Ready || Finished(p) {
			continue
		}
		if !p.Scheduled && (p.Reason != "" || p.Message != "") {
			return Sentence(p.Reason, p.Message)
		}
		if name := InitRunning(p); name != "" {
			return Text("init container " + name + " is running")
		}
		for i := range p.Containers {
			if c := &p.Containers[i]; c.State == "waiting" && c.Reason != "" {
				return Sentence(c.Reason, c.Message)
			}
		}
	}
	return ""
}

// InitRunning returns the init container that the pod is at, empty when it is past them or not started. Sidecars
// (init containers that stay) are ready while they run and do not count.
func InitRunning(p *model.Pod) string {
	for i := range p.Containers {
		c := &p.Containers[i]
		if !c.Init {
			break
		}
		if c.State == "running" && !c.Ready {
			return c.Name
		}
	}
	return ""
}

// Missing is the health of a function whose workload was looked for and not found. Only where the kind can be
// seen does that mean that there is none; why then says what is known of the cause.
func Missing(x Index, kind schema.GroupKind, namespace, why string) Health {
	if reason := Unseen(x, kind, namespace); reason != "" {
		return Health{State: model.Unknown, Reason: reason}
	}
	return Health{State: model.NoWorkload, Reason: Text(why)}
}

// Orphan is the health of a workload whose declaring object, of that kind, was looked for and not found. Where the
// kind is not served any more, its objects are gone with it.
func Orphan(x Index, kind schema.GroupKind, namespace, name string) Health {
	if x.Availability(kind, namespace) != Absent {
		if reason := Unseen(x, kind, namespace); reason != "" {
			return Health{State: model.Unknown, Reason: reason}
		}
	}
	return Health{
		State:  model.Orphaned,
		Reason: Text("the " + kind.Kind + " " + name + " is gone, its workload still runs"),
	}
}

// Unseen says why objects of that kind cannot be seen in that namespace; empty when they can.
func Unseen(x Index, kind schema.GroupKind, namespace string) string {
	switch x.Availability(kind, namespace) {
	case Loading:
		return plural(kind.Kind) + " are still being listed"
	case Absent:
		return fmt.Sprintf("the server does not serve %s", kind)
	case Denied:
		return fmt.Sprintf("listing %s in %s is denied", plural(kind.Kind), orElse(namespace, "all namespaces"))
	}
	return ""
}

func plural(kind string) string {
	switch {
	case strings.HasSuffix(kind, "s"):
		return kind + "es"
	case strings.HasSuffix(kind, "y"):
		return strings.TrimSuffix(kind, "y") + "ies"
	}
	return kind + "s"
}

// Unreadable is the health of a function whose declaring object could not be read in full.
func Unreadable(h *model.Header) Health {
	return Health{State: model.Unknown, Reason: Line(h.Problem)}
}

// Going is the health of a function whose declaring object is being deleted.
func Going(h *model.Header) Health {
	return Health{State: model.Deleting, Reason: pendingFinalizers(h)}
}

func pendingFinalizers(h *model.Header) string {
	if len(h.Finalizers) == 0 {
		return ""
	}
	return Text(fmt.Sprintf("waits for finalizers %q", List(h.Finalizers)))
}

// Autoscaling returns the limits of the autoscaler that targets the object, and whether there is one.
func Autoscaling(x Index, target model.Ref) (model.Scaling, bool) {
	for _, a := range Typed[*model.Autoscaler](x.Referrers(target, Autoscaler)) {
		if a.Target == target {
			return model.Scaling{Min: model.Count(a.Min), Max: model.Count(a.Max), By: a.Ref}, true
		}
	}
	return model.Scaling{}, false
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
