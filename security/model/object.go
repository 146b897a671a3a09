// Package model holds the neutral facts that the rest of the program speaks about: objects as small records,
// and functions as their framework's adapter describes them.
//
// Its one rule: it is a leaf. It knows no client, no framework and no screen, and a value of it is never
// changed once it was handed on.
package model

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Ref is the identity of one object inside one cluster or one set of manifests. Version and uid are no part of
// it: an object served in two versions is one object, and manifests have no uid. Namespace is empty for
// cluster-scoped objects.
type Ref struct {
	Group, Kind     string
	Namespace, Name string
}

// GroupKind returns the kind of the object.
func (r Ref) GroupKind() schema.GroupKind { return schema.GroupKind{Group: r.Group, Kind: r.Kind} }

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// String is for messages: `Deployment.apps payments/charge-card`.
func (r Ref) String() string {
	kind := r.Kind
	if r.Group != "" {
		kind += "." + r.Group
	}
	if r.Namespace == "" {
		return kind + " " + r.Name
	}
	return kind + " " + r.Namespace + "/" + r.Name
}

// Compare orders references by kind, group, namespace and name.
func (r Ref) Compare(o Ref) int {
	if c := cmp.Compare(r.Kind, o.Kind); c != 0 {
		return c
	}
	if c := cmp.Compare(r.Group, o.Group); c != 0 {
		return c
	}
	if c := cmp.Compare(r.Namespace, o.Namespace); c != 0 {
		return c
	}
	return cmp.Compare(r.Name, o.Name)
}

// Label is one key and its value.
type Label struct{ Key, Value string }

// Labels is a set of labels or annotations, sorted by key. It is a slice because ten thousand small maps cost
// more memory than everything else that is kept of those objects. It implements labels.Labels.
type Labels []Label

// NewLabels makes a set of the map; intern, when given, returns the shared copy of a key.
func NewLabels(m map[string]string, intern func(string) string) Labels {
	if len(m) == 0 {
		return nil
	}
	l := make(Labels, 0, len(m))
	for k, v := range m {
		if intern != nil {
			k = intern(k)
		}
		l = append(l, Label{k, v})
	}
	slices.SortFunc(l, func(a, b Label) int { return cmp.Compare(a.Key, b.Key) })
	return l
}

// Lookup returns the value of the key and whether the key is there.
func (l Labels) Lookup(key string) (string, bool) {
	for i := range l {
		if l[i].Key == key {
			return l[i].Value, true
		}
	}
	return "", false
}

// Get returns the value of the key, empty when it is absent.
func (l Labels) Get(key string) string { v, _ := l.Lookup(key); return v }

// Has reports whether the key is there.
func (l Labels) Has(key string) bool { _, ok := l.Lookup(key); return ok }

// Map returns the set as a new map.
func (l Labels) Map() map[string]string {
	m := make(map[string]string, len(l))
	for _, e := range l {
		m[e.Key] = e.Value
	}
	return m
}

// Owner is one entry of an object's ownerReferences. The owner lies in the object's namespace, or is
// cluster-scoped.
type Owner struct {
	Group, Kind, Name string
	UID               types.UID
	Controller        bool
}

// Change says which client wrote the desired state of an object last, as far as managedFields tell. Status
// writes do not count. A manager is a client, not a person.
type Change struct {
	Manager string
	Time    time.Time
}

// Facts is what one framework's adapter read of an object: a value of the adapter's own type.
type Facts struct {
	Framework string
	Value     any
}

// Object is one record of the store. Every record embeds Header.
type Object interface{ Head() *Header }

// Header is what is kept of every object's metadata.
type Header struct {
	Ref
	Version         string // the served version that it was read in
	UID             types.UID
	ResourceVersion string
	Labels          Labels
	// Annotations hold no last-applied configuration, and none that is longer than 8 KiB.
	Annotations Labels
	Owners      []Owner
	Links       []Ref // objects that this one points to: a route's Services, an autoscaler's workload
	Created     time.Time
	Deleting    time.Time // zero unless deletion was asked for
	Finalizers  []string
	Changed     Change
	// Writers are the clients that own fields of the spec, sorted, where they are more than one.
	Writers []string
	Facts   []Facts
	Problem string // why the object could not be read in full; empty when it was
}

// Head returns the header itself, so that every record that embeds it is an Object.
func (h *Header) Head() *Header { return h }

// APIVersion returns group and version as manifests write them.
func (h *Header) APIVersion() string {
	return schema.GroupVersion{Group: h.Group, Version: h.Version}.String()
}

// FactsOf returns what the framework's adapter read of the object, nil when it read nothing.
func (h *Header) FactsOf(framework string) any {
	for i := range h.Facts {
		if h.Facts[i].Framework == framework {
			return h.Facts[i].Value
		}
	}
	return nil
}

// ControllerOwner returns the owner that is marked as controller, and whether there is one.
func (h *Header) ControllerOwner() (Owner, bool) {
	for _, o := range h.Owners {
		if o.Controller {
			return o, true
		}
	}
	return Owner{}, false
}

// OwnedBy reports whether an owner reference of h names the object. The uid decides where both have one.
func (h *Header) OwnedBy(o *Header) bool {
	for _, w := range h.Owners {
		if w.Kind == o.Kind && w.Group == o.Group && w.Name == o.Name &&
			(w.UID == "" || o.UID == "" || w.UID == o.UID) {
			return true
		}
	}
	return false
}

// Custom is the record of a kind that has no record type of its own: everything but the header is in Facts.
type Custom struct {
	Header
	// Settled is a hash of what it was read from, without its status; 0: unknown. It compares within one run only.
	Settled uint64
}
