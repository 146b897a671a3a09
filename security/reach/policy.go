package reach

import (
	"fmt"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// tier is the group of policies that one is judged in.
type tier uint8

const (
	adminTier tier = iota
	networkTier
	baselineTier
)

// Policy is one policy of any of the kinds, as far as it decides about flows. It must not be changed.
type Policy struct {
	Ref      model.Ref
	tier     tier
	priority int32
	// namespaces is nil for a NetworkPolicy, which selects in its own namespace.
	namespaces *selector
	pods       *selector
	// Isolates says in which directions a NetworkPolicy denies what it does not allow.
	Isolates [2]bool
	Rules    [2][]Rule
}

type action uint8

const (
	allow action = iota
	deny
	pass
)

// Rule is one rule of a policy.
type Rule struct {
	action action
	// everyone: the rule has no peers, and means all of them.
	everyone bool
	peers    []peer
	ports    []portRule
	allPorts bool
}

// peer is one entry of a rule's from or to.
type peer struct {
	// Pods are selected when pods is set; without namespaces in the policy's own namespace.
	namespaces, pods *selector
	blocks           []block
	// exact: the blocks are meant for pods too, by their addresses.
	exact bool
	nodes *selector
	// domains: the peer names hosts of which the addresses are not known.
	domains bool
}

// block is a range of addresses without some parts of it.
type block struct {
	netip.Prefix
	except []netip.Prefix
}

func (b *block) has(a netip.Addr) bool {
	if !b.Contains(a) {
		return false
	}
	for _, e := range b.except {
		if e.Contains(a) {
			return false
		}
	}
	return true
}

// portRule is one entry of a rule's ports: fixed ones, or a name that each destination pod resolves.
type portRule struct {
	fixed Ports
	name  string
	// any protocol of the named port counts; otherwise only that one.
	any      bool
	protocol Protocol
}

// of returns the ports that the rule speaks about, at this destination; names mean nothing without a pod.
func (r *Rule) of(destination []Port) Ports {
	if r.allPorts {
		return everyPort
	}
	var out Ports
	for i := range r.ports {
		q := &r.ports[i]
		if q.name == "" {
			out = out.or(q.fixed)
			continue
		}
		for _, p := range destination {
			if p.Name == q.name && (q.any || p.Protocol == q.protocol) {
				out = out.or(portRange(p.Protocol, p.Number, p.Number))
			}
		}
	}
	return out
}

// named reports whether what the rule means depends on the destination.
func (r *Rule) named() bool {
	return slices.ContainsFunc(r.ports, func(p portRule) bool { return p.name != "" })
}

func decodeNetworkPolicy(raw *snapshot.Raw) (any, error) {
	o, ok := raw.Typed.(*networkingv1.NetworkPolicy)
	if !ok {
		return nil, fmt.Errorf("read %s: unexpected type %T", raw.Header.Ref, raw.Typed)
	}
	p := networkPolicy(&o.Spec)
	p.Ref = raw.Header.Ref
	return p, nil
}

func networkPolicy(o *networkingv1.NetworkPolicySpec) *Policy {
	p := &Policy{tier: networkTier, pods: newSelector(&o.PodSelector)}
	types := o.PolicyTypes
	if len(types) == 0 {
		p.Isolates = [2]bool{Ingress: true, Egress: len(o.Egress) > 0}
	} else {
		p.Isolates = [2]bool{
			Ingress: slices.Contains(types, networkingv1.PolicyTypeIngress),
			Egress:  slices.Contains(types, networkingv1.PolicyTypeEgress),
		}
	}
	if p.Isolates[Ingress] {
		for i := range o.Ingress {
			p.Rules[Ingress] = append(p.Rules[Ingress], networkRule(o.Ingress[i].From, o.Ingress[i].Ports))
		}
	}
	if p.Isolates[Egress] {
		for i := range o.Egress {
			p.Rules[Egress] = append(p.Rules[Egress], networkRule(o.Egress[i].To, o.Egress[i].Ports))
		}
	}
	return p
}

func networkRule(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) Rule {
	r := Rule{everyone: len(peers) == 0, allPorts: len(ports) == 0}
	for i := range peers {
		q := &peers[i]
		switch {
		case q.IPBlock != nil:
			b, ok := newBlock(q.IPBlock.CIDR, q.IPBlock.Except)
			if !ok {
				r.peers = append(r.peers, peer{})
				continue
			}
			r.peers = append(r.peers, peer{blocks: []block{b}})
		case q.PodSelector != nil || q.NamespaceSelector != nil:
			one := peer{pods: newSelector(q.PodSelector)}
			if q.NamespaceSelector != nil {
				one.namespaces = newSelector(q.NamespaceSelector)
			}
			r.peers = append(r.peers, one)
		default: // the API refuses it; it selects nothing
			r.peers = append(r.peers, peer{})
		}
	}
	for i := range ports {
		r.ports = append(r.ports, networkPort(&ports[i]))
	}
	return r
}

// newBlock reads a block; one that the API would refuse is none.
func newBlock(cidr string, except []string) (block, bool) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return block{}, false
	}
	b := block{Prefix: p.Masked()}
	for _, e := range except {
		if q, err := netip.ParsePrefix(e); err == nil {
			b.except = append(b.except, q.Masked())
		}
	}
	return b, true
}

func networkPort(p *networkingv1.NetworkPolicyPort) portRule {
	word := ""
	if p.Protocol != nil {
		word = string(*p.Protocol)
	}
	protocol, ok := ParseProtocol(word)
	if !ok {
		return portRule{}
	}
	switch {
	case p.Port == nil:
		return portRule{fixed: Ports{wholeProtocol(protocol)}}
	case p.Port.Type == intstr.String:
		return portRule{name: p.Port.StrVal, protocol: protocol}
	case p.EndPort != nil:
		return portRule{fixed: portRange(protocol, p.Port.IntVal, *p.EndPort)}
	default:
		return portRule{fixed: portRange(protocol, p.Port.IntVal, p.Port.IntVal)}
	}
}

// selects says whether the policy applies to pods with these labels in the namespace.
func (p *Policy) selects(n *namespace, l model.Labels) answer {
	if !p.pods.matches(l) {
		return no
	}
	if p.namespaces == nil {
		if p.Ref.Namespace == n.name {
			return yes
		}
		return no
	}
	return p.namespaces.of(n)
}

// keys calls visit with every label key of pods that the policy looks at.
func (p *Policy) keys(visit func(string)) {
	each := func(s *selector) {
		for i := range s.all {
			visit(s.all[i].key)
		}
	}
	each(p.pods)
	for d := range p.Rules {
		for i := range p.Rules[d] {
			for _, q := range p.Rules[d][i].peers {
				if q.pods != nil {
					each(q.pods)
				}
			}
		}
	}
}

var everything = newSelector(&metav1.LabelSelector{})
