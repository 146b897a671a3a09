package snapshot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// What the marks of an object and of a function are is what somebody reads of them.
var (
	writtenBy = snapshot.NewMark(func(h *model.Header) [3]string {
		return [3]string{h.Changed.Manager, strings.Join(h.Writers, ","), h.Labels.Get("chart")}
	}, func(a, b [3]string) bool { return a == b })
	_ = snapshot.NewFunctionMark(func(f *model.Function) string { return f.Changed.Manager }, func(a, b string) bool { return a == b })
)

func TestHowAWorkloadFaresIsNoChange(t *testing.T) {
	base := model.Workload{Header: model.Header{Ref: model.Ref{Kind: "Deployment", Name: "a"}, ResourceVersion: "1"}, Desired: 1, Updated: 1, Ready: 1,
		Template: model.PodTemplate{Spec: &corev1.PodSpec{HostPID: true}}, Conditions: []model.Condition{{Type: "Available"}}}
	status := map[string]bool{
		"version": true, "when written": true, "by whom": true, "by several": true, "none ready": true, "in which words": true, "condition": true,
		"stuck": true, "no pods made": true, "old pods": true, "no condition": true,
	}
	for name, c := range map[string]struct {
		change func(*model.Workload)
		want   snapshot.Difference
	}{
		"version":        {func(w *model.Workload) { w.ResourceVersion = "2" }, snapshot.None},
		"when written":   {func(w *model.Workload) { w.Changed.Time = time.Now() }, snapshot.None},
		"by whom":        {func(w *model.Workload) { w.Changed.Manager = "kubectl" }, snapshot.Marks},
		"by several":     {func(w *model.Workload) { w.Writers = []string{"helm", "kubectl"} }, snapshot.Marks},
		"a label":        {func(w *model.Workload) { w.Labels = model.Labels{{Key: "team"}} }, snapshot.Tags},
		"one that tells": {func(w *model.Workload) { w.Labels = model.Labels{{Key: "chart", Value: "b"}} }, snapshot.Marks},
		"label of pods":  {func(w *model.Workload) { w.Template.Labels = model.Labels{{Key: "team"}} }, snapshot.Other},
		"more replicas":  {func(w *model.Workload) { w.Desired, w.Updated, w.Ready, w.Observed = 5, 3, 3, 4 }, snapshot.None},
		"none ready":     {func(w *model.Workload) { w.Ready = 0 }, snapshot.None},
		"scaled to zero": {func(w *model.Workload) { w.Desired = 0 }, snapshot.None},
		"in which words": {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "Available", Message: "is"}} }, snapshot.None},
		"condition":      {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "Progressing"}} }, snapshot.None},
		"stuck": {func(w *model.Workload) {
			w.Desired, w.Updated, w.Ready = 3, 1, 2
			w.Conditions = []model.Condition{{Type: "Progressing", Status: "False"}}
		}, snapshot.Other},
		"no pods made": {func(w *model.Workload) { w.Conditions = []model.Condition{{Type: "ReplicaFailure"}} }, snapshot.Other},
		"what a rollout was for": {func(w *model.Workload) {
			w.Annotations = model.Labels{{Key: "deployment.kubernetes.io/revision"}, {Key: "kubernetes.io/change-cause"}}
		}, snapshot.None},
		"annotation":     {func(w *model.Workload) { w.Annotations = model.Labels{{Key: "a"}} }, snapshot.Other},
		"old pods":       {func(w *model.Workload) { w.Desired, w.Updated, w.Ready = 3, 1, 2 }, snapshot.Other},
		"no condition":   {func(w *model.Workload) { w.Conditions = nil }, snapshot.None},
		"equal spec":     {func(w *model.Workload) { w.Template.Spec = &corev1.PodSpec{HostPID: true} }, snapshot.None},
		"spec":           {func(w *model.Workload) { w.Template.Spec = &corev1.PodSpec{} }, snapshot.Other},
		"adapter's fact": {func(w *model.Workload) { w.Facts = []model.Facts{{Framework: "knative", Value: 1}} }, snapshot.None},
		"control's fact": {func(w *model.Workload) {
			w.Facts = []model.Facts{{Framework: snapshot.FactsName("rbac"), Value: &struct{ A int }{1}}}
		}, snapshot.Other},
	} {
		a, b := base, base
		c.change(&b)
		assert.Equal(t, c.want, snapshot.Compare(&a, &b), name)
		a.Settled, b.Settled = 1, 2
		assert.Equal(t, c.want, snapshot.Compare(&a, &b), "%s: another text, which tells nothing by itself", name)
		if status[name] {
			b.Settled = 1
			assert.Equal(t, c.want, snapshot.Compare(&a, &b), "%s: nothing else can be different", name)
		}
	}
	assert.Equal(t, snapshot.Other, snapshot.Compare(&base, &model.Pod{Header: base.Header}))
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
	assert.Equal(t, snapshot.None, snapshot.Compare(&base, &restarted))
	labelled := base
	labelled.Labels = model.Labels{{Key: "team"}}
	for _, p := range []model.Pod{moved, other, over, waits, labelled} {
		assert.Equal(t, snapshot.Other, snapshot.Compare(&base, &p))
	}
}

func TestHowAFunctionFaresIsNoChange(t *testing.T) {
	base := model.Function{State: model.Ready, Ready: model.Count(1), Image: "a"}
	failed, image, label, writer, pods := base, base, base, base, base
	failed.State, failed.Reason, failed.Ready = model.Failed, "no", model.Count(0)
	image.Image = "b"
	label.Labels, writer.Changed.Manager = model.Labels{{Key: "team"}}, "kubectl"
	knative := base
	knative.Key.Framework = "knative"
	domain := knative
	domain.Labels = label.Labels
	pods.Pods = []model.Ref{{Kind: "Pod", Name: "a"}}
	both := pods
	both.Image = "b"
	assert.Equal(t, snapshot.None, snapshot.CompareFunctions(&base, &failed))
	assert.Equal(t, snapshot.Pods, snapshot.CompareFunctions(&base, &pods))
	assert.Equal(t, snapshot.Other, snapshot.CompareFunctions(&base, &both))
	assert.Equal(t, snapshot.Other, snapshot.CompareFunctions(&base, &image))
	assert.Equal(t, snapshot.None, snapshot.CompareFunctions(&base, &label))
	assert.Equal(t, snapshot.Other, snapshot.CompareFunctions(&knative, &domain), "labels of Knative's functions choose the domain")
	assert.Equal(t, snapshot.Marks, snapshot.CompareFunctions(&base, &writer))
}
