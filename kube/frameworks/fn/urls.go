package fn

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/frameworks"
	"github.com/fn9s/fn9s/security/model"
)

// lbPort is the chart's name of the port that takes invocations.
const lbPort = "runner-lb"

// bases returns the addresses of the server's load balancer: the one that it announces itself, then those of routes
// and Services. The addresses in the API's annotations follow the Host header of whoever asks, and are wrong behind
// a proxy.
func bases(x frameworks.Index, s *server, services []*model.Service) []model.URL {
	var found []model.URL
	for _, p := range s.parts {
		if u, ok := p.announced(); ok {
			found = append(found, u)
		}
	}
	for _, p := range s.parts {
		if !p.calls() {
			continue
		}
		for _, service := range p.services(x, s, services) {
			found = append(found, p.addresses(x, service)...)
		}
	}
	seen := map[string]bool{}
	return frameworks.List(slices.DeleteFunc(found, func(u model.URL) bool {
		again := seen[u.URL]
		seen[u.URL] = true
		return again
	}))
}

// announced reads FN_PUBLIC_LB_URL.
func (p *part) announced() (model.URL, bool) {
	if p.template.Spec == nil {
		return model.URL{}, false
	}
	for i := range p.template.Spec.Containers {
		c := &p.template.Spec.Containers[i]
		for j := range c.Env {
			if e := &c.Env[j]; e.Name == "FN_PUBLIC_LB_URL" && endpoint(e.Value) != "" {
				path := fmt.Sprintf("%s.containers[%d].env[%d].value", frameworks.SpecPath(p.ref.Kind), i, j)
				return model.URL{
					URL: strings.TrimSuffix(endpoint(e.Value), "/"), External: !inCluster(e.Value),
					Origin: model.Origin{Ref: p.ref, Path: path},
				}, true
			}
		}
	}
	return model.URL{}, false
}

// inCluster reports whether the host of an address is a name of the cluster's own DNS.
func inCluster(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.")
}

// services lists the Services that select the part: the recognised ones, and those that bear the names that
// hand-made installations give.
func (p *part) services(x frameworks.Index, s *server, known []*model.Service) []*model.Service {
	all := slices.Clone(known)
	for _, name := range []string{s.name, p.ref.Name} {
		if service := frameworks.GetService(x, s.namespace, name); service != nil {
			all = append(all, service)
		}
	}
	var found []*model.Service
	for _, service := range all {
		if selects(service.Selector, p.template.Labels) && !slices.Contains(found, service) {
			found = append(found, service)
		}
	}
	return found
}

func selects(selector, labels model.Labels) bool {
	for _, l := range selector {
		if labels.Get(l.Key) != l.Value {
			return false
		}
	}
	return len(selector) > 0
}

// addresses are those of the ports that take invocations.
func (p *part) addresses(x frameworks.Index, s *model.Service) []model.URL {
	var found []model.URL
	for i := range frameworks.List(s.Ports) {
		port := s.Ports[i]
		if !p.takesCalls(s, &port) {
			continue
		}
		for _, r := range frameworks.RoutesTo(x, s.Ref) {
			if r.Rule.Port == "" || r.Rule.Port == port.Name || r.Rule.Port == strconv.Itoa(int(port.Port)) {
				found = append(found, r.URLs("")...)
			}
		}
		one := *s
		one.Ports = []model.ServicePort{port}
		for _, u := range frameworks.ServiceURLs(&one) {
			u.Origin.Path = strings.Replace(u.Origin.Path, "spec.ports[0]", fmt.Sprintf("spec.ports[%d]", i), 1)
			found = append(found, u)
		}
	}
	for i := range found {
		found[i].URL = strings.TrimSuffix(found[i].URL, "/")
	}
	return found
}

// takesCalls tells the load balancer's port from the API's: by its name, else by the port that FN_PORT gives the
// container behind it. A full node has one port for both.
func (p *part) takesCalls(s *model.Service, port *model.ServicePort) bool {
	named := slices.ContainsFunc(s.Ports, func(o model.ServicePort) bool { return o.Name == lbPort })
	if named {
		return port.Name == lbPort
	}
	if slices.Contains(p.nodes, fullNode) {
		return true
	}
	if p.template.Spec == nil {
		return false
	}
	for i := range p.template.Spec.Containers {
		c := &p.template.Spec.Containers[i]
		if n, ok := nodeOf(c); !ok || n != lbNode {
			continue
		}
		target := port.TargetPort
		if target == "" || target == "0" {
			target = strconv.Itoa(int(port.Port))
		}
		if at, _ := frameworks.EnvValue(c, "FN_PORT"); at == target {
			return true
		}
	}
	return false
}
