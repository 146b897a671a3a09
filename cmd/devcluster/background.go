package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/devcluster/applog"
	"github.com/fn9s/fn9s/cmd/devcluster/cluster"
	"github.com/fn9s/fn9s/cmd/devcluster/seed"
	"github.com/fn9s/fn9s/cmd/devcluster/standin"
	"github.com/fn9s/fn9s/kube/samples"
)

// The commands of this file are the cluster's own background processes; up starts them. The flag --folder shows to which cluster a process belongs.

func standInsCommand(open opener) *cobra.Command {
	command := &cobra.Command{
		Use: "serve-stand-ins", Short: "Serve the REST APIs of Fn and OpenWhisk", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := open()
			if err != nil {
				return err
			}
			state, err := c.Load()
			if err != nil {
				return err
			}
			credentials, err := standInCredentials()
			if err != nil {
				return err
			}
			return standin.Serve(cmd.Context(), samples.REST, credentials, cluster.Loopback(state.Ports.Fn), cluster.Loopback(state.Ports.OpenWhisk))
		},
	}
	command.Flags().String("folder", "", "folder of the cluster")
	return command
}

// standInCredentials takes what the stand-ins accept from the seeded Secrets, so that the two cannot differ.
func standInCredentials() (standin.Credentials, error) {
	objects, _ := seed.Parse(samples.Seed())
	credentials := standin.Credentials{OpenWhisk: map[string]string{}}
	for _, o := range objects {
		if o.Kind() != "Secret" {
			continue
		}
		switch o.Namespace() + "/" + o.Name() {
		case cluster.FnTokenSecret:
			credentials.FnToken = o.SecretData()["token"]
		case cluster.OpenWhiskAuthSecret:
			for tenant, key := range o.SecretData() {
				if tenant == "system" {
					tenant = "whisk.system"
				}
				credentials.OpenWhisk[key] = tenant
			}
		}
	}
	if credentials.FnToken == "" || len(credentials.OpenWhisk) == 0 {
		return credentials, fmt.Errorf("the samples hold no Secret %s with token, or no Secret %s", cluster.FnTokenSecret, cluster.OpenWhiskAuthSecret)
	}
	return credentials, nil
}

func logsCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "write-logs", Short: "Write the logs of the simulated pods", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := cmd.Flags().GetString("folder")
			if err != nil {
				return err
			}
			return applog.Run(cmd.Context(), folder+"applogs")
		},
	}
	command.Flags().String("folder", "", "folder of the cluster")
	return command
}
