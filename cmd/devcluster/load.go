package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/devcluster/apiclient"
	"github.com/fn9s/fn9s/cmd/devcluster/cluster"
	"github.com/fn9s/fn9s/cmd/devcluster/load"
)

func loadCommand(open opener) *cobra.Command {
	size := load.Size{}
	var wait bool
	command := &cobra.Command{
		Use: "load", Short: "Fill the cluster with many functions; --functions 0 removes them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := size.Check(); err != nil {
				return err
			}
			c, state, client, err := running(open)
			if err != nil {
				return err
			}
			defer client.Close()
			loader := load.New(client, cmd.ErrOrStderr())
			before := load.Size{Functions: state.Load.Functions, Namespaces: state.Load.Namespaces}
			if size.Functions < before.Functions || size.Namespaces != before.Namespaces && before.Functions > 0 {
				if err := loader.Remove(cmd.Context()); err != nil {
					return err
				}
			}
			if size == before && size.Functions > 0 {
				there, err := loader.Ready(cmd.Context())
				if err != nil {
					return err
				}
				if there >= size.Functions {
					fmt.Fprintf(cmd.ErrOrStderr(), "load: %d functions are there already\n", there)
					return nil
				}
			}
			record := func(s *cluster.State) { s.Load.Functions, s.Load.Namespaces = size.Functions, size.Namespaces }
			if err := c.Update(cmd.Context(), cmd.ErrOrStderr(), record); err != nil || size.Functions == 0 {
				return err
			}
			if err := loader.Prepare(cmd.Context(), size); err != nil {
				return err
			}
			err = c.WithoutControllers(cmd.Context(), cmd.ErrOrStderr(), func() error { return loader.Create(cmd.Context(), size) })
			if err != nil || !wait {
				return err
			}
			return loader.Wait(cmd.Context(), size)
		},
	}
	command.Flags().IntVar(&size.Functions, "functions", 10_000, "how many functions")
	command.Flags().IntVar(&size.Namespaces, "namespaces", 50, "over how many namespaces (load-000 …)")
	command.Flags().BoolVar(&wait, "wait", false, "return when all their pods are ready")
	return command
}

func churnCommand(open opener) *cobra.Command {
	var rate float64
	var duration time.Duration
	command := &cobra.Command{
		Use: "churn", Short: "Keep changing functions of the load, until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, state, client, err := running(open)
			if err != nil {
				return err
			}
			defer client.Close()
			ctx := cmd.Context()
			if duration > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, duration)
				defer cancel()
			}
			size := load.Size{Functions: state.Load.Functions, Namespaces: state.Load.Namespaces}
			return load.New(client, cmd.ErrOrStderr()).Churn(ctx, size, rate)
		},
	}
	command.Flags().Float64Var(&rate, "rate", 100, "updates a second")
	command.Flags().DurationVar(&duration, "duration", 0, "stop after this time (0: when interrupted)")
	return command
}

// running finds a cluster that was started, and connects with it.
func running(open opener) (*cluster.Cluster, *cluster.State, *apiclient.Client, error) {
	c, err := open()
	if err != nil {
		return nil, nil, nil, err
	}
	state, err := c.Load()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find the cluster: %w", err)
	}
	client, err := c.Client(state)
	return c, state, client, err
}
