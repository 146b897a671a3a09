package mesh

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/workload"
)

// bypasses are annotations of pods by which traffic goes past the proxy.
var bypasses = []struct {
	key, what string
	is        func(string) bool
}{
	{"traffic.sidecar.istio.io/excludeInboundPorts", "calls to these ports go past the proxy", filled},
	{"traffic.sidecar.istio.io/excludeOutboundPorts", "calls from it to these ports go past the proxy", filled},
	{"traffic.sidecar.istio.io/excludeOutboundIPRanges", "calls from it to these addresses go past the proxy", filled},
	{"traffic.sidecar.istio.io/excludeInterfaces", "traffic of these interfaces goes past the proxy", filled},
	{"traffic.sidecar.istio.io/includeInboundPorts", "calls to other ports than these go past the proxy", narrowed},
	{"traffic.sidecar.istio.io/includeOutboundIPRanges", "calls from it to other addresses go past the proxy", narrowed},
	{"ambient.istio.io/bypass-inbound-capture", "calls to it go past ztunnel", isTrue},
	{"config.linkerd.io/skip-inbound-ports", "calls to these ports go past the proxy", filled},
	{"config.linkerd.io/skip-outbound-ports", "calls from it to these ports go past the proxy", filled},
}

func filled(v string) bool   { return strings.TrimSpace(v) != "" }
func narrowed(v string) bool { return strings.TrimSpace(v) != "*" }
func isTrue(v string) bool   { return v == "true" }

func bypass(e *check.Eval) {
	m := Of.Get(e.Reader, e.F.Key)
	if !m.Meshes.Istio && !m.Meshes.Linkerd {
		noMesh(e)
		return
	}
	view := workload.Of.Get(e.Reader, e.F.Key)
	for i := range view.Specs {
		s := &view.Specs[i]
		base := annotationsOf(s)
		for _, b := range bypasses {
			if v, ok := s.Annotations.Lookup(b.key); ok && b.is(v) {
				e.Fail(check.At{Object: s.Ref, Path: base + "[" + b.key + "]", Value: v}, "annotation "+b.key+": "+b.what)
			}
		}
		optOut(e, m, s, base)
		opaque(e, s, base)
	}
}

// optOut: the pods themselves refuse the proxy.
func optOut(e *check.Eval, m *Member, s *workload.Spec, base string) {
	label, annotation := s.Labels.Get(inject) == "false", s.Annotations.Get(inject) == "false"
	if label || annotation {
		path := base
		if label {
			path = strings.TrimSuffix(base, "annotations") + "labels"
		}
		if m.Meshes.Istio {
			f := e.Fail(check.At{Object: s.Ref, Path: path + "[" + inject + "]", Value: "false"}, "its pods refuse the proxy of Istio")
			if e.F.Key.Framework == "fission" {
				f.Message += ": Fission writes that for an Environment with allowAccessToExternalNetwork"
			}
		}
	}
	if m.Meshes.Linkerd && s.Annotations.Get(linkerdInject) == "disabled" {
		e.Fail(check.At{Object: s.Ref, Path: base + "[" + linkerdInject + "]", Value: "disabled"}, "its pods refuse the proxy of Linkerd")
	}
}

// opaque: a port of HTTP that is said to be opaque has no rule about requests.
func opaque(e *check.Eval, s *workload.Spec, base string) {
	const key = "config.linkerd.io/opaque-ports"
	v, ok := s.Annotations.Lookup(key)
	if !ok {
		return
	}
	ports := strings.Split(v, ",")
	for _, c := range s.Containers() {
		for i := range c.Ports {
			p := &c.Ports[i]
			if c.Own && strings.HasPrefix(p.Name, "http") && slices.ContainsFunc(ports, func(o string) bool {
				return strings.TrimSpace(o) == strconv.Itoa(int(p.ContainerPort))
			}) {
				e.Fail(check.At{Object: s.Ref, Path: base + "[" + key + "]", Value: v}, "port "+p.Name+" is said to be opaque: rules about requests do not apply to it")
			}
		}
	}
}

// notEnforced judges policies that look like protection.
func notEnforced(e *check.Eval) {
	m := Of.Get(e.Reader, e.F.Key)
	if m.Kind == Linkerd {
		linkerdAudit(e, m)
		return
	}
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, policiesNeeded) {
		return
	}
	for _, o := range i.silent {
		at, why := check.At{Object: o.Ref, Path: "spec.action", Value: o.value.action}, "its action AUDIT decides nothing"
		if o.value.dryRun {
			at, why = check.At{Object: o.Ref, Path: "metadata.annotations[istio.io/dry-run]", Value: "true"}, "it is on dry run"
		}
		e.Fail(at, "AuthorizationPolicy "+o.Namespace+"/"+o.Name+" is not enforced: "+why)
	}
	for _, o := range i.waypoint {
		if o.value.dryRun {
			e.Fail(check.At{Object: o.Ref, Path: "metadata.annotations[istio.io/dry-run]", Value: "true"},
				"AuthorizationPolicy "+o.Namespace+"/"+o.Name+" is not enforced: it is on dry run")
		}
	}
	if m.Kind == Ambient {
		for _, o := range append(slices.Concat(i.custom, i.deny), i.allow...) {
			if why := o.value.unsupported(); why != "" {
				e.Fail(check.At{Object: o.Ref, Path: "spec.action", Value: o.value.action},
					"AuthorizationPolicy "+o.Namespace+"/"+o.Name+" is not enforced as written: "+why)
			}
		}
	}
}

// unsupported says what ztunnel, which knows addresses and identities only, does not do of the policy.
func (p *policy) unsupported() string {
	switch {
	case p.action == "CUSTOM":
		return "ztunnel does not support CUSTOM"
	case p.action == "DENY" && len(p.rules) > 0 && !slices.ContainsFunc(p.rules, func(r rule) bool { return !r.http() || r.transport() }):
		return "its rules are about requests, which ztunnel does not see"
	case p.rejected != "":
		return "ztunnel reports " + p.rejected
	}
	return ""
}

// http reports whether the rule looks at requests.
func (r *rule) http() bool {
	for i := range r.sources {
		s := &r.sources[i]
		if len(s.RequestPrincipals)+len(s.NotRequestPrincipals)+len(s.RemoteIPBlocks)+len(s.NotRemoteIPBlocks) > 0 {
			return true
		}
	}
	for i := range r.operations {
		o := &r.operations[i]
		if len(o.Hosts)+len(o.NotHosts)+len(o.Methods)+len(o.NotMethods)+len(o.Paths)+len(o.NotPaths) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.when, func(c condition) bool { return strings.HasPrefix(c.Key, "request.") })
}

// transport reports whether anything is left of the rule without its requests.
func (r *rule) transport() bool {
	for i := range r.sources {
		s := &r.sources[i]
		if len(s.Principals)+len(s.NotPrincipals)+len(s.Namespaces)+len(s.NotNamespaces)+len(s.IPBlocks)+len(s.NotIPBlocks)+
			len(s.ServiceAccounts)+len(s.NotServiceAccounts) > 0 {
			return true
		}
	}
	for i := range r.operations {
		if len(r.operations[i].Ports)+len(r.operations[i].NotPorts) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.when, func(c condition) bool { return !strings.HasPrefix(c.Key, "request.") })
}

// waypointBypass: policies at a waypoint say nothing about traffic that does not cross it.
func waypointBypass(e *check.Eval) {
	m, i, ok := inIstio(e)
	if !ok || !need(e, m, policiesNeeded) {
		return
	}
	if m.Kind != Ambient || len(i.waypoint)+len(i.waypointTokens) == 0 {
		e.NA("no policy is attached to a waypoint of it")
		return
	}
	if !i.onlyWaypoint(m) {
		at := pods(m)
		if len(i.waypoint) > 0 {
			at = check.At{Object: i.waypoint[0].Ref, Path: "spec.targetRefs"}
		}
		f := e.Fail(at, "traffic that does not cross waypoint "+m.Waypoint+" skips its policies: no policy at ztunnel admits the waypoint alone")
		if name := pastIngress(e, m); name != "" {
			f.Message += "; calls from ingress gateways to Service " + name + " do not cross it either"
		}
		if !i.authenticates() {
			f.As(check.Medium)
		}
	}
}

// authenticates reports whether the waypoint asks callers for a login.
func (i *Istio) authenticates() bool {
	return len(i.waypointTokens) > 0 || slices.ContainsFunc(i.waypoint, func(o object[*policy]) bool {
		return o.value.action == "CUSTOM" || slices.ContainsFunc(o.value.rules, func(r rule) bool { return r.claims() })
	})
}

// pastIngress is a Service that ingress gateways call past the waypoint: they do unless a label says otherwise.
func pastIngress(e *check.Eval, m *Member) string {
	const label = "istio.io/ingress-use-waypoint"
	if namespaceOf(e.Reader, m.Namespace).Labels.Get(label) == "true" {
		return ""
	}
	for _, s := range service.Selecting(e.Reader, m.Namespace, m.Labels) {
		if s.Labels.Get(label) != "true" {
			return s.Name
		}
	}
	return ""
}

// onlyWaypoint reports whether ztunnel admits nobody but the waypoint.
func (i *Istio) onlyWaypoint(m *Member) bool {
	if len(i.allow) == 0 {
		return false
	}
	principal := "/ns/" + m.Namespace + "/sa/" + m.Waypoint
	for _, o := range i.allow {
		for n := range o.value.rules {
			r := &o.value.rules[n]
			if r.http() {
				continue // dropped by ztunnel
			}
			if len(r.sources) == 0 {
				return false
			}
			for j := range r.sources {
				s := &r.sources[j]
				accounts := append(slices.Clone(s.Principals), s.ServiceAccounts...)
				if len(accounts) == 0 || slices.ContainsFunc(accounts, func(p string) bool {
					return !strings.HasSuffix(p, principal) && p != m.Namespace+"/"+m.Waypoint && p != m.Waypoint
				}) {
					return false
				}
			}
		}
	}
	return true
}
