// Package manifest reads Kubernetes objects from YAML and JSON documents, and remembers where each one stood.
//
// Its one rule: a document that cannot be read is an error with its place, and the others are read all the same.
package manifest

import (
	"fmt"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"

	"github.com/fn9s/fn9s/security/model"
)

const (
	// maxObject bounds one object; the API server itself refuses those of more than 3 MiB.
	maxObject = 8 << 20
	// maxDocument bounds one document, which may be a list of many objects.
	maxDocument = 256 << 20
	// maxFile bounds one file.
	maxFile = 1 << 30
)

// Document is one object and the place that it was read from. Lists are taken apart.
type Document struct {
	File  string
	Index int // of the document in the file, from 1
	Line  int // where the document begins, from 1
	GVK   schema.GroupVersionKind
	JSON  []byte
	// Assumed says that the file names no namespace, and that "default" stands in the JSON for it.
	Assumed bool

	namespace, name string
	text            *text // nil when the object was generated
	items           []int // which item it is of the list in the document
}

// text is a document as it was written.
type text struct {
	src     string
	line    int // of its beginning in the file, from 1
	outline atomic.Pointer[outline]
}

// Error is a document that could not be read, or a file: then Index is 0.
type Error struct {
	File  string
	Index int
	Line  int
	Err   error
}

func (e *Error) Error() string {
	if e.Index == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s: document %d, line %d: %v", e.File, e.Index, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Ref is the identity of the document's object.
func (d *Document) Ref() model.Ref {
	return model.Ref{Group: d.GVK.Group, Kind: d.GVK.Kind, Namespace: d.namespace, Name: d.name}
}

// Object makes a document of an object that stands in no file.
func Object(raw []byte) (Document, error) {
	h, err := readHead(raw)
	if err != nil {
		return Document{}, err
	}
	var d Document
	return d, d.identify(raw, &h)
}

// Generated reports whether the object stands in no file: it was built by kustomize, or
// by Object.
func (d *Document) Generated() bool { return d.text == nil }

// Object is the object as the file has it: a namespace that the file does not name is not in it.
func (d *Document) Object() (map[string]any, error) {
	var o map[string]any
	if err := utiljson.Unmarshal(d.JSON, &o); err != nil {
		return nil, fmt.Errorf("%s: document %d: %w", d.File, d.Index, err)
	}
	if meta, ok := o["metadata"].(map[string]any); ok && d.Assumed {
		delete(meta, "namespace")
	}
	return o, nil
}

// Typed decodes a document of a kind that client-go knows; nil when it knows none of that version.
func (d *Document) Typed() (runtime.Object, error) {
	if !clientscheme.Scheme.Recognizes(d.GVK) {
		return nil, nil
	}
	o, err := clientscheme.Scheme.New(d.GVK)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.GVK.Kind, err)
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(d.JSON, o); err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.GVK.Kind, err)
	}
	clientscheme.Scheme.Default(o)
	return o, nil
}
