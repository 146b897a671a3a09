package frameworks

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// index answers from a list of objects; everything can be seen but what avail says.
type index struct {
	objects []model.Object
	avail   map[string]Availability // by kind
}

func (x index) of(kind schema.GroupKind, ok func(*model.Header) bool) []model.Object {
	var all []model.Object
	for _, o := range x.objects {
		if h := o.Head(); h.GroupKind() == kind && ok(h) {
			all = append(all, o)
		}
	}
	return all
}

func (x index) Get(ref model.Ref) model.Object {
	if all := x.of(ref.GroupKind(), func(h *model.Header) bool { return h.Ref == ref }); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (x index) Children(owner model.Ref, child schema.GroupKind) []model.Object {
	return x.of(child, func(h *model.Header) bool {
		return h.Namespace == owner.Namespace && h.OwnedBy(&model.Header{Ref: owner})
	})
}

func (x index) Labelled(kind schema.GroupKind, namespace, key, value string) []model.Object {
	return x.of(kind, func(h *model.Header) bool {
		return (namespace == "" || namespace == h.Namespace) && h.Labels.Get(key) == value
	})
}

func (x index) Referrers(to model.Ref, from schema.GroupKind) []model.Object {
	return x.of(from, func(h *model.Header) bool { return slices.Contains(h.Links, to) })
}

func (x index) Members(model.FunctionKey) []model.Object { return nil }

func (x index) Availability(kind schema.GroupKind, _ string) Availability {
	if a, ok := x.avail[kind.Kind]; ok {
		return a
	}
	return Available
}
