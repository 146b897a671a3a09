package change

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
)

// progress is how far a rollout is.
type progress struct {
	generation, observed             int64
	desired, present, updated, ready int64
	failure                          string // why it will not get further
}

func progressOf(o object, kind string) progress {
	get := func(keys ...string) int64 {
		n, _ := number(o, keys...)
		return n
	}
	p := progress{generation: get("metadata", "generation"), observed: get("status", "observedGeneration")}
	if kind == "DaemonSet" {
		p.desired, p.present = get("status", "desiredNumberScheduled"), get("status", "currentNumberScheduled")
		p.updated, p.ready = get("status", "updatedNumberScheduled"), get("status", "numberReady")
		return p
	}
	p.desired, p.present = 1, get("status", "replicas")
	if n, ok := number(o, "spec", "replicas"); ok {
		p.desired = n
	}
	p.updated, p.ready = get("status", "updatedReplicas"), get("status", "readyReplicas")
	if kind == "ReplicaSet" {
		p.updated = p.present
	}
	status, _ := child(o, "status")
	all, _ := child(status, "conditions")
	list, _ := all.([]any)
	for _, c := range list {
		condition, _ := c.(map[string]any)
		what, is := text(condition, "type"), text(condition, "status")
		stuck := what == "Progressing" && is == "False" || what == "ReplicaFailure" && is == "True"
		if stuck && p.observed >= p.generation {
			p.failure = text(condition, "reason") + ": " + text(condition, "message")
		}
	}
	return p
}

// fatal are the reasons for which a container waits and that do not pass by themselves.
var fatal = []string{
	"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError",
	"CreateContainerError", "RunContainerError",
}

// podTrouble is what one of the workload's newest pods says is wrong; empty when none does, or they may not be read.
func (w *watcher) podTrouble(ctx context.Context, workload object, namespace string) string {
	api, ok := w.e.o.APIs.Find(schema.GroupKind{Kind: "Pod"}, nil)
	if !ok {
		return ""
	}
	spec, _ := child(workload, "spec")
	raw, _ := child(spec, "selector")
	m, _ := raw.(map[string]any)
	var s metav1.LabelSelector
	if runtime.DefaultUnstructuredConverter.FromUnstructured(m, &s) != nil {
		return ""
	}
	selector, err := metav1.LabelSelectorAsSelector(&s)
	if err != nil || selector.Empty() {
		return ""
	}
	const most = 50
	list, err := w.e.o.Client.ListRaw(ctx, client.Query{API: api, Namespace: namespace, Labels: selector.String()}, most, "")
	if err != nil {
		return ""
	}
	pods, err := parseObject(list)
	if err != nil {
		return ""
	}
	items, _ := child(pods, "items")
	all, _ := items.([]any)
	for _, p := range all {
		pod, _ := p.(map[string]any)
		created, err := time.Parse(time.RFC3339, text(pod, "metadata", "creationTimestamp"))
		if err != nil || created.Before(w.written()) {
			continue
		}
		if reason := troubleOf(pod); reason != "" {
			return "pod " + text(pod, "metadata", "name") + ": " + reason
		}
	}
	return ""
}

func troubleOf(pod object) string {
	if text(pod, "status", "phase") == "Failed" {
		return strings.Trim(text(pod, "status", "reason")+": "+text(pod, "status", "message"), ": ")
	}
	status, _ := child(pod, "status")
	for _, key := range []string{"initContainerStatuses", "containerStatuses"} {
		raw, _ := child(status, key)
		list, _ := raw.([]any)
		for _, c := range list {
			container, _ := c.(map[string]any)
			if reason := text(container, "state", "waiting", "reason"); slices.Contains(fatal, reason) {
				return fmt.Sprintf("container %s: %s: %s", text(container, "name"), reason, text(container, "state", "waiting", "message"))
			}
		}
	}
	return ""
}
