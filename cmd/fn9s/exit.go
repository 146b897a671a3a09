package main

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// The exit codes of every command. When several apply, the first of 130, 2, 4, 1, 3, 0 wins.
const (
	exitDone        = 0
	exitFindings    = 1 // findings, or a change failed
	exitUsage       = 2 // wrong usage, or an input that could not be read
	exitUnknown     = 3
	exitUnreachable = 4 // no connection, or not authenticated
	exitInterrupted = 130
)

// codeError is an error that knows its exit code.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

// errQuiet ends a command that has said everything.
var errQuiet = errors.New("")

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codeError{code, err}
}

func usageError(format string, args ...any) error {
	return withCode(exitUsage, fmt.Errorf(format, args...))
}

// codeOf says how the program ends. What cobra finds wrong is wrong usage.
func codeOf(ctx context.Context, err error) int {
	var coded *codeError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &coded):
		return coded.code
	default:
		return exitUsage
	}
}

// execute runs one command line with its state in a folder, and returns the exit code.
func execute(ctx context.Context, args []string, streams genericiooptions.IOStreams, state string) int {
	root := newRoot(streams, state)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	code := codeOf(ctx, err)
	if err != nil && err.Error() != "" && code != exitInterrupted {
		fmt.Fprintf(streams.ErrOut, "fn9s: %s\n", clean(err.Error()))
	}
	return code
}
