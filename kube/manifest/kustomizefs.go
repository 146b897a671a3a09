package manifest

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Kustomized returns what kustomize makes of a folder of a file system. Nothing outside of that file system is read.
func Kustomized(fsys fs.FS, folder string) (docs []Document, problems []error) {
	s := sealed{FileSystem: filesys.MakeFsInMemory(), from: fsys}
	m := &medium{files: s, stat: s.stat, open: func(name string) (fs.File, error) { return s.open(name) }}
	out, err := m.build(path.Join("/", filepath.ToSlash(folder)))
	if err != nil {
		return nil, []error{&Error{File: folder, Err: err}}
	}
	return readAll([]input{{file: path.Join(folder, "kustomization.yaml"), src: utf8Of(out), built: true}})
}

// sealed is a file system as kustomize wants it. What is read comes from one of the standard library, what is written goes
// to memory and is lost. Links are not followed.
type sealed struct {
	filesys.FileSystem
	from fs.FS
}

// inside is a path of kustomize in the file system that is read.
func (s sealed) inside(name string) (string, error) {
	clean := strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(name)), "/")
	if clean == "" {
		return ".", nil
	}
	at := ""
	for part := range strings.SplitSeq(clean, "/") {
		at = path.Join(at, part)
		info, err := fs.Lstat(s.from, at)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return "", fmt.Errorf("%q is a symbolic link: links are not followed", at)
		}
	}
	return clean, nil
}

func (s sealed) stat(name string) (fs.FileInfo, error) {
	at, err := s.inside(name)
	if err != nil {
		return nil, err
	}
	return fs.Stat(s.from, at)
}

func (s sealed) open(name string) (fs.File, error) {
	at, err := s.inside(name)
	if err != nil {
		return nil, err
	}
	info, err := fs.Stat(s.from, at)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%q is no regular file", at)
	case info.Size() > maxObject:
		return nil, fmt.Errorf("%q has more than %d bytes", at, maxObject)
	}
	return s.from.Open(at)
}

// The parts of kustomize's interface that read.

func (s sealed) Open(name string) (filesys.File, error) {
	return nil, fmt.Errorf("%q cannot be opened: it is only read as a whole", name)
}

func (s sealed) IsDir(name string) bool {
	info, err := s.stat(name)
	return err == nil && info.IsDir()
}

func (s sealed) Exists(name string) bool {
	_, err := s.stat(name)
	return err == nil
}

func (s sealed) ReadFile(name string) ([]byte, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	at, err := s.inside(name)
	if err != nil {
		return nil, err
	}
	return fs.ReadFile(s.from, at)
}

func (s sealed) ReadDir(name string) ([]string, error) {
	at, err := s.inside(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(s.from, at)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (s sealed) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	clean := path.Clean("/" + filepath.ToSlash(name))
	info, err := s.stat(clean)
	switch {
	case err != nil:
		return "", "", err
	case info.IsDir():
		return filesys.ConfirmedDir(filepath.FromSlash(clean)), "", nil
	}
	return filesys.ConfirmedDir(filepath.FromSlash(path.Dir(clean))), path.Base(clean), nil
}

func (s sealed) Glob(pattern string) ([]string, error) {
	found, err := fs.Glob(s.from, strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(pattern)), "/"))
	for i := range found {
		found[i] = filepath.FromSlash("/" + found[i])
	}
	return found, err
}

func (s sealed) Walk(name string, visit filepath.WalkFunc) error {
	at, err := s.inside(name)
	if err != nil {
		return err
	}
	return fs.WalkDir(s.from, at, func(below string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		return visit(filepath.FromSlash("/"+below), info, err)
	})
}
