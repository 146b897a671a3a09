package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bench is where measurements are made: a cluster with its load, and the programs.
type bench struct {
	options
	home       string // of the consoles: they find no configuration and leave no state
	report     *report
	kubeconfig string
	connectors string
	kubectl    string
	settled    settled
}

// command runs a program to its end and returns what it printed.
func command(ctx context.Context, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return "", fmt.Errorf("%s %s: %w", filepath.Base(program), strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (b *bench) cluster(ctx context.Context, args ...string) (string, error) {
	return command(ctx, b.devcluster, append(args, "--name", b.name)...)
}

// prepare starts the cluster, loads it, and waits until nothing moves any more.
func (b *bench) prepare(ctx context.Context) error {
	began := time.Now()
	for _, args := range [][]string{
		{"up", "--seed"},
		{"load", "--functions", strconv.Itoa(b.functions), "--namespaces", "50", "--wait"},
	} {
		fmt.Fprintf(os.Stderr, "figures: devcluster %s\n", strings.Join(args, " "))
		c := exec.CommandContext(ctx, b.devcluster, append(args, "--name", b.name)...)
		c.Stdout, c.Stderr = os.Stderr, os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("devcluster %s: %w", args[0], err)
		}
	}
	var err error
	if b.kubeconfig, err = b.cluster(ctx, "kubeconfig"); err != nil {
		return err
	}
	if b.kubectl, err = b.cluster(ctx, "kubectl-path"); err != nil {
		return err
	}
	b.connectors = filepath.Join(filepath.Dir(b.kubeconfig), "connectors.yaml")
	if err := b.settle(ctx); err != nil {
		return err
	}
	b.report.note("cluster with %d functions of the load, %d in the console, ready after %s", b.functions,
		b.settled.rows, short(time.Since(began)))
	return nil
}

func (b *bench) cleanUp() {
	if b.keep {
		fmt.Fprintf(os.Stderr, "figures: cluster %s is left running; end it with: %s down --name %s\n", b.name, b.devcluster, b.name)
		return
	}
	// The measurement may have been interrupted: the cluster goes all the same.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := b.cluster(ctx, "down"); err != nil {
		fmt.Fprintf(os.Stderr, "figures: %v\n", err)
	}
}

// server is the address of the API server.
func (b *bench) server() (string, error) {
	var info struct {
		Server string `json:"server"`
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(b.kubeconfig), "cluster.json"))
	if err != nil {
		return "", fmt.Errorf("read the cluster's description: %w", err)
	}
	if err := json.Unmarshal(data, &info); err != nil || info.Server == "" {
		return "", fmt.Errorf("the cluster's description names no server: %w", err)
	}
	return info.Server, nil
}

// raw reads a path of the API as an operator would, and returns how long that took.
func (b *bench) raw(ctx context.Context, path string) (time.Duration, error) {
	c := exec.CommandContext(ctx, b.kubectl, "--kubeconfig", b.kubeconfig, "get", "--raw", path)
	var stderr strings.Builder
	c.Stderr = &stderr // stdout is nil: what was read is dropped
	began := time.Now()
	if err := c.Run(); err != nil {
		return 0, fmt.Errorf("kubectl get --raw %s: %w: %s", path, err, strings.TrimSpace(stderr.String()))
	}
	return time.Since(began), nil
}
