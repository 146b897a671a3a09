package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/devcluster/streams"
	"github.com/fn9s/fn9s/kube/kubelettest"
)

func streamLogsCommand(open opener) *cobra.Command {
	var o streams.Options
	command := &cobra.Command{
		Use: "stream-logs", Short: "Serve a function whose pods write many numbered lines, until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			c, _, client, err := running(open)
			if err != nil {
				return err
			}
			defer client.Close()
			server, err := kubelettest.New(c.Path("pki", "kubelet.crt"), c.Path("pki", "kubelet.key"))
			if err != nil {
				return err
			}
			err = streams.Run(cmd.Context(), client, server, o, cmd.OutOrStdout())
			if err != nil && errors.Is(err, cmd.Context().Err()) {
				return nil
			}
			return err
		},
	}
	f := command.Flags()
	f.IntVar(&o.Pods, "pods", 20, "how many pods write")
	f.IntVar(&o.Rate, "rate", 100_000, "lines a second, of all pods")
	f.DurationVar(&o.For, "for", 0, "how long they write; 0: without end")
	f.DurationVar(&o.Delay, "delay", 0, "how long they wait once all run")
	f.BoolVar(&o.Hostile, "hostile", false, "now and then lines that attack terminals and memory")
	return command
}
