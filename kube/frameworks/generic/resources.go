package generic

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
)

// resourceNames are the kinds that the store reads for everybody and that the configuration may name, with their
// resource names.
var resourceNames = map[schema.GroupKind]string{
	frameworks.Deployment: "deployments", frameworks.StatefulSet: "statefulsets", frameworks.DaemonSet: "daemonsets",
	frameworks.Job: "jobs", frameworks.CronJob: "cronjobs", frameworks.Pod: "pods", frameworks.Service: "services",
	frameworks.ConfigMap: "configmaps", frameworks.Namespace: "namespaces", frameworks.Ingress: "ingresses",
	frameworks.Autoscaler: "horizontalpodautoscalers",
}

func isCore(gk schema.GroupKind) bool { _, ok := resourceNames[gk]; return ok }

// resource describes a kind. Plural is a guess where the kind is not built in: the server's discovery knows better.
func resource(gk schema.GroupKind, versions []string) frameworks.Resource {
	r := frameworks.Resource{Group: gk.Group, Kind: gk.Kind, Versions: versions}
	if name, ok := resourceNames[gk]; ok {
		r.Plural, r.Core = name, true
		return r
	}
	plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: gk.Group, Kind: gk.Kind})
	r.Plural = plural.Resource
	return r
}

// resources lists the kinds that an entry reads, each once. Of workloads and kinds on the way only the metadata is
// wanted, unless a path is read there.
func (e *Entry) resources() []frameworks.Resource {
	fn := resource(e.function.GroupKind, e.function.versions)
	fn.Function = true
	if !fn.Core {
		fn.Labels, fn.Fields = e.function.labelText, e.function.fieldText
	}
	all := []frameworks.Resource{fn}
	add := func(r frameworks.Resource) {
		i := slices.IndexFunc(all, func(have frameworks.Resource) bool { return have.GroupKind() == r.GroupKind() })
		if i < 0 {
			all = append(all, r)
			return
		}
		all[i].Metadata = all[i].Metadata && r.Metadata
		if !r.Function && (all[i].Labels != "" || all[i].Fields != "") {
			all[i].Labels, all[i].Fields = "", "" // needed in another role too: all of them
		}
	}
	for i := range e.joins {
		add(resource(e.joins[i].GroupKind, e.joins[i].versions))
	}
	for i := range e.workloads {
		w := &e.workloads[i]
		if w.Kind == "" || w.by == bySelf {
			continue
		}
		r := resource(w.GroupKind, nil)
		r.Metadata = !r.Core && len(e.kept[atWorkload]) == 0
		add(r)
	}
	if len(e.kept[atWorkload]) > 0 {
		for _, gk := range referable {
			if e.refersTo(gk) {
				add(resource(gk, nil))
			}
		}
	}
	for _, gk := range e.through {
		r := resource(gk, nil)
		r.Metadata = !r.Core
		add(r)
	}
	return all
}

// referable are the kinds that a reference to a workload may name.
var referable = []schema.GroupKind{
	frameworks.Deployment, frameworks.StatefulSet, frameworks.DaemonSet, frameworks.Job, frameworks.CronJob,
}

// refersTo reports whether a workload of the kind may be found by reference.
func (e *Entry) refersTo(gk schema.GroupKind) bool {
	return slices.ContainsFunc(e.workloads, func(w workloadRule) bool {
		return w.by == byRef && (w.Kind == "" || w.GroupKind == gk)
	})
}

// labelKeys lists the label keys that objects are looked up by.
func (e *Entry) labelKeys() []string {
	var keys []string
	add := func(rules []labelRule) {
		if len(rules) > 0 && !slices.Contains(keys, rules[0].key) {
			keys = append(keys, rules[0].key)
		}
	}
	for i := range e.joins {
		add(e.joins[i].labels)
	}
	for i := range e.workloads {
		add(e.workloads[i].labels)
	}
	return keys
}
