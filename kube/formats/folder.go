package formats

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
)

// The bounds of files.
const (
	maxFile  = 4 << 20  // of a file that is taken apart
	maxCode  = 16 << 20 // of all code of one function
	maxFiles = 2000     // of one function
)

// folder is what a file may name: what lies beside and below it.
type folder struct {
	fsys fs.FS
	dir  string // in fsys
	name string // of the file or folder that is read, as the caller said it
}

var (
	errOutside = errors.New("leaves the folder of the file: only what lies below it is read")
	errLink    = errors.New("is a symbolic link: links are not followed")
	errSpecial = errors.New("is no regular file")
	errMissing = errors.New("is not there")
	errLarge   = errors.New("is too large")
)

// resolve makes a path in the file system of one in the file. It does not touch the files.
func (d *folder) resolve(name string) (string, error) {
	if name == "" {
		return "", errors.New("names no file")
	}
	if strings.ContainsAny(name, "\\\x00") || path.IsAbs(name) || len(name) > 1 && name[1] == ':' || strings.HasPrefix(name, "~") {
		return "", errOutside
	}
	clean := path.Clean(name)
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", errOutside
	}
	return path.Join(d.dir, clean), nil
}

// stat looks at a path without following a link on the way below the folder.
func (d *folder) stat(name string) (fs.FileInfo, string, error) {
	full, err := d.resolve(name)
	if err != nil {
		return nil, "", err
	}
	below := strings.TrimPrefix(strings.TrimPrefix(full, d.dir), "/")
	at := d.dir
	var info fs.FileInfo
	for _, part := range strings.Split(below, "/") {
		at = path.Join(at, part)
		if info, err = fs.Lstat(d.fsys, at); err != nil {
			return nil, "", plain(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return nil, "", errLink
		}
	}
	return info, full, nil
}

// plain is an error of a file system without paths.
func plain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errMissing
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read")
	case errors.Is(err, fs.ErrInvalid):
		return errOutside
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// read returns a regular file of a bounded size.
func (d *folder) read(name string, most int) ([]byte, error) {
	info, full, err := d.stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errSpecial
	case info.Size() > int64(most):
		return nil, errLarge
	}
	f, err := d.fsys.Open(full)
	if err != nil {
		return nil, plain(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	switch {
	case err != nil:
		return nil, plain(err)
	case len(data) > most:
		return nil, errLarge
	}
	return data, nil
}

func (d *folder) isDir(name string) bool {
	info, _, err := d.stat(name)
	return err == nil && info.IsDir()
}

func (d *folder) isFile(name string) bool {
	info, _, err := d.stat(name)
	return err == nil && info.Mode().IsRegular()
}

// tree returns the regular files below a folder that a filter takes; their names are relative to it. Links are left out
// and named.
func (d *folder) tree(name string, take func(string) bool) (files map[string][]byte, links []string, err error) {
	info, full, err := d.stat(name)
	switch {
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return nil, nil, errors.New("is no folder")
	}
	files = map[string][]byte{}
	total := 0
	err = fs.WalkDir(d.fsys, full, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return plain(err)
		}
		below := strings.TrimPrefix(strings.TrimPrefix(at, full), "/")
		if full == "." {
			below = at
		}
		switch {
		case e.IsDir():
			if at != full && skipped[e.Name()] {
				return fs.SkipDir
			}
			return nil
		case !take(below):
			return nil
		case !e.Type().IsRegular():
			links = append(links, below)
			return nil
		case len(files) == maxFiles:
			return fmt.Errorf("has more than %d files", maxFiles)
		}
		inside := folder{fsys: d.fsys, dir: full}
		data, err := inside.read(below, maxCode-total)
		if err != nil {
			return fmt.Errorf("%s %w", quoted(below), err)
		}
		total += len(data)
		files[below] = data
		return nil
	})
	slices.Sort(links)
	return files, links, err
}

// skipped are folders that no tool packs.
var skipped = map[string]bool{".git": true, ".serverless": true, ".hg": true, ".svn": true}

// source returns a text file decoded to UTF-8.
func (d *folder) source(name string) (string, error) {
	data, err := d.read(name, maxFile)
	if err != nil {
		return "", err
	}
	return utf8Of(string(data)), nil
}

// utf8Of drops the mark of UTF-8, and decodes UTF-16 by its own.
func utf8Of(s string) string {
	if rest, ok := strings.CutPrefix(s, "\xef\xbb\xbf"); ok {
		return rest
	}
	big := strings.HasPrefix(s, "\xfe\xff")
	if !big && !strings.HasPrefix(s, "\xff\xfe") {
		return s
	}
	units := make([]uint16, 0, len(s)/2)
	for i := 2; i+1 < len(s); i += 2 {
		lo, hi := s[i], s[i+1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(hi)<<8|uint16(lo))
	}
	return string(utf16.Decode(units))
}

// quoted is a name from a file, for a message.
func quoted(name string) string {
	if len(name) > 100 {
		name = name[:100] + "…"
	}
	return fmt.Sprintf("%q", name)
}
