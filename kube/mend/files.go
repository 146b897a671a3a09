package mend

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/kube/manifest"
	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/model"
)

// Files are manifests on their way to what edits make of them. Nothing is written: Changed says what there is to write.
type Files struct {
	files map[string]*file
	homes map[model.Ref]home
}

type file struct {
	before string
	parts  []string // documents, and what stands between them
}

type home struct {
	file string
	part int
}

// NewFiles has the documents that were read from files with these contents. Documents that stand in no file, in a list
// or in JSON cannot be changed.
func NewFiles(contents map[string]string, docs []manifest.Document) *Files {
	f := &Files{files: map[string]*file{}, homes: map[model.Ref]home{}}
	for i := range docs {
		d := &docs[i]
		text, line, ok := d.Text()
		content, known := contents[d.File]
		if !ok || !known || strings.HasPrefix(strings.TrimSpace(text), "{") {
			continue
		}
		in := f.files[d.File]
		if in == nil {
			in = &file{before: content, parts: []string{content}}
			f.files[d.File] = in
		}
		if in.cut(line, text) {
			f.homes[d.Ref()] = home{d.File, len(in.parts) - 2}
		}
	}
	return f
}

// cut makes a document a part of its own. Documents come in their order.
func (f *file) cut(line int, text string) bool {
	passed := 0
	for _, p := range f.parts[:len(f.parts)-1] {
		passed += strings.Count(p, "\n")
	}
	rest := f.parts[len(f.parts)-1]
	at := 0
	for range line - 1 - passed {
		n := strings.IndexByte(rest[at:], '\n')
		if n < 0 {
			return false
		}
		at += n + 1
	}
	if !strings.HasPrefix(rest[at:], text) {
		return false // it was decoded from another encoding
	}
	f.parts = append(f.parts[:len(f.parts)-1], rest[:at], text, rest[at+len(text):])
	return true
}

// Changed returns the files that differ from what they were, by name.
func (f *Files) Changed() map[string][2]string {
	out := map[string][2]string{}
	for name, in := range f.files {
		if now := strings.Join(in.parts, ""); now != in.before {
			out[name] = [2]string{in.before, now}
		}
	}
	return out
}

// Text returns what a file holds now.
func (f *Files) Text(name string) (string, bool) {
	in, ok := f.files[name]
	if !ok {
		return "", false
	}
	return strings.Join(in.parts, ""), true
}

// Apply makes the edits; objects that are not there are added behind that of near. When one cannot be made none is.
func (f *Files) Apply(edits []plan.Edit, near model.Ref) error {
	saved := map[string][]string{}
	for name, in := range f.files {
		saved[name] = slices.Clone(in.parts)
	}
	homes := maps.Clone(f.homes)
	for i := range edits {
		if err := f.apply(&edits[i], near); err != nil {
			for name, parts := range saved {
				f.files[name].parts = parts
			}
			f.homes = homes
			return fmt.Errorf("%s %s: %w", edits[i].Verb, edits[i].Object, err)
		}
	}
	return nil
}

func (f *Files) apply(e *plan.Edit, near model.Ref) error {
	if len(e.Needs) > 0 {
		return errors.New("it needs a value that belongs into no file")
	}
	at, there := f.homes[e.Object]
	switch {
	case e.Verb == plan.Create && there:
		return nil // another function asked for it
	case e.Verb == plan.Create:
		return f.add(e.New, e.Object, near)
	case e.Verb == plan.Patch && !there && e.Object.Kind == "ServiceAccount" && e.Object.Name == "default":
		o := map[string]any{
			"apiVersion": "v1", "kind": e.Object.Kind, "metadata": map[string]any{"name": e.Object.Name, "namespace": e.Object.Namespace},
		}
		if err := plan.Apply(o, e.Fields); err != nil {
			return err
		}
		return f.add(o, e.Object, near)
	case !there:
		return errors.New("no document of these files declares it")
	}
	in := f.files[at.file]
	if e.Verb == plan.Delete {
		in.parts[at.part] = ""
		delete(f.homes, e.Object)
		return nil
	}
	fields := slices.DeleteFunc(slices.Clone(e.Fields), func(x plan.Field) bool { return strings.HasPrefix(x.Path, "status.") })
	text, err := Document(in.parts[at.part], fields)
	if err != nil {
		return err
	}
	in.parts[at.part] = text
	return nil
}

// add writes a document behind another one.
func (f *Files) add(object map[string]any, ref, near model.Ref) error {
	at, ok := f.homes[near]
	if !ok {
		return fmt.Errorf("no document of these files declares %s, beside which it would stand", near)
	}
	text, err := Create(object)
	if err != nil {
		return err
	}
	in := f.files[at.file]
	if before := in.parts[at.part]; !strings.HasSuffix(before, "\n") {
		in.parts[at.part] = before + "\n"
	}
	// The parts behind move; those of this file are found again.
	in.parts = slices.Insert(in.parts, at.part+1, "---\n", text)
	for other, h := range f.homes {
		if h.file == at.file && h.part > at.part {
			f.homes[other] = home{h.file, h.part + 2}
		}
	}
	f.homes[ref] = home{at.file, at.part + 2}
	return nil
}
