package cluster

import (
	"context"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
)

// counted are the collections whose sizes status shows.
var counted = []struct{ title, path string }{
	{"namespaces", "/api/v1/namespaces"}, {"nodes", "/api/v1/nodes"}, {"pods", "/api/v1/pods"}, {"services", "/api/v1/services"},
	{"secrets", "/api/v1/secrets"}, {"deployments", "/apis/apps/v1/deployments"}, {"definitions", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"},
}

// Status prints the parts and what the cluster holds. It returns false when a part does not work.
func (c *Cluster) Status(ctx context.Context, w io.Writer) (bool, error) {
	state, err := c.Load()
	if err != nil {
		return false, err
	}
	failures := c.probeAll(ctx, state)
	versions := map[string]string{
		partEtcd: state.Binaries.Versions.Etcd, partKwok: state.Binaries.Versions.Kwok, partMetricsServer: state.Binaries.Versions.MetricsServer,
		partPrometheus: state.Binaries.Versions.Prometheus,
		partAPIServer:  state.Binaries.Versions.Kubernetes, partControllerManager: state.Binaries.Versions.Kubernetes, partScheduler: state.Binaries.Versions.Kubernetes,
	}
	ports := map[string]int{
		partEtcd: state.Ports.Etcd, partAPIServer: state.Ports.APIServer, partControllerManager: state.Ports.ControllerManager, partScheduler: state.Ports.Scheduler,
		partKwok: state.Ports.Kwok, partMetricsServer: state.Ports.MetricsServer, partStandIns: state.Ports.Fn,
		partPrometheus: state.Ports.Prometheus,
	}
	fmt.Fprintf(w, "cluster %s at %s\n\n", c.Name, state.Server)
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "PART\tPID\tPORT\tVERSION\tSTATE")
	for _, name := range partOrder {
		word := "works"
		if failures[name] != nil {
			word = failures[name].Error()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", name, number(state.Processes[name].PID), number(ports[name]), orDash(versions[name]), word)
	}
	if err := table.Flush(); err != nil {
		return false, fmt.Errorf("print the status: %w", err)
	}
	fmt.Fprintln(w)
	if failures[partAPIServer] == nil {
		c.printCounts(ctx, w, state)
	}
	for _, name := range []string{"admin", "two-namespaces", "readonly"} {
		fmt.Fprintf(w, "kubeconfig of operator %s: %s\n", name, state.Kubeconfigs[name])
	}
	fmt.Fprintf(w, "connectors: %s\n", state.Connectors)
	return len(failures) == 0, nil
}

func (c *Cluster) probeAll(ctx context.Context, state *State) map[string]error {
	var mu sync.Mutex
	var wait sync.WaitGroup
	failures := map[string]error{}
	for name, p := range c.parts(state, nil) {
		wait.Go(func() {
			err := p.probe(ctx)
			if !c.alive(state.Processes[name]) {
				err = fmt.Errorf("not running")
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures[name] = err
			}
		})
	}
	wait.Wait()
	return failures
}

func (c *Cluster) printCounts(ctx context.Context, w io.Writer, state *State) {
	client, err := c.Client(state)
	if err != nil {
		fmt.Fprintf(w, "objects cannot be counted: %v\n\n", err)
		return
	}
	defer client.Close()
	for _, kind := range counted {
		count, err := client.Count(ctx, kind.path)
		if err != nil {
			fmt.Fprintf(w, "%-12s %v\n", kind.title, err)
			continue
		}
		fmt.Fprintf(w, "%-12s %d\n", kind.title, count)
	}
	fmt.Fprintln(w)
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
