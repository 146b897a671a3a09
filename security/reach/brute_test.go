package reach_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// This is a second reading of the definitions, without sets and indexes: one flow at a time, in the words of the API's
// documentation. What they leave open is tried both ways.

type bruteWorld struct {
	namespaces map[string]map[string]string
	pods       []*brutePod
	policies   []*networkingv1.NetworkPolicy
	admins     []*bruteAdmin
}

type brutePod struct {
	namespace, name string
	labels          map[string]string
	host            bool
	ports           []brutePort
}

type brutePort struct {
	name     string
	number   int32
	protocol string
}

// bruteAdmin is a policy of one of the three admin kinds.
type bruteAdmin struct {
	kind, name      string
	baseline        bool
	priority        int
	namespaces      *metav1.LabelSelector
	pods            *metav1.LabelSelector // nil: the subject is namespaces
	ingress, egress []bruteRule
}

type bruteRule struct {
	action string // allow, deny, pass
	peers  []brutePeer
	ports  []bruteAdminPort
}

type brutePeer struct {
	namespaces, pods *metav1.LabelSelector
	networks         []string
	strange          bool
}

type bruteAdminPort struct {
	protocol   string // empty with a name
	low, high  int32
	name       string
	everything bool // of the protocol
}

// bruteEnd is a pod, or else an address.
type bruteEnd struct {
	pod     *brutePod
	address netip.Addr
}

// coin answers what the definitions leave open: one way or the other.
type coin struct {
	bits  uint64
	asked int
}

func (c *coin) flip() bool {
	c.asked++
	return c.bits>>(c.asked-1)&1 == 1
}

// outcomes returns what may become of a flow: whether it may be allowed, and whether it may be denied.
func (w *bruteWorld) outcomes(source, destination bruteEnd, protocol string, port int32) (allowed, denied bool) {
	most := 0
	for bits := uint64(0); ; bits++ {
		c := &coin{bits: bits}
		out := w.egress(c, source, destination, protocol, port)
		in := w.ingress(c, source, destination, protocol, port)
		if out && in {
			allowed = true
		} else {
			denied = true
		}
		if most = max(most, c.asked); bits+1 >= 1<<most || allowed && denied {
			return allowed, denied
		}
	}
}

func (w *bruteWorld) egress(c *coin, source, destination bruteEnd, protocol string, port int32) bool {
	if source.pod == nil || source.pod.host {
		return true
	}
	return w.side(c, "Egress", source.pod, destination, destination.pod, protocol, port)
}

func (w *bruteWorld) ingress(c *coin, source, destination bruteEnd, protocol string, port int32) bool {
	if destination.pod == nil || destination.pod.host {
		return true
	}
	return w.side(c, "Ingress", destination.pod, source, destination.pod, protocol, port)
}

// side: admin policies first, then network policies if any selects the pod, else baseline policies, else allowed.
func (w *bruteWorld) side(c *coin, direction string, pod *brutePod, other bruteEnd, destination *brutePod, protocol string, port int32) bool {
	switch w.tier(c, false, direction, pod, other, destination, protocol, port) {
	case "allow":
		return true
	case "deny":
		return false
	}
	isolated := false
	for _, p := range w.policies {
		if p.Namespace != pod.namespace || !bruteSelects(&p.Spec.PodSelector, pod.labels) || !bruteCovers(p, direction) {
			continue
		}
		isolated = true
		if w.policyAllows(c, p, direction, other, destination, protocol, port) {
			return true
		}
	}
	if isolated {
		return false
	}
	return w.tier(c, true, direction, pod, other, destination, protocol, port) != "deny"
}

func bruteSelects(s *metav1.LabelSelector, l map[string]string) bool {
	if s == nil {
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(l))
}

func bruteCovers(p *networkingv1.NetworkPolicy, direction string) bool {
	if len(p.Spec.PolicyTypes) == 0 {
		return direction == "Ingress" || len(p.Spec.Egress) > 0
	}
	return slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyType(direction))
}

func (w *bruteWorld) policyAllows(c *coin, p *networkingv1.NetworkPolicy, direction string, other bruteEnd, destination *brutePod, protocol string, port int32) bool {
	type rule struct {
		peers []networkingv1.NetworkPolicyPeer
		ports []networkingv1.NetworkPolicyPort
	}
	var rules []rule
	if direction == "Ingress" {
		for _, r := range p.Spec.Ingress {
			rules = append(rules, rule{r.From, r.Ports})
		}
	} else {
		for _, r := range p.Spec.Egress {
			rules = append(rules, rule{r.To, r.Ports})
		}
	}
	for _, r := range rules {
		if brutePorts(r.ports, destination, protocol, port) && w.brutePeers(c, p.Namespace, r.peers, other) {
			return true
		}
	}
	return false
}

func brutePorts(ports []networkingv1.NetworkPolicyPort, destination *brutePod, protocol string, port int32) bool {
	if len(ports) == 0 {
		return true
	}
	for _, p := range ports {
		want := "TCP"
		if p.Protocol != nil {
			want = string(*p.Protocol)
		}
		if want != protocol {
			continue
		}
		switch {
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.String:
			if destination == nil {
				continue
			}
			for _, have := range destination.ports {
				if have.name == p.Port.StrVal && have.protocol == protocol && have.number == port {
					return true
				}
			}
		case p.EndPort != nil:
			if p.Port.IntVal <= port && port <= *p.EndPort {
				return true
			}
		case p.Port.IntVal == port:
			return true
		}
	}
	return false
}

func (w *bruteWorld) brutePeers(c *coin, namespace string, peers []networkingv1.NetworkPolicyPeer, other bruteEnd) bool {
	if len(peers) == 0 {
		return true
	}
	for _, q := range peers {
		switch {
		case q.IPBlock != nil && other.pod != nil:
			if c.flip() {
				return true
			}
		case q.IPBlock != nil:
			if bruteInBlock(q.IPBlock.CIDR, q.IPBlock.Except, other.address) {
				return true
			}
		case other.pod == nil || other.pod.host:
		case q.NamespaceSelector != nil:
			if bruteSelects(q.NamespaceSelector, w.namespaces[other.pod.namespace]) && bruteSelects(q.PodSelector, other.pod.labels) {
				return true
			}
		case other.pod.namespace == namespace && bruteSelects(q.PodSelector, other.pod.labels):
			return true
		}
	}
	return false
}

func bruteInBlock(cidr string, except []string, a netip.Addr) bool {
	if !netip.MustParsePrefix(cidr).Contains(a) {
		return false
	}
	for _, e := range except {
		if netip.MustParsePrefix(e).Contains(a) {
			return false
		}
	}
	return true
}

// tier returns the action of the first rule that matches, in the order of priorities; of policies of one priority
// any may come first. Nothing and pass are the empty text.
func (w *bruteWorld) tier(c *coin, baseline bool, direction string, pod *brutePod, other bruteEnd, destination *brutePod, protocol string, port int32) string {
	var mine []*bruteAdmin
	for _, a := range w.admins {
		if a.baseline == baseline && bruteSelects(a.namespaces, w.namespaces[pod.namespace]) && bruteSelects(a.pods, pod.labels) {
			mine = append(mine, a)
		}
	}
	slices.SortStableFunc(mine, func(a, b *bruteAdmin) int { return a.priority - b.priority })
	for i := 0; i < len(mine); {
		j := i
		var first []string // what each policy of this priority that matches would do
		for ; j < len(mine) && mine[j].priority == mine[i].priority; j++ {
			if act := w.adminRule(c, mine[j], direction, other, destination, protocol, port); act != "" {
				first = append(first, act)
			}
		}
		i = j
		if len(first) == 0 {
			continue
		}
		chosen := first[0]
		for _, act := range first[1:] {
			if c.flip() {
				chosen = act
			}
		}
		if chosen == "pass" {
			return ""
		}
		return chosen
	}
	return ""
}

// adminRule returns the action of the policy's first rule that matches.
func (w *bruteWorld) adminRule(c *coin, a *bruteAdmin, direction string, other bruteEnd, destination *brutePod, protocol string, port int32) string {
	rules := a.ingress
	if direction == "Egress" {
		rules = a.egress
	}
	for _, r := range rules {
		if slices.ContainsFunc(r.peers, func(q brutePeer) bool { return q.strange }) {
			if r.action == "allow" {
				continue
			}
			return "deny"
		}
		if bruteAdminPorts(r.ports, destination, protocol, port) && w.adminPeers(c, r.peers, other) {
			return r.action
		}
	}
	return ""
}

func bruteAdminPorts(ports []bruteAdminPort, destination *brutePod, protocol string, port int32) bool {
	if len(ports) == 0 {
		return true
	}
	for _, p := range ports {
		switch {
		case p.name != "":
			if destination == nil {
				continue
			}
			for _, have := range destination.ports {
				if have.name == p.name && have.protocol == protocol && have.number == port {
					return true
				}
			}
		case p.protocol == protocol && (p.everything || p.low <= port && port <= p.high):
			return true
		}
	}
	return false
}

func (w *bruteWorld) adminPeers(c *coin, peers []brutePeer, other bruteEnd) bool {
	for _, q := range peers {
		switch {
		case len(q.networks) > 0 && other.pod == nil:
			for _, n := range q.networks {
				if netip.MustParsePrefix(n).Contains(other.address) {
					return true
				}
			}
		case len(q.networks) > 0:
			if slices.Contains(q.networks, "0.0.0.0/0") || c.flip() {
				return true
			}
		case other.pod == nil || other.pod.host:
		case bruteSelects(q.namespaces, w.namespaces[other.pod.namespace]) && bruteSelects(q.pods, other.pod.labels):
			return true
		}
	}
	return false
}

// pick returns one of the values.
func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }
