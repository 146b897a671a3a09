// Package manifest reads Kubernetes objects from YAML and JSON documents, and remembers where each one stood.
//
// Its one rule: a document that cannot be read is an error with its place, and the others are read all the same.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/security/model"
)

// maxDocument bounds one document; the API server itself refuses objects of more than 3 MiB.
const maxDocument = 8 << 20

// Document is one object and the place that it was read from. Lists are taken apart.
type Document struct {
	File  string
	Index int // of the document in the file, from 1
	Line  int // where the document begins, from 1
	GVK   schema.GroupVersionKind
	JSON  []byte
}

// Error is a document that could not be read.
type Error struct {
	File  string
	Index int
	Line  int
	Err   error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: document %d, line %d: %v", e.File, e.Index, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Read takes a file apart. Empty documents are passed over.
func Read(file string, data []byte) (docs []Document, problems []error) {
	index, line := 0, 1
	for _, part := range split(data) {
		index++
		at := Document{File: file, Index: index, Line: line}
		line += bytes.Count(part, []byte("\n"))
		found, err := one(at, part)
		if err != nil {
			problems = append(problems, &Error{File: file, Index: at.Index, Line: at.Line, Err: err})
			continue
		}
		docs = append(docs, found...)
	}
	return docs, problems
}

// split cuts at lines that are `---`, and keeps them with the document that follows, so that lines count right.
func split(data []byte) [][]byte {
	var parts [][]byte
	start := 0
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		next := len(data)
		if end >= 0 {
			next = at + end + 1
		}
		text := bytes.TrimRight(data[at:next], " \t\r\n")
		if at > start && (bytes.Equal(text, []byte("---")) || bytes.HasPrefix(text, []byte("--- "))) {
			parts = append(parts, data[start:at])
			start = at
		}
		at = next
	}
	return append(parts, data[start:])
}

func one(at Document, data []byte) ([]Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("document has %d bytes, more than %d", len(data), maxDocument)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, fmt.Errorf("parse YAML: %w", err)
	}
	if len(node.Content) == 0 || node.Content[0].Tag == "!!null" {
		return nil, nil
	}
	raw, err := sigsyaml.YAMLToJSON(data)
	if err != nil {
		return nil, fmt.Errorf("convert YAML: %w", err)
	}
	return flatten(at, raw)
}

func flatten(at Document, raw []byte) ([]Document, error) {
	var head struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Items      []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("read apiVersion and kind: %w", err)
	}
	if head.Kind == "" || head.APIVersion == "" {
		return nil, fmt.Errorf("no Kubernetes object: apiVersion or kind is missing")
	}
	at.GVK = schema.FromAPIVersionAndKind(head.APIVersion, head.Kind)
	if head.Kind != "List" {
		at.JSON = raw
		return []Document{at}, nil
	}
	var all []Document
	for _, item := range head.Items {
		docs, err := flatten(at, item)
		if err != nil {
			return nil, err
		}
		all = append(all, docs...)
	}
	return all, nil
}

// Typed decodes a document of a kind that client-go knows; nil when it knows none of that version.
func (d *Document) Typed() (runtime.Object, error) {
	if !clientscheme.Scheme.Recognizes(d.GVK) {
		return nil, nil
	}
	o, _, err := clientscheme.Codecs.UniversalDeserializer().Decode(d.JSON, &d.GVK, nil)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", d.GVK.Kind, err)
	}
	clientscheme.Scheme.Default(o)
	return o, nil
}

// Ref is the identity of the document's object.
func (d *Document) Ref() model.Ref {
	var head struct {
		Metadata struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(d.JSON, &head) // a malformed document has no name, and is no object
	return model.Ref{Group: d.GVK.Group, Kind: d.GVK.Kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
}
