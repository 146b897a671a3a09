package record

import (
	"bytes"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// texts are room for objects while they are read.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// renewed makes the record of an object of which nothing but the status differs from the one before. What lasts is shared.
// Nil: there is more to read.
func (d *Decoder) renewed(raw []byte, o *outline, before func(model.Ref) model.Object) model.Object {
	gvk, name, namespace, ok := o.identity(raw)
	if !ok || routed(gvk) {
		return nil
	}
	judges := d.judges[gvk.GroupKind()]
	old, ok := before(model.Ref{Group: gvk.Group, Kind: gvk.Kind, Namespace: namespace, Name: name}).(*model.Custom)
	if !ok || len(judges) == 0 || old.Settled == 0 || old.Problem != "" || old.Version != gvk.Version || old.Settled != o.settled(raw, d.seeds[0]) {
		return nil
	}
	c := &model.Custom{Header: old.Header, Settled: old.Settled}
	c.Links, c.Facts = nil, make([]model.Facts, 0, len(old.Facts))
	version, ok := plain(o.passing[1].in(raw))
	written, known := writes(raw, o.managed)
	if !ok || !known {
		return nil
	}
	c.ResourceVersion, c.Changed, c.Writers = version, d.lastWrite(written), d.writers(written)
	if slices.Equal(c.Writers, old.Writers) {
		c.Writers = old.Writers
	}
	room, _ := texts.Get().(*[]byte)
	defer texts.Put(room)
	*room = with((*room)[:0], raw, o.managed, null)
	from := &frameworks.Raw{GVK: gvk, Header: &c.Header, JSON: *room}
	d.decode(c, from)
	d.judge(c, from, judges, false)
	if slices.Equal(c.Links, old.Links) {
		c.Links = old.Links
	}
	takeOver(c, old, judges)
	return c
}

// identity is what an object is, if that is written without escapes.
func (o *outline) identity(raw []byte) (gvk schema.GroupVersionKind, name, namespace string, ok bool) {
	version, ok := plain(o.apiVersion.in(raw))
	if !ok {
		return gvk, "", "", false
	}
	kind, ok := plain(o.kind.in(raw))
	if !ok {
		return gvk, "", "", false
	}
	if name, ok = plain(o.name.in(raw)); !ok || name == "" {
		return gvk, "", "", false
	}
	if o.namespace.to > 0 {
		namespace, ok = plain(o.namespace.in(raw))
	}
	return schema.FromAPIVersionAndKind(version, kind), name, namespace, ok
}

// writes reads of managed fields what counts: who wrote other things than the status, when, and whether the spec. It is not
// known where that is written with escapes.
func writes(raw []byte, managed span) (all []metav1.ManagedFieldsEntry, known bool) {
	if managed.to == 0 {
		return nil, true
	}
	s := scanner{raw: raw[:managed.to], at: managed.from}
	if !s.take('[') {
		return nil, false
	}
	for !s.take(']') {
		s.space()
		from := s.at
		if !s.skip() {
			return nil, false
		}
		e, ok := writeOf(raw, span{from, s.at})
		if !ok || len(all) >= maxEntries {
			return nil, false
		}
		if e.Subresource == "" {
			all = append(all, e)
		}
		s.take(',')
	}
	return all, true
}

func writeOf(raw []byte, entry span) (e metav1.ManagedFieldsEntry, ok bool) {
	text := func(to *string, value span) bool {
		s, ok := plain(value.in(raw))
		*to = s
		return ok
	}
	var at string
	ok = members(raw, entry, func(name []byte, value span) bool {
		switch string(name) {
		case "manager":
			return text(&e.Manager, value)
		case "subresource":
			return text(&e.Subresource, value)
		case "time":
			return text(&at, value)
		case "fieldsV1":
			if bytes.Contains(value.in(raw), ownsSpec) {
				e.FieldsV1 = specFields
			}
		}
		return true
	})
	if !ok || at == "" {
		return e, ok
	}
	t, err := time.Parse(time.RFC3339, at)
	e.Time = &metav1.Time{Time: t.Local()}
	return e, err == nil
}

// specFields stands for fields of which some are of the spec.
var specFields = metav1.NewFieldsV1(`{"f:spec":{}}`)
