package snapshot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

func TestHowAWorkloadFaresIsNoChange(t *testing.T) {
	base := model.Workload{Header: model.Header{Ref: model.Ref{Kind: "Deployment", Name: "a"}, ResourceVersion: "1"}, Desired: 1, Updated: 1, Ready: 1,
		Template: model.PodTemplate{Spec: &corev1.PodSpec{HostPID: true}}, Conditions: []model.Condition{{Type: "Available"}}}
	for name, c := range map[string]struct {
		change func(*model.Workload)
		same   bool
	}{
		"version":        {func(w *model.Workload) { w.ResourceVersion = "2" }, true},
		"when written":   {func(w *model.Workload) { w.Changed.Time = time.Now() }, true},
		"by whom":        {func(w *model.Workload) { w.Changed.Manager = "kubectl" }, false},
		"more replicas":  {func(w *model.Workload) { w.Desired, w.Updated, w.Ready, w.Observed = 5, 3, 3, 4 }, true},
		"none ready":     {func(w *model.Workload) { w.Ready = 0 }, true},
		"scaled to zero": {func(w *model.Workload) { w.Desired = 0 }, true},
		"in which words": {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "Available", Message: "is"}} }, true},
		"condition":      {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "Progressing"}} }, true},
		"stuck": {func(w *model.Workload) {
			w.Desired, w.Updated, w.Ready = 3, 1, 2
			w.Conditions = []model.Condition{{Type: "Progressing", Status: "False"}}
		}, false},
		"no pods made": {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "ReplicaFailure"}} }, false},
		"what a rollout was for": {func(w *model.Workload) {
			w.Annotations = model.Labels{{Key: "deployment.kubernetes.io/revision"}, {Key: "kubernetes.io/change-cause"}}
		}, true},
		"annotation":     {func(w *model.Workload) { w.Annotations = model.Labels{{Key: "a"}} }, false},
		"old pods":       {func(w *model.Workload) { w.Desired, w.Updated, w.Ready = 3, 1, 2 }, false},
		"no condition":   {func(w *model.Workload) { w.Conditions = nil }, true},
		"equal spec":     {func(w *model.Workload) { w.Template.Spec = &corev1.PodSpec{HostPID: true} }, true},
		"spec":           {func(w *model.Workload) { w.Template.Spec = &corev1.PodSpec{} }, false},
		"label":          {func(w *model.Workload) { w.Labels = model.Labels{{Key: "a", Value: "b"}} }, false},
		"adapter's fact": {func(w *model.Workload) { w.Facts = []model.Facts{{Framework: "knative", Value: 1}} }, true},
		"control's fact": {func(w *model.Workload) {
			w.Facts = []model.Facts{{Framework: snapshot.FactsName("rbac"), Value: &struct{ A int }{1}}}
		}, false},
	} {
		w := base
		c.change(&w)
		assert.Equal(t, c.same, snapshot.Same(&base, &w), name)
	}
	assert.False(t, snapshot.Same(&base, &model.Pod{Header: base.Header}))
}

func TestHowAPodFaresIsNoChange(t *testing.T) {
	base := model.Pod{Phase: "Running", Ready: true, Node: "a", Containers: []model.Container{{Name: "fn", ImageID: "sha256:1", Ready: true}}}
	restarted, moved, other, over := base, base, base, base
	restarted.Ready, restarted.Reason = false, "CrashLoopBackOff"
	restarted.Containers = []model.Container{{Name: "fn", ImageID: "sha256:1", Restarts: 3, State: "running"}}
	waits := base
	waits.Containers = []model.Container{{Name: "fn", ImageID: "sha256:1", State: "waiting", Reason: "ImagePullBackOff"}}
	moved.Node = "b"
	other.Containers = []model.Container{{Name: "fn", ImageID: "sha256:2", Ready: true}}
	over.Phase = "Failed"
	assert.True(t, snapshot.Same(&base, &restarted))
	for _, p := range []model.Pod{moved, other, over, waits} {
		assert.False(t, snapshot.Same(&base, &p))
	}
}

func TestHowAFunctionFaresIsNoChange(t *testing.T) {
	base := model.Function{State: model.Ready, Ready: model.Count(1), Image: "a"}
	failed, image := base, base
	failed.State, failed.Reason, failed.Ready = model.Failed, "no", model.Count(0)
	image.Image = "b"
	assert.True(t, snapshot.SameFunction(&base, &failed))
	assert.False(t, snapshot.SameFunction(&base, &image))
}
