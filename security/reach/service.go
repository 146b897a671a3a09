package reach

import (
	"strconv"

	"github.com/fn9s/fn9s/security/model"
)

func number(n int32) string { return strconv.Itoa(int(n)) }

// TargetPorts returns the ports of the pod to which a port of a Service leads: by number, or by the name that the pod
// gives it.
func TargetPorts(p *Pod, q model.ServicePort, protocol Protocol) Ports {
	if q.TargetPort == "" || q.TargetPort == "0" {
		return portRange(protocol, q.Port, q.Port)
	}
	if n, err := strconv.ParseInt(q.TargetPort, 10, 32); err == nil {
		return portRange(protocol, int32(n), int32(n))
	}
	var out Ports
	for _, c := range p.Ports {
		if c.Name == q.TargetPort && c.Protocol == protocol {
			out = out.or(portRange(protocol, c.Number, c.Number))
		}
	}
	return out
}

// First returns the lowest port of a protocol in the set, 0 when there is none.
func (p Ports) First(protocol Protocol) int32 {
	for _, s := range p {
		if Protocol(s.low>>16) == protocol {
			return int32(s.low & lastPort)
		}
	}
	return 0
}

// Selects reports whether the Service leads to pods with these labels. Without a selector it leads to none of which
// anything is known.
func Selects(s *model.Service, ns string, labels model.Labels) bool {
	if len(s.Selector) == 0 || s.Namespace != ns {
		return false
	}
	for _, want := range s.Selector {
		if have, has := labels.Lookup(want.Key); !has || have != want.Value {
			return false
		}
	}
	return true
}
