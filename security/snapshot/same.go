package snapshot

import (
	"reflect"
	"slices"
	"strings"
	"sync"
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

// pair is room for two records, or two functions, without what is not compared.
type pair struct {
	workloads [2]model.Workload
	pods      [2]model.Pod
	headers   [2]model.Header
	functions [2]model.Function
}

// pairs are used again: most of what is compared is the same.
var pairs = sync.Pool{New: func() any { return new(pair) }}

// equal compares two values where they are, and empties them.
func equal[T any](two *[2]T) bool {
	same := reflect.DeepEqual(&two[0], &two[1])
	clear(two[:])
	return same
}

// Compare tells what is different in the second of two records of one object. What status tells of the progress of a
// workload or a pod is not looked at in snapshots, nor are the facts of adapters.
func Compare(a, b model.Object) Difference {
	room, _ := pairs.Get().(*pair)
	defer pairs.Put(room)
	same := false
	switch a := a.(type) {
	case *model.Workload:
		if b, ok := b.(*model.Workload); ok && a.Settled != 0 && a.Settled == b.Settled {
			same = a.Problem == b.Problem && sameProgress(a, b)
		} else if ok {
			room.workloads = [2]model.Workload{desiredWorkload(*a), desiredWorkload(*b)}
			same = equal(&room.workloads)
		}
	case *model.Pod:
		if b, ok := b.(*model.Pod); ok {
			room.pods = [2]model.Pod{desiredPod(*a), desiredPod(*b)}
			same = equal(&room.pods) && slices.EqualFunc(a.Containers, b.Containers, sameRun)
		}
	case *model.Custom:
		if b, ok := b.(*model.Custom); ok && a.Settled != 0 && a.Settled == b.Settled {
			same = a.Problem == b.Problem && slices.Equal(a.Links, b.Links)
		} else if ok {
			room.headers = [2]model.Header{desired(a.Header), desired(b.Header)}
			same = equal(&room.headers)
		}
	}
	x, y := a.Head(), b.Head()
	switch {
	case !same || !sameFacts(x.Facts, y.Facts):
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
	w.Labels, w.Settled = nil, 0
	behind, conditions := progress(&w)
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

// progress is whether a rollout is behind, and the conditions that count.
func progress(w *model.Workload) (behind bool, conditions []model.Condition) {
	behind = w.Kind == "Deployment" && w.Updated < w.Desired && w.Ready > w.Updated
	for _, c := range w.Conditions {
		switch {
		case c.Type == "ReplicaFailure":
			c.Since = time.Time{}
			conditions = append(conditions, c)
		case behind && c.Status == "False":
			conditions = append(conditions, model.Condition{Type: c.Type, Status: c.Status, Reason: c.Reason})
		}
	}
	return behind, conditions
}

// sameProgress compares two records of which nothing but the status differs.
func sameProgress(a, b *model.Workload) bool {
	behindA, conditionsA := progress(a)
	behindB, conditionsB := progress(b)
	return behindA == behindB && slices.Equal(conditionsA, conditionsB)
}

// desiredPod leaves the containers to sameRun.
func desiredPod(p model.Pod) model.Pod {
	p.Header = desired(p.Header)
	p.Ready, p.Started, p.Containers = false, time.Time{}, nil
	if p.Phase != "Failed" {
		p.Reason, p.Message = "", ""
	}
	return p
}

// sameRun reports whether two containers run the same, and wait for the same.
func sameRun(a, b model.Container) bool {
	if a.Name != b.Name || a.Image != b.Image || a.ImageID != b.ImageID || a.Init != b.Init {
		return false
	}
	waits := func(c *model.Container) (reason, message string) {
		if c.State == "waiting" {
			return c.Reason, c.Message
		}
		return "", ""
	}
	r, m := waits(&a)
	s, n := waits(&b)
	return r == s && m == n
}

// sameFacts compares what the controls keep.
func sameFacts(a, b []model.Facts) bool {
	for {
		a, b = factsOn(a), factsOn(b)
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0].Framework != b[0].Framework || !reflect.DeepEqual(a[0].Value, b[0].Value) {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

// factsOn leaves out what adapters keep, up to the next facts of a control.
func factsOn(all []model.Facts) []model.Facts {
	for len(all) > 0 && !strings.HasPrefix(all[0].Framework, factsPrefix) {
		all = all[1:]
	}
	return all
}

func desired(h model.Header) model.Header {
	h.ResourceVersion, h.Changed, h.Writers, h.Facts = "", model.Change{}, nil, nil
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
	room, _ := pairs.Get().(*pair)
	defer func() {
		clear(room.functions[:])
		pairs.Put(room)
	}()
	room.functions = [2]model.Function{*a, *b}
	x, y := &room.functions[0], &room.functions[1]
	for _, f := range []*model.Function{x, y} {
		f.State, f.Reason, f.Ready, f.Desired, f.Revision, f.Traffic = "", "", nil, nil, "", nil
		f.Changed = model.Change{}
		if f.Key.Framework != labelled {
			f.Labels = nil
		}
	}
	pods := slices.Equal(x.Pods, y.Pods)
	x.Pods, y.Pods = nil, nil
	switch {
	case !x.Equal(y):
		return Other
	case !pods:
		return Pods
	case !sameMarks(functionMarks, a, b):
		return Marks
	}
	return None
}
