package cluster

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/kube/store"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// wish is a kind that somebody reads.
type wish struct {
	kind     schema.GroupKind
	versions []string
	form     client.Form
	// primary kinds make the table's rows: they are listed first, and the table is complete when they are.
	primary        bool
	cluster        bool
	labels, fields string
	framework      string
}

// common are the kinds that are read for everybody, the primary ones first.
func common() []wish {
	return []wish{
		{kind: frameworks.Deployment, versions: []string{"v1"}, form: client.Typed, primary: true},
		{kind: frameworks.Pod, versions: []string{"v1"}, form: client.Typed, primary: true},
		{kind: frameworks.Namespace, versions: []string{"v1"}, form: client.Typed, cluster: true},
		{kind: frameworks.StatefulSet, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.DaemonSet, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.Job, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.CronJob, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.Service, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.Ingress, versions: []string{"v1"}, form: client.Typed},
		{kind: frameworks.Autoscaler, versions: []string{"v2"}, form: client.Typed},
		{kind: frameworks.HTTPRoute, versions: []string{"v1", "v1beta1"}},
		{kind: frameworks.Gateway, versions: []string{"v1", "v1beta1"}},
		{kind: frameworks.Secret, versions: []string{"v1"}, form: client.Rows},
		{kind: frameworks.ConfigMap, versions: []string{"v1"}, form: client.Typed},
	}
}

// wishes joins the common kinds, those of the adapters and those that controls read: one entry per kind, however many
// read it.
func wishes(adapters []frameworks.Framework, kinds []snapshot.Kind) []wish {
	all := common()
	for _, a := range adapters {
		for _, r := range a.Resources() {
			if r.Group == frameworks.FnGroup || r.Group == frameworks.WhiskGroup {
				continue // comes from a connector
			}
			kind := r.GroupKind()
			i := slices.IndexFunc(all, func(w wish) bool { return w.kind == kind })
			if i >= 0 {
				all[i] = merge(all[i], r)
				continue
			}
			all = append(all, newWish(a.Name(), r))
		}
	}
	for _, k := range kinds {
		r := frameworks.Resource{
			Group: k.Group, Kind: k.Kind, Plural: k.Plural, Versions: k.Versions, Cluster: k.Cluster, Metadata: k.Decode == nil,
			Labels: narrowed[k.GroupKind],
		}
		i := slices.IndexFunc(all, func(w wish) bool { return w.kind == k.GroupKind })
		switch {
		case k.Group == frameworks.FnGroup || k.Group == frameworks.WhiskGroup:
		case i >= 0:
			all[i] = merge(all[i], r)
		default:
			all = append(all, newWish("", r))
		}
	}
	return all
}

// narrowed are the kinds of which controls read a part, by labels: there are as many EndpointSlices as Services, and next
// to all are written by the cluster itself.
var narrowed = map[schema.GroupKind]string{service.SliceKind: service.Foreign}

func newWish(framework string, r frameworks.Resource) wish {
	w := wish{
		kind: r.GroupKind(), versions: r.Versions, primary: r.Function, cluster: r.Cluster,
		labels: r.Labels, fields: r.Fields, framework: framework,
	}
	if r.Metadata {
		w.form = client.Metadata
	}
	return w.typed()
}

// typed reads built-in kinds as what they are: readers of controls get no JSON of them.
func (w wish) typed() wish {
	if len(w.versions) == 0 && w.form != client.Metadata && store.BuiltIn(w.kind.WithVersion("v1")) {
		w.versions = []string{"v1"}
	}
	if len(w.versions) > 0 && store.BuiltIn(w.kind.WithVersion(w.versions[0])) && w.form != client.Rows {
		w.form = client.Typed
	}
	return w
}

// merge widens a wish for one more reader.
func merge(w wish, r frameworks.Resource) wish {
	w.primary = w.primary || r.Function
	if len(w.versions) == 0 {
		w.versions = r.Versions // none means the one that the server prefers
	}
	if w.form == client.Metadata && !r.Metadata {
		w.form = client.Whole
	}
	if w.labels != r.Labels {
		w.labels = ""
	}
	if w.fields != r.Fields {
		w.fields = ""
	}
	return w.typed()
}
