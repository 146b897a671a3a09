package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/fn9s/tty"
	"github.com/fn9s/fn9s/kube/stream/instance"
	"github.com/fn9s/fn9s/kube/stream/shell"
	"github.com/fn9s/fn9s/kube/stream/tunnel"
	"github.com/fn9s/fn9s/security/model"
)

const aboutShell = `Open a shell in a container of a function: bash, ash or sh, whichever it has. After -- stands a command to run instead; it is run as
it is, without a shell around it. Without a terminal, standard input, output and error are those of the command, so that it works in
a pipe. --attach takes part in what runs there already; ctrl-] leaves it.

--debug brings a shell to a container whose image has none: it puts a container of another image (--image, or shell.debugImage of
the configuration) beside it, which sees its processes and has no more rights than the restricted Pod Security level allows. That is
a change of the pod: it is planned and asked about first, stands in the journal, and cannot be undone, because such containers stay
until the pod is deleted.

Exit codes: that of the command, else 1 no such function, no right to it or no shell in the container · 2 wrong usage · 4 no
connection or not authenticated.`

// shellCommand is `fn9s shell`.
type shellCommand struct {
	liveCommand
	container, pod string
	attach, noTTY  bool
	debugging
}

func newShell(a *app) *cobra.Command {
	s := &shellCommand{liveCommand: liveCommand{app: a}}
	c := &cobra.Command{
		Use: "shell [FRAMEWORK/]NAME [-c CONTAINER] [--debug | -- COMMAND…]", Short: "Open a shell in a function, or run a command there", Long: aboutShell,
		Example: "  fn9s shell charge-card -n payments\n  fn9s shell charge-card -n payments -- env\n  tar c . | fn9s shell charge-card -n payments -- tar x -C /tmp\n  fn9s shell charge-card -n payments --debug",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at := cmd.ArgsLenAtDash()
			if at != 1 && (at >= 0 || len(args) != 1) {
				return usageError("name one function, and write the command after --")
			}
			return s.run(cmd.Context(), args[0], args[1:])
		},
	}
	c.Flags().StringVarP(&s.container, "container", "c", "", "container (default: the function's own)")
	c.Flags().StringVar(&s.pod, "pod", "", "pod (default: the newest one that is ready)")
	c.Flags().BoolVar(&s.attach, "attach", false, "attach to what runs in the container already")
	c.Flags().BoolVarP(&s.noTTY, "no-tty", "T", false, "no terminal, although there is one")
	s.debugging.addFlags(c.Flags())
	c.Flags().DurationVar(&s.reading, "read-timeout", time.Minute, "how long to wait until the function is found")
	return c
}

func (s *shellCommand) run(ctx context.Context, name string, command []string) error {
	switch {
	case s.attach && len(command) > 0:
		return usageError("--attach takes no command")
	case s.debug && (s.attach || len(command) > 0):
		return usageError("--debug opens a shell: it takes neither --attach nor a command")
	case !s.debug && s.given():
		return usageError("--image, --yes, --confirm and --timeout belong to --debug")
	}
	got, stop, err := s.open(ctx, name)
	defer stop()
	if err != nil {
		return err
	}
	r := &shell.Request{Command: command}
	if err := s.place(got, r); err != nil {
		return err
	}
	if err := got.client.Gate().Check(doorOf(got, []model.Ref{r.Pod}, r.Subresource())); err != nil {
		return withCode(exitFindings, err)
	}
	if s.debug {
		if err := s.beside(ctx, got, r); err != nil {
			return failed(err)
		}
	} else if len(command) == 0 && !s.attach {
		if r.Command, err = shell.Find(ctx, got.client, r.Pod, r.Container); err != nil {
			return failed(err)
		}
	}
	err = s.stream(ctx, got, r)
	var code *shell.ExitError
	if errors.As(err, &code) {
		return withCode(code.Code, errQuiet)
	}
	return failed(err)
}

// place finds the pod and the container.
func (s *shellCommand) place(got *live, r *shell.Request) error {
	f := got.row.Function
	pod, err := instance.Best(got.cluster, f)
	if s.pod != "" {
		all := instance.Pods(got.cluster, f)
		i := slices.IndexFunc(all, func(p *model.Pod) bool { return p.Name == s.pod })
		if i < 0 {
			return usageError("%s has no pod %q", address(got.row, true), s.pod)
		}
		pod, err = all[i], nil
	}
	if err != nil {
		return withCode(exitFindings, err)
	}
	containers := instance.Containers(f, pod)
	if len(containers) == 0 {
		return withCode(exitFindings, fmt.Errorf("pod %s has no container that runs", pod.Name))
	}
	r.Pod, r.Container = pod.Ref, containers[0]
	if s.container != "" {
		if !slices.Contains(containers, s.container) {
			return usageError("pod %s has no container %q that runs: there are %s", pod.Name, s.container, strings.Join(containers, ", "))
		}
		r.Container = s.container
	}
	return nil
}

// stream runs the request on the terminal, or on whatever the standard streams are.
func (s *shellCommand) stream(ctx context.Context, got *live, r *shell.Request) error {
	if in, ok := s.terminal(); ok {
		r.TTY = true
		if len(r.Command) == 0 {
			_, _ = fmt.Fprintf(s.app.ErrOut, "attached to %s in %s; ctrl-] leaves it\n", clean(r.Container), clean(r.Pod.Name))
		}
		return tty.Lend(ctx, in, s.app.Out, len(r.Command) == 0, func(ctx context.Context, streams shell.Streams) error {
			return shell.Run(ctx, got.client, r, streams)
		})
	}
	return shell.Run(ctx, got.client, r, shell.Streams{In: s.app.In, Out: s.app.Out, Err: s.app.ErrOut})
}

// terminal is the terminal that the shell gets, where there is one.
func (s *shellCommand) terminal() (*os.File, bool) {
	in, isFile := s.app.In.(*os.File)
	return in, isFile && isTerminal(s.app.Out) && isatty.IsTerminal(in.Fd()) && !s.noTTY
}

// doorOf is the request that the gate is asked about before anything else is.
func doorOf(got *live, pods []model.Ref, subresource string) *http.Request {
	ref := model.Ref{Kind: "Pod", Namespace: got.row.ID.Namespace, Name: got.row.ID.Name}
	if len(pods) > 0 {
		ref = pods[0]
	}
	return &http.Request{Method: http.MethodPost, URL: tunnel.Address(got.client, ref, subresource), Header: http.Header{}}
}
