package store

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

// newList returns an empty list of a built-in kind.
func newList(gvk schema.GroupVersionKind) (runtime.Object, error) {
	gvk.Kind += "List"
	o, err := clientscheme.Scheme.New(gvk)
	if err != nil {
		return nil, fmt.Errorf("make list: %w", err)
	}
	return o, nil
}

func eachItem(list runtime.Object, visit func(runtime.Object) error) error {
	return meta.EachListItemWithAlloc(list, visit)
}

// BuiltIn reports whether client-go has a type for the kind.
func BuiltIn(gvk schema.GroupVersionKind) bool { return clientscheme.Scheme.Recognizes(gvk) }
