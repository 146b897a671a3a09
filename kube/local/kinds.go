package local

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/inspect"
	"github.com/fn9s/fn9s/kube/manifest"
)

func compare[T cmp.Ordered](a, b T) int { return cmp.Compare(a, b) }

// kind is a kind that documents have, or that every cluster has.
type kind struct {
	inspect.Kind
	group schema.GroupKind
}

// shortNames are those of kubectl, for the kinds that every cluster has.
var shortNames = map[schema.GroupKind][]string{
	{Kind: "Pod"}: {"po"}, {Kind: "Service"}: {"svc"}, {Kind: "ServiceAccount"}: {"sa"}, {Kind: "ConfigMap"}: {"cm"},
	{Kind: "Namespace"}: {"ns"}, {Kind: "Secret"}: nil, {Kind: "Node"}: {"no"}, {Kind: "ResourceQuota"}: {"quota"},
	{Kind: "LimitRange"}: {"limits"}, {Kind: "PersistentVolumeClaim"}: {"pvc"}, {Kind: "PersistentVolume"}: {"pv"},
	{Group: "apps", Kind: "Deployment"}: {"deploy"}, {Group: "apps", Kind: "StatefulSet"}: {"sts"},
	{Group: "apps", Kind: "DaemonSet"}: {"ds"}, {Group: "apps", Kind: "ReplicaSet"}: {"rs"},
	{Group: "batch", Kind: "Job"}: nil, {Group: "batch", Kind: "CronJob"}: {"cj"},
	{Group: "networking.k8s.io", Kind: "Ingress"}:                     {"ing"},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:               {"netpol"},
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}:           {"hpa"},
	{Group: "policy", Kind: "PodDisruptionBudget"}:                    {"pdb"},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:                nil,
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:         nil,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:         nil,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}:  nil,
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: {"crd", "crds"},
}

// kindsOf lists the kinds, by name.
func kindsOf(docs []manifest.Document) []kind {
	found := map[schema.GroupKind]bool{}
	namespaced := map[schema.GroupKind]bool{}
	for gk := range shortNames {
		found[gk] = true
	}
	for i := range docs {
		gk := docs[i].GVK.GroupKind()
		found[gk] = true
		namespaced[gk] = namespaced[gk] || docs[i].Ref().Namespace != ""
	}
	kinds := make([]kind, 0, len(found))
	for gk := range found {
		plural, singular := meta.UnsafeGuessKindToResource(gk.WithVersion("v1"))
		k := kind{group: gk, Kind: inspect.Kind{
			Name: plural.Resource, Kind: gk.Kind, Namespaced: namespaced[gk],
			Words: append([]string{plural.Resource, singular.Resource}, shortNames[gk]...),
		}}
		if gk.Group != "" {
			k.Name += "." + gk.Group
		}
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.Name, b.Name) })
	return kinds
}

// named returns the kinds that a word can mean: of several the built-in one.
func (s *source) named(word string) []kind {
	var found []kind
	word = strings.ToLower(word)
	base, group, grouped := strings.Cut(word, ".")
	for _, k := range s.kinds {
		if slices.Contains(k.Words, word) || grouped && slices.Contains(k.Words, base) && inGroup(k.group.Group, group) {
			found = append(found, k)
		}
	}
	if i := slices.IndexFunc(found, func(k kind) bool { return builtIn(k.group.Group) }); i >= 0 {
		return found[i : i+1]
	}
	return found
}

// inGroup reports whether a word names a group: whole, by its beginning, or by the version of the core group.
func inGroup(group, word string) bool {
	return group == word || group != "" && strings.HasPrefix(group, word+".") || group == "" && word == "v1"
}

func builtIn(group string) bool {
	return !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// Served returns the kinds that a word can mean.
func (f *Files) Served(_, word string) []inspect.Kind {
	var kinds []inspect.Kind
	for _, k := range f.source().named(word) {
		kinds = append(kinds, k.Kind)
	}
	return kinds
}

// All lists the kinds.
func (f *Files) All(string) []inspect.Kind {
	all := f.source().kinds
	kinds := make([]inspect.Kind, len(all))
	for i := range all {
		kinds[i] = all[i].Kind
	}
	return kinds
}
