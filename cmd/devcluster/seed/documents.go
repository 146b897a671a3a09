// Package seed puts the sample objects of the main module into a cluster.
// Rule: one bad document never stops the others; it is reported with file, number and the server's words, and the run fails at the end.
package seed

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/kube/samples"
)

// defaultManager is the field manager of objects that name none.
const defaultManager = "devcluster-seed"

// managerAnnotation names the field manager, so that "changed by whom" is believable.
const managerAnnotation = "seed.fn9s.io/manager"

// Object is one document of a sample file.
type Object struct {
	File     string
	Document int // from 1, as a reader counts
	Manager  string
	Body     map[string]any
}

// Problem is a document that could not be applied.
type Problem struct {
	File     string
	Document int
	What     string // kind and name, as far as known
	Err      error
}

func (p Problem) Error() string {
	return fmt.Sprintf("%s, document %d (%s): %v", p.File, p.Document, p.What, p.Err)
}

// Parse reads the documents of the files. Documents that cannot be read are problems.
func Parse(files []samples.File) ([]*Object, []Problem) {
	var objects []*Object
	var problems []Problem
	for _, file := range files {
		number := 0
		for _, data := range split(file.Data) {
			if len(bytes.TrimSpace(stripComments(data))) == 0 {
				continue
			}
			number++
			object, err := parseOne(data)
			if err != nil {
				problems = append(problems, Problem{File: file.Path, Document: number, What: "unreadable", Err: err})
				continue
			}
			object.File, object.Document = file.Path, number
			objects = append(objects, object)
		}
	}
	return objects, problems
}

func parseOne(data []byte) (*Object, error) {
	converted, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	if err := json.Unmarshal(converted, &body); err != nil {
		return nil, err
	}
	object := &Object{Body: body, Manager: defaultManager}
	if object.Kind() == "" || object.APIVersion() == "" || object.Name() == "" {
		return nil, fmt.Errorf("apiVersion, kind or metadata.name is missing")
	}
	annotations, _ := object.metadata()["annotations"].(map[string]any)
	if manager, ok := annotations[managerAnnotation].(string); ok {
		object.Manager = manager
		delete(annotations, managerAnnotation)
		if len(annotations) == 0 {
			delete(object.metadata(), "annotations")
		}
	}
	return object, nil
}

// split cuts at lines that begin with "---".
func split(data []byte) [][]byte {
	var documents [][]byte
	var current []byte
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("---")) && (len(bytes.TrimSpace(line)) == 3 || line[3] == ' ') {
			documents = append(documents, current)
			current = nil
			continue
		}
		current = append(current, line...)
	}
	return append(documents, current)
}

func stripComments(data []byte) []byte {
	var kept []byte
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			kept = append(kept, line...)
		}
	}
	return kept
}

func (o *Object) metadata() map[string]any {
	metadata, _ := o.Body["metadata"].(map[string]any)
	return metadata
}

func (o *Object) field(name string) string {
	value, _ := o.metadata()[name].(string)
	return value
}

// Kind is the object's kind.
func (o *Object) Kind() string { kind, _ := o.Body["kind"].(string); return kind }

// APIVersion is the object's group and version.
func (o *Object) APIVersion() string { version, _ := o.Body["apiVersion"].(string); return version }

// Name is metadata.name.
func (o *Object) Name() string { return o.field("name") }

// Namespace is metadata.namespace; empty for cluster-scoped kinds.
func (o *Object) Namespace() string { return o.field("namespace") }

// Key names the object in messages and in the list of what was seeded: apiVersion, kind, namespace, name.
func (o *Object) Key() string {
	return o.APIVersion() + "|" + o.Kind() + "|" + o.Namespace() + "|" + o.Name()
}

// Title is kind and name as kubectl users write them.
func (o *Object) Title() string {
	if o.Namespace() == "" {
		return o.Kind() + " " + o.Name()
	}
	return o.Kind() + " " + o.Namespace() + "/" + o.Name()
}

func (o *Object) owners() []map[string]any {
	list, _ := o.metadata()["ownerReferences"].([]any)
	var owners []map[string]any
	for _, entry := range list {
		if owner, ok := entry.(map[string]any); ok {
			owners = append(owners, owner)
		}
	}
	return owners
}

func (o *Object) problem(err error) Problem {
	return Problem{File: o.File, Document: o.Document, What: o.Title(), Err: err}
}

// SecretData returns the values of a Secret of the samples, which are dummies.
func (o *Object) SecretData() map[string]string {
	values := map[string]string{}
	encoded, _ := o.Body["data"].(map[string]any)
	for key, value := range encoded {
		text, _ := value.(string)
		if data, err := base64.StdEncoding.DecodeString(text); err == nil {
			values[key] = string(data)
		}
	}
	plain, _ := o.Body["stringData"].(map[string]any)
	for key, value := range plain {
		values[key], _ = value.(string)
	}
	return values
}
