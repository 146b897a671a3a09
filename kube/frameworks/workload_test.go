package frameworks

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fn9s/fn9s/security/model"
)

func deployment(desired, updated, ready int32, conditions ...model.Condition) *model.Workload {
	return &model.Workload{
		Header:  model.Header{Ref: model.Ref{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "cart"}},
		Desired: desired, Updated: updated, Ready: ready, Generation: 3, Observed: 3, Conditions: conditions,
	}
}

func cond(kind, status, reason, message string) model.Condition {
	return model.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func waiting(init bool, name, reason, message string) *model.Pod {
	return &model.Pod{Phase: "Pending", Scheduled: true, Containers: []model.Container{
		{Name: name, Init: init, State: "waiting", Reason: reason, Message: message},
	}}
}

func TestWorkloadHealth(t *testing.T) {
	crash := waiting(false, "cart", "CrashLoopBackOff", "back-off 5m0s restarting failed container")
	behind := deployment(1, 1, 1)
	behind.Generation = 4
	paused := deployment(2, 1, 2)
	paused.Paused = true
	leaving := deployment(1, 1, 1)
	leaving.Deleting, leaving.Finalizers = time.Unix(1, 0), []string{"foregroundDeletion"}
	gone := waiting(false, "cart", "CrashLoopBackOff", "")
	gone.Deleting = time.Unix(1, 0)
	for _, tc := range []struct {
		name   string
		w      *model.Workload
		pods   []*model.Pod
		state  model.State
		reason string
	}{
		{"all replicas ready", deployment(2, 2, 2), nil, model.Ready, ""},
		{"scaled to zero", deployment(0, 0, 0), nil, model.Idle, ""},
		{"a lost replica of a finished rollout",
			deployment(3, 3, 2, cond("Progressing", "True", "NewReplicaSetAvailable", "")), nil,
			model.Ready, "2 of 3 replicas are ready"},
		{"coming up", deployment(2, 2, 1, cond("Progressing", "True", "ReplicaSetUpdated", "")), nil,
			model.Deploying, "1 of 2 replicas are ready"},
		{"rolling out", deployment(2, 1, 2), nil, model.Deploying, "1 of 2 replicas updated"},
		{"not seen by its controller", behind, nil, model.Deploying, "the newest specification has not been taken up yet"},
		{"paused in a rollout", paused, nil, model.Paused, "the rollout is paused: 1 of 2 replicas updated"},
		{"quota", deployment(1, 0, 0, cond("ReplicaFailure", "True", "FailedCreate", "exceeded quota: small")), nil,
			model.Failed, "FailedCreate: exceeded quota: small"},
		{"deadline, with the pod's own words",
			deployment(1, 1, 0, cond("Progressing", "False", "ProgressDeadlineExceeded", "has timed out")),
			[]*model.Pod{crash}, model.Failed, "CrashLoopBackOff: back-off 5m0s restarting failed container"},
		{"deadline, without pods",
			deployment(1, 1, 0, cond("Progressing", "False", "ProgressDeadlineExceeded", "has timed out")), nil,
			model.Failed, "ProgressDeadlineExceeded: has timed out"},
		{"crashing update while old pods answer", deployment(2, 1, 2), []*model.Pod{crash},
			model.Failed, "CrashLoopBackOff: back-off 5m0s restarting failed container"},
		{"crash of a pod that is being deleted", deployment(1, 1, 1), []*model.Pod{gone}, model.Ready, ""},
		{"unschedulable", deployment(1, 1, 0), []*model.Pod{{
			Phase: "Pending", Reason: "Unschedulable", Message: "0/3 nodes are available"}},
			model.Deploying, "Unschedulable: 0/3 nodes are available"},
		{"init container fails", deployment(1, 1, 0),
			[]*model.Pod{waiting(true, "install", "CrashLoopBackOff", "exit 1")},
			model.Failed, "init container install: CrashLoopBackOff: exit 1"},
		{"deleting", leaving, nil, model.Deleting, `waits for finalizers ["foregroundDeletion"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := WorkloadHealth(tc.w, tc.pods)
			assert.Equal(t, tc.state, h.State)
			assert.Equal(t, tc.reason, h.Reason)
			assert.Equal(t, tc.w.Ready, *h.Ready)
			assert.Equal(t, tc.w.Desired, *h.Desired)
		})
	}
}

func TestHealthOfJobs(t *testing.T) {
	job := func(change func(*model.Workload)) *model.Workload {
		w := &model.Workload{Header: model.Header{Ref: model.Ref{Group: "batch", Kind: "Job"}}}
		change(w)
		return w
	}
	for _, tc := range []struct {
		name  string
		w     *model.Workload
		state model.State
	}{
		{"running", job(func(w *model.Workload) { w.Ready, w.Desired = 1, 1 }), model.Ready},
		{"starting", job(func(w *model.Workload) { w.Desired = 1 }), model.Deploying},
		{"complete", job(func(w *model.Workload) { w.Conditions = []model.Condition{cond("Complete", "True", "", "")} }), model.Idle},
		{"failed", job(func(w *model.Workload) {
			w.Conditions = []model.Condition{cond("Failed", "True", "BackoffLimitExceeded", "")}
		}), model.Failed},
		{"suspended", job(func(w *model.Workload) { w.Paused = true }), model.Paused},
		{"cron between runs", job(func(w *model.Workload) { w.Kind = "CronJob" }), model.Idle},
		{"cron suspended", job(func(w *model.Workload) { w.Kind, w.Paused = "CronJob", true }), model.Paused},
		{"cron running", job(func(w *model.Workload) { w.Kind, w.Active = "CronJob", 1 }), model.Ready},
	} {
		t.Run(tc.name, func(t *testing.T) { assert.Equal(t, tc.state, WorkloadHealth(tc.w, nil).State) })
	}
}

func TestPodsHealth(t *testing.T) {
	up, over := &model.Pod{Phase: "Running", Ready: true}, &model.Pod{Phase: "Succeeded"}
	pull := waiting(false, "user-action", "ImagePullBackOff", "")
	pending := &model.Pod{Phase: "Pending", Scheduled: true}
	assert.Equal(t, model.Idle, PodsHealth([]*model.Pod{over}).State)
	assert.Equal(t, model.Ready, PodsHealth([]*model.Pod{up, over}).State)
	assert.Equal(t, model.Failed, PodsHealth([]*model.Pod{up, pull}).State)
	assert.Equal(t, model.Deploying, PodsHealth([]*model.Pod{pending}).State)
	h := PodsHealth([]*model.Pod{up, pending})
	assert.Equal(t, model.Ready, h.State)
	assert.Equal(t, "1 of 2 pods are ready", h.Reason)
	assert.Equal(t, int32(1), *h.Ready)
	assert.Equal(t, int32(2), *h.Desired)
}

func TestMissingIsOnlySaidOfWhatCouldBeSeen(t *testing.T) {
	for a, want := range map[Availability]Health{
		Available: {State: model.NoWorkload, Reason: "no Deployment cart"},
		Loading:   {State: model.Unknown, Reason: "Deployments are still being listed"},
		Denied:    {State: model.Unknown, Reason: "listing Deployments in shop is denied"},
		Absent:    {State: model.Unknown, Reason: "the server does not serve Deployment.apps"},
	} {
		x := index{avail: map[string]Availability{"Deployment": a}}
		assert.Equal(t, want, Missing(x, Deployment, "shop", "no Deployment cart"))
	}
}

func TestOrphanIsOnlySaidWhereTheKindCanBeSeen(t *testing.T) {
	for a, want := range map[Availability]model.State{
		Available: model.Orphaned, Absent: model.Orphaned, Loading: model.Unknown, Denied: model.Unknown,
	} {
		got := Orphan(index{avail: map[string]Availability{"Deployment": a}}, Deployment, "shop", "cart")
		assert.Equal(t, want, got.State)
		assert.NotEmpty(t, got.Reason)
	}
}

func TestInitRunningIgnoresSidecars(t *testing.T) {
	p := &model.Pod{Containers: []model.Container{
		{Name: "istio-proxy", Init: true, State: "running", Ready: true},
		{Name: "install", Init: true, State: "running"},
		{Name: "fn", State: "waiting", Reason: "PodInitializing"},
	}}
	assert.Equal(t, "install", InitRunning(p))
	p.Containers[1].State = "terminated"
	assert.Empty(t, InitRunning(p))
}

func TestAutoscaling(t *testing.T) {
	target := model.Ref{Group: "apps", Kind: "Deployment", Namespace: "shop", Name: "cart"}
	hpa := &model.Autoscaler{Target: target, Min: 2, Max: 9, Header: model.Header{
		Ref:   model.Ref{Group: "autoscaling", Kind: "HorizontalPodAutoscaler", Namespace: "shop", Name: "cart"},
		Links: []model.Ref{target},
	}}
	s, ok := Autoscaling(index{objects: []model.Object{hpa}}, target)
	assert.True(t, ok)
	assert.Equal(t, int32(2), *s.Min)
	assert.Equal(t, int32(9), *s.Max)
	assert.Equal(t, hpa.Ref, s.By)
	_, ok = Autoscaling(index{}, target)
	assert.False(t, ok)
}

func TestTexts(t *testing.T) {
	assert.Equal(t, "Failed: because", Sentence("Failed", "because\nand more"))
	assert.Equal(t, "because", Sentence("", "because"))
	assert.Equal(t, "Failed", Sentence("Failed", "Failed"))
	long := Text(strings.Repeat("ü", MaxText))
	assert.LessOrEqual(t, len(long), MaxText+len("…"))
	assert.True(t, strings.HasSuffix(long, "ü…"))
	assert.Equal(t, "0.18.9", ImageTag("ghcr.io:443/openfaas/faas-netes:0.18.9@sha256:00"))
	assert.Empty(t, ImageTag("localhost:5000/img"))
	assert.Equal(t, int32(0), Number(-5))
	assert.Equal(t, int32(1<<31-1), Number(1<<40))
}
