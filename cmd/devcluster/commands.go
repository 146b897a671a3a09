package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/devcluster/build"
	"github.com/fn9s/fn9s/cmd/devcluster/cluster"
	"github.com/fn9s/fn9s/cmd/devcluster/seed"
	"github.com/fn9s/fn9s/cmd/devcluster/standin"
	"github.com/fn9s/fn9s/kube/samples"
)

// errUnhealthy makes status exit with 1; it has already said why.
var errUnhealthy = errors.New("the cluster is not healthy")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "devcluster", Short: "The local test cluster of fn9s: a real control plane on loopback with simulated nodes",
		SilenceUsage: true, SilenceErrors: true,
	}
	var name string
	root.PersistentFlags().StringVar(&name, "name", "fn9s", "name of the cluster; several run side by side")
	// A command that prints a path or a table keeps stdout for that; progress goes to stderr.
	open := func() (*cluster.Cluster, error) { return cluster.Open(name) }
	root.AddCommand(
		buildCommand(), upCommand(open), downCommand(open), seedCommand(open), statusCommand(open),
		serverCommand("stop-apiserver", "Kill the API server alone; the rest keeps running", open, (*cluster.Cluster).StopAPIServer),
		serverCommand("start-apiserver", "Start the API server alone and wait until it is ready", open, (*cluster.Cluster).StartAPIServer),
		kubeconfigCommand(open), kubectlPathCommand(open), listCommand(),
		loadCommand(open), churnCommand(open), standInsCommand(open), logsCommand(), streamLogsCommand(open),
	)
	return root
}

type opener func() (*cluster.Cluster, error)

func buildCommand() *cobra.Command {
	return &cobra.Command{
		Use: "build", Short: "Build the cluster's components into the cache, unless they are there", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			binaries, err := build.Ensure(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "components %s are ready\n", binaries.Key)
			return nil
		},
	}
}

func upCommand(open opener) *cobra.Command {
	var withSeed, exec bool
	command := &cobra.Command{
		Use: "up", Short: "Start the cluster, or repair what of it does not run", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			options := cluster.Options{Data: standin.Hash(samples.Answers())}
			if cmd.Flags().Changed("exec") {
				options.Exec = &exec
			}
			if _, err := c.Up(cmd.Context(), cmd.ErrOrStderr(), options); err != nil || !withSeed {
				return err
			}
			return seedCluster(cmd, c, true)
		},
	}
	command.Flags().BoolVar(&withSeed, "seed", false, "also seed, unless these samples are already in the cluster")
	command.Flags().BoolVar(&exec, "exec", false, "let exec into pods run commands on this machine (any local user could reach that port)")
	return command
}

func downCommand(open opener) *cobra.Command {
	var keep bool
	command := &cobra.Command{
		Use: "down", Short: "Stop the cluster and remove it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			return c.Down(cmd.Context(), cmd.ErrOrStderr(), keep)
		},
	}
	command.Flags().BoolVar(&keep, "keep-data", false, "stop only; the next up continues with the same objects")
	return command
}

func seedCommand(open opener) *cobra.Command {
	var ifChanged bool
	command := &cobra.Command{
		Use: "seed", Short: "Put the sample definitions and objects into the cluster", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			return seedCluster(cmd, c, ifChanged)
		},
	}
	command.Flags().BoolVar(&ifChanged, "if-changed", false, "do nothing when these samples are already in the cluster")
	return command
}

func seedCluster(cmd *cobra.Command, c *cluster.Cluster, ifChanged bool) error {
	state, err := c.Load()
	if err != nil {
		return err
	}
	hash, out := seed.Hash(), cmd.ErrOrStderr()
	if ifChanged && state.SeedHash == hash {
		fmt.Fprintln(out, "the samples are already in the cluster")
		return nil
	}
	client, err := c.Client(state)
	if err != nil {
		return err
	}
	defer client.Close()
	seeded, problems, err := seed.New(client, out).Run(cmd.Context(), samples.CRDs(), samples.Seed(), state.Seeded)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintf(out, "refused: %v\n", problem)
	}
	if len(problems) > 0 {
		hash = "" // try again next time
	}
	if err := c.Update(cmd.Context(), out, func(s *cluster.State) { s.SeedHash, s.Seeded = hash, seeded }); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d documents of the samples were refused", len(problems))
	}
	return nil
}

func statusCommand(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the parts of the cluster and what it holds; exits 1 unless all parts work", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			healthy, err := c.Status(cmd.Context(), cmd.OutOrStdout())
			if err == nil && !healthy {
				err = errUnhealthy
			}
			return err
		},
	}
}

func serverCommand(use, short string, open opener, do func(*cluster.Cluster, context.Context, io.Writer) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := open()
		if err != nil {
			return err
		}
		return do(c, cmd.Context(), cmd.ErrOrStderr())
	}}
}

func kubeconfigCommand(open opener) *cobra.Command {
	var operator string
	command := &cobra.Command{
		Use: "kubeconfig", Short: "Print the path of an operator's kubeconfig", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			state, err := c.Load()
			if err != nil {
				return err
			}
			path, ok := state.Kubeconfigs[operator]
			if !ok {
				return fmt.Errorf("operator %q: use admin, two-namespaces or readonly", operator)
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
			return nil
		},
	}
	command.Flags().StringVar(&operator, "operator", "admin", "admin, two-namespaces or readonly")
	return command
}

func kubectlPathCommand(open opener) *cobra.Command {
	return &cobra.Command{
		Use: "kubectl-path", Short: "Print the path of the kubectl that was built with the cluster", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			state, err := c.Load()
			if err != nil {
				return err
			}
			if _, err := os.Stat(state.Kubectl); err != nil {
				return fmt.Errorf("find kubectl: %w; build it with: devcluster build", err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), state.Kubectl)
			return nil
		},
	}
}

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the clusters", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			names, err := cluster.Names()
			for _, name := range names {
				fmt.Fprintln(cmd.OutOrStdout(), name)
			}
			return err
		},
	}
}
