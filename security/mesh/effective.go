package mesh

import (
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/service"
	"github.com/fn9s/fn9s/security/snapshot"
)

// object is a policy with the object that it was read from.
type object[T any] struct {
	model.Ref
	value T
	head  *model.Header
}

func read[T any](all []model.Object) []object[T] {
	var found []object[T]
	for _, o := range all {
		if v, ok := snapshot.FactsOf[T](o, reader); ok {
			found = append(found, object[T]{o.Head().Ref, v, o.Head()})
		}
	}
	return found
}

// Istio is what the policies of Istio come to for a function, in the order of their objects.
type Istio struct {
	mode  mode
	from  model.Ref  // the PeerAuthentication that decides; none means Istio's own default
	ports []portMode // weaker than mode
	owner model.Ref  // the PeerAuthentication with the ports

	allow, deny, custom, silent []object[*policy] // silent are not enforced: dry-run, AUDIT
	tokens                      []object[*request]
	waypoint                    []object[*policy] // attached to the waypoint, or to the function's Services
	waypointTokens              []object[*request]
}

type portMode struct {
	port int32
	mode mode
}

var effective = snapshot.NewQuery("policies of Istio", func(r *snapshot.Reader, key model.FunctionKey) *Istio {
	m := Of.Get(r, key)
	i := &Istio{}
	i.peers(r, m)
	namespaces := []string{m.Namespace}
	if m.Root != m.Namespace {
		namespaces = append(namespaces, m.Root)
	}
	services := service.Of.Get(r, key)
	for _, namespace := range namespaces {
		for _, o := range read[*policy](r.List(policyKind, namespace)) {
			i.policy(o, m, services)
		}
		for _, o := range read[*request](r.List(requestKind, namespace)) {
			switch {
			case o.value.selects(namespace, m.Root, m.Namespace, m.Labels):
				i.tokens = append(i.tokens, o)
			case o.value.targetsWaypoint(namespace, m, services):
				i.waypointTokens = append(i.waypointTokens, o)
			}
		}
	}
	return i
}, func(a, b *Istio) bool {
	return a.mode == b.mode && a.from == b.from && a.owner == b.owner && slices.Equal(a.ports, b.ports) && slices.Equal(a.allow, b.allow) &&
		slices.Equal(a.deny, b.deny) && slices.Equal(a.custom, b.custom) && slices.Equal(a.silent, b.silent) &&
		slices.Equal(a.tokens, b.tokens) && slices.Equal(a.waypoint, b.waypoint) && slices.Equal(a.waypointTokens, b.waypointTokens)
})

// peers finds the mode as Istio does: mesh, namespace, workload; the oldest of each; what is unset inherits.
func (i *Istio) peers(r *snapshot.Reader, m *Member) {
	all := read[*peer](r.List(peerKind, m.Namespace))
	if m.Root != m.Namespace {
		all = append(all, read[*peer](r.List(peerKind, m.Root))...)
	}
	var mesh, namespace, pods *object[*peer]
	oldest := func(at **object[*peer], o *object[*peer]) {
		if *at == nil || o.head.Created.Before((*at).head.Created) {
			*at = o
		}
	}
	for n := range all {
		o := &all[n]
		switch {
		case len(o.value.selector) == 0 && o.Namespace == m.Root:
			oldest(&mesh, o)
		case len(o.value.selector) == 0:
			oldest(&namespace, o)
		case o.Namespace != m.Root && o.value.selects(o.Namespace, m.Root, m.Namespace, m.Labels):
			oldest(&pods, o)
		}
	}
	i.mode = permissive
	for _, o := range []*object[*peer]{mesh, namespace, pods} {
		if o != nil && o.value.mode != unset {
			i.mode, i.from = o.value.mode, o.Ref
		}
	}
	if m.Kind == Ambient && i.mode == disabled {
		i.mode = permissive
	}
	if pods == nil {
		return
	}
	for port, mode := range pods.value.ports {
		if mode != unset && weaker(mode, i.mode) {
			i.ports = append(i.ports, portMode{port, mode})
			i.owner = pods.Ref
		}
	}
	slices.SortFunc(i.ports, func(a, b portMode) int { return int(a.port) - int(b.port) })
}

// weaker reports whether mode a protects less than b.
func weaker(a, b mode) bool {
	rank := map[mode]int{disabled: 0, permissive: 1, strict: 2}
	return rank[a] < rank[b]
}

func (i *Istio) policy(o object[*policy], m *Member, services []*model.Service) {
	p := o.value
	if p.targetsWaypoint(o.Namespace, m, services) {
		i.waypoint = append(i.waypoint, o)
		return
	}
	if !p.selects(o.Namespace, m.Root, m.Namespace, m.Labels) {
		return
	}
	switch {
	case p.dryRun || p.action == "AUDIT":
		i.silent = append(i.silent, o)
	case p.action == "DENY":
		i.deny = append(i.deny, o)
	case p.action == "CUSTOM":
		i.custom = append(i.custom, o)
	default:
		i.allow = append(i.allow, o)
	}
}

// targetsWaypoint reports whether the policy is attached to the waypoint of the function or to one of its Services.
func (s *scope) targetsWaypoint(namespace string, m *Member, services []*model.Service) bool {
	for _, t := range s.targets {
		switch {
		case t.kind == "Gateway" && m.Waypoint != "" && t.name == m.Waypoint && namespace == m.Namespace:
			return true
		case t.kind == "GatewayClass" && namespace == m.Root && t.name == "istio-waypoint" && m.Waypoint != "":
			return true
		case t.kind == "Service" && namespace == m.Namespace && slices.ContainsFunc(services, func(o *model.Service) bool { return o.Name == t.name }):
			return true
		}
	}
	return false
}

const waypointLabel = "istio.io/use-waypoint"

// waypointOf is the waypoint that the pods, their Services or their namespace use.
func waypointOf(r *snapshot.Reader, m *Member) string {
	name := m.Labels.Get(waypointLabel)
	for _, s := range service.Selecting(r, m.Namespace, m.Labels) {
		if name == "" {
			name = s.Labels.Get(waypointLabel)
		}
	}
	if name == "" {
		name = namespaceOf(r, m.Namespace).Labels.Get(waypointLabel)
	}
	if name == "none" {
		return ""
	}
	return name
}

// narrow reports whether the rule is for some operations only.
func (r *rule) narrow() bool {
	for _, o := range r.operations {
		if len(o.Hosts)+len(o.NotHosts)+len(o.Ports)+len(o.NotPorts)+len(o.Methods)+len(o.NotMethods)+len(o.NotPaths) == 0 &&
			(len(o.Paths) == 0 || slices.ContainsFunc(o.Paths, everyPath)) {
			return false
		}
	}
	return len(r.operations) > 0
}

func everyPath(p string) bool { return p == "*" || p == "/*" || p == "/{**}" }

// claims reports whether the rule asks for something that only a token has.
func (r *rule) claims() bool {
	for _, c := range r.when {
		if strings.HasPrefix(c.Key, "request.auth.") && len(c.Values) > 0 {
			return true
		}
	}
	if len(r.sources) == 0 {
		return false
	}
	for i := range r.sources {
		if len(r.sources[i].RequestPrincipals) == 0 {
			return false
		}
	}
	return true
}

// scoped reports whether the rule asks for a scope or an audience.
func (r *rule) scoped() bool {
	for _, c := range r.when {
		if len(c.Values) == 0 {
			continue
		}
		switch c.Key {
		case "request.auth.claims[scp]", "request.auth.claims[scope]", "request.auth.claims[scopes]", "request.auth.claims[aud]",
			"request.auth.audiences":
			return true
		}
		if strings.HasPrefix(c.Key, "request.auth.claims[") && c.Key != "request.auth.claims[iss]" {
			return true
		}
	}
	return false
}

// everybody says why the rule lets in anybody, whatever the operation; empty when it does not.
func (r *rule) everybody() string {
	if len(r.when) > 0 {
		return ""
	}
	if len(r.sources) == 0 {
		return "a rule has no from"
	}
	for i := range r.sources {
		s := &r.sources[i]
		others := len(s.NotNamespaces) + len(s.IPBlocks) + len(s.NotIPBlocks) + len(s.RemoteIPBlocks) + len(s.NotRemoteIPBlocks) +
			len(s.RequestPrincipals) + len(s.NotRequestPrincipals) + len(s.ServiceAccounts) + len(s.NotServiceAccounts)
		if others > 0 {
			continue
		}
		switch {
		case len(s.Principals)+len(s.Namespaces)+len(s.NotPrincipals) == 0:
			return "a source has no condition"
		case len(s.Principals)+len(s.Namespaces) == 0:
			return "its only condition is notPrincipals, which unmeshed callers meet, too"
		case len(s.Namespaces)+len(s.NotPrincipals) == 0 && slices.Contains(s.Principals, "*"):
			return `principals is ["*"]`
		case len(s.Principals)+len(s.NotPrincipals) == 0 && slices.Contains(s.Namespaces, "*"):
			return `namespaces is ["*"]`
		}
	}
	return ""
}

// tokenless reports whether the set of policies lets requests without a token in, when a RequestAuthentication applies.
func (i *Istio) tokenless() bool {
	for _, o := range i.deny {
		for n := range o.value.rules {
			r := &o.value.rules[n]
			if !r.narrow() && len(r.when) == 0 && slices.ContainsFunc(r.sources, func(s source) bool { return slices.Contains(s.NotRequestPrincipals, "*") }) {
				return false
			}
		}
	}
	asks, rules := false, 0
	for _, o := range i.allow {
		rules += len(o.value.rules)
		for n := range o.value.rules {
			r := &o.value.rules[n]
			if r.claims() {
				asks = true
			} else if r.everybody() != "" && !r.narrow() {
				return true
			}
		}
	}
	if len(i.allow) > 0 && rules == 0 {
		return false // nothing is let in at all
	}
	return !asks && len(i.custom) == 0
}

// Tokens is what tokens the mesh asks of callers.
type Tokens uint8

// The demands.
const (
	NoTokens Tokens = iota
	AnyToken        // of the issuer, for whatever it was made
	ScopedToken
)

// Login answers which tokens the mesh asks for at the function's own pods, and by which object.
func Login(r *snapshot.Reader, key model.FunctionKey) (Tokens, model.Ref) {
	m := Of.Get(r, key)
	if m.Kind != Sidecar {
		return NoTokens, model.Ref{}
	}
	i := effective.Get(r, key)
	if len(i.tokens) == 0 || i.tokenless() {
		return NoTokens, model.Ref{}
	}
	for _, o := range i.tokens {
		if o.value.audiences {
			return ScopedToken, o.Ref
		}
	}
	for _, o := range i.allow {
		for n := range o.value.rules {
			if r := &o.value.rules[n]; r.claims() && !r.scoped() {
				return AnyToken, i.tokens[0].Ref
			}
		}
	}
	if len(i.allow) == 0 {
		return AnyToken, i.tokens[0].Ref
	}
	return ScopedToken, i.tokens[0].Ref
}

// GuardsGateway reports whether policies of Istio ask callers of a Gateway of the Gateway API for a login.
func GuardsGateway(r *snapshot.Reader, gateway model.Ref) (by string, ok bool) {
	return guards(r, []string{gateway.Namespace}, func(s *scope, _ string) bool {
		return slices.Contains(s.targets, target{gateway.Group, gateway.Kind, gateway.Name})
	})
}

// GuardsSelector reports whether policies of Istio ask callers of a gateway's pods for a login. The pods are those that
// an Istio Gateway selects.
func GuardsSelector(r *snapshot.Reader, namespace string, selector model.Labels) (by string, ok bool) {
	root := Root(r)
	return guards(r, []string{namespace, root}, func(s *scope, at string) bool {
		return len(s.selector) > 0 && s.selects(at, root, at, selector)
	})
}

func guards(r *snapshot.Reader, namespaces []string, attached func(*scope, string) bool) (string, bool) {
	slices.Sort(namespaces)
	for _, namespace := range slices.Compact(namespaces) {
		for _, o := range read[*policy](r.List(policyKind, namespace)) {
			p := o.value
			if p.dryRun || p.action == "AUDIT" || !attached(&p.scope, namespace) {
				continue
			}
			if p.action == "CUSTOM" {
				return "AuthorizationPolicy " + namespace + "/" + o.Name, true
			}
			for n := range p.rules {
				rule := &p.rules[n]
				denies := p.action == "DENY" && slices.ContainsFunc(rule.sources, func(s source) bool { return len(s.NotRequestPrincipals) > 0 })
				if denies || p.action == "ALLOW" && rule.claims() {
					return "AuthorizationPolicy " + namespace + "/" + o.Name, true
				}
			}
		}
	}
	return "", false
}
