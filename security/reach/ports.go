package reach

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Protocol is a transport protocol that policies speak about.
type Protocol uint8

// The protocols.
const (
	TCP Protocol = iota
	UDP
	SCTP
)

const protocols = 3

var protocolNames = [protocols]string{"TCP", "UDP", "SCTP"}

func (p Protocol) String() string { return protocolNames[p] }

// ParseProtocol reads the word for a protocol; none means TCP, as everywhere in Kubernetes.
func ParseProtocol(word string) (Protocol, bool) {
	if word == "" {
		return TCP, true
	}
	i := slices.Index(protocolNames[:], word)
	return Protocol(max(i, 0)), i >= 0
}

// Ports is a set of ports of all protocols, as sorted spans that do not touch. It must not be changed.
type Ports []span

// span is from one port to another of one protocol, ends included. The protocol is in the upper 16 bits. Port 0
// does not exist, so spans of two protocols never touch.
type span struct{ low, high uint32 }

const lastPort = 1<<16 - 1

// Every port of every protocol.
var everyPort = Ports{wholeProtocol(TCP), wholeProtocol(UDP), wholeProtocol(SCTP)}

func wholeProtocol(p Protocol) span { return span{uint32(p)<<16 | 1, uint32(p)<<16 | lastPort} }

// portRange is a set of the ports of one protocol from low to high; empty when there are none.
func portRange(p Protocol, low, high int32) Ports {
	if low < 1 || high > lastPort || low > high {
		return nil
	}
	return Ports{{uint32(p)<<16 | uint32(low), uint32(p)<<16 | uint32(high)}}
}

// All reports whether every port of every protocol is in the set.
func (p Ports) All() bool { return slices.Equal(p, everyPort) }

// Has reports whether the port is in the set.
func (p Ports) Has(protocol Protocol, port int32) bool {
	if port < 1 || port > lastPort {
		return false
	}
	code := uint32(protocol)<<16 | uint32(port)
	i, found := slices.BinarySearchFunc(p, code, func(s span, c uint32) int { return cmp.Compare(s.low, c) })
	return found || i > 0 && p[i-1].high >= code
}

// broad reports whether most ports of a protocol are in the set: more than what single exceptions leave open.
func (p Ports) broad() bool {
	var count [protocols]uint32
	for _, s := range p {
		count[s.low>>16] += s.high - s.low + 1
	}
	return slices.Max(count[:]) > lastPort/2
}

func (p Ports) or(q Ports) Ports {
	switch {
	case len(p) == 0:
		return q
	case len(q) == 0 || p.All():
		return p
	case q.All():
		return q
	}
	all := slices.Concat(p, q)
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	out := all[:1]
	for _, s := range all[1:] {
		if last := &out[len(out)-1]; s.low <= last.high+1 {
			last.high = max(last.high, s.high)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (p Ports) and(q Ports) Ports {
	switch {
	case len(p) == 0 || len(q) == 0:
		return nil
	case p.All():
		return q
	case q.All():
		return p
	}
	var out Ports
	for i, j := 0, 0; i < len(p) && j < len(q); {
		if low, high := max(p[i].low, q[j].low), min(p[i].high, q[j].high); low <= high {
			out = append(out, span{low, high})
		}
		if p[i].high < q[j].high {
			i++
		} else {
			j++
		}
	}
	return out
}

func (p Ports) minus(q Ports) Ports {
	switch {
	case len(p) == 0 || q.All():
		return nil
	case len(q) == 0:
		return p
	}
	var out Ports
	j := 0
	for _, s := range p {
		for j < len(q) && q[j].high < s.low {
			j++
		}
		for k := j; k < len(q) && q[k].low <= s.high; k++ {
			if q[k].low > s.low {
				out = append(out, span{s.low, q[k].low - 1})
			}
			s.low = q[k].high + 1
		}
		if s.low <= s.high {
			out = append(out, s)
		}
	}
	return out
}

// Lists returns the ports of a protocol as texts, `80` or `8000-8080`, in rising order.
func (p Ports) Lists(protocol Protocol) []string {
	var out []string
	for _, s := range p {
		if Protocol(s.low>>16) != protocol {
			continue
		}
		text := strconv.Itoa(int(s.low & lastPort))
		if s.high > s.low {
			text += "-" + strconv.Itoa(int(s.high&lastPort))
		}
		out = append(out, text)
	}
	return out
}

// String is for messages and tables: `all`, `TCP 80,8000-8080 UDP 53`.
func (p Ports) String() string {
	if p.All() {
		return "all"
	}
	var parts []string
	for protocol := range Protocol(protocols) {
		switch lists := p.Lists(protocol); {
		case len(lists) == 1 && lists[0] == "1-65535":
			parts = append(parts, protocol.String())
		case len(lists) > 0:
			parts = append(parts, protocol.String()+" "+strings.Join(lists, ","))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, " ")
}
