// Package shell runs commands in containers, and takes part in what runs there: exec and attach, over a websocket or, where
// something on the way knows none, over SPDY.
//
// Its one rule: it knows no terminal. Who has one gives streams, and puts it right again afterwards.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
	"k8s.io/klog/v2"

	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

// Request is what is run, and where.
type Request struct {
	Pod       model.Ref
	Container string
	// Command is the program and its arguments, run without a shell around it. None: the container's own process is
	// attached to.
	Command []string
	TTY     bool
}

// Size is the size of a terminal in cells.
type Size struct{ Width, Height uint16 }

// Streams are the ends of what is run. Nil streams are not opened. With a TTY everything comes out of Out.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Sizes    <-chan Size // of the terminal, and whenever it changes; nil without one
}

// ExitError says that a command ended with a code other than 0.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return "the command ended with code " + strconv.Itoa(e.Code) }

// NoShellError says that a container has no shell.
type NoShellError struct {
	Pod       model.Ref
	Container string
}

func (e *NoShellError) Error() string {
	return fmt.Sprintf("container %s of pod %s/%s has no shell: a debug container beside it brings one (fn9s shell --debug)",
		e.Container, e.Pod.Namespace, e.Pod.Name)
}

// Subresource is what of a pod the request opens.
func (r *Request) Subresource() string {
	if len(r.Command) == 0 {
		return "attach"
	}
	return "exec"
}

// address is the URL that opens the streams.
func (r *Request) address(c *client.Client, s *Streams) *url.URL {
	u := tunnel.Address(c, r.Pod, r.Subresource())
	q := url.Values{"container": {r.Container}, "command": r.Command}
	for name, on := range map[string]bool{"stdin": s.In != nil, "stdout": s.Out != nil, "stderr": s.Err != nil && !r.TTY, "tty": r.TTY} {
		if on {
			q.Set(name, "true")
		}
	}
	u.RawQuery = q.Encode()
	return u
}

// Run runs the request until it ends. An ExitError tells the code of a command that did not end with 0.
func Run(ctx context.Context, c *client.Client, r *Request, s Streams) error {
	if err := tunnel.May(ctx, c, r.Pod, r.Subresource(), "create"); err != nil {
		return err
	}
	return r.run(ctx, c, s)
}

func (r *Request) run(ctx context.Context, c *client.Client, s Streams) error {
	executor, err := r.executor(c, &s)
	if err != nil {
		return fmt.Errorf("%s in pod %s/%s: %w", r.Subresource(), r.Pod.Namespace, r.Pod.Name, err)
	}
	o := remotecommand.StreamOptions{Stdin: s.In, Stdout: s.Out, Tty: r.TTY}
	if !r.TTY {
		o.Stderr = s.Err
	} else if s.Sizes != nil {
		ended, end := context.WithCancel(ctx)
		defer end()
		o.TerminalSizeQueue = sizes{ended, s.Sizes}
	}
	// What ends a session is what it returns. The library would log that its connection is closed, too, whenever somebody
	// leaves: as an error, which the console shows in place of what counts.
	err = executor.StreamWithContext(klog.NewContext(ctx, klog.Logger{}), o)
	var code exec.CodeExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &code):
		return &ExitError{Code: code.Code}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if m := told.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return &ExitError{Code: n}
		}
	}
	return fmt.Errorf("%s in container %s of pod %s/%s: %w", r.Subresource(), r.Container, r.Pod.Namespace, r.Pod.Name, err)
}

// told is how nodes that are no kubelet tell a code: in words, at the end of an error.
var told = regexp.MustCompile(`exit (?:status|code) ([0-9]{1,3})\s*$`)

func (r *Request) executor(c *client.Client, s *Streams) (remotecommand.Executor, error) {
	at := r.address(c, s)
	config := tunnel.Config(c)
	overWebsocket, err := remotecommand.NewWebSocketExecutor(config, http.MethodGet, at.String())
	if err != nil {
		return nil, err
	}
	overSPDY, err := remotecommand.NewSPDYExecutor(config, http.MethodPost, at)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(overWebsocket, overSPDY, tunnel.Fallback)
}

// sizes gives the sizes of a terminal to the other end.
type sizes struct {
	ctx  context.Context
	from <-chan Size
}

// Next waits for the next size; nil: there is none any more.
func (s sizes) Next() *remotecommand.TerminalSize {
	select {
	case size, ok := <-s.from:
		if ok {
			return &remotecommand.TerminalSize{Width: size.Width, Height: size.Height}
		}
	case <-s.ctx.Done():
	}
	return nil
}

// candidates are the shells that are looked for when a container is asked what it has.
var candidates = []string{"sh", "bash", "ash", "/busybox/sh", "/bin/sh"}

// probing is how long a container may take to say what it has.
const probing = 15 * time.Second

// Find returns the best shell of a container, as a command. A container without one gives a NoShellError.
func Find(ctx context.Context, c *client.Client, pod model.Ref, container string) ([]string, error) {
	if err := tunnel.May(ctx, c, pod, "exec", "create"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, probing)
	defer cancel()
	for _, shell := range candidates {
		out := &bounded{most: 4 << 10}
		r := Request{Pod: pod, Container: container, Command: []string{shell, "-c", "command -v bash || command -v ash || command -v sh"}}
		err := r.run(ctx, c, Streams{Out: out, Err: io.Discard})
		var code *ExitError
		switch {
		case err == nil:
			return []string{named(string(out.kept), shell)}, nil
		case errors.As(err, &code) && code.Code != 126 && code.Code != 127:
			return []string{shell}, nil // it runs, and knows no `command`
		case !missing(err):
			return nil, err
		}
	}
	return nil, &NoShellError{Pod: pod, Container: container}
}

// missing reports whether a program is not there.
func missing(err error) bool {
	var code *ExitError
	if errors.As(err, &code) {
		return true
	}
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || apierrors.IsNotFound(err) {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "not found") || strings.Contains(text, "no such file")
}

var program = regexp.MustCompile(`^/[-A-Za-z0-9_./]{1,200}$`)

// named takes what a container says of its shells, if that is the path of one.
func named(said, asked string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	first = strings.TrimSpace(first)
	switch path.Base(first) {
	case "bash", "ash", "sh":
		if program.MatchString(first) {
			return first
		}
	}
	return asked
}

// bounded keeps the beginning of what is written.
type bounded struct {
	kept []byte
	most int
}

// Write keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - len(b.kept); room > 0 {
		b.kept = append(b.kept, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
