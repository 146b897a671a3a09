package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// StdinName is the file name of what came from standard input.
const StdinName = "(standard input)"

// Paths reads files and folders, and standard input for `-`. Folders are read with all below them but hidden ones:
// *.yaml, *.yml and *.json; a folder with a kustomization is built instead.
func Paths(paths []string, stdin io.Reader) (docs []Document, problems []error) {
	var sources []source
	for _, path := range paths {
		found, err := sourcesOf(path, stdin)
		if err != nil {
			problems = append(problems, &Error{File: path, Err: err})
		}
		sources = append(sources, found...)
	}
	files := make([]input, len(sources))
	failures := make([]error, len(sources))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(sources)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(sources) {
					return
				}
				src, err := sources[i].read()
				files[i] = input{file: sources[i].file, src: src, built: sources[i].build}
				if err != nil {
					failures[i] = &Error{File: sources[i].file, Err: err}
				}
			}
		})
	}
	workers.Wait()
	for _, err := range failures {
		if err != nil {
			problems = append(problems, err)
		}
	}
	docs, broken := readAll(files)
	return docs, append(problems, broken...)
}

// source is something that documents can be read from.
type source struct {
	file  string
	from  io.Reader // nil: the file of that name
	build bool      // a folder for kustomize; file is its kustomization
}

func (s *source) read() (string, error) {
	if s.build {
		return build(filepath.Dir(s.file))
	}
	from := s.from
	if from == nil {
		f, err := os.Open(s.file)
		if err != nil {
			return "", reason(err)
		}
		defer func() { _ = f.Close() }() // it was only read
		from = f
	}
	var b strings.Builder
	b.Grow(s.size() + 1)
	n, err := io.Copy(&b, io.LimitReader(from, maxFile+1))
	if err != nil {
		return "", reason(err)
	}
	if n > maxFile {
		return "", fmt.Errorf("file has more than %d bytes", maxFile)
	}
	return utf8Of(b.String()), nil
}

func (s *source) size() int {
	if info, err := os.Stat(s.file); s.from == nil && err == nil {
		return int(min(info.Size(), maxFile))
	}
	return 0
}

// reason is an error of a file without the file's name, which is said before it.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func sourcesOf(path string, stdin io.Reader) ([]source, error) {
	if path == "-" {
		return []source{{file: StdinName, from: stdin}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.IsDir() {
		return []source{{file: path}}, nil
	}
	var found []source
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &Error{File: name, Err: reason(err)}
		case d.IsDir() && name != path && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir():
			if k := kustomization(name); k != "" {
				found = append(found, source{file: k, build: true})
				return fs.SkipDir
			}
		case readable(name, d):
			found = append(found, source{file: name})
		}
		return nil
	})
	return found, err
}

// readable reports whether a file of a folder is one to read: by its name, and no link to a folder, pipe or device.
func readable(name string, d fs.DirEntry) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
	default:
		return false
	}
	if d.Type().IsRegular() {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
