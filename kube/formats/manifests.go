package formats

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/fn9s/fn9s/kube/manifest"
)

// readManifests takes whole objects as they are. A folder is read with all below it.
func readManifests(r *reader, s *surveyed) error {
	if s.file != "" {
		r.manifests(manifest.Read(r.files.name, []byte(s.source)))
		return nil
	}
	total, found := 0, 0
	err := fs.WalkDir(s.files.fsys, s.files.dir, func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.problem(Place{File: at}, plain(err).Error())
			return nil
		case e.IsDir() && at != s.files.dir && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case e.IsDir() && at != s.files.dir && isKustomization(s.files.fsys, at):
			r.kustomize(at)
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		switch strings.ToLower(path.Ext(at)) {
		case ".yaml", ".yml", ".json":
		default:
			return nil
		}
		if !e.Type().IsRegular() {
			r.note(Place{File: at}, "is no regular file: it is left out")
			return nil
		}
		if found++; found > maxFiles {
			return errors.New("has too many files")
		}
		d := folder{fsys: s.files.fsys, dir: path.Dir(at)}
		data, err := d.read(path.Base(at), maxFile)
		if total += len(data); err != nil || total > 8*maxCode {
			r.problem(Place{File: at}, errorOr(err, errLarge))
			return nil
		}
		r.manifests(manifest.Read(at, data))
		return nil
	})
	if err != nil {
		return &Error{Place{File: s.files.name}, err.Error()}
	}
	return nil
}

func errorOr(err, other error) string {
	if err == nil {
		err = other
	}
	return err.Error()
}

func isKustomization(fsys fs.FS, dir string) bool {
	d := folder{fsys: fsys, dir: dir}
	for _, name := range kustomizations {
		if d.isFile(name) {
			return true
		}
	}
	return false
}

func readKustomize(r *reader, s *surveyed) error {
	r.kustomize(s.files.dir)
	return nil
}

// kustomize builds a folder of what the caller's file system has, and nothing else.
func (r *reader) kustomize(dir string) { r.manifests(manifest.Kustomized(r.files.fsys, dir)) }

func (r *reader) manifests(docs []manifest.Document, problems []error) {
	for _, err := range problems {
		var e *manifest.Error
		if errors.As(err, &e) {
			r.problem(Place{File: e.File, Line: e.Line}, e.Err.Error())
			continue
		}
		r.problem(Place{File: r.files.name}, err.Error())
	}
	for i := range docs {
		d := &docs[i]
		o, err := d.Object()
		if err != nil {
			r.problem(Place{File: d.File, Line: d.Line}, "is no object")
			continue
		}
		ref := d.Ref()
		if d.Assumed {
			ref.Namespace = ""
		}
		r.out.Objects = append(r.out.Objects, Object{Place: Place{File: d.File, Line: d.Line}, Ref: ref, Value: o})
	}
}
