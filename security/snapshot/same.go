package snapshot

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fn9s/fn9s/security/model"
)

// Difference is what a new record of an object, or a new description of a function, changes for what is computed from a
// snapshot.
type Difference int

// The differences. Marks are who wrote an object, and the labels of a workload itself: few look at them, and they change
// while what runs stays as it is. Whoever reads them of one object does so by a Mark; Tags are marks that only lists of
// objects show. Pods are the pods of a function, and nothing else of it.
const (
	None Difference = iota
	Tags
	Marks
	Pods
	Other
)

// Compare tells what is different in the second of two records of one object. What status tells of the progress of a
// workload or a pod is not looked at in snapshots, nor are the facts of adapters.
func Compare(a, b model.Object) Difference {
	same := false
	switch a := a.(type) {
	case *model.Workload:
		if b, ok := b.(*model.Workload); ok {
			same = reflect.DeepEqual(desiredWorkload(*a), desiredWorkload(*b))
		}
	case *model.Pod:
		if b, ok := b.(*model.Pod); ok {
			same = reflect.DeepEqual(desiredPod(*a), desiredPod(*b))
		}
	case *model.Custom:
		if b, ok := b.(*model.Custom); ok {
			same = reflect.DeepEqual(desired(a.Header), desired(b.Header))
		}
	}
	x, y := a.Head(), b.Head()
	switch {
	case !same:
		return Other
	case x.Changed.Manager == y.Changed.Manager && slices.Equal(x.Writers, y.Writers) && slices.Equal(x.Labels, y.Labels):
		return None
	case sameMarks(objectMarks, x, y):
		return Tags
	}
	return Marks
}

// desiredWorkload leaves of numbers whether a rollout is behind and whether a Job runs, and of conditions why no pods can
// be made and why a rollout is behind.
func desiredWorkload(w model.Workload) model.Workload {
	w.Header = desired(w.Header)
	w.Labels = nil
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
	h.ResourceVersion, h.Changed, h.Writers = "", model.Change{}, nil
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

// labelled is the framework whose functions have labels that say how they can be called: those choose the domain.
const labelled = "knative"

// CompareFunctions tells what is different in the second of two descriptions of one function. How it fares is not looked
// at in snapshots.
func CompareFunctions(a, b *model.Function) Difference {
	x, y := *a, *b
	for _, f := range []*model.Function{&x, &y} {
		f.State, f.Reason, f.Ready, f.Desired, f.Revision, f.Traffic = "", "", nil, nil, "", nil
		f.Changed = model.Change{}
		if f.Key.Framework != labelled {
			f.Labels = nil
		}
	}
	pods := slices.Equal(x.Pods, y.Pods)
	x.Pods, y.Pods = nil, nil
	switch {
	case !reflect.DeepEqual(&x, &y):
		return Other
	case !pods:
		return Pods
	case !sameMarks(functionMarks, a, b):
		return Marks
	}
	return None
}
