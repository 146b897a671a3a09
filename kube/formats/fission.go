package formats

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
)

// maxLiteral is what a Package holds itself; more goes to a storage that only Fission's own tool fills.
const maxLiteral = 256 << 10

// jsonText is a value in one line.
func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

// specs are the files of `fission spec`.
type specs struct {
	*reader
	uploads map[string]field
	packs   []int // objects that are Packages
	fields  map[int]field
	name    string // of the deployment
	uid     string
}

// readFission reads the folder of `fission spec`. Its documents are objects, but for two kinds that only the tool knows.
func readFission(r *reader, s *surveyed) error {
	sp := &specs{reader: r, uploads: map[string]field{}, fields: map[int]field{}}
	files := []string{s.file}
	if s.file == "" {
		files = s.files.manifests()
	}
	for _, file := range files {
		src := s.source
		if s.file == "" {
			var err error
			if src, err = s.files.source(file); err != nil {
				r.problem(Place{File: file}, err.Error())
				continue
			}
		}
		docs, err := parse(file, src)
		if err != nil {
			r.out.Problems = append(r.out.Problems, Note(*err.(*Error)))
		}
		for _, doc := range docs {
			sp.document(field{r, doc})
		}
	}
	sp.archives()
	sp.marks()
	return nil
}

func (s *specs) document(f field) {
	if !f.is(mapping, "an object") {
		return
	}
	api, kind := f.at("apiVersion").text(), f.at("kind").text()
	switch {
	case strings.HasPrefix(api, "fission.io/") && kind == "DeploymentConfig":
		s.name, s.uid = f.at("name").text(), f.at("uid").text()
		f.pass()
	case strings.HasPrefix(api, "fission.io/") && kind == "ArchiveUploadSpec":
		if name := f.at("name").text(); name != "" {
			s.uploads[name] = f
		} else {
			f.lacks("has no name")
		}
	default:
		s.object(f, api, kind)
	}
}

// object takes a document over as it is.
func (r *reader) object(f field, api, kind string) (index int) {
	o := f.object()
	meta := object(o).at("metadata")
	name := meta.text("name")
	if api == "" || kind == "" || name == "" {
		f.lacks("has no apiVersion, kind and metadata.name: it is no object")
		return -1
	}
	ref := model.Ref{Kind: kind, Namespace: meta.text("namespace"), Name: name}
	if group, _, ok := strings.Cut(api, "/"); ok {
		ref.Group = group
	}
	r.out.Objects = append(r.out.Objects, Object{Place: f.place(), Ref: ref, Value: o})
	return len(r.out.Objects) - 1
}

func (s *specs) object(f field, api, kind string) {
	i := s.reader.object(f, api, kind)
	if i >= 0 && strings.HasPrefix(api, "fission.io/") {
		s.fields[i] = f
		if kind == "Package" {
			s.packs = append(s.packs, i)
		}
	}
}

// archives puts the files that packages name by `archive://NAME` into them.
func (s *specs) archives() {
	used := map[string]bool{}
	for _, i := range s.packs {
		spec := object(s.out.Objects[i].Value).at("spec")
		for _, part := range []string{"source", "deployment"} {
			archive := spec.at(part)
			name, ok := strings.CutPrefix(archive.text("url"), "archive://")
			if !ok {
				continue
			}
			used[name] = true
			at := s.fields[i].at("spec", part, "url")
			upload, known := s.uploads[name]
			if !known {
				at.problem("there is no ArchiveUploadSpec " + quoted(name))
				continue
			}
			if literal, ok := s.pack(upload); ok {
				spec[part] = map[string]any{"type": "literal", "literal": literal}
			}
		}
		if build := spec.at("source"); len(build) > 0 && build.text("type") != "" {
			s.note(s.out.Objects[i].Place, "is built in the cluster: its status must say pending, which a builder reads")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.uploads)) {
		f := s.uploads[name]
		f.pass()
		if !used[name] {
			f.note("is an archive that no Package names")
		}
	}
}

// pack makes what the tool would upload: one file as it is, several as a zip.
func (s *specs) pack(f field) (string, bool) {
	include, exclude := f.at("include").words(), f.at("exclude").words()
	root := s.rootOf(f)
	patterns := []string{"!**"}
	for _, p := range include {
		patterns = append(patterns, strings.TrimPrefix(p, "./"))
	}
	for _, p := range exclude {
		patterns = append(patterns, "!"+strings.TrimPrefix(p, "./"))
	}
	files, links, err := root.tree(".", func(name string) bool {
		return taken(patterns, name) || slices.ContainsFunc(include, func(p string) bool { return strings.HasPrefix(name, strings.Trim(p, "./")+"/") })
	})
	switch {
	case err != nil:
		f.problem("its files cannot be read: " + err.Error())
		return "", false
	case len(files) == 0:
		f.problem("includes no file")
		return "", false
	}
	for _, l := range links {
		f.note(quoted(l) + " is no regular file: it is left out of the archive")
	}
	data, err := packed(files)
	if err != nil {
		f.problem(err.Error())
		return "", false
	}
	if len(data) > maxLiteral {
		f.problem(fmt.Sprintf("has %d KiB, and a Package holds 256: only Fission's own tool uploads more", (len(data)+1023)>>10))
		return "", false
	}
	return base64.StdEncoding.EncodeToString(data), true
}

// rootOf is the folder that the patterns are relative to: that above `specs`, or one below it. Nothing above is read.
func (s *specs) rootOf(f field) *folder {
	root := *s.files
	if path.Base(root.dir) == "specs" {
		root.dir = path.Dir(root.dir)
	}
	if sub := strings.TrimSuffix(f.at("rootdir").text(), "/"); sub != "" && sub != "." {
		if info, full, err := root.stat(sub); err != nil || !info.IsDir() {
			f.at("rootdir").problem(quoted(sub) + " is no folder beside the specs")
		} else {
			root.dir = full
		}
	}
	return &root
}

// packed is one file as it is, or a zip of several.
func packed(files map[string][]byte) ([]byte, error) {
	if len(files) == 1 {
		for _, data := range files {
			return data, nil
		}
	}
	return zipped(files)
}

// zipped is a zip of files, always with the same bytes.
func zipped(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", quoted(name), err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack the archive: %w", err)
	}
	return b.Bytes(), nil
}

// marks writes the annotations by which the tool knows its own, so that it goes on with them.
func (s *specs) marks() {
	if s.uid == "" {
		return
	}
	for i := range s.out.Objects {
		if s.fields[i].n == nil {
			continue
		}
		meta, ok := s.out.Objects[i].Value["metadata"].(map[string]any)
		if !ok {
			continue
		}
		notes, ok := meta["annotations"].(map[string]any)
		if !ok {
			notes = map[string]any{}
			meta["annotations"] = notes
		}
		notes["fission-name"], notes["fission-uid"] = s.name, s.uid
	}
}
