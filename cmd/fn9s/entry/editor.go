package entry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Editor runs the operator's editor on an empty file.
type Editor struct {
	Command []string // the program and its arguments, without the file
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Folder  string // on which the file is; empty: one that is kept in memory is found
}

// CommandOf finds the editor of the environment.
func CommandOf(get func(string) string) ([]string, error) {
	words := strings.Fields(cmp.Or(get("KUBE_EDITOR"), get("VISUAL"), get("EDITOR")))
	if len(words) == 0 {
		return nil, errors.New("no editor is set: set $EDITOR")
	}
	return words, nil
}

// options keep editors from writing copies elsewhere; what they write beside the file goes with its folder.
var options = map[string][]string{
	"vim":   vimOptions,
	"nano":  {"--ignorercfiles"},
	"emacs": {"--eval", "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)"},
}

// vimOptions: no swap file, no memory of registers and history, and after the operator's own settings no backup and undo.
var vimOptions = []string{"-n", "-i", "NONE", "-c", "set nobackup nowritebackup noswapfile noundofile"}

// arguments is the command line, with what keeps the editor from leaving copies.
func arguments(command []string, file string) []string {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(command[0])), ".exe")
	more := options[name]
	switch name {
	case "vi", "nvim", "gvim", "view", "vimx", "nvim-qt":
		more = vimOptions
	case "emacsclient", "rnano":
		more = nil
	}
	all := append([]string{}, command[1:]...)
	return append(append(all, more...), file)
}

// Value has the operator write a value, and returns what the file holds afterwards, without the line break that editors
// put at its end.
func (e *Editor) Value(ctx context.Context) (value []byte, err error) {
	folder := e.Folder
	if folder == "" {
		if folder, err = memoryFolder(os.Getenv); err != nil {
			return nil, err
		}
	}
	own, err := os.MkdirTemp(folder, "fn9s-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the value: %w", err)
	}
	defer func() { err = errors.Join(err, wipe(own)) }()
	file := filepath.Join(own, "value")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return nil, fmt.Errorf("make a file for the value: %w", err)
	}
	c := exec.CommandContext(ctx, e.Command[0], arguments(e.Command, file)...)
	c.Stdin, c.Stdout, c.Stderr = e.In, e.Out, e.Err
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("the editor %s: %w", e.Command[0], err)
	}
	const largest = 1 << 20
	f, err := os.Open(file) // the editor may have put another file in its place
	if err != nil {
		return nil, errors.New("the editor left no file")
	}
	defer func() { _ = f.Close() }()
	value, err = io.ReadAll(io.LimitReader(f, largest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the value: %w", err)
	case len(value) > largest:
		clear(value)
		return nil, errors.New("the value is larger than 1 MiB")
	}
	return OneLineLess(value), nil
}

// OneLineLess takes away one line break at the end.
func OneLineLess(value []byte) []byte {
	if n := len(value); n > 0 && value[n-1] == '\n' {
		value = value[:n-1]
		if n > 1 && value[n-2] == '\r' {
			value = value[:n-2]
		}
	}
	return value
}

// wipe overwrites the files of a folder and removes it.
func wipe(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		info, statErr := e.Info()
		if statErr != nil || !info.Mode().IsRegular() {
			continue
		}
		zeros := make([]byte, info.Size())
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, e.Name()), zeros, 0o600))
	}
	if err = errors.Join(err, os.RemoveAll(folder)); err != nil {
		return fmt.Errorf("remove %s, which holds the value: %w", folder, err)
	}
	return nil
}
