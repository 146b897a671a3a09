package reach

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
)

// focused reports whether a connection of the owner is wanted.
func (m *matrix) focused(owner int) bool { return m.wanted[owner] }

// fromWorkload yields the connections of one source.
func (m *matrix) fromWorkload(s int, yield func(Connection) bool) bool {
	if !m.focused(s) {
		for _, d := range m.inside {
			if !m.pair(s, d, yield) {
				return false
			}
		}
		return true
	}
	for d := range m.owners {
		if d != s && !m.pair(s, d, yield) {
			return false
		}
	}
	for i := range m.ranges {
		if !m.single(Egress, s, len(m.pods)+i, &m.owners[s], &m.ranges[i], everyPort, yield) {
			return false
		}
	}
	return true
}

// fromOutside yields the connections from addresses and from the ingress controllers.
func (m *matrix) fromOutside(yield func(Connection) bool) {
	for i := range m.ranges {
		for _, d := range m.inside {
			if !m.single(Ingress, d, len(m.pods)+i, &m.ranges[i], &m.owners[d], everyPort, yield) {
				return
			}
		}
	}
	for _, t := range m.entries {
		if m.focused(t.owner) && !m.single(Ingress, t.owner, len(m.ends)-1, &m.entry, &m.owners[t.owner], t.ports, yield) {
			return
		}
	}
}

// pair yields what one workload may say to another: what any pod of it may say to any pod of the other.
func (m *matrix) pair(s, d int, yield func(Connection) bool) bool {
	var sure, open Ports
	var reason string
	var by []model.Ref
	for _, from := range m.of[s] {
		for _, to := range m.of[d] {
			out, in := m.row(Egress, from).of(to), m.row(Ingress, to).of(from)
			p := m.join(out, in)
			sure, open = sure.or(p.sure), open.or(p.open)
			if len(by) == 0 {
				by = p.by
			} else if len(p.by) > 0 {
				by = slices.Concat(by, p.by)
			}
			if len(p.open) > 0 && reason == "" {
				reason = m.fates[out].reason
				if reason == "" {
					reason = m.fates[in].reason
				}
			}
		}
	}
	return emit(&m.owners[s], &m.owners[d], sure, open.minus(sure), reason, by, yield)
}

// join is what both sides together let through.
func (m *matrix) join(out, in int32) pairFate {
	a, b := &m.fates[out], &m.fates[in]
	if a.reason == "" && b.reason == "" && a.sure.All() && b.sure.All() && len(a.by)+len(b.by) == 0 {
		return pairFate{sure: everyPort}
	}
	key := uint64(out)<<32 | uint64(in)
	p, ok := m.pairs[key]
	if !ok {
		p.sure = a.sure.and(b.sure)
		p.open = a.possible.and(b.possible).minus(p.sure)
		if m.Explain && len(p.sure)+len(p.open) > 0 {
			p.by = unique(slices.Concat(a.by, b.by))
		}
		m.pairs[key] = p
	}
	return p
}

// single yields a connection of which only one end is a workload.
func (m *matrix) single(d Direction, owner, e int, from, to *Endpoint, limit Ports, yield func(Connection) bool) bool {
	var sure, open Ports
	var reason string
	var by []model.Ref
	for _, p := range m.of[owner] {
		f := &m.fates[m.row(d, p).of(e)]
		sure, open = sure.or(f.sure), open.or(f.possible)
		if reason == "" {
			reason = f.reason
		}
		by = append(by, f.by...)
	}
	sure = sure.and(limit)
	return emit(from, to, sure, open.and(limit).minus(sure), reason, by, yield)
}

func emit(from, to *Endpoint, sure, open Ports, reason string, by []model.Ref, yield func(Connection) bool) bool {
	if len(by) > 1 {
		by = unique(by)
	}
	if len(sure) > 0 && !yield(Connection{Source: from, Destination: to, Ports: sure, Certain: true, By: by}) {
		return false
	}
	return len(open) == 0 || yield(Connection{Source: from, Destination: to, Ports: open, Reason: reason, By: by})
}

// behindRoutes lists the workloads to which routes lead from outside, and by which ports.
func (m *matrix) behindRoutes() []routed {
	ports := make([]Ports, len(m.owners))
	for _, kind := range routeKinds {
		for _, o := range m.r.List(kind, "") {
			route, ok := o.(*model.Route)
			if !ok {
				continue
			}
			for _, rule := range route.Rules {
				if !m.spaces[rule.Service.Namespace] {
					continue
				}
				if s, ok := m.r.Get(rule.Service).(*model.Service); ok {
					m.behind(s, rule.Port, ports)
				}
			}
		}
	}
	var out []routed
	for i := range ports {
		if len(ports[i]) > 0 {
			out = append(out, routed{i, ports[i]})
		}
	}
	return out
}

func (m *matrix) behind(s *model.Service, port string, ports []Ports) {
	for _, owner := range m.inside {
		for _, i := range m.of[owner] {
			if p := &m.pods[i]; Selects(s, p.Namespace, p.Labels) {
				ports[owner] = ports[owner].or(frontPorts(s, port, p))
			}
		}
	}
}

var routeKinds = []schema.GroupKind{
	{Group: "networking.k8s.io", Kind: "Ingress"}, {Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"},
	{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute"},
}
