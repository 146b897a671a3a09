package network

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/workload"
)

var serviceKind = schema.GroupKind{Kind: "Service"}

// ownServices returns the Services of the function. Where there are none the running control does not apply, or is
// unknown when they cannot be listed.
func ownServices(e *check.Eval) []*model.Service {
	seen := e.Need(serviceKind, e.F.Key.Namespace)
	services := expose.Of.Get(e.Reader, e.F.Key).Services
	if len(services) == 0 && seen {
		e.NA("no Service leads to it")
	}
	return services
}

func nodePort(e *check.Eval) {
	for _, s := range ownServices(e) {
		g := expose.Look(s)
		switch {
		case g.NodePort:
			e.Fail(check.At{Object: s.Ref, Path: "spec.type", Value: s.Type}, "Service "+s.Name+" listens on every address of every node"+nodePorts(s))
		case g.NodePorts:
			at := check.At{Object: s.Ref, Path: "spec.allocateLoadBalancerNodePorts", Value: "true"}
			f := e.Fail(at, "the load balancer of Service "+s.Name+" has node ports, too"+nodePorts(s)).As(check.Info)
			if g.Balancer == expose.Private || g.Restricted {
				f.As(check.Low)
				f.Message += ": they go round its source ranges and its private address"
			}
		}
	}
}

func nodePorts(s *model.Service) string {
	var ports []string
	for i := range s.Ports {
		if p := s.Ports[i].NodePort; p != 0 {
			ports = append(ports, fmt.Sprint(p))
		}
	}
	if len(ports) == 0 {
		return ""
	}
	return " (" + strings.Join(ports, ", ") + ")"
}

func publicBalancer(e *check.Eval) {
	for _, s := range ownServices(e) {
		g := expose.Look(s)
		if g.Balancer != expose.Internet || g.Restricted {
			continue
		}
		text := "the load balancer of Service " + s.Name + " is public and admits every address"
		if g.Assumed != "" {
			text += " (" + g.Assumed + ")"
		}
		e.Fail(check.At{Object: s.Ref, Path: "spec.type", Value: s.Type}, text)
	}
}

func externalIPs(e *check.Eval) {
	for _, s := range ownServices(e) {
		if len(s.ExternalIPs) > 0 {
			e.Fail(check.At{Object: s.Ref, Path: "spec.externalIPs", Value: strings.Join(s.ExternalIPs, ", ")},
				"Service "+s.Name+" takes the traffic of external addresses; whether it gets it depends on kube-proxy")
		}
	}
}

func hostPort(e *check.Eval) {
	view := workload.Of.Get(e.Reader, e.F.Key)
	if len(view.Specs) == 0 {
		e.NA("no pod spec is known")
		return
	}
	for i := range view.Specs {
		s := &view.Specs[i]
		if s.Spec.HostNetwork {
			continue // the API server fills the host ports in
		}
		for _, c := range s.Containers() {
			for j := range c.Ports {
				if p := &c.Ports[j]; p.HostPort > 0 {
					reportHostPort(e, s, &c, j, p)
				}
			}
		}
	}
}

func reportHostPort(e *check.Eval, s *workload.Spec, c *workload.Container, j int, p *corev1.ContainerPort) {
	name := p.Name
	if name == "" {
		name = fmt.Sprint(p.ContainerPort)
	}
	at := check.At{
		Object: s.Ref, Path: fmt.Sprintf("%s.ports[%d].hostPort", c.Path, j), Fixed: c.Fixed + ".ports[" + name + "].hostPort",
		Value: fmt.Sprint(p.HostPort),
	}
	f := e.Failf(at, "container %s listens on port %d of its node, past every Service", c.Name, p.HostPort)
	if p.HostIP == "127.0.0.1" || p.HostIP == "::1" {
		f.As(check.Low)
		f.Say(fmt.Sprintf("container %s listens on port %d of its node, for callers on that node", c.Name, p.HostPort))
	}
}
