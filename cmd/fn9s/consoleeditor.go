package main

import (
	"context"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/cmd/fn9s/entry"
)

// valueEditor has values of the console written in the operator's editor.
type valueEditor struct{}

// Refusal says that no editor is set.
func (valueEditor) Refusal() string {
	if _, err := entry.CommandOf(os.Getenv); err != nil {
		return err.Error()
	}
	return ""
}

// Write is the editor for one value.
func (valueEditor) Write() (tea.ExecCommand, func() []byte) {
	w := &writing{}
	return w, func() []byte { return w.value }
}

// writing is an editor that takes the terminal.
type writing struct {
	entry.Editor
	value []byte
}

// SetStdin sets where the editor reads from.
func (w *writing) SetStdin(in io.Reader) { w.In = in }

// SetStdout sets where the editor draws.
func (w *writing) SetStdout(out io.Writer) { w.Out = out }

// SetStderr sets where the editor complains.
func (w *writing) SetStderr(out io.Writer) { w.Err = out }

// Run has the value written.
func (w *writing) Run() (err error) {
	if w.Command, err = entry.CommandOf(os.Getenv); err != nil {
		return err
	}
	w.value, err = w.Value(context.Background())
	return err
}
