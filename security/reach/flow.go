package reach

import (
	"net/netip"
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// viewOf makes the view that the rules of a side have of an end. destination are the ports by which names are resolved.
func (t *side) viewOf(e *end, destination []Port) view {
	return view{
		matches: func(i int) answer { return e.matches(t.entries[i].policy, t.entries[i].rule) },
		ports:   func(i int) Ports { return t.entries[i].rule.of(destination) },
	}
}

func endOf(r *snapshot.Reader, p *Pod) *end {
	return &end{pod: p, ns: namespaceOf.Get(r, p.Namespace)}
}

// decision is what one side says about one port.
type decision struct {
	outcome
	side *side
	view view
	end  *end
}

func decide(t *side, e *end, destination []Port, port Ports) decision {
	v := t.viewOf(e, destination)
	return decision{t.judge(port, v), t, v, e}
}

// Flow says whether the source can talk to the port of the destination.
func Flow(r *snapshot.Reader, source, destination Pod, port int32, protocol Protocol) Verdict {
	one := portRange(protocol, port, port)
	from, to := sidesOf.Get(r, source.class()), sidesOf.Get(r, destination.class())
	out := decide(&from[Egress], endOf(r, &destination), destination.Ports, one)
	in := decide(&to[Ingress], endOf(r, &source), destination.Ports, one)
	return combine(one, out, in)
}

// ToAddress says whether the source can talk to a port of an address that is no pod's.
func ToAddress(r *snapshot.Reader, source Pod, address netip.Addr, port int32, protocol Protocol) Verdict {
	one := portRange(protocol, port, port)
	t := &sidesOf.Get(r, source.class())[Egress]
	e := &end{address: address.Unmap(), onNode: func(s *selector) answer { return nodeAt(r, address, s) }}
	return combine(one, decide(t, e, nil, one))
}

// FromAddress says whether an address that is no pod's can talk to the port of the destination.
func FromAddress(r *snapshot.Reader, address netip.Addr, destination Pod, port int32, protocol Protocol) Verdict {
	one := portRange(protocol, port, port)
	t := &sidesOf.Get(r, destination.class())[Ingress]
	return combine(one, decide(t, &end{address: address.Unmap()}, destination.Ports, one))
}

// FromAnywhere says whether an address that no rule names can talk to the port of the destination.
func FromAnywhere(r *snapshot.Reader, destination Pod, port int32, protocol Protocol) Verdict {
	one := portRange(protocol, port, port)
	t := &sidesOf.Get(r, destination.class())[Ingress]
	return combine(one, decide(t, &end{anyone: true}, destination.Ports, one))
}

// combine is the verdict that all sides together give on a port.
func combine(port Ports, all ...decision) Verdict {
	v := Verdict{Result: Allowed}
	for i := range all {
		d := &all[i]
		if !d.side.free && (len(d.side.missing) > 0 || len(d.side.foreign) > 0) {
			v.Missing = append(v.Missing, d.side.missing...)
			for _, f := range d.side.foreign {
				v.By = append(v.By, f.ref)
			}
			v.Result = Unknown
			continue
		}
		if len(d.allowed) == 0 { // for sure, whatever the others say
			return Verdict{Result: Denied, By: d.side.deciders(port, d.view, false)}
		}
		v.By = append(v.By, d.side.deciders(port, d.view, true)...)
		switch {
		case len(d.denied) == 0 || v.Result == Unknown:
		case d.ambiguous:
			v.Result = Unknown
		case d.end.ns != nil && !d.end.ns.known:
			v.Result, v.Missing = Unknown, append(v.Missing, d.end.ns.why...)
		default:
			v.Result = Maybe
		}
	}
	v.By = unique(v.By)
	return v
}

// Isolation says what happens to flows of a pod that no rule has in mind. The answer must not be changed.
func Isolation(r *snapshot.Reader, p Pod) *Isolated { return isolationOf.Get(r, p.class()) }

var isolationOf = snapshot.NewQuery("isolation of pods", func(r *snapshot.Reader, c class) *Isolated {
	s := sidesOf.Get(r, c)
	return &Isolated{
		Ingress: s[Ingress].byDefault([]*end{{anyone: true, pod: &Pod{}, ns: &namespace{known: true}}}),
		Egress:  s[Egress].byDefault([]*end{{anyone: true, pod: &Pod{}, ns: &namespace{known: true}}, {anyone: true}}),
	}
}, func(a, b *Isolated) bool { return a.Ingress.same(&b.Ingress) && a.Egress.same(&b.Egress) }).Passing()

func (d *Default) same(o *Default) bool {
	return d.State == o.State && d.Reason == o.Reason && slices.Equal(d.By, o.By) && slices.Equal(d.Missing, o.Missing) &&
		slices.Equal(d.Policies, o.Policies)
}

func (t *side) byDefault(ends []*end) Default {
	d := Default{Policies: t.isolated}
	if t.free {
		return d
	}
	d.Missing = t.missing
	if t.firstOf(networkTier) == 0 { // no other tier has a say
		for _, p := range t.isolated {
			d.State, d.By = Closed, append(d.By, p.Ref)
		}
		t.doubt(&d)
		return d
	}
	blocked := 0
	for _, e := range ends {
		v := t.viewOf(e, nil)
		bare := side{entries: t.entries, isolated: t.isolated}
		// What network policies allow by their rules is no default.
		v.matches = func(i int) answer {
			if bare.entries[i].policy.tier == networkTier {
				return no
			}
			return e.matches(bare.entries[i].policy, bare.entries[i].rule)
		}
		o := bare.judge(everyPort, v)
		switch {
		case o.sure().broad():
			d.State = Open
			d.By = append(d.By, bare.deciders(o.sure(), v, true)...)
		case o.allowed.broad():
			d.State, d.Reason = Undecided, "cluster-wide policies of one priority disagree"
		default:
			blocked++
			d.By = append(d.By, bare.deciders(o.denied, v, false)...)
		}
	}
	d.By = unique(d.By)
	if blocked == len(ends) {
		d.State = Closed
	}
	t.doubt(&d)
	return d
}

// doubt takes into account what is not known. Policies that could not be read can only isolate a pod more, but for
// those of the admin tier, and foreign ones that do not just add.
func (t *side) doubt(d *Default) {
	var by []model.Ref
	for _, f := range t.foreign {
		if !f.adds || len(t.isolated) == 0 {
			by = append(by, f.ref)
		}
	}
	if len(by) > 0 {
		d.State, d.By, d.Reason = Undecided, unique(by), "a policy that only one network understands selects the pod"
	}
	if len(d.Missing) > 0 {
		d.State = Undecided
	}
}

// nodeAt says whether the address is one of a node that the selector selects.
func nodeAt(r *snapshot.Reader, a netip.Addr, s *selector) answer {
	if _, hidden := r.Hidden(nodes, ""); hidden {
		return maybe
	}
	for _, n := range Nodes.Get(r, nothing{}) {
		if slices.Contains(n.Addresses, a) {
			if s.matches(n.Labels) {
				return yes
			}
			return no
		}
	}
	return no
}

// Node is what policies and controls know of a node.
type Node struct {
	Name      string
	Labels    model.Labels
	Addresses []netip.Addr
	Provider  string // the cloud's id of the node
}

// Nodes lists the nodes.
var Nodes = snapshot.NewQuery("nodes", func(r *snapshot.Reader, _ nothing) []Node {
	var out []Node
	for _, o := range r.List(nodes, "") {
		f, ok := snapshot.FactsOf[*nodeFacts](o, reader)
		if !ok {
			continue
		}
		n := Node{Name: o.Head().Name, Labels: o.Head().Labels, Provider: f.provider}
		for _, text := range f.addresses {
			if a, err := netip.ParseAddr(text); err == nil {
				n.Addresses = append(n.Addresses, a)
			}
		}
		out = append(out, n)
	}
	return out
}, nil)

// AllNodes lists the nodes, and what is missing to see them all.
func AllNodes(r *snapshot.Reader) ([]Node, *snapshot.Missing) {
	if m, hidden := r.Hidden(nodes, ""); hidden {
		missing := m
		return nil, &missing
	}
	return Nodes.Get(r, nothing{}), nil
}
