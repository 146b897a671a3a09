package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"

	"github.com/fn9s/fn9s/cmd/fn9s/tty"
	"github.com/fn9s/fn9s/kube/change"
	"github.com/fn9s/fn9s/kube/client"
	"github.com/fn9s/fn9s/kube/fleet"
	"github.com/fn9s/fn9s/kube/status"
	"github.com/fn9s/fn9s/kube/stream/debug"
	ports "github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/instance"
	"github.com/fn9s/fn9s/kube/stream/shell"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/views/screen"
)

// running is what the console does with functions that run. Close must be called.
type running struct {
	fleet    *fleet.Fleet
	log      *status.Log
	calls    screen.Calls
	forwards *ports.Desk
	engine   func(*client.Client, *client.APIs) (*change.Engine, error)
	image    string // of debug containers
}

// running makes it ready.
func (o *consoleOptions) running(s *session, log *status.Log) (*running, error) {
	settings, err := o.settings()
	if err != nil {
		return nil, err
	}
	r := &running{fleet: s.fleet, log: log, engine: (&changeOptions{app: o.app}).engine, image: cmp.Or(settings.DebugImage, debug.DefaultImage)}
	calls, err := o.caller(s.fleet, r.function)
	if err != nil {
		return nil, err
	}
	r.calls = calls
	r.forwards = ports.New(ports.Options{Finder: ports.Store{Clusters: s.fleet, Functions: r.function}, Notify: func(n ports.Notice) {
		severity := status.Info
		if n.Bad {
			severity = status.Warning
		}
		log.Add(severity, n.Forward.Target.Context, "port-forward", n.Text)
		s.ring.changed(s.fleet.Board().Version)
	}})
	return r, nil
}

// Close ends all forwards.
func (r *running) Close() { r.forwards.Close() }

func (r *running) function(id model.FunctionID) *model.Function {
	if row := r.fleet.Board().Row(id); row != nil {
		return row.Function
	}
	return nil
}

// refusal says why nothing is opened in a cluster.
func (r *running) refusal(context string) string {
	c, ok := r.fleet.Cluster(context)
	switch {
	case !ok:
		return "context " + context + " is not open"
	case c.Client().Gate().ReadOnly():
		return "read-only"
	}
	return ""
}

// forwarding is the desk of the console.
type forwarding struct {
	*ports.Desk
	of *running
}

// Refusal says why nothing is forwarded.
func (f forwarding) Refusal(context string) string { return f.of.refusal(context) }

// shells opens shells of the console.
type shells struct{ of *running }

// Refusal says why none is opened.
func (s shells) Refusal(context string) string { return s.of.refusal(context) }

// Rooms lists the containers that run.
func (s shells) Rooms(id model.FunctionID, pod screen.Target) ([]screen.Room, error) {
	name := id.Context
	if pod.Context != "" {
		name = pod.Context
	}
	c, ok := s.of.fleet.Cluster(name)
	if !ok {
		return nil, fmt.Errorf("context %s is not open", name)
	}
	f := s.of.function(id)
	var pods []*model.Pod
	switch {
	case !pod.IsZero():
		if p, ok := c.Object(pod.Ref).(*model.Pod); ok && p != nil {
			pods = []*model.Pod{p}
		}
	case f != nil:
		pods = instance.Pods(c, f)
	}
	var rooms []screen.Room
	for _, p := range pods {
		if !instance.Usable(p) {
			continue
		}
		for _, container := range instance.Containers(f, p) {
			note := ""
			if !p.Ready {
				note = "not ready"
			}
			rooms = append(rooms, screen.Room{Context: name, Pod: p.Ref, Container: container, Note: note})
		}
	}
	if len(rooms) > 0 {
		return rooms, nil
	}
	if f != nil {
		_, err := instance.Best(c, f)
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("no container of it runs")
}

// Open is a shell in a container.
func (s shells) Open(room screen.Room, attach bool) tea.ExecCommand {
	return &visit{of: s.of, room: room, attach: attach}
}

// visit is the terminal in a container.
type visit struct {
	of     *running
	room   screen.Room
	attach bool
	in     io.Reader
	out    io.Writer
}

// SetStdin sets where keys come from.
func (v *visit) SetStdin(in io.Reader) { v.in = in }

// SetStdout sets where it is drawn.
func (v *visit) SetStdout(out io.Writer) { v.out = out }

// SetStderr does nothing: a terminal has one output.
func (v *visit) SetStderr(io.Writer) {}

// Run finds the shell and gives it the terminal.
func (v *visit) Run() error {
	in, ok := v.in.(*os.File)
	if !ok {
		return errors.New("the console reads no terminal")
	}
	c, ok := v.of.fleet.Cluster(v.room.Context)
	if !ok {
		return fmt.Errorf("context %s is not open any more", v.room.Context)
	}
	r := &shell.Request{Pod: v.room.Pod, Container: v.room.Container, TTY: true}
	where := clean(v.room.Container + " of " + v.room.Pod.Namespace + "/" + v.room.Pod.Name)
	ctx := context.Background()
	if v.attach {
		_, _ = fmt.Fprintf(v.out, "\x1b[2J\x1b[Hattached to %s; ctrl-] leaves it\r\n", where)
	} else {
		_, _ = fmt.Fprintf(v.out, "\x1b[2J\x1b[Hopening a shell in %s…\r\n", where)
		var err error
		if r.Command, err = shell.Find(ctx, c.Client(), r.Pod, r.Container); err != nil {
			return err
		}
	}
	err := tty.Lend(ctx, in, v.out, v.attach, func(ctx context.Context, s shell.Streams) error {
		return shell.Run(ctx, c.Client(), r, s)
	})
	var code *shell.ExitError
	if errors.As(err, &code) {
		return nil // the last command's, which nobody asks for
	}
	return err
}
