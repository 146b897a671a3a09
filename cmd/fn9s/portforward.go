package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	ports "github.com/fn9s/fn9s/kube/stream/forward"
	"github.com/fn9s/fn9s/kube/stream/instance"
)

const aboutPortForward = `Lead ports of this machine to a pod of a function, until it is interrupted. When the pod goes, it goes on with another one that is
ready; when there is none, it waits for one. The local ports stay.

A port is REMOTE, LOCAL:REMOTE, or :REMOTE for any local port that is free. REMOTE is a number or the name of a container's port.
Without a port the first one that the function's container names is taken. It listens on 127.0.0.1 unless --address says otherwise.

Exit codes: 0 interrupted or done · 1 no such function, no right to it, or a port in use · 2 wrong usage · 4 no connection or not
authenticated.`

// portForwardCommand is `fn9s port-forward`.
type portForwardCommand struct {
	liveCommand
	address string
	timeout time.Duration
}

func newPortForward(a *app) *cobra.Command {
	p := &portForwardCommand{liveCommand: liveCommand{app: a}}
	c := &cobra.Command{
		Use: "port-forward [FRAMEWORK/]NAME [[LOCAL:]REMOTE…]", Short: "Lead local ports to a function", Long: aboutPortForward,
		Example: "  fn9s port-forward charge-card 8080 -n payments\n  fn9s port-forward charge-card 9000:http :9090 -n payments --address 10.0.0.4",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args[0], args[1:]) },
	}
	c.Flags().StringVar(&p.address, "address", ports.Loopback, "IP `address` of this machine to listen on")
	c.Flags().DurationVar(&p.timeout, "timeout", 30*time.Second, "how long to wait for the first way to a pod")
	c.Flags().DurationVar(&p.reading, "read-timeout", time.Minute, "how long to wait until the function is found")
	return c
}

func (p *portForwardCommand) run(ctx context.Context, name string, asked []string) error {
	got, stop, err := p.open(ctx, name)
	defer stop()
	if err != nil {
		return err
	}
	f := got.row.Function
	named := func(s string) (int, bool) { return instance.NumberOf(f, s) }
	var wanted []ports.Port
	for _, text := range asked {
		port, err := ports.ParsePort(text, named)
		if err != nil {
			return withCode(exitUsage, err)
		}
		wanted = append(wanted, port)
	}
	if len(asked) == 0 {
		known := instance.Ports(f)
		if len(known) == 0 {
			return usageError("%s names no port of its container: say which", name)
		}
		wanted = []ports.Port{{Local: known[0].Number, Remote: known[0].Number}}
	}
	if err := got.client.Gate().Check(doorOf(got, f.Pods, "portforward")); err != nil {
		return withCode(exitFindings, err)
	}
	desk := ports.New(ports.Options{Finder: got.finder(), Notify: func(n ports.Notice) {
		_, _ = fmt.Fprintln(p.app.ErrOut, clean(n.Text))
	}})
	defer desk.Close()
	target := ports.Target{Context: got.row.ID.Context, Title: address(got.row, true), Function: got.row.ID}
	opened, err := desk.Open(target, p.address, wanted)
	if err != nil {
		return withCode(exitFindings, err)
	}
	return p.keep(ctx, desk, opened)
}

// keep waits for the first way, says where it listens, and stays.
func (p *portForwardCommand) keep(ctx context.Context, desk *ports.Desk, opened ports.Forward) error {
	wait, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	now, err := desk.Wait(opened.ID, wait.Done())
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return failed(err)
	}
	var b strings.Builder
	for _, port := range now.Ports {
		fmt.Fprintf(&b, "http://%s → %s port %d (pod %s)\n", now.URL(port), clean(now.Target.Title), port.Remote, clean(now.Pod))
	}
	if err := write(p.app.Out, b.String()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
