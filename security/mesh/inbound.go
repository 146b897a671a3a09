package mesh

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/security/workload"
)

// inbound is one port of the function, and the Server that serves it.
type inbound struct {
	number int32 // zero: no port is declared
	name   string
	server *object[*server]
}

const defaultPolicy = "config.linkerd.io/default-inbound-policy"

// linkerdPorts lists the ports of the function's own containers, with their Servers.
func linkerdPorts(r *snapshot.Reader, m *Member, key model.FunctionKey) []inbound {
	servers := serversIn.Get(r, m.Namespace).of(m.Labels)
	var all []inbound
	view := workload.Of.Get(r, key)
	for i := range view.Specs {
		for _, c := range view.Specs[i].Containers() {
			if !c.Own {
				continue
			}
			for j := range c.Ports {
				p := inbound{number: c.Ports[j].ContainerPort, name: c.Ports[j].Name}
				if slices.ContainsFunc(all, func(o inbound) bool { return o.number == p.number }) {
					continue
				}
				for n := range servers {
					if servers[n].value.serves(p.number, p.name) {
						p.server = &servers[n]
						break
					}
				}
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 {
		all = []inbound{{}}
	}
	return all
}

// policyOf is the effective default policy of the pods, and where it stands. A running pod has its own copy.
func policyOf(r *snapshot.Reader, m *Member) (policy string, at check.At) {
	at = pods(m)
	if v, ok := m.Annotations.Lookup(defaultPolicy); ok {
		at.Path = strings.TrimSuffix(at.Path, "spec") + "metadata.annotations[" + defaultPolicy + "]"
		return v, at
	}
	if v := namespaceOf(r, m.Namespace).Annotations.Get(defaultPolicy); v != "" {
		return v, check.At{Object: model.Ref{Kind: "Namespace", Name: m.Namespace}, Path: "metadata.annotations[" + defaultPolicy + "]"}
	}
	s, ok := snapshot.FactsOf[*settings](r.Get(model.Ref{Kind: "ConfigMap", Namespace: "linkerd", Name: "linkerd-config"}), reader)
	if ok && s.defaultPolicy != "" {
		return s.defaultPolicy, at
	}
	return "all-unauthenticated", at
}

// openPolicy reports whether a default policy or accessPolicy lets in who did not identify itself.
func openPolicy(p string) bool { return strings.HasSuffix(p, "unauthenticated") || p == "audit" }

// inLinkerd returns how the function stands; ok is false when the running control does not apply or cannot be decided.
func inLinkerd(e *check.Eval) (*Member, bool) {
	m := Of.Get(e.Reader, e.F.Key)
	switch {
	case !m.Meshes.Istio && !m.Meshes.Linkerd:
		noMesh(e)
		return nil, false
	case m.Kind != Linkerd:
		notIn(e, m, "its pods are not in the mesh of Linkerd")
		return nil, false
	}
	seen := true
	for _, kind := range linkerdKinds[:5] {
		seen = e.Need(kind.GroupKind, m.Namespace) && seen
	}
	return m, seen
}

func openInbound(e *check.Eval) {
	m, ok := inLinkerd(e)
	if !ok {
		return
	}
	policy, at := policyOf(e.Reader, m)
	identified := strings.Split(m.Annotations.Get("config.linkerd.io/proxy-require-identity-inbound-ports"), ",")
	for _, p := range linkerdPorts(e.Reader, m, e.F.Key) {
		if p.server != nil {
			openServer(e, m, p)
			continue
		}
		number := strconv.Itoa(int(p.number))
		if !openPolicy(policy) || slices.Contains(identified, number) {
			continue
		}
		at := at
		at.Value = policy
		which := "its ports have"
		if p.number != 0 {
			which = "port " + number + " has"
		}
		e.Fail(at, which+" no Server, and the default policy is "+policy+": callers need no identity, whatever other policies say")
	}
}

// openServer: the authorizations of a Server decide, and where there are none, its accessPolicy.
func openServer(e *check.Eval, m *Member, p inbound) {
	s := p.server
	found := false
	for _, o := range authorizationsOf(e.Reader, m, s) {
		found = true
		if why := o.value.lets(e.Reader); why != "" {
			e.Fail(check.At{Object: o.Ref, Path: "spec"}, o.Kind+" "+o.Name+" lets everybody into port "+strconv.Itoa(int(p.number))+": "+why)
		}
	}
	if !found && openPolicy(s.value.access) {
		e.Fail(check.At{Object: s.Ref, Path: "spec.accessPolicy", Value: s.value.access},
			"Server "+s.Name+" lets callers without an identity into port "+strconv.Itoa(int(p.number)))
	}
}

// authorizations are those of a namespace, by what they are for.
type authorizations struct {
	all       []model.Object
	server    map[string][]object[*authorization] // by the name of the Server
	target    map[string][]object[*authorization] // by KIND/NAME of anything else
	selecting []object[*authorization]            // by labels of Servers
}

var authorizationsIn = snapshot.NewQuery("authorizations of Linkerd", func(r *snapshot.Reader, namespace string) *authorizations {
	a := &authorizations{server: map[string][]object[*authorization]{}, target: map[string][]object[*authorization]{}}
	a.all = slices.Concat(r.List(serverAuthKind, namespace), r.List(linkerdPolicyKind, namespace))
	for _, o := range read[*authorization](a.all) {
		switch t := o.value.target; {
		case o.value.server != "":
			a.server[o.value.server] = append(a.server[o.value.server], o)
		case o.value.selector != nil:
			a.selecting = append(a.selecting, o)
		default:
			a.target[t.kind+"/"+t.name] = append(a.target[t.kind+"/"+t.name], o)
		}
	}
	return a
}, func(a, b *authorizations) bool { return slices.Equal(a.all, b.all) })

// routesOf answers which routes have a Server as their parent.
var routesOf = service.NewLookup("routes of a Server", func(r *snapshot.Reader, namespace string, add func(string, model.Ref)) {
	for _, kind := range linkerdRoutes {
		for _, o := range r.List(kind, namespace) {
			if v, ok := snapshot.FactsOf[*serverRoute](o, reader); ok {
				for _, name := range v.servers {
					add(name, o.Head().Ref)
				}
			}
		}
	}
})

// authorizationsOf are those that are for the Server, for a route of it, or for the whole namespace.
func authorizationsOf(r *snapshot.Reader, m *Member, s *object[*server]) []object[*authorization] {
	in := authorizationsIn.Get(r, m.Namespace)
	all := slices.Concat(in.server[s.Name], in.target["Namespace/"+m.Namespace])
	for _, o := range in.selecting {
		if o.value.selector.Matches(s.head.Labels) {
			all = append(all, o)
		}
	}
	for _, ref := range routesOf.Get(r, m.Namespace, s.Name) {
		all = append(all, in.target[ref.Kind+"/"+ref.Name]...)
	}
	return all
}

// lets says why the authorization lets everybody in; empty when it does not. All that it requires must fit.
func (a *authorization) lets(r *snapshot.Reader) string {
	if a.open != "" || a.target.kind == "" {
		return a.open
	}
	if len(a.required) == 0 {
		return "it requires nothing"
	}
	why := ""
	for _, ref := range a.required {
		v, ok := snapshot.FactsOf[*authentication](r.Get(ref), reader)
		if !ok || v.open == "" {
			return "" // a ServiceAccount, or one that is not there: it narrows
		}
		why = v.open
	}
	return why
}

// linkerdAudit judges policies that only log.
func linkerdAudit(e *check.Eval, m *Member) {
	if _, ok := inLinkerd(e); !ok {
		return
	}
	policy, at := policyOf(e.Reader, m)
	for _, p := range linkerdPorts(e.Reader, m, e.F.Key) {
		switch {
		case p.server != nil && p.server.value.access == "audit":
			e.Fail(check.At{Object: p.server.Ref, Path: "spec.accessPolicy", Value: "audit"},
				"Server "+p.server.Name+" logs what it would refuse, and lets it in")
		case p.server == nil && policy == "audit":
			at.Value = policy
			e.Fail(at, "the default policy audit logs what it would refuse, and lets it in")
			return
		}
	}
}
