package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// maxOutput is how much of what a program in the background writes is kept.
const maxOutput = 64 << 10

// killAfter is how long programs may take to end when they are asked to.
const killAfter = 2 * time.Second

// Foreground is a process that has the terminal while it runs.
type Foreground struct {
	*Process
	Context context.Context
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

// SetStdin sets where the first program reads from.
func (f *Foreground) SetStdin(r io.Reader) { f.in = r }

// SetStdout sets where the last program writes to.
func (f *Foreground) SetStdout(w io.Writer) { f.out = w }

// SetStderr sets where all programs complain.
func (f *Foreground) SetStderr(w io.Writer) { f.err = w }

// Run runs the programs and waits for them.
func (f *Foreground) Run() error { return f.run(f.Context, f.in, f.out, f.err) }

// Output runs the programs without a terminal, and returns the last line that they wrote.
func (p *Process) Output(ctx context.Context) (string, error) {
	out, complaints := &tail{}, &tail{}
	err := p.run(ctx, nil, out, complaints)
	if err != nil {
		if said := complaints.last(); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
	}
	return out.last(), err
}

// run starts every program and waits for all of them.
func (p *Process) run(ctx context.Context, in io.Reader, out, complaints io.Writer) error {
	var started []*exec.Cmd
	var open []*os.File
	var errs []error
	next := in
	if _, isFile := complaints.(*os.File); !isFile {
		complaints = &shared{to: complaints}
	}
	for i, step := range p.Steps {
		c := exec.CommandContext(ctx, step[0], step[1:]...) // the operator's own program, from his own configuration
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		c.WaitDelay = killAfter
		c.Env = append(os.Environ(), p.Env...)
		c.Stdin, c.Stdout, c.Stderr = next, out, complaints
		if i < len(p.Steps)-1 {
			r, w, err := os.Pipe()
			if err != nil {
				errs = append(errs, fmt.Errorf("make a pipe: %w", err))
				break
			}
			c.Stdout, next = w, r
			open = append(open, r, w)
		}
		if err := c.Start(); err != nil {
			errs = append(errs, fmt.Errorf("run %s: %w", step[0], err))
			break
		}
		started = append(started, c)
	}
	for _, f := range open { // the programs have them now
		errs = append(errs, f.Close())
	}
	for i, c := range started {
		err := c.Wait()
		if i == len(p.Steps)-1 && err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Steps[i][0], err))
		}
	}
	return errors.Join(errs...)
}

// shared lets several programs complain at once.
type shared struct {
	mu sync.Mutex
	to io.Writer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(b)
}

// tail keeps the end of what is written.
type tail struct{ data []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.data = append(t.data, b...)
	if len(t.data) > maxOutput {
		t.data = append(t.data[:0:0], t.data[len(t.data)-maxOutput:]...)
	}
	return len(b), nil
}

func (t *tail) last() string {
	lines := bytes.Split(bytes.TrimSpace(t.data), []byte("\n"))
	return strings.ToValidUTF8(string(bytes.TrimSpace(lines[len(lines)-1])), "")
}
