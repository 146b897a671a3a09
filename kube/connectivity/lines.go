package connectivity

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
	"github.com/fn9s/fn9s/security/snapshot"
)

// flows are the connections of a function in one direction.
type flows struct {
	workloads map[model.Ref]string
	ranges    []ranged
	entry     string
}

type ranged struct {
	reach.Range
	ports string
}

// compare asks twice.
func compare(before, after *snapshot.Reader, f *model.Function) Change {
	mine := runners(f)
	x, y := connections(before, mine), connections(after, mine)
	c := Change{Namespace: f.Key.Namespace, Function: f.Name()}
	others := slices.DeleteFunc(slices.Clone(reach.Workloads(before)), func(o reach.Owned) bool { return mine[o.Owner] })
	c.In, c.Out = lines(others, &x[0], &y[0]), lines(others, &x[1], &y[1])
	return c
}

// runners are the objects whose pods run the function.
func runners(f *model.Function) map[model.Ref]bool {
	mine := map[model.Ref]bool{}
	for _, ref := range f.Pods {
		mine[ref] = true
	}
	for _, w := range f.Workloads {
		if w.Role == model.Run || w.Role == "" {
			mine[w.Ref] = true
		}
	}
	for i := range f.Templates {
		if t := &f.Templates[i]; t.Role == model.Run || t.Role == "" {
			mine[t.Origin.Ref] = true
		}
	}
	return mine
}

// connections of a function: those to it, and those from it.
func connections(r *snapshot.Reader, mine map[model.Ref]bool) [2]flows {
	both := [2]flows{{workloads: map[model.Ref]string{}}, {workloads: map[model.Ref]string{}}}
	q := reach.Question{Focus: func(ref model.Ref) bool { return mine[ref] }}
	reach.Connections(r, q, func(c reach.Connection) bool {
		f, peer := &both[0], c.Source
		if mine[c.Source.Workload] {
			f, peer = &both[1], c.Destination
		}
		ports := c.Ports.String()
		if !c.Certain {
			ports = "perhaps " + ports
		}
		switch {
		case peer.Entry:
			f.entry = join(f.entry, ports)
		case peer.Workload.Name != "":
			if !mine[peer.Workload] {
				f.workloads[peer.Workload] = join(f.workloads[peer.Workload], ports)
			}
		default:
			f.address(peer.Range, ports)
		}
		return true
	})
	return both
}

func (f *flows) address(r reach.Range, ports string) {
	if n := len(f.ranges) - 1; n >= 0 && f.ranges[n].Range == r {
		f.ranges[n].ports = join(f.ranges[n].ports, ports)
		return
	}
	f.ranges = append(f.ranges, ranged{r, ports})
}

func join(a, b string) string {
	if a == "" || a == b {
		return b
	}
	return a + ", " + b
}

const none = "none"

// difference is what becomes of a connection.
type difference struct{ before, after string }

// order puts what ends first, then what becomes less or more, then what stays.
func (d difference) order() int {
	switch {
	case d.after == none:
		return 0
	case d.before != d.after:
		return 1
	}
	return 2
}

// lines compares, and puts together what is alike.
func lines(others []reach.Owned, before, after *flows) []Line {
	out := []Line{}
	groups := map[difference][]string{}
	add := func(d difference, peer string) {
		if d.before = cmp.Or(d.before, none); cmp.Or(d.after, none) != none || d.before != none {
			d.after = cmp.Or(d.after, none)
			groups[d] = append(groups[d], peer)
		}
	}
	add(difference{before.entry, after.entry}, "ingress controllers")
	for d, peer := range outside(before, after) {
		add(d, peer)
	}
	for d, peers := range workloads(others, before, after) {
		for _, p := range peers {
			add(d, p)
		}
	}
	for d, peers := range groups {
		for _, p := range peers {
			out = append(out, Line{Peer: p, Before: d.before, After: d.after})
		}
	}
	slices.SortFunc(out, func(a, b Line) int {
		return cmp.Or(difference{a.Before, a.After}.order()-difference{b.Before, b.After}.order(), cmp.Compare(a.Before, b.Before),
			cmp.Compare(a.After, b.After), cmp.Compare(a.Peer, b.Peer))
	})
	return out
}

// maxSpaces is how many namespaces are named before they are counted.
const maxSpaces = 8

// workloads puts workloads together that are alike: by namespace, and all of them when there are too many.
func workloads(others []reach.Owned, before, after *flows) map[difference][]string {
	type space struct {
		difference
		namespace string
	}
	all, total := map[space][]string{}, map[string]int{}
	spaces := map[difference]int{}
	for i := range others {
		o := others[i].Owner
		d := difference{before.workloads[o], after.workloads[o]}
		s := space{d, o.Namespace}
		if total[o.Namespace]++; d == (difference{}) {
			continue
		}
		if all[s] == nil {
			spaces[d]++
		}
		all[s] = append(all[s], o.Kind+" "+o.Name)
	}
	out := map[difference][]string{}
	counts := map[difference]int{}
	for s, names := range all {
		counts[s.difference] += len(names)
		if spaces[s.difference] <= maxSpaces {
			out[s.difference] = append(out[s.difference], named(s.namespace, names, total[s.namespace]))
		}
	}
	for d, n := range spaces {
		if n > maxSpaces {
			out[d] = append(out[d], fmt.Sprintf("%d workloads in %d namespaces", counts[d], n))
		}
	}
	return out
}

func named(namespace string, names []string, of int) string {
	const most = 3
	switch {
	case len(names) <= most:
		slices.Sort(names)
		return strings.Join(names, ", ") + " in " + namespace
	case len(names) == of:
		return fmt.Sprintf("all %d workloads in %s", of, namespace)
	}
	return fmt.Sprintf("%d of %d workloads in %s", len(names), of, namespace)
}

// outside compares addresses: both sides cut the address space in pieces of their own.
func outside(before, after *flows) map[difference]string {
	pieces := map[difference][]reach.Range{}
	for _, family := range []reach.Range{whole(netip.IPv4Unspecified()), whole(netip.IPv6Unspecified())} {
		var starts []netip.Addr
		for _, r := range slices.Concat(before.ranges, after.ranges) {
			if r.First.Is4() == family.First.Is4() {
				starts = append(starts, r.First)
				if next := r.Last.Next(); next.IsValid() {
					starts = append(starts, next)
				}
			}
		}
		starts = append(starts, family.First)
		slices.SortFunc(starts, netip.Addr.Compare)
		starts = slices.Compact(starts)
		for i, first := range starts {
			last := family.Last
			if i+1 < len(starts) {
				last = starts[i+1].Prev()
			}
			d := difference{before.at(first), after.at(first)}
			list := pieces[d]
			if n := len(list) - 1; n >= 0 && list[n].Last.Next() == first {
				list[n].Last = last
			} else {
				pieces[d] = append(list, reach.Range{First: first, Last: last})
			}
		}
	}
	out := map[difference]string{}
	for d, list := range pieces {
		out[d] = addresses(list)
	}
	return out
}

func (f *flows) at(a netip.Addr) string {
	for i := range f.ranges {
		if r := &f.ranges[i]; r.First.Is4() == a.Is4() && r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0 {
			return r.ports
		}
	}
	return ""
}

// whole is the address space of a family.
func whole(first netip.Addr) reach.Range {
	bytes := first.AsSlice()
	for i := range bytes {
		bytes[i] = 0xff
	}
	last, _ := netip.AddrFromSlice(bytes)
	return reach.Range{First: first, Last: last}
}

func addresses(list []reach.Range) string {
	if len(list) == 2 && slices.Contains(list, whole(netip.IPv4Unspecified())) && slices.Contains(list, whole(netip.IPv6Unspecified())) {
		return "addresses that are no pods, all"
	}
	const most = 4
	var parts []string
	for i, r := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("%d more ranges", len(list)-most))
			break
		}
		if r.First == r.Last {
			parts = append(parts, r.First.String())
			continue
		}
		parts = append(parts, r.String())
	}
	return "addresses " + strings.Join(parts, ", ")
}
