package reach

import (
	"slices"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// Width says how much a rule of a network policy lets through.
type Width uint8

// The widths. EveryPod: all pods of all namespaces. Anywhere: all addresses.
const (
	Narrow Width = iota
	EveryPod
	Anywhere
)

// Width says how much the rule lets through, whatever its ports.
func (r *Rule) Width() Width {
	if r.everyone {
		return Anywhere
	}
	w := Narrow
	for i := range r.peers {
		q := &r.peers[i]
		switch {
		case len(q.blocks) > 0 && whole(q.blocks):
			return Anywhere
		case q.pods != nil && q.namespaces != nil && q.namespaces.everything() && q.pods.everything():
			w = EveryPod
		}
	}
	return w
}

// Ports returns the ports that the rule lets through at a pod with these ports.
func (r *Rule) Ports(destination []Port) Ports { return r.of(destination) }

// Stopped reports whether the policies of the whole cluster take back what rules of network policies let through: no
// pod, or no address, that nobody has in mind reaches the pod, or is reached by it.
func Stopped(r *snapshot.Reader, p Pod, d Direction, w Width) bool {
	t := &sidesOf.Get(r, p.class())[d]
	e := &end{anyone: true}
	if w == EveryPod {
		e.pod, e.ns = &Pod{}, &namespace{known: true}
	}
	var destination []Port
	if d == Ingress {
		destination = p.Ports
	}
	o := t.judge(everyPort, t.viewOf(e, destination))
	return len(o.allowed) == 0
}

// Into says which of the ports of the destination the source can talk to, as far as the destination's policies decide.
func Into(r *snapshot.Reader, source, destination Pod) Ports {
	t := &sidesOf.Get(r, destination.class())[Ingress]
	o := t.judge(everyPort, t.viewOf(endOf(r, &source), destination.Ports))
	return o.sure()
}

// Blind reports whether foreign policies or missing rights leave one direction of a pod open.
func Blind(r *snapshot.Reader, p Pod, d Direction) bool {
	t := &sidesOf.Get(r, p.class())[d]
	return !t.free && len(t.foreign)+len(t.missing) > 0
}

// Peer names one peer of a policy.
type Peer struct {
	Policy      model.Ref
	Direction   Direction
	Rule, Index int
}

// Pods reports whether the peer means pods.
func (q Peer) Pods(r *snapshot.Reader) bool {
	p := q.find(r)
	return p != nil && p.pods != nil
}

func (q Peer) find(r *snapshot.Reader) *peer {
	p, ok := snapshot.FactsOf[*Policy](r.Get(q.Policy), reader)
	if !ok || q.Rule >= len(p.Rules[q.Direction]) || q.Index >= len(p.Rules[q.Direction][q.Rule].peers) {
		return nil
	}
	return &p.Rules[q.Direction][q.Rule].peers[q.Index]
}

// Peers lists the peers of the rules that let something into a pod, or out of it.
func Peers(r *snapshot.Reader, p Pod, d Direction) []Peer {
	t := &sidesOf.Get(r, p.class())[d]
	var out []Peer
	for i := range t.entries {
		e := &t.entries[i]
		if e.rule.action != allow {
			continue
		}
		at := slices.IndexFunc(e.policy.Rules[d], func(x Rule) bool { return samePeers(&x, e.rule) })
		for j := range e.rule.peers {
			out = append(out, Peer{e.policy.Ref, d, at, j})
		}
	}
	return out
}

func samePeers(a, b *Rule) bool {
	return len(a.peers) == len(b.peers) && len(a.peers) > 0 && &a.peers[0] == &b.peers[0]
}

// manyChosen bounds how many owners Chosen lists: those that are asked for look for one of them.
const manyChosen = 200

// Choice are the pods that a peer selects.
type Choice struct {
	Pods []Owned
	// Spaces are the namespaces that it selects, Known whether that is all that can be told.
	Spaces []string
	Known  bool
	// Every namespace is meant, those too that do not exist yet.
	Every bool
}

// Chosen lists the pods that a peer selects.
var Chosen = snapshot.NewQuery("pods that a peer selects", func(r *snapshot.Reader, q Peer) *Choice {
	c := &Choice{Known: true}
	p := q.find(r)
	if p == nil || p.pods == nil {
		return c
	}
	if p.namespaces == nil {
		c.Spaces = []string{q.Policy.Namespace}
	} else {
		c.Every = p.namespaces.everything()
		for _, name := range spaces(r, p.namespaces) {
			n := namespaceOf.Get(r, name)
			c.Known = c.Known && n.known
			if p.namespaces.of(n) != no {
				c.Spaces = append(c.Spaces, name)
			}
		}
	}
	for _, name := range c.Spaces {
		for _, o := range InNamespace.Get(r, name) {
			if slices.ContainsFunc(o.Pods, func(x Pod) bool { return !x.HostNetwork && p.pods.matches(x.Labels) }) {
				c.Pods = append(c.Pods, o)
			}
		}
		if len(c.Pods) > manyChosen {
			break
		}
	}
	return c
}, nil)

// spaces lists the namespaces that the selector may select: by the names that it asks for, else all.
func spaces(r *snapshot.Reader, s *selector) []string {
	for i := range s.all {
		if q := &s.all[i]; q.key == nameLabel && q.operator == "In" {
			return q.values
		}
	}
	return namespaceNames.Get(r, nothing{})
}

// namespaceNames lists the namespaces that are known: those that are objects, and those that policies or functions lie
// in.
var namespaceNames = snapshot.NewQuery("names of namespaces", func(r *snapshot.Reader, _ nothing) []string {
	var out []string
	add := func(name string) {
		if name != "" {
			out = append(out, name)
		}
	}
	for _, o := range r.List(namespaces, "") {
		add(o.Head().Name)
	}
	if r.Options().Manifests { // files need not hold the namespaces
		for _, kind := range append(slices.Clone(carriers), podKind, NetworkPolicies) {
			for _, o := range r.List(kind, "") {
				add(o.Head().Namespace)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}, slices.Equal[[]string])

// All reports whether the policy selects every pod of its namespace.
func (p *Policy) All() bool { return p.pods.everything() }

// Chooses reports whether the policy selects pods of its namespace with these labels.
func (p *Policy) Chooses(l model.Labels) bool { return p.pods.matches(l) }

// Len is the number of peers of the rule.
func (r *Rule) Len() int { return len(r.peers) }

// Names lists the names of the rule's ports, in their order; those that are numbers have none.
func (r *Rule) Names() []string {
	out := make([]string, len(r.ports))
	for i := range r.ports {
		out[i] = r.ports[i].name
	}
	return out
}

// All reports whether the peer means every pod of the namespaces that it selects.
func (q Peer) All(r *snapshot.Reader) bool {
	p := q.find(r)
	return p != nil && p.pods != nil && p.pods.everything()
}
