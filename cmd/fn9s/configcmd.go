package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn9s/fn9s/cmd/fn9s/config"
	"github.com/fn9s/fn9s/kube/cluster"
	"github.com/fn9s/fn9s/views"
)

// errSaid ends a command whose output has said already what is wrong.
var errSaid = errors.New("")

// settings reads the configuration, once.
func (a *app) settings() (*config.Config, error) {
	if a.config != nil {
		return a.config, nil
	}
	c, err := config.Load(a.configFile)
	if err != nil {
		return nil, withCode(exitUsage, err)
	}
	for _, warning := range views.KeyWarnings(views.Options{Preset: c.Console.Preset, Keys: c.Console.Keys, Plugins: c.Console.Plugins, Hotkeys: c.Console.Hotkeys}) {
		c.Problems = append(c.Problems, config.Problem{File: c.File, Off: true, Message: warning})
	}
	a.config = c
	return c, nil
}

// state is what fn9s remembers between runs.
func (a *app) state() *config.State { return config.NewState(a.stateFolder) }

// candidates lists the namespaces to try where they cannot be listed: of the configuration, and of the past.
func (a *app) candidates(c *config.Config) func(string) []cluster.Candidate {
	return func(contextName string) []cluster.Candidate {
		return append(c.Clusters.Candidates(contextName), a.state().Namespaces(contextName)...)
	}
}

// remember keeps the namespaces that were asked for by name. That it fails is no reason to fail.
func (a *app) remember(contextName string, names []string) {
	_ = a.state().Use(contextName, names, time.Now())
}

func newConfig(a *app) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check the configuration", Args: cobra.NoArgs, RunE: help}
	c.AddCommand(&cobra.Command{
		Use: "check", Short: "Check the configuration, and print each problem with its place", Args: cobra.NoArgs,
		Long: "Check the configuration and the files of its folder frameworks.d.\n\n" +
			"Exit codes: 0 nothing is wrong · 2 something is, or the file cannot be read.",
		RunE: func(*cobra.Command, []string) error { return a.checkConfig() },
	})
	return c
}

func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func (a *app) checkConfig() error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	for _, line := range c.Warnings() {
		if err := write(a.Out, line+"\n"); err != nil {
			return err
		}
	}
	file := c.File
	if file == "" {
		file = filepath.Join(config.Folder(), "config.yaml")
		if len(c.Problems) == 0 {
			return write(a.Out, clean(fmt.Sprintf("%s is not there: the defaults count", file))+"\n")
		}
	}
	if n := len(c.Problems); n > 0 {
		_, _ = fmt.Fprintf(a.ErrOut, "%s: %s, %d off\n", clean(file), count(n, "problem"), c.Off())
		return withCode(exitUsage, errSaid)
	}
	return write(a.Out, clean(file)+": nothing is wrong\n")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
