package tighten

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/kube/plan"
	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
)

// Exposer is a Source whose objects say how a function is exposed: it closes the way that a Service or a route opens, in
// the object that its framework makes it of. An answer without edits leaves it to the object itself. With the effect Rollout
// the framework's controller writes the Service or the route from there, else that is changed too.
type Exposer interface {
	Close(w *plan.Wish, route model.Ref) plan.Answer
}

// clusterIP takes Services back into the cluster.
func (q *asked) clusterIP() plan.Answer {
	var edits []plan.Edit
	for i := range q.findings {
		ref := q.findings[i].Object()
		s, ok := q.r.Get(ref).(*model.Service)
		if !ok || slices.ContainsFunc(edits, func(e plan.Edit) bool { return e.Object == ref }) {
			continue
		}
		fields, lost := inside(s)
		if len(fields) == 0 {
			continue
		}
		e := q.Patch(ref, "v1", fields...)
		e.Asks = lost
		if ref.Namespace == q.f.Platform.Namespace && ref.Namespace != q.f.Key.Namespace {
			e.Asks += ", for all functions of " + q.f.Key.Framework
		}
		if x, ok := q.source.(Exposer); ok && ref.Namespace == q.f.Key.Namespace {
			source := x.Close(q.Wish, ref)
			for j := range source.Edits {
				source.Edits[j].Asks = e.Asks
			}
			edits = append(edits, source.Edits...)
			if len(source.Edits) > 0 && source.Effect == plan.Rollout {
				continue
			}
		}
		edits = append(edits, e)
	}
	if len(edits) == 0 {
		return q.None("no Service of its own opens it: the way leads through a route", check.FixCloseRoute)
	}
	a := q.Done(plan.AtOnce, edits...)
	if n := slices.IndexFunc(q.findings, func(f check.Finding) bool { return f.Object().Kind != "Service" }); n >= 0 {
		a.Left = q.findings[n].Object().Kind + " " + q.findings[n].Object().Name + " is a way in of its own"
	}
	return a
}

// inside are the changes that leave a Service an address in the cluster only, and who loses by it.
func inside(s *model.Service) (fields []plan.Field, lost string) {
	var ways []string
	if s.Type == "NodePort" || s.Type == "LoadBalancer" {
		fields = append(fields, plan.Field{Path: "spec.type", Value: "ClusterIP"})
		if s.Type == "LoadBalancer" {
			ways = append(ways, strings.TrimSpace("its load balancer "+strings.Join(s.Addresses, " ")))
			for _, name := range []string{"allocateLoadBalancerNodePorts", "externalTrafficPolicy", "healthCheckNodePort", "loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges"} {
				fields = append(fields, plan.Field{Path: "spec." + name, Remove: true})
			}
		}
		for i, p := range s.Ports {
			if p.NodePort != 0 {
				fields = append(fields, plan.Field{Path: "spec.ports[" + strconv.Itoa(i) + "].nodePort", Remove: true})
				ways = append(ways, "node port "+strconv.Itoa(int(p.NodePort)))
			}
		}
	}
	if len(s.ExternalIPs) > 0 {
		fields = append(fields, plan.Field{Path: "spec.externalIPs", Remove: true})
		ways = append(ways, "the addresses "+strings.Join(s.ExternalIPs, ", "))
	}
	return fields, "callers lose " + strings.Join(ways, ", ")
}

// closeRoute takes the public ways to the function away.
func (q *asked) closeRoute() plan.Answer {
	var edits []plan.Edit
	var left []string
	for i := range q.findings {
		ref := q.findings[i].Object()
		if slices.ContainsFunc(edits, func(e plan.Edit) bool { return e.Object == ref }) || slices.Contains(left, ref.String()) {
			continue
		}
		if x, ok := q.source.(Exposer); ok {
			if a := x.Close(q.Wish, ref); len(a.Edits) > 0 {
				for _, e := range a.Edits {
					if !slices.ContainsFunc(edits, func(o plan.Edit) bool { return o.Object == e.Object && slices.EqualFunc(o.Fields, e.Fields, same) }) {
						edits = append(edits, e)
					}
				}
				continue
			}
		}
		route, ok := q.r.Get(ref).(*model.Route)
		if !ok || !q.alone(route) {
			left = append(left, ref.String())
			continue
		}
		edits = append(edits, plan.Edit{
			Verb: plan.Delete, Object: ref, APIVersion: route.APIVersion(), Why: q.Why, Asks: "callers lose " + ref.String(),
		})
	}
	if len(edits) == 0 {
		return q.None("it serves others too, or another object makes it: "+strings.Join(left, ", "), check.FixReview)
	}
	a := q.Done(plan.AtOnce, edits...)
	if len(left) > 0 {
		a.Left = "what serves others too, or is made by another object: " + strings.Join(left, ", ")
	}
	return a
}

func same(a, b plan.Field) bool { return a.Path == b.Path }

// alone reports whether nothing made the route and it leads to the function's own namespace and Service only.
func (q *asked) alone(r *model.Route) bool {
	if len(r.Owners) > 0 || r.Namespace != q.f.Key.Namespace || len(r.Rules) == 0 {
		return false
	}
	for _, rule := range r.Rules {
		if rule.Service != r.Rules[0].Service {
			return false
		}
	}
	s, ok := q.r.Get(r.Rules[0].Service).(*model.Service)
	return ok && s.Namespace == q.f.Key.Namespace
}

func hostsOf(r *model.Route) []any {
	if r == nil {
		return nil
	}
	var hosts []any
	for _, rule := range r.Rules {
		for _, h := range rule.Hosts {
			if !slices.Contains(hosts, any(h)) {
				hosts = append(hosts, h)
			}
		}
	}
	return hosts
}

// certificate is the Secret with a certificate that is named after the function or a host, the only one of the
// namespace else; empty when there is none.
func (q *asked) certificate(ns string, hosts []any) string {
	var all []string
	for _, o := range q.r.List(kind("", "Secret"), ns) {
		s, ok := o.(*model.Secret)
		if !ok || s.Type != "kubernetes.io/tls" {
			continue
		}
		for _, h := range hosts {
			if host, _ := h.(string); strings.HasPrefix(s.Name, q.f.Key.Name+"-") || strings.HasPrefix(s.Name, strings.ReplaceAll(host, ".", "-")) {
				return s.Name
			}
		}
		all = append(all, s.Name)
	}
	if len(all) == 1 {
		return all[0]
	}
	return ""
}
