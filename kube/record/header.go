package record

import (
	"bytes"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fn9s/fn9s/security/model"
)

const (
	lastApplied   = "kubectl.kubernetes.io/last-applied-configuration"
	maxAnnotation = 8 << 10
	maxEntries    = 256 // of labels, annotations, owners, finalizers
)

// Header reduces an object's metadata.
func (p *Pool) Header(m *metav1.ObjectMeta, gvk schema.GroupVersionKind) model.Header {
	h := model.Header{
		Ref: model.Ref{
			Group: gvk.Group, Kind: gvk.Kind,
			Namespace: p.String(m.Namespace), Name: m.Name,
		},
		Version:         gvk.Version,
		UID:             m.UID,
		ResourceVersion: m.ResourceVersion,
		Labels:          p.labels(m.Labels),
		Annotations:     p.annotations(m.Annotations),
		Created:         m.CreationTimestamp.Time,
		Changed:         p.lastWrite(m.ManagedFields),
		Writers:         p.writers(m.ManagedFields),
	}
	if m.DeletionTimestamp != nil {
		h.Deleting = m.DeletionTimestamp.Time
	}
	if n := min(len(m.Finalizers), maxEntries); n > 0 {
		h.Finalizers = make([]string, 0, n)
		for _, f := range m.Finalizers[:n] {
			h.Finalizers = append(h.Finalizers, p.String(f))
		}
	}
	h.Owners = p.owners(m)
	pack(&h)
	return h
}

// pack puts the strings that belong to this object alone into one piece of memory: the collector looks at every piece.
// The name stays by itself, because others keep it longer than the record.
func pack(h *model.Header) {
	n := len(h.UID) + len(h.ResourceVersion)
	for _, list := range [...]model.Labels{h.Labels, h.Annotations} {
		for i := range list {
			n += len(list[i].Value)
		}
	}
	for i := range h.Owners {
		n += len(h.Owners[i].Name) + len(h.Owners[i].UID)
	}
	var all strings.Builder
	all.Grow(n)
	all.WriteString(string(h.UID))
	all.WriteString(h.ResourceVersion)
	for _, list := range [...]model.Labels{h.Labels, h.Annotations} {
		for i := range list {
			all.WriteString(list[i].Value)
		}
	}
	for i := range h.Owners {
		all.WriteString(h.Owners[i].Name)
		all.WriteString(string(h.Owners[i].UID))
	}
	rest := all.String()
	take := func(n int) string {
		s := rest[:n]
		rest = rest[n:]
		return s
	}
	h.UID, h.ResourceVersion = types.UID(take(len(h.UID))), take(len(h.ResourceVersion))
	for _, list := range [...]model.Labels{h.Labels, h.Annotations} {
		for i := range list {
			list[i].Value = take(len(list[i].Value))
		}
	}
	for i := range h.Owners {
		o := &h.Owners[i]
		o.Name, o.UID = take(len(o.Name)), types.UID(take(len(o.UID)))
	}
}

func (p *Pool) owners(m *metav1.ObjectMeta) []model.Owner {
	n := min(len(m.OwnerReferences), maxEntries)
	if n == 0 {
		return nil
	}
	all := make([]model.Owner, 0, n)
	for _, o := range m.OwnerReferences[:n] {
		group, _, ok := strings.Cut(o.APIVersion, "/")
		if !ok {
			group = ""
		}
		all = append(all, model.Owner{
			Group: p.String(group), Kind: p.String(o.Kind), Name: o.Name, UID: o.UID,
			Controller: o.Controller != nil && *o.Controller,
		})
	}
	return all
}

func (p *Pool) labels(m map[string]string) model.Labels {
	if len(m) > maxEntries {
		return nil
	}
	return model.NewLabels(m, p.String)
}

func (p *Pool) annotations(m map[string]string) model.Labels {
	if len(m) == 0 {
		return nil
	}
	keep := make(map[string]string, len(m))
	for k, v := range m {
		if k == lastApplied || len(v) > maxAnnotation || len(keep) >= maxEntries {
			continue
		}
		keep[k] = v
	}
	return model.NewLabels(keep, p.String)
}

// lastWrite names the manager of the newest entry that is no status write. Entries without a time (server-side
// apply of identical values) say nothing.
func (p *Pool) lastWrite(entries []metav1.ManagedFieldsEntry) model.Change {
	var newest model.Change
	for i := range entries {
		e := &entries[i]
		if e.Subresource != "" || e.Time == nil {
			continue
		}
		if newest.Manager == "" || e.Time.After(newest.Time) {
			newest = model.Change{Manager: e.Manager, Time: e.Time.Time}
		}
	}
	newest.Manager = p.String(newest.Manager)
	return newest
}

const maxWriters = 8

var ownsSpec = []byte(`"f:spec"`)

// writers lists who owns fields of the spec, where several do: one alone is the rule, and says nothing.
func (p *Pool) writers(entries []metav1.ManagedFieldsEntry) []string {
	var all []string
	for i := range entries {
		e := &entries[i]
		if e.Subresource != "" || e.FieldsV1 == nil || !bytes.Contains(e.FieldsV1.GetRawBytes(), ownsSpec) {
			continue
		}
		if !slices.Contains(all, e.Manager) && len(all) < maxWriters {
			all = append(all, p.String(e.Manager))
		}
	}
	if len(all) < 2 {
		return nil
	}
	slices.Sort(all)
	return all
}
