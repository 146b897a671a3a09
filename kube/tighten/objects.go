package tighten

import "k8s.io/apimachinery/pkg/runtime/schema"

func kind(group, name string) schema.GroupKind { return schema.GroupKind{Group: group, Kind: name} }

// workloads are the kinds that make pods.
var workloads = []schema.GroupKind{
	kind("apps", "Deployment"), kind("apps", "StatefulSet"), kind("apps", "DaemonSet"), kind("batch", "Job"), kind("batch", "CronJob"),
}
