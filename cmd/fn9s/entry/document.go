package entry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Document is a text in a file that only the operator can read. It stays until Remove, so that nothing that was written is
// lost.
type Document struct {
	Command []string
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	File    string
}

// NewDocument makes the file.
func NewDocument(command []string, name string, text []byte) (*Document, error) {
	folder, err := os.MkdirTemp("", "fn9s-edit-") // mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a folder for the text: %w", err)
	}
	d := &Document{Command: command, File: filepath.Join(folder, filepath.Base(name))}
	if err := d.Put(text); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return d, nil
}

// Put replaces the text.
func (d *Document) Put(text []byte) error {
	if err := os.WriteFile(d.File, text, 0o600); err != nil {
		return fmt.Errorf("write the text: %w", err)
	}
	return nil
}

// Edit runs the editor.
func (d *Document) Edit(ctx context.Context) error {
	c := exec.CommandContext(ctx, d.Command[0], append(append([]string{}, d.Command[1:]...), d.File)...)
	c.Stdin, c.Stdout, c.Stderr = d.In, d.Out, d.Err
	if err := c.Run(); err != nil {
		return fmt.Errorf("the editor %s: %w", d.Command[0], err)
	}
	return nil
}

// largestText is more than the API server takes for an object.
const largestText = 16 << 20

// Text reads what is written.
func (d *Document) Text() ([]byte, error) {
	f, err := os.Open(d.File)
	if err != nil {
		return nil, errors.New("the editor left no file")
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, largestText+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the text: %w", err)
	case len(text) > largestText:
		return nil, fmt.Errorf("the text is larger than %d MiB", largestText>>20)
	}
	return text, nil
}

// Remove takes the file away.
func (d *Document) Remove() { _ = os.RemoveAll(filepath.Dir(d.File)) }
