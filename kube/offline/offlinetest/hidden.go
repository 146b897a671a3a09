package offlinetest

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// hiding is a source of which objects of some kinds may not be read.
type hiding struct {
	snapshot.Source
	hidden func(schema.GroupKind) bool
}

// Hide returns the source as who may not read these kinds sees it.
func Hide(s snapshot.Source, kinds ...schema.GroupKind) snapshot.Source {
	return hiding{s, func(k schema.GroupKind) bool { return slices.Contains(kinds, k) }}
}

// HideNamed is Hide for kinds of any group.
func HideNamed(s snapshot.Source, kinds ...string) snapshot.Source {
	return hiding{s, func(k schema.GroupKind) bool { return slices.Contains(kinds, k.Kind) }}
}

func (h hiding) Get(ref model.Ref) model.Object {
	if h.hidden(ref.GroupKind()) {
		return nil
	}
	return h.Source.Get(ref)
}

func (h hiding) List(kind schema.GroupKind, namespace string) []model.Object {
	if h.hidden(kind) {
		return nil
	}
	return h.Source.List(kind, namespace)
}

func (h hiding) Coverage(kind schema.GroupKind, namespace string) snapshot.Coverage {
	if h.hidden(kind) {
		return snapshot.Denied
	}
	return h.Source.Coverage(kind, namespace)
}
