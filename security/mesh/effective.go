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
	services := service.Of.Get(r, key)
	for _, namespace := range namespaces(m) {
		in := policiesIn.Get(r, namespace)
		for _, o := range in.policies.For(m.Labels) {
			i.policy(o)
		}
		i.tokens = append(i.tokens, in.requests.For(m.Labels)...)
		for _, t := range m.targets(namespace, services) {
			i.waypoint = append(i.waypoint, in.targeted[t]...)
			i.waypointTokens = append(i.waypointTokens, in.tokens[t]...)
		}
	}
	return i
}, func(a, b *Istio) bool {
	return a.mode == b.mode && a.from == b.from && a.owner == b.owner && slices.Equal(a.ports, b.ports) && slices.Equal(a.allow, b.allow) &&
		slices.Equal(a.deny, b.deny) && slices.Equal(a.custom, b.custom) && slices.Equal(a.silent, b.silent) &&
		slices.Equal(a.tokens, b.tokens) && slices.Equal(a.waypoint, b.waypoint) && slices.Equal(a.waypointTokens, b.waypointTokens)
}).Passing()

// declared are the policies of Istio in a namespace, by what they apply to.
type declared struct {
	all      []model.Object // what they were read from
	peers    *service.Index[object[*peer]]
	policies *service.Index[object[*policy]]
	requests *service.Index[object[*request]]
	targeted map[target][]object[*policy]
	tokens   map[target][]object[*request]
}

var policiesIn = snapshot.NewQuery("policies of Istio in a namespace", func(r *snapshot.Reader, namespace string) *declared {
	peers, policies, requests := r.List(peerKind, namespace), r.List(policyKind, namespace), r.List(requestKind, namespace)
	d := &declared{
		all:   slices.Concat(peers, policies, requests),
		peers: service.NewIndex(read[*peer](peers), func(o object[*peer]) model.Labels { return o.value.selector }),
	}
	var byPods []object[*policy]
	byPods, d.targeted = split(read[*policy](policies), func(o object[*policy]) []target { return o.value.targets })
	d.policies = service.NewIndex(byPods, func(o object[*policy]) model.Labels { return o.value.selector })
	var tokens []object[*request]
	tokens, d.tokens = split(read[*request](requests), func(o object[*request]) []target { return o.value.targets })
	d.requests = service.NewIndex(tokens, func(o object[*request]) model.Labels { return o.value.selector })
	return d
}, func(a, b *declared) bool { return slices.Equal(a.all, b.all) })

// split tells what applies to pods from what is attached to gateways, waypoints and Services.
func split[T any](all []T, targets func(T) []target) (pods []T, attached map[target][]T) {
	attached = map[target][]T{}
	for _, o := range all {
		for _, t := range targets(o) {
			attached[t] = append(attached[t], o)
		}
		if len(targets(o)) == 0 {
			pods = append(pods, o)
		}
	}
	return pods, attached
}

// peers finds the mode as Istio does: mesh, namespace, workload; the oldest of each; what is unset inherits.
func (i *Istio) peers(r *snapshot.Reader, m *Member) {
	var all []object[*peer]
	for _, namespace := range namespaces(m) {
		all = append(all, policiesIn.Get(r, namespace).peers.For(m.Labels)...)
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
		case o.Namespace != m.Root:
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

func (i *Istio) policy(o object[*policy]) {
	switch p := o.value; {
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

// targets are what policies of the namespace are attached to when they are for the function's waypoint or Services.
func (m *Member) targets(namespace string, services []*model.Service) []target {
	var all []target
	switch {
	case m.Waypoint == "":
	case namespace == m.Namespace:
		all = append(all, target{gatewayGroup, "Gateway", m.Waypoint})
	case namespace == m.Root:
		all = append(all, target{gatewayGroup, "GatewayClass", "istio-waypoint"})
	}
	if namespace == m.Namespace {
		for _, s := range services {
			all = append(all, target{"", "Service", s.Name}, target{"core", "Service", s.Name})
		}
	}
	return all
}

const gatewayGroup = "gateway.networking.k8s.io"

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

// Unscoped is a rule of an object of Istio that takes every token of an issuer.
type Unscoped struct {
	model.Ref
	Rule  int
	Plain bool // the rule has no conditions
}

// AnyTokenRules are the rules because of which Login answers AnyToken: of RequestAuthentications those that name no audience,
// and of AuthorizationPolicies those that ask for no scope.
func AnyTokenRules(r *snapshot.Reader, key model.FunctionKey) (audiences, scopes []Unscoped) {
	i := effective.Get(r, key)
	for _, o := range i.tokens {
		for _, n := range o.value.open {
			audiences = append(audiences, Unscoped{Ref: o.Ref, Rule: n})
		}
	}
	for _, o := range i.allow {
		for n := range o.value.rules {
			if rule := &o.value.rules[n]; rule.claims() && !rule.scoped() {
				scopes = append(scopes, Unscoped{o.Ref, n, len(rule.when) == 0})
			}
		}
	}
	return audiences, scopes
}

// GuardsGateway reports whether policies of Istio ask callers of a Gateway of the Gateway API for a login.
func GuardsGateway(r *snapshot.Reader, gateway model.Ref) (by string, ok bool) {
	by = gatewayGuard.Get(r, gateway)
	return by, by != ""
}

var gatewayGuard = snapshot.NewQuery("login at a Gateway", func(r *snapshot.Reader, gateway model.Ref) string {
	return guard(policiesIn.Get(r, gateway.Namespace).targeted[target{gateway.Group, gateway.Kind, gateway.Name}])
}, func(a, b string) bool { return a == b })

// GuardsSelector reports whether policies of Istio ask callers of a gateway's pods for a login. The pods are those that
// an Istio Gateway selects.
func GuardsSelector(r *snapshot.Reader, namespace string, selector model.Labels) (by string, ok bool) {
	for _, at := range []string{namespace, Root(r)} {
		for _, o := range policiesIn.Get(r, at).policies.For(selector) {
			if by = guard([]object[*policy]{o}); by != "" && len(o.value.selector) > 0 {
				return by, true
			}
		}
	}
	return "", false
}

// guard names the first of the policies that asks for a login.
func guard(all []object[*policy]) string {
	for _, o := range all {
		p := o.value
		if p.dryRun || p.action == "AUDIT" {
			continue
		}
		asks := p.action == "CUSTOM"
		for n := range p.rules {
			rule := &p.rules[n]
			denies := p.action == "DENY" && slices.ContainsFunc(rule.sources, func(s source) bool { return len(s.NotRequestPrincipals) > 0 })
			asks = asks || denies || p.action == "ALLOW" && rule.claims()
		}
		if asks {
			return "AuthorizationPolicy " + o.Namespace + "/" + o.Name
		}
	}
	return ""
}
