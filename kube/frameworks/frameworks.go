// Package frameworks is the contract between the store and the adapters, one of which knows one framework.
//
// Its one rule: an adapter is asked per object, never for the whole snapshot. It holds no state, starts nothing
// and reads only what the Index gives it, so that the store knows which functions a change touches.
package frameworks

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// Resource is a kind that an adapter reads besides those that the store reads for everybody.
type Resource struct {
	Group, Kind string
	Plural      string   // resource name in URLs
	Versions    []string // in order of preference: the first served one is read; none: the one that the server prefers
	Cluster     bool     // cluster-scoped
	Metadata    bool     // only the metadata is wanted
	// Core marks a kind that the store reads itself (Deployment, ConfigMap …): Decode is asked too, with
	// Raw.Typed set, and its answer is kept in the facts of the store's own record.
	Core bool
	// Labels and Fields select on the server; empty: everything.
	Labels, Fields string
	// Function marks kinds that declare functions: they are listed first.
	Function bool
	// Settled: of a built-in workload Decode reads nothing of the status. It is not asked again where nothing else changed.
	Settled bool
}

// GroupKind returns the kind of the resource.
func (r Resource) GroupKind() schema.GroupKind {
	return schema.GroupKind{Group: r.Group, Kind: r.Kind}
}

// Raw is one object as it came from the API server, a file or a connector.
type Raw struct {
	GVK schema.GroupVersionKind
	// Header is decoded already. Decode may add Links to it, and nothing else.
	Header *model.Header
	JSON   []byte         // the whole object; nil when Typed is set. Valid during the call only: copy what is kept.
	Typed  runtime.Object // *appsv1.Deployment and so on, for Core kinds
}

// Framework is one adapter.
type Framework interface {
	// Name is the text of the FRAMEWORK column, and the framework part of the function id.
	Name() string
	// Resources lists the kinds that the adapter reads.
	Resources() []Resource
	// Decode returns what the adapter needs of one object of its Resources, as a small value of its own type
	// (nil: nothing). A malformed object gives an error, never a panic: the store keeps the header with the
	// error in Problem, and Keys and Build see it so.
	Decode(raw *Raw) (any, error)
	// Keys names the functions that the object declares or belongs to, of any kind that the store holds. It is
	// called for every change of every object: look at labels first, allocate nothing for strangers.
	Keys(o model.Object) []model.FunctionKey
	// Build describes the function, or says that there is none of that key (any more).
	Build(key model.FunctionKey, x Index) (*model.Function, bool)
}

// LabelIndexer is implemented by adapters that ask Index.Labelled.
type LabelIndexer interface {
	// IndexedLabels lists the label keys.
	IndexedLabels() []string
}

// Configured is implemented by adapters that the operator's configuration made. They yield to the built-in ones where
// both claim a workload.
type Configured interface{ Configured() bool }

// Availability says whether the objects of a kind can be seen.
type Availability int

// Loading: the first list is not complete. Absent: the API is not served. Denied: it may not be listed in that
// namespace. Only Available makes "not found" mean "does not exist".
const (
	Loading Availability = iota
	Available
	Absent
	Denied
)

// Index answers from the store. Every question is recorded, answered or not: a change that would alter an
// answer has the function built again. Objects must not be changed. Slices are in the order of the names.
type Index interface {
	// Get returns the object, or nil.
	Get(ref model.Ref) model.Object
	// Children lists objects of that kind which name the owner in their ownerReferences. A Pod counts as a child
	// of the Deployment whose ReplicaSet owns it, a Job's Pod as a child of the Job.
	Children(owner model.Ref, child schema.GroupKind) []model.Object
	// Labelled lists objects of that kind with that label. An empty namespace means all namespaces. The key
	// must be one of IndexedLabels.
	Labelled(kind schema.GroupKind, namespace, key, value string) []model.Object
	// Referrers lists objects of that kind whose Links name the object.
	Referrers(to model.Ref, from schema.GroupKind) []model.Object
	// Members lists all objects for which Keys named the function, in the order of Ref.Compare.
	Members(key model.FunctionKey) []model.Object
	// Availability says whether objects of that kind can be seen in that namespace.
	Availability(kind schema.GroupKind, namespace string) Availability
}

// The kinds that the store reads for everybody.
var (
	Deployment  = schema.GroupKind{Group: "apps", Kind: "Deployment"}
	StatefulSet = schema.GroupKind{Group: "apps", Kind: "StatefulSet"}
	DaemonSet   = schema.GroupKind{Group: "apps", Kind: "DaemonSet"}
	Job         = schema.GroupKind{Group: "batch", Kind: "Job"}
	CronJob     = schema.GroupKind{Group: "batch", Kind: "CronJob"}
	Pod         = schema.GroupKind{Kind: "Pod"}
	Service     = schema.GroupKind{Kind: "Service"}
	Secret      = schema.GroupKind{Kind: "Secret"}
	ConfigMap   = schema.GroupKind{Kind: "ConfigMap"}
	Namespace   = schema.GroupKind{Kind: "Namespace"}
	Ingress     = schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}
	HTTPRoute   = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}
	Gateway     = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}
	Autoscaler  = schema.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}
)
