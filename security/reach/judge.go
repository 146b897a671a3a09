package reach

import (
	"net/netip"
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// end is the other end of a flow, as the rules of one side see it.
type end struct {
	pod *Pod
	ns  *namespace // of the pod
	// address is that of an end that is no pod.
	address netip.Addr
	// anyone: a pod, or an address, that no rule has in mind.
	anyone bool
	// onNode says whether the address is one of a node that the selector selects.
	onNode func(*selector) answer
}

// matches says whether a rule of a policy speaks about the end.
func (e *end) matches(p *Policy, r *Rule) answer {
	if r.everyone {
		return yes
	}
	best := no
	for i := range r.peers {
		if best = max(best, e.peer(p, &r.peers[i])); best == yes {
			break
		}
	}
	return best
}

func (e *end) peer(p *Policy, q *peer) answer {
	switch {
	case q.pods != nil:
		return e.selected(p, q)
	case q.domains:
		if e.pod == nil && !e.anyone {
			return maybe
		}
		return no
	case q.nodes != nil:
		return e.node(q.nodes)
	case e.pod != nil:
		return e.podIn(q)
	case e.anyone:
		return e.wide(q)
	}
	for i := range q.blocks {
		if q.blocks[i].has(e.address) {
			return yes
		}
	}
	return no
}

// selected is for peers that are pods. Pods in the network of their node are not meant by them.
func (e *end) selected(p *Policy, q *peer) answer {
	if e.pod == nil || e.pod.HostNetwork || !q.pods.matches(e.pod.Labels) {
		return no
	}
	if q.namespaces != nil {
		return q.namespaces.of(e.ns)
	}
	if p.Ref.Namespace == e.pod.Namespace {
		return yes
	}
	return no
}

// node is for peers that are nodes: their addresses, and the pods that use them.
func (e *end) node(s *selector) answer {
	switch {
	case e.pod != nil && !e.pod.HostNetwork, e.anyone:
		return no
	case s.everything() && e.pod != nil:
		return yes
	case e.pod != nil:
		return maybe
	case e.onNode != nil:
		return e.onNode(s)
	}
	return maybe
}

// podIn says whether blocks mean a pod. Only the newer policies say that they do; of a NetworkPolicy it is left to the
// implementation.
func (e *end) podIn(q *peer) answer {
	if len(q.blocks) == 0 {
		return no
	}
	if e.anyone {
		return e.wide(q)
	}
	if e.pod.Address.IsValid() {
		in := slices.ContainsFunc(q.blocks, func(b block) bool { return b.has(e.pod.Address) })
		switch {
		case !in:
			return no
		case q.exact:
			return yes
		}
		return maybe
	}
	if q.exact && whole(q.blocks) {
		return yes
	}
	return maybe
}

// wide says whether blocks mean an address that nobody has in mind.
func (e *end) wide(q *peer) answer {
	if whole(q.blocks) {
		return yes
	}
	return no
}

// whole reports whether the blocks together are all addresses of version 4, or all of version 6, but for exceptions.
func whole(blocks []block) bool {
	halves := [2]int{}
	for _, b := range blocks {
		v := 0
		if b.Addr().Is6() {
			v = 1
		}
		switch b.Bits() {
		case 0:
			return true
		case 1:
			halves[v]++
		}
	}
	return halves[0] > 1 || halves[1] > 1
}

// outcome is what may become of each port of a flow at one side. A port may be in both sets.
type outcome struct {
	allowed, denied Ports
	// ambiguous ports are in both because policies of one priority disagree.
	ambiguous bool
}

// sure are the ports that are allowed, and nothing else.
func (o *outcome) sure() Ports { return o.allowed.minus(o.denied) }

// course is what happens to ports in one tier: who is still undecided, and what became of the others.
type course struct {
	rest, allowed, denied, passed Ports
}

func (c *course) apply(a action, m answer, ports Ports) {
	ports = ports.and(c.rest)
	if len(ports) == 0 {
		return
	}
	switch a {
	case allow:
		c.allowed = c.allowed.or(ports)
	case deny:
		c.denied = c.denied.or(ports)
	case pass:
		c.passed = c.passed.or(ports)
	}
	if m == yes {
		c.rest = c.rest.minus(ports)
	}
}

// view is how the rules of a side see one end: whether the entry means it, and which ports.
type view struct {
	matches func(i int) answer
	ports   func(i int) Ports
}

// judge runs the ports through the tiers.
func (t *side) judge(ports Ports, v view) outcome {
	if t.free || len(t.entries)+len(t.isolated) == 0 {
		return outcome{allowed: ports}
	}
	var out outcome
	baseline, local := t.firstOf(baselineTier), t.firstOf(networkTier)
	first := t.tier(ports, 0, baseline, v, &out)
	if len(t.isolated) == 0 {
		last := t.tier(first, baseline, local, v, &out)
		out.allowed = out.allowed.or(last)
		return out
	}
	var sure, possible Ports
	for i := local; i < len(t.entries); i++ {
		switch v.matches(i) {
		case yes:
			sure = sure.or(v.ports(i))
		case maybe:
			possible = possible.or(v.ports(i))
		}
	}
	out.allowed = out.allowed.or(first.and(sure.or(possible)))
	out.denied = out.denied.or(first.minus(sure))
	return out
}

// firstOf returns where the entries of the tier begin. Those of network policies come last.
func (t *side) firstOf(k tier) int {
	i := slices.IndexFunc(t.entries, func(e entry) bool { return e.policy.tier == k || e.policy.tier == networkTier })
	if i < 0 {
		return len(t.entries)
	}
	return i
}

// tier runs the ports through the entries of an admin tier, and returns those that the next tier decides about.
func (t *side) tier(ports Ports, from, to int, v view, out *outcome) Ports {
	all := course{rest: ports}
	for from < to && len(all.rest) > 0 {
		end := from
		for end < to && t.entries[end].group == t.entries[from].group && t.entries[end].policy.tier == t.entries[from].policy.tier {
			end++
		}
		t.group(from, end, v, &all, out)
		from = end
	}
	out.allowed, out.denied = out.allowed.or(all.allowed), out.denied.or(all.denied)
	return all.rest.or(all.passed)
}

// group runs the ports through policies of one priority. Of several, any that decides may be the one that counts.
func (t *side) group(from, to int, v view, all *course, out *outcome) {
	rest := all.rest
	left := rest
	sum := course{}
	for i := from; i < to; {
		c := course{rest: rest}
		policy := t.entries[i].policy
		for ; i < to && t.entries[i].policy == policy; i++ {
			if m := both(t.entries[i].applies, v.matches(i)); m != no {
				c.apply(t.entries[i].rule.action, m, v.ports(i))
			}
		}
		out.ambiguous = out.ambiguous || len(c.allowed.and(sum.denied.or(sum.passed))) > 0 ||
			len(c.denied.and(sum.allowed.or(sum.passed))) > 0 || len(c.passed.and(sum.allowed.or(sum.denied))) > 0
		sum.allowed, sum.denied, sum.passed = sum.allowed.or(c.allowed), sum.denied.or(c.denied), sum.passed.or(c.passed)
		left = left.and(c.rest)
	}
	all.rest = left
	all.allowed, all.denied, all.passed = all.allowed.or(sum.allowed), all.denied.or(sum.denied), all.passed.or(sum.passed)
}

// deciders names the policies that decided about one port that judge found allowed or denied.
func (t *side) deciders(port Ports, v view, allowed bool) []model.Ref {
	var out []model.Ref
	rest := port
	for i := range t.entries {
		e := &t.entries[i]
		m := both(e.applies, v.matches(i))
		if m == no || len(v.ports(i).and(rest)) == 0 {
			continue
		}
		switch {
		case e.policy.tier == networkTier:
			if allowed {
				out = append(out, e.policy.Ref)
			}
		case e.policy.tier == baselineTier && len(t.isolated) > 0:
		case e.rule.action == pass:
			out = append(out, e.policy.Ref)
		case (e.rule.action == allow) == allowed:
			out = append(out, e.policy.Ref)
			if m == yes {
				return unique(out)
			}
		}
	}
	if !allowed {
		for _, p := range t.isolated {
			out = append(out, p.Ref)
		}
	}
	return unique(out)
}

func unique(refs []model.Ref) []model.Ref {
	slices.SortFunc(refs, model.Ref.Compare)
	return slices.Compact(refs)
}
