package workshop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
)

// The bounds of source that is read: an object of the API server holds little more.
const (
	mostSource = 1 << 20
	mostFiles  = 500
)

// ReadCode reads source from a file, or from a folder without what is hidden in it. It takes time.
func ReadCode(name string) (*plan.Code, error) {
	path, err := home(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	c := &plan.Code{Name: name, Files: map[string][]byte{}}
	if !info.IsDir() {
		data, err := readSource(path, mostSource)
		if err != nil {
			return nil, err
		}
		c.Files[filepath.Base(path)] = data
		return c, nil
	}
	left := mostSource
	err = filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case at != path && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is no file", at)
		case len(c.Files) == mostFiles:
			return fmt.Errorf("%s holds more than %d files", name, mostFiles)
		}
		data, err := readSource(at, left)
		if err != nil {
			return err
		}
		left -= len(data)
		below, err := filepath.Rel(path, at)
		if err != nil {
			return err
		}
		c.Files[filepath.ToSlash(below)] = data
		return nil
	})
	if err == nil && len(c.Files) == 0 {
		err = fmt.Errorf("%s holds no file", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	return c, nil
}

var errTooLarge = errors.New("it is larger than 1 MiB, which has no place in an object of the cluster")

func readSource(path string, most int) (data []byte, err error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read source: %s is no file", path)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, int64(most)+1)); err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	if b.Len() > most {
		return nil, fmt.Errorf("read source: %s: %w", path, errTooLarge)
	}
	return b.Bytes(), nil
}

// home puts the operator's folder in the place of a tilde.
func home(name string) (string, error) {
	rest, ok := strings.CutPrefix(name, "~/")
	if !ok {
		return name, nil
	}
	folder, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	return filepath.Join(folder, rest), nil
}
