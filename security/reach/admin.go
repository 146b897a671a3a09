package reach

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fn9s/fn9s/security/snapshot"
)

// adminObject is what is read of the three kinds of cluster-wide policies; each uses some of the fields.
type adminObject struct {
	Spec struct {
		Tier     string      `json:"tier"`
		Priority int32       `json:"priority"`
		Subject  adminPeer   `json:"subject"`
		Ingress  []adminRule `json:"ingress"`
		Egress   []adminRule `json:"egress"`
	} `json:"spec"`
}

type adminRule struct {
	Action    string          `json:"action"`
	From      []adminPeer     `json:"from"`
	To        []adminPeer     `json:"to"`
	Ports     []adminPort     `json:"ports"`
	Protocols []adminProtocol `json:"protocols"`
}

type adminPeer struct {
	Namespaces *metav1.LabelSelector `json:"namespaces"`
	Pods       *struct {
		NamespaceSelector metav1.LabelSelector `json:"namespaceSelector"`
		PodSelector       metav1.LabelSelector `json:"podSelector"`
	} `json:"pods"`
	Nodes       *metav1.LabelSelector `json:"nodes"`
	Networks    []string              `json:"networks"`
	DomainNames []string              `json:"domainNames"`
}

// adminPort is a port of v1alpha1.
type adminPort struct {
	PortNumber *struct {
		Protocol string `json:"protocol"`
		Port     int32  `json:"port"`
	} `json:"portNumber"`
	PortRange *struct {
		Protocol string `json:"protocol"`
		Start    int32  `json:"start"`
		End      int32  `json:"end"`
	} `json:"portRange"`
	NamedPort string `json:"namedPort"`
}

// adminProtocol is an entry of protocols of v1alpha2.
type adminProtocol struct {
	TCP                  *adminTransport `json:"tcp"`
	UDP                  *adminTransport `json:"udp"`
	SCTP                 *adminTransport `json:"sctp"`
	DestinationNamedPort string          `json:"destinationNamedPort"`
}

type adminTransport struct {
	DestinationPort *struct {
		Number int32 `json:"number"`
		Range  *struct {
			Start int32 `json:"start"`
			End   int32 `json:"end"`
		} `json:"range"`
	} `json:"destinationPort"`
}

// adminDecoder makes a Decode function that reads the object and hands it on.
func adminDecoder(make func(*adminObject) *Policy) func(*snapshot.Raw) (any, error) {
	return func(raw *snapshot.Raw) (any, error) {
		var o adminObject
		if err := json.Unmarshal(raw.JSON, &o); err != nil {
			return nil, fmt.Errorf("read %s: %w", raw.Header.Ref, err)
		}
		p := make(&o)
		if p == nil {
			return nil, nil
		}
		p.Ref = raw.Header.Ref
		p.namespaces, p.pods = subject(&o.Spec.Subject)
		for i := range o.Spec.Ingress {
			p.Rules[Ingress] = append(p.Rules[Ingress], newAdminRule(&o.Spec.Ingress[i], o.Spec.Ingress[i].From, false))
		}
		for i := range o.Spec.Egress {
			p.Rules[Egress] = append(p.Rules[Egress], newAdminRule(&o.Spec.Egress[i], o.Spec.Egress[i].To, true))
		}
		return p, nil
	}
}

func adminNetworkPolicy(o *adminObject) *Policy {
	return &Policy{tier: adminTier, priority: o.Spec.Priority}
}

// lastPriority comes after those of all policies that have one.
const lastPriority = 1 << 30

func baselineAdminNetworkPolicy(*adminObject) *Policy {
	return &Policy{tier: baselineTier, priority: lastPriority}
}

func clusterNetworkPolicy(o *adminObject) *Policy {
	p := &Policy{tier: adminTier, priority: o.Spec.Priority}
	if o.Spec.Tier == "Baseline" {
		p.tier = baselineTier
	}
	return p
}

func subject(s *adminPeer) (inNamespaces, pods *selector) {
	switch {
	case s.Namespaces != nil:
		return newSelector(s.Namespaces), everything
	case s.Pods != nil:
		return newSelector(&s.Pods.NamespaceSelector), newSelector(&s.Pods.PodSelector)
	default: // the API refuses it
		return &selector{broken: true}, &selector{broken: true}
	}
}

// newAdminRule reads a rule. One with a peer or port of which nothing is known is of a newer version of the API: it
// fails closed, as the API asks.
func newAdminRule(o *adminRule, peers []adminPeer, egress bool) Rule {
	r := Rule{action: deny, allPorts: len(o.Ports)+len(o.Protocols) == 0}
	switch o.Action {
	case "Allow", "Accept":
		r.action = allow
	case "Pass":
		r.action = pass
	}
	strange := len(peers) == 0
	for i := range peers {
		q, ok := newAdminPeer(&peers[i], egress)
		strange = strange || !ok
		r.peers = append(r.peers, q)
	}
	for i := range o.Ports {
		p, ok := newAdminPort(&o.Ports[i])
		strange = strange || !ok
		r.ports = append(r.ports, p)
	}
	for i := range o.Protocols {
		p, ok := newAdminProtocol(&o.Protocols[i])
		strange = strange || !ok
		r.ports = append(r.ports, p)
	}
	if !strange {
		return r
	}
	if r.action == allow {
		return Rule{action: allow, allPorts: true, peers: []peer{{}}} // no peer: matches nothing
	}
	return Rule{action: deny, everyone: true, allPorts: true}
}

func newAdminPeer(o *adminPeer, egress bool) (peer, bool) {
	switch {
	case o.Namespaces != nil:
		return peer{namespaces: newSelector(o.Namespaces), pods: everything}, true
	case o.Pods != nil:
		return peer{namespaces: newSelector(&o.Pods.NamespaceSelector), pods: newSelector(&o.Pods.PodSelector)}, true
	case !egress:
		return peer{}, false
	case o.Nodes != nil:
		return peer{nodes: newSelector(o.Nodes)}, true
	case len(o.Networks) > 0:
		out := peer{exact: true}
		for _, cidr := range o.Networks {
			if b, ok := newBlock(cidr, nil); ok {
				out.blocks = append(out.blocks, b)
			}
		}
		return out, true
	case len(o.DomainNames) > 0:
		return peer{domains: true}, true
	default:
		return peer{}, false
	}
}

func newAdminPort(o *adminPort) (portRule, bool) {
	switch {
	case o.PortNumber != nil:
		protocol, ok := ParseProtocol(o.PortNumber.Protocol)
		return portRule{fixed: portRange(protocol, o.PortNumber.Port, o.PortNumber.Port)}, ok
	case o.PortRange != nil:
		protocol, ok := ParseProtocol(o.PortRange.Protocol)
		return portRule{fixed: portRange(protocol, o.PortRange.Start, o.PortRange.End)}, ok
	case o.NamedPort != "":
		return portRule{name: o.NamedPort, any: true}, true
	default:
		return portRule{}, false
	}
}

func newAdminProtocol(o *adminProtocol) (portRule, bool) {
	switch {
	case o.TCP != nil:
		return portRule{fixed: o.TCP.ports(TCP)}, true
	case o.UDP != nil:
		return portRule{fixed: o.UDP.ports(UDP)}, true
	case o.SCTP != nil:
		return portRule{fixed: o.SCTP.ports(SCTP)}, true
	case o.DestinationNamedPort != "":
		return portRule{name: o.DestinationNamedPort, any: true}, true
	default:
		return portRule{}, false
	}
}

func (t *adminTransport) ports(p Protocol) Ports {
	switch d := t.DestinationPort; {
	case d == nil:
		return Ports{wholeProtocol(p)}
	case d.Range != nil:
		return portRange(p, d.Range.Start, d.Range.End)
	default:
		return portRange(p, d.Number, d.Number)
	}
}
