package reach

import (
	"net/netip"
	"slices"

	"github.com/fn9s/fn9s/security/model"
)

// Range is a piece of the address space, ends included.
type Range struct{ First, Last netip.Addr }

// String writes the range as `10.0.0.0-10.255.255.255`.
func (r Range) String() string { return r.First.String() + "-" + r.Last.String() }

// cut takes the address spaces apart at the bounds of all blocks of the policies. The pieces are disjoint, and each is
// inside or outside every block.
func cut(all []*Policy) []Range {
	starts := [2][]netip.Addr{{netip.IPv4Unspecified()}, {netip.IPv6Unspecified()}}
	add := func(p netip.Prefix) {
		family := 0
		if p.Addr().Is6() {
			family = 1
		}
		starts[family] = append(starts[family], p.Addr())
		if after := last(p).Next(); after.IsValid() {
			starts[family] = append(starts[family], after)
		}
	}
	for _, p := range all {
		for d := range p.Rules {
			for i := range p.Rules[d] {
				for _, q := range p.Rules[d][i].peers {
					for _, b := range q.blocks {
						add(b.Prefix)
						for _, e := range b.except {
							add(e)
						}
					}
				}
			}
		}
	}
	return slices.Concat(pieces(starts[0], last(netip.PrefixFrom(netip.IPv4Unspecified(), 0))),
		pieces(starts[1], last(netip.PrefixFrom(netip.IPv6Unspecified(), 0))))
}

func pieces(starts []netip.Addr, end netip.Addr) []Range {
	slices.SortFunc(starts, netip.Addr.Compare)
	starts = slices.Compact(starts)
	out := make([]Range, len(starts))
	for i, a := range starts {
		out[i] = Range{a, end}
		if i+1 < len(starts) {
			out[i].Last = starts[i+1].Prev()
		}
	}
	return out
}

// last returns the last address of a block.
func last(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(raw)
	return a
}

// routed is a port of a pod to which a route leads.
type routed struct {
	owner int
	ports Ports
}

// frontPorts returns the ports of the pod to which a port of the Service leads.
func frontPorts(s *model.Service, port string, p *Pod) Ports {
	var out Ports
	for _, q := range s.Ports {
		if port != "" && port != q.Name && port != number(q.Port) {
			continue
		}
		protocol, ok := ParseProtocol(q.Protocol)
		if !ok {
			continue
		}
		out = out.or(TargetPorts(p, q, protocol))
	}
	return out
}
