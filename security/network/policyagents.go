package network

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

var configMapKind = schema.GroupKind{Kind: "ConfigMap"}

// agent is something that listens on the addresses of nodes and asks for no login.
type agent struct {
	ref  model.Ref
	what string
	port int32
}

// agents are known by their images: what they are, where they listen, and how they are told to ask for a login.
var agents = []inside{
	{what: "node-exporter", image: "node-exporter", port: 9100, locks: []string{"--web.config.file"}},
	{what: "cAdvisor", image: "cadvisor", port: 8080, locks: []string{"--http_auth_file", "--http_digest_file"}},
	{what: "Netdata", image: "netdata", port: 19999},
	{what: "the agent of Weave Scope, which opens shells in containers,", declared: true, image: "scope", port: 4040, locks: []string{"--probe.basicAuth", "--app.basicAuth"}},
	{what: "Docker", declared: true, image: "docker", port: 2375, locks: []string{"--tlsverify"}},
	{what: "a proxy of the Docker socket", image: "docker-socket-proxy", port: 2375},
	{what: "the Datadog agent's trace intake", declared: true, image: "agent", port: 8126},
	{what: "Fluent Bit", image: "fluent-bit", port: 2020},
	{what: "Fluentd", image: "fluentd", port: 24224, locks: []string{"shared_key", "FLUENTD_SHARED_KEY"}},
	{what: "the OpenTelemetry collector", image: "opentelemetry-collector", port: 4317},
	{what: "the OpenTelemetry collector", image: "opentelemetry-collector-contrib", port: 4317},
	{what: "Vector", declared: true, image: "vector", port: 8686},
	{what: "kiam, which hands out cloud credentials,", image: "kiam", port: 8181},
	{what: "kube2iam, which hands out cloud credentials,", image: "kube2iam", port: 8181},
}

// readOnlyKubelet is what is kept of the ConfigMap with the kubelets' configuration.
type readOnlyKubelet struct{ port int32 }

// agentKinds are what is read for agents.
var agentKinds = []snapshot.Kind{
	{GroupKind: configMapKind, Versions: []string{"v1"}, Reader: "kubelet", Decode: snapshot.Typed(decodeKubelet)},
}

// decodeKubelet finds the port without a login in the configuration that kubeadm keeps.
func decodeKubelet(c *corev1.ConfigMap) any {
	if c.Namespace != "kube-system" || !strings.HasPrefix(c.Name, "kubelet-config") {
		return nil
	}
	for line := range strings.Lines(c.Data["kubelet"]) {
		if value, ok := strings.CutPrefix(line, "readOnlyPort:"); ok {
			if port, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32); err == nil && port > 0 {
				return &readOnlyKubelet{int32(port)}
			}
		}
	}
	return nil
}

// openAgents lists what answers on nodes without a login, as the manifests say.
var openAgents = snapshot.NewQuery("agents without a login", func(r *snapshot.Reader, _ struct{}) []agent {
	var all []agent
	for _, o := range r.List(configMapKind, "kube-system") {
		if k, ok := snapshot.FactsOf[*readOnlyKubelet](o, "kubelet"); ok {
			all = append(all, agent{o.Head().Ref, "the kubelet's port without a login", k.port})
		}
	}
	for _, o := range r.List(daemonSets, "") {
		if w, ok := o.(*model.Workload); ok && w.Template.Spec != nil {
			all = append(all, listeners(w)...)
		}
	}
	slices.SortFunc(all, func(a, b agent) int { return cmp.Or(a.ref.Compare(b.ref), cmp.Compare(a.port, b.port)) })
	return all
}, slices.Equal[[]agent]).Eager()

// listeners finds the containers of a DaemonSet that listen on its node and are known to ask for no login.
func listeners(w *model.Workload) (all []agent) {
	spec := w.Template.Spec
	for i := range spec.Containers {
		c := &spec.Containers[i]
		name := imageName(c.Image)
		for k := range agents {
			if in := &agents[k]; in.image == name && !in.locked(c) {
				if port := in.onNode(spec, c); port > 0 {
					all = append(all, agent{w.Ref, in.what, port})
				}
			}
		}
	}
	return all
}

// onNode is the port of the node where it listens, zero for none. One that listens on the loopback address alone does
// not count.
func (in *inside) onNode(spec *corev1.PodSpec, c *corev1.Container) int32 {
	if slices.ContainsFunc(slices.Concat(c.Command, c.Args), func(a string) bool { return strings.Contains(a, "127.0.0.1:"+strconv.Itoa(int(in.port))) }) {
		return 0
	}
	for i := range c.Ports {
		p := &c.Ports[i]
		if p.ContainerPort != in.port || p.HostIP == "127.0.0.1" || p.HostIP == "::1" {
			continue
		}
		if spec.HostNetwork {
			return p.ContainerPort
		}
		return p.HostPort
	}
	if spec.HostNetwork && len(c.Ports) == 0 && !in.declared {
		return in.port
	}
	return 0
}

// openAgent reports the first agent without a login that a pod can connect to. Where no address of a node is known, an
// egress that nothing limits counts.
func openAgent(e *check.Eval, p *reach.Pod, iso *reach.Isolated) bool {
	for _, a := range openAgents.Get(e.Reader, struct{}{}) {
		addresses := nodePlaces.Get(e.Reader, a.port)
		at := check.At{Object: p.Ref, Value: strconv.Itoa(int(a.port))}
		if len(addresses) == 0 {
			if iso.Egress.State != reach.Open {
				continue
			}
		} else {
			to, v := reached(e.Reader, p, addresses)
			if to == nil {
				doubt(e, p, v)
				continue
			}
			at.Value = netip.AddrPortFrom(to.Addr, uint16(a.port)).String()
		}
		e.Fail(at, "it can connect to "+a.what+" on port "+strconv.Itoa(int(a.port))+" of nodes, which asks for no login ("+a.ref.String()+")").As(check.Medium)
		return true
	}
	return false
}
