package network

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
	"github.com/fn9s/fn9s/themes"
	"github.com/fn9s/fn9s/ui/tree"
	"github.com/fn9s/fn9s/views/answer"
)

const (
	// manyWorkloads bounds the workloads that are named of one namespace.
	manyWorkloads = 40
	// manySpaces is from how many namespaces on a group is folded at first.
	manySpaces = 6
	manyRanges = 4
)

// flow is what several peers have in common: the ports, and the policies that let them.
type flow struct {
	ports, reason string
	certain       bool
	by            []model.Ref
	spaces        map[string][]model.Ref
	ranges        []reach.Range
	entry         bool
	workloads     int
}

// flows lists who may talk to the function, and to whom it may.
func (p *page) flows() {
	pods := reach.OfFunction.Get(p.r, p.key)
	if len(pods) == 0 {
		p.add(answer.Heading("ingress", "Who may talk to its pods", ""))
		p.add(tree.Item{ID: "no pods", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? no pod of it can be seen, so policies cannot be applied to it"}}})
		return
	}
	mine := map[model.Ref]bool{}
	for _, ref := range runners(p.f) {
		mine[ref] = true
	}
	workloads := reach.Workloads(p.r)
	others := 0
	for i := range workloads {
		if !mine[workloads[i].Owner] {
			others++
		}
	}
	var in, out collector
	q := reach.Question{Explain: true, Focus: func(ref model.Ref) bool { return mine[ref] }}
	reach.Connections(p.r, q, func(c reach.Connection) bool {
		switch {
		case mine[c.Source.Workload] && mine[c.Destination.Workload]:
		case mine[c.Destination.Workload]:
			in.add(c.Source, &c)
		default:
			out.add(c.Destination, &c)
		}
		return true
	})
	p.direction(reach.Ingress, p.worst(pods, reach.Ingress), in.flows, others)
	p.direction(reach.Egress, p.worst(pods, reach.Egress), out.flows, others)
}

// unseen is why there may be pods that nothing is known of.
func (p *page) unseen() []snapshot.Missing {
	if m, hidden := p.r.Hidden(schema.GroupKind{Kind: "Pod"}, ""); hidden {
		return []snapshot.Missing{m}
	}
	return nil
}

type collector struct {
	flows []*flow
	index map[string]*flow
}

func (c *collector) add(end *reach.Endpoint, x *reach.Connection) {
	var b strings.Builder
	ports := x.Ports.String()
	b.WriteString(ports)
	b.WriteString(x.Reason)
	for _, ref := range x.By {
		b.WriteString("\n" + ref.String())
	}
	f := c.index[b.String()]
	if f == nil {
		f = &flow{ports: ports, reason: x.Reason, certain: x.Certain, by: x.By, spaces: map[string][]model.Ref{}}
		if c.index == nil {
			c.index = map[string]*flow{}
		}
		c.index[b.String()] = f
		c.flows = append(c.flows, f)
	}
	switch {
	case end.Entry:
		f.entry = true
	case !end.Workload.IsZero():
		if all := f.spaces[end.Workload.Namespace]; len(all) == 0 || all[len(all)-1] != end.Workload {
			f.spaces[end.Workload.Namespace] = append(all, end.Workload)
			f.workloads++
		}
	default:
		f.ranges = append(f.ranges, end.Range)
	}
}

var (
	titles = [2]string{"Who may talk to its pods", "What its pods may reach"}
	closed = [2]string{"policies let nothing in", "policies let nothing out"}
)

// direction draws one direction: the effective default first, then who is let through.
func (p *page) direction(d reach.Direction, x reach.Default, flows []*flow, others int) {
	id := d.String()
	p.add(answer.Heading(id, titles[d], id))
	p.add(isolation(id, d, x)...)
	slices.SortStableFunc(flows, func(a, b *flow) int {
		return cmp.Or(btoi(b.certain)-btoi(a.certain), cmp.Compare(b.workloads, a.workloads))
	})
	for n, f := range flows {
		p.flow(id+" "+strconv.Itoa(n), d, f, others)
	}
	missing := p.unseen()
	switch {
	case len(flows) > 0:
	case len(missing) > 0:
		p.add(tree.Item{ID: id + " none", Depth: 1, Dashed: true, Parts: []tree.Part{{Role: themes.Unknown, Text: "? nothing by what could be read, in this direction"}}})
	default:
		p.add(tree.Item{ID: id + " none", Depth: 1, Parts: []tree.Part{{Role: themes.OK, Text: "✓ nothing, in this direction"}}})
		p.draw(d, edge{text: closed[d], role: themes.OK})
	}
	if len(missing) > 0 {
		p.add(answer.Unknown(id+" unseen", "pods that cannot be seen may be let through too", 1, missing)...)
		p.draw(d, edge{text: "? pods that cannot be seen: " + missing[0].String(), role: themes.Unknown, dashed: true})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *page) draw(d reach.Direction, e edge) {
	if d == reach.Ingress {
		p.graph.in = append(p.graph.in, e)
	} else {
		p.graph.out = append(p.graph.out, e)
	}
}

func isolation(id string, d reach.Direction, x reach.Default) []tree.Item {
	open := [2]string{"every pod and address may call it that no rule names", "it may call every pod and address that no rule names"}
	it := tree.Item{ID: id + " default", Depth: 1}
	switch x.State {
	case reach.Open:
		it.Parts = []tree.Part{{Role: themes.Warning, Text: "▲ not isolated"}, {Role: themes.Muted, Text: ": " + open[d]}}
	case reach.Closed:
		it.Parts = []tree.Part{{Role: themes.OK, Text: "✓ isolated"}, {Role: themes.Muted, Text: ": only what follows gets through"}}
	case reach.Undecided:
		it.Dashed = true
		it.Parts = []tree.Part{{Role: themes.Unknown, Text: "? whether it is isolated is not known"}}
		if x.Reason != "" {
			it.Parts = append(it.Parts, tree.Part{Role: themes.Muted, Text: ": " + x.Reason})
		}
	}
	items := []tree.Item{it}
	for _, ref := range x.By {
		items = append(items, tree.Item{ID: it.ID + " " + ref.String(), Depth: 2, Value: ref, Parts: []tree.Part{{Role: themes.Muted, Text: "by "}, {Role: themes.Value, Text: answer.Object(ref)}}})
	}
	return append(items, answer.Unknown(it.ID, "policies may decide otherwise", 2, x.Missing)...)
}

// peers says in a few words who it is.
func (f *flow) peers(others int) string {
	var parts []string
	switch {
	case f.workloads == 0:
	case f.workloads == others && others > 1:
		parts = append(parts, "every workload in the cluster ("+strconv.Itoa(others)+")")
	case f.workloads == 1:
		for _, refs := range f.spaces {
			parts = append(parts, answer.Object(refs[0]))
		}
	case len(f.spaces) == 1:
		for ns := range f.spaces {
			parts = append(parts, strconv.Itoa(f.workloads)+" workloads of "+ns)
		}
	default:
		parts = append(parts, strconv.Itoa(f.workloads)+" workloads in "+strconv.Itoa(len(f.spaces))+" namespaces")
	}
	if f.entry {
		parts = append(parts, "ingress controllers")
	}
	if ranges := merged(f.ranges); len(ranges) > manyRanges {
		parts = append(parts, strconv.Itoa(len(ranges))+" ranges of addresses")
	} else {
		parts = append(parts, ranges...)
	}
	return strings.Join(parts, ", ")
}

// merged writes ranges that touch as one.
func merged(all []reach.Range) []string {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b reach.Range) int { return a.First.Compare(b.First) })
	var joined []reach.Range
	for _, r := range all {
		if n := len(joined) - 1; n >= 0 && joined[n].Last.Next() == r.First && r.First.Is4() == joined[n].First.Is4() {
			joined[n].Last = r.Last
			continue
		}
		joined = append(joined, r)
	}
	var out []string
	whole := 0
	for _, r := range joined {
		switch {
		case r.First == netip.IPv4Unspecified() && !r.Last.Next().IsValid():
			out = append(out, "any IPv4 address")
			whole++
		case r.First == netip.IPv6Unspecified() && !r.Last.Next().IsValid():
			out = append(out, "any IPv6 address")
			whole++
		default:
			out = append(out, r.String())
		}
	}
	if whole == 2 && len(out) == 2 {
		return []string{"any address"}
	}
	return out
}

// why names the policies that decide; short leaves out where they are.
func (f *flow) why(short bool) string {
	if len(f.by) == 0 {
		if !f.certain {
			return ""
		}
		return "no policy restricts it"
	}
	var names []string
	for _, ref := range f.by {
		if short {
			names = append(names, ref.Name)
		} else {
			names = append(names, answer.Object(ref))
		}
	}
	return "by " + strings.Join(names, ", ")
}

func (p *page) flow(id string, d reach.Direction, f *flow, others int) {
	role, ports := themes.Value, "ports "+f.ports
	if f.ports == "all" {
		ports = "all ports"
	}
	it := tree.Item{ID: id, Depth: 1, Dashed: !f.certain, Folded: len(f.spaces) > manySpaces || f.workloads > manyWorkloads}
	e := edge{text: f.peers(others) + "  " + ports + "  " + f.why(true), role: themes.Value}
	if !f.certain {
		role = themes.Unknown
		it.Parts = append(it.Parts, tree.Part{Role: role, Text: "? maybe "})
		e.text, e.role, e.dashed = "? "+f.peers(others)+"  "+ports, themes.Unknown, true
	}
	it.Parts = append(it.Parts, tree.Part{Role: role, Text: f.peers(others)}, tree.Part{Role: themes.Accent, Text: "  " + ports},
		tree.Part{Role: themes.Muted, Text: strings.TrimRight("  "+f.why(false), " ")})
	if len(f.by) == 1 {
		it.Value = f.by[0]
	}
	if f.reason != "" {
		it.Parts = append(it.Parts, tree.Part{Role: themes.Unknown, Text: "  " + f.reason})
	}
	p.draw(d, e)
	p.add(it)
	if len(f.by) > 1 {
		for _, ref := range f.by {
			p.add(tree.Item{ID: id + " " + ref.String(), Depth: 2, Value: ref, Parts: []tree.Part{{Role: themes.Muted, Text: "decided by "}, {Role: themes.Value, Text: answer.Object(ref)}}})
		}
	}
	if f.workloads > 1 {
		for _, ns := range slices.Sorted(maps.Keys(f.spaces)) {
			p.space(id+" in "+ns, ns, f.spaces[ns])
		}
	}
	if ranges := merged(f.ranges); len(ranges) > manyRanges {
		for _, r := range ranges {
			p.add(tree.Item{ID: id + " " + r, Depth: 2, Parts: []tree.Part{{Role: themes.Value, Text: r}}})
		}
	}
}

// space lists the workloads of one namespace.
func (p *page) space(id, ns string, all []model.Ref) {
	p.add(tree.Item{ID: id, Depth: 2, Folded: true, Parts: []tree.Part{{Role: themes.Value, Text: ns}, {Role: themes.Muted, Text: "  " + answer.Count(len(all), "workload", "workloads")}}})
	for i, ref := range all {
		if i == manyWorkloads {
			p.add(tree.Item{ID: id + " rest", Depth: 3, Parts: []tree.Part{{Role: themes.Muted, Text: "and " + strconv.Itoa(len(all)-i) + " more"}}})
			break
		}
		p.add(tree.Item{ID: id + " " + ref.String(), Depth: 3, Value: ref, Parts: []tree.Part{{Role: themes.Value, Text: answer.Object(ref)}}})
	}
}
