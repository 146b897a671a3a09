package snapshot

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// Same reports whether two records of one object say the same to everything that is computed from a snapshot. What
// status tells of the progress of a workload or a pod is not looked at there, nor are the facts of adapters.
func Same(a, b model.Object) bool {
	switch a := a.(type) {
	case *model.Workload:
		b, ok := b.(*model.Workload)
		return ok && reflect.DeepEqual(desiredWorkload(*a), desiredWorkload(*b))
	case *model.Pod:
		b, ok := b.(*model.Pod)
		return ok && reflect.DeepEqual(desiredPod(*a), desiredPod(*b))
	case *model.Custom:
		b, ok := b.(*model.Custom)
		return ok && reflect.DeepEqual(desired(a.Header), desired(b.Header))
	}
	return false
}

// desiredWorkload leaves of numbers whether a rollout is behind and whether a Job runs, and of conditions why no pods can
// be made and why a rollout is behind.
func desiredWorkload(w model.Workload) model.Workload {
	w.Header = desired(w.Header)
	behind := w.Kind == "Deployment" && w.Updated < w.Desired && w.Ready > w.Updated
	var conditions []model.Condition
	for _, c := range w.Conditions {
		switch {
		case c.Type == "ReplicaFailure":
			c.Since = time.Time{}
			conditions = append(conditions, c)
		case behind && c.Status == "False":
			conditions = append(conditions, model.Condition{Type: c.Type, Status: c.Status, Reason: c.Reason})
		}
	}
	w.Conditions = conditions
	active := w.Kind == "Job" && w.Desired > 0
	w.Desired, w.Ready, w.Updated = 0, 0, 0
	if behind {
		w.Updated = 1
	}
	if active {
		w.Desired = 1
	}
	w.Generation, w.Observed, w.Active, w.Succeeded, w.Failed = 0, 0, 0, 0, 0
	w.Revision, w.LastScheduled, w.LastSucceeded = "", time.Time{}, time.Time{}
	return w
}

// desiredPod leaves of containers what they run and what they wait for.
func desiredPod(p model.Pod) model.Pod {
	p.Header = desired(p.Header)
	p.Ready, p.Started = false, time.Time{}
	if p.Phase != "Failed" {
		p.Reason, p.Message = "", ""
	}
	containers := make([]model.Container, len(p.Containers))
	for i, c := range p.Containers {
		containers[i] = model.Container{Name: c.Name, Image: c.Image, ImageID: c.ImageID, Init: c.Init}
		if c.State == "waiting" {
			containers[i].Reason, containers[i].Message = c.Reason, c.Message
		}
	}
	p.Containers = containers
	return p
}

func desired(h model.Header) model.Header {
	h.ResourceVersion, h.Changed.Time = "", time.Time{}
	var facts []model.Facts
	for _, f := range h.Facts {
		if strings.HasPrefix(f.Framework, FactsName("")) {
			facts = append(facts, f)
		}
	}
	h.Facts = facts
	if slices.ContainsFunc(h.Annotations, counted) {
		h.Annotations = slices.DeleteFunc(slices.Clone(h.Annotations), counted)
		if len(h.Annotations) == 0 {
			h.Annotations = nil
		}
	}
	return h
}

// counted reports whether an annotation is a number that a Deployment's controller leaves on its ReplicaSets, or what a
// rollout was for.
func counted(l model.Label) bool {
	return strings.HasPrefix(l.Key, "deployment.kubernetes.io/") || l.Key == "kubernetes.io/change-cause"
}

// SameFunction reports whether two descriptions of one function say the same to everything that is computed from a
// snapshot: all but how it fares.
func SameFunction(a, b *model.Function) bool {
	x, y := *a, *b
	for _, f := range []*model.Function{&x, &y} {
		f.State, f.Reason, f.Ready, f.Desired, f.Revision, f.Traffic = "", "", nil, nil, "", nil
		f.Changed.Time = time.Time{}
	}
	return reflect.DeepEqual(x, y)
}
