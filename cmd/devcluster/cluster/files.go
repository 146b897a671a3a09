package cluster

import (
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/fn9s/fn9s/cmd/devcluster/calls"
	"github.com/fn9s/fn9s/kube/samples"
)

type kubeContext struct{ name, namespace string }

type operator struct {
	name     string // as in: devcluster kubeconfig --operator NAME
	cert     string
	contexts []kubeContext // the first is the current one
}

// operators are the three people whose kubeconfigs a test or the demo can take. The admin's second context has no connectors configured.
func (c *Cluster) operators() []operator {
	return []operator{
		{name: "admin", cert: "admin", contexts: []kubeContext{{c.Name, ""}, {c.Name + "-no-connectors", ""}}},
		{name: "two-namespaces", cert: "two-namespaces", contexts: []kubeContext{{c.Name + "-payments", "payments"}, {c.Name + "-checkout", "checkout"}}},
		{name: "readonly", cert: "readonly", contexts: []kubeContext{{c.Name + "-readonly", ""}}},
	}
}

func (c *Cluster) writeKubeconfigs(s *State) error {
	s.Kubeconfigs = map[string]string{}
	for _, o := range c.operators() {
		s.Kubeconfigs[o.name] = c.Path(o.name + ".kubeconfig")
		if err := c.writeKubeconfig(s.Kubeconfigs[o.name], s.Server, o.cert, o.contexts); err != nil {
			return err
		}
	}
	internal := map[string]string{
		"controller-manager": "controller-manager", "scheduler": "scheduler", "kwok-client": "kwok-client", "metrics-server": "devcluster",
	}
	for file, cert := range internal {
		if err := c.writeKubeconfig(c.Path("pki", file+".kubeconfig"), s.Server, cert, []kubeContext{{c.Name, ""}}); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) writeKubeconfig(path, server, cert string, contexts []kubeContext) error {
	encoded := map[string]string{}
	for key, name := range map[string]string{"ca": c.certPath("ca"), "crt": c.certPath(cert), "key": c.keyPath(cert)} {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("write kubeconfig %s: %w", path, err)
		}
		encoded[key] = base64.StdEncoding.EncodeToString(data)
	}
	var list []any
	for _, entry := range contexts {
		context := map[string]any{"cluster": c.Name, "user": cert}
		if entry.namespace != "" {
			context["namespace"] = entry.namespace
		}
		list = append(list, map[string]any{"name": entry.name, "context": context})
	}
	data, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": contexts[0].name, "contexts": list,
		"clusters": []any{map[string]any{"name": c.Name, "cluster": map[string]any{
			"server": server, "certificate-authority-data": encoded["ca"]}}},
		"users": []any{map[string]any{"name": cert, "user": map[string]any{
			"client-certificate-data": encoded["crt"], "client-key-data": encoded["key"]}}},
	})
	if err != nil {
		return fmt.Errorf("write kubeconfig %s: %w", path, err)
	}
	return writeFile(path, data)
}

// writeConnectors writes the part of an fn9s configuration that reaches the stand-ins of Fn and OpenWhisk, and Prometheus.
func (c *Cluster) writeConnectors(s *State) error {
	entry := func(fields ...string) map[string]any {
		made := map[string]any{"name": "devcluster", "context": c.Name, "writes": true}
		for n := 0; n+1 < len(fields); n += 2 {
			made[fields[n]] = fields[n+1]
		}
		return made
	}
	s.REST = map[string]string{"fn": "http://" + address(s.Ports.Fn), "openwhisk": "http://" + address(s.Ports.OpenWhisk)}
	s.Faults = s.REST["fn"] + "/_faults"
	s.Prometheus = "http://" + address(s.Ports.Prometheus)
	s.Connectors = c.Path("connectors.yaml")
	data, err := yaml.Marshal(map[string]any{"prometheus": map[string]any{"url": s.Prometheus, "context": c.Name}, "connectors": map[string]any{
		"fn":        []any{entry("kubeNamespace", "fn", "url", s.REST["fn"], "tokenSecret", FnTokenSecret+"#token")},
		"openwhisk": []any{entry("kubeNamespace", "openwhisk", "apiHost", s.REST["openwhisk"], "authSecret", OpenWhiskAuthSecret+"#guest")},
	}})
	if err != nil {
		return fmt.Errorf("write connectors: %w", err)
	}
	head := "# Written by devcluster: an fn9s configuration with connectors to the stand-ins of this cluster, and its Prometheus.\n"
	if err := writeFile(s.Connectors, []byte(head+string(data))); err != nil {
		return err
	}
	return c.writeDemoConfig(data)
}

// writeDemoConfig writes the configuration of the demo: the connectors, and the frameworks of the samples that fn9s
// has no adapter for.
func (c *Cluster) writeDemoConfig(connectors []byte) error {
	described, err := samples.Config("frameworks.yaml")
	if err != nil {
		return fmt.Errorf("write demo configuration: %w", err)
	}
	head := "# Written by devcluster: the configuration of `make demo`.\n"
	return writeFile(c.Path("config.yaml"), slices.Concat([]byte(head), connectors, []byte("\n"), described))
}

func (c *Cluster) writeSchedulerConfig() error {
	config := strings.Join([]string{
		"apiVersion: kubescheduler.config.k8s.io/v1", "kind: KubeSchedulerConfiguration", "parallelism: 8",
		"leaderElection: {leaderElect: false}",
		"clientConnection: {kubeconfig: '" + c.Path("pki", "scheduler.kubeconfig") + "', qps: 2000, burst: 3000}",
		"podInitialBackoffSeconds: 1", "podMaxBackoffSeconds: 3", "",
	}, "\n")
	return writeFile(c.Path("scheduler.yaml"), []byte(config))
}

// writePrometheusConfig has Prometheus scrape the counters, whose labels are those of the functions.
func (c *Cluster) writePrometheusConfig(s *State) error {
	return writeFile(c.Path("prometheus.yaml"), fmt.Appendf(nil, `global: {scrape_interval: 5s}
scrape_configs:
- {job_name: calls, honor_labels: true, metrics_path: %s, static_configs: [{targets: ["%s"]}]}
`, calls.Path, address(s.Ports.Fn)))
}

// The Secrets of the samples that hold the credentials of the stand-ins, as namespace/name.
const (
	FnTokenSecret       = "fn/fn-api-token"
	OpenWhiskAuthSecret = "openwhisk/owdev-whisk.auth"
)

// Loopback is the address of a port on this machine.
func Loopback(port int) string { return address(port) }
