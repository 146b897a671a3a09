package snapshot

import (
	"reflect"
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

// desiredWorkload leaves of numbers whether they are zero and whether a rollout is behind, and of conditions what holds
// and, where no pods can be made, the words for it.
func desiredWorkload(w model.Workload) model.Workload {
	w.Header = desired(w.Header)
	conditions := make([]model.Condition, len(w.Conditions))
	for i, c := range w.Conditions {
		conditions[i] = model.Condition{Type: c.Type, Status: c.Status, Reason: c.Reason}
		if c.Type == "ReplicaFailure" {
			conditions[i].Message = c.Message
		}
	}
	w.Conditions = conditions
	behind := w.Updated < w.Desired && w.Ready > w.Updated
	w.Desired, w.Ready, w.Updated = min(w.Desired, 1), min(w.Ready, 1), 0
	if behind {
		w.Updated = 1
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
	return h
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
