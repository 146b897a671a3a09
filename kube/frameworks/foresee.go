package frameworks

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Foreseer is implemented by adapters whose framework makes workloads of the objects that declare functions. Before those
// objects are there, nothing else tells what the function will run as.
type Foreseer interface {
	// Foresee says what the framework's controllers will make of the objects of a draft: whole objects, each with a name
	// and without what only the controller will know. They are for judging, in the place of those that will be, and are
	// never sent. It is pure; nothing means that it cannot be told, or that nothing runs which would make any.
	Foresee(draft []map[string]any, s plan.Surroundings) []map[string]any
}

// Lister is implemented by Objects that can list a kind too; an empty namespace means all.
type Lister interface {
	List(kind schema.GroupKind, namespace string) []model.Object
}

// Listed lists what surrounds a draft, as far as it can be listed.
func Listed(s plan.Surroundings, kind schema.GroupKind, namespace string) []model.Object {
	if l, ok := s.Objects.(Lister); ok {
		return l.List(kind, namespace)
	}
	return nil
}
