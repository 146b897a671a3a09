package permissions

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/security/rbac"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Resource is a resource as roles name it.
type Resource struct {
	schema.GroupResource
	// Cluster resources have no namespace. Known is false where nobody knows such a resource.
	Cluster, Known bool
}

// virtual are resources that are no objects: the API server asks for rights on them in checks of its own.
var virtual = map[string]Resource{
	"users":      {GroupResource: schema.GroupResource{Resource: "users"}, Cluster: true, Known: true},
	"groups":     {GroupResource: schema.GroupResource{Resource: "groups"}, Cluster: true, Known: true},
	"uids":       {GroupResource: schema.GroupResource{Group: "authentication.k8s.io", Resource: "uids"}, Cluster: true, Known: true},
	"userextras": {GroupResource: schema.GroupResource{Group: "authentication.k8s.io", Resource: "userextras"}, Cluster: true, Known: true},
	"signers":    {GroupResource: schema.GroupResource{Group: "certificates.k8s.io", Resource: "signers"}, Cluster: true, Known: true},
	"*":          {GroupResource: schema.GroupResource{Group: "*", Resource: "*"}, Known: true},
}

// Find returns what an operator means by a word: plural, singular, kind or short name, with or without `.group`. The
// API server is asked where there is one.
func Find(ctx context.Context, c *client.Client, word string) (Resource, error) {
	if _, ok := virtual[word]; ok || c == nil {
		return Meaning(nil, word), nil
	}
	apis, err := c.Discover(ctx)
	if err != nil {
		return Resource{}, err
	}
	return Meaning(apis, word), nil
}

// Meaning is Find by what a server has told of its APIs; nil: nothing.
func Meaning(apis *client.APIs, word string) Resource {
	if v, ok := virtual[word]; ok {
		return v
	}
	if apis != nil {
		if found := apis.Named(word); len(found) > 0 {
			return Resource{schema.GroupResource{Group: found[0].Group, Resource: found[0].Resource}, !found[0].Namespaced, true}
		}
	}
	name, group, dotted := strings.Cut(word, ".")
	for _, r := range known() {
		if (r.resource.Resource == name || r.kind == strings.ToLower(name) || r.short == name) && (!dotted || r.resource.Group == group) {
			return r.resource
		}
	}
	return Resource{GroupResource: schema.GroupResource{Group: group, Resource: name}}
}

type knownResource struct {
	resource    Resource
	kind, short string
}

var shorts = map[string]string{
	"pods": "po", "services": "svc", "deployments": "deploy", "statefulsets": "sts", "daemonsets": "ds", "replicasets": "rs",
	"replicationcontrollers": "rc", "configmaps": "cm", "namespaces": "ns", "nodes": "no", "serviceaccounts": "sa",
	"persistentvolumes": "pv", "persistentvolumeclaims": "pvc", "ingresses": "ing", "networkpolicies": "netpol", "cronjobs": "cj",
	"certificatesigningrequests": "csr", "endpoints": "ep", "horizontalpodautoscalers": "hpa", "poddisruptionbudgets": "pdb",
	"resourcequotas": "quota", "limitranges": "limits", "storageclasses": "sc", "events": "ev", "priorityclasses": "pc",
}

// known are the resources of Kubernetes itself, the core and common groups first.
var known = sync.OnceValue(func() []knownResource {
	seen := map[schema.GroupResource]bool{}
	var all []knownResource
	for gvk := range clientscheme.Scheme.AllKnownTypes() {
		gr := schema.GroupResource{Group: gvk.Group, Resource: snapshot.Plural(gvk.Kind)}
		if seen[gr] || strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") || gvk.Version == "__internal" ||
			gvk.Kind == "WatchEvent" || gvk.Kind == "Status" {
			continue
		}
		seen[gr] = true
		r := Resource{gr, manifest.ClusterScoped(gvk.GroupKind()), true}
		all = append(all, knownResource{r, strings.ToLower(gvk.Kind), shorts[gr.Resource]})
	}
	slices.SortFunc(all, func(a, b knownResource) int {
		return cmp.Or(cmp.Compare(rank(a.resource.Group), rank(b.resource.Group)),
			cmp.Compare(a.resource.Group, b.resource.Group), cmp.Compare(a.resource.Resource, b.resource.Resource))
	})
	return all
})

// rank puts groups whose resources moved elsewhere last.
func rank(group string) int {
	switch group {
	case "":
		return 0
	case "extensions", "events.k8s.io", "policy":
		return 2
	}
	return 1
}

// Ask makes the question that the API server would be asked: cluster-scoped resources without a namespace, a namespace
// by its name in itself. The checks for binding roles are made in a namespace all the same.
func (r Resource) Ask(verb, subresource, name, namespace string) rbac.Attributes {
	a := rbac.Attributes{
		Verb: verb, Group: r.Group, Resource: r.Resource, Subresource: subresource, Name: name, Namespace: namespace,
	}
	switch {
	case r.Group == "" && r.Resource == "namespaces":
		a.Namespace = name
	case r.Cluster && verb != "bind":
		a.Namespace = ""
	}
	return a
}
