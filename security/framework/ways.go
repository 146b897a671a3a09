package framework

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/snapshot"
)

// entry is the widest way to a port of a control plane's part.
type entry struct {
	class   expose.Class
	service string // empty: the port is the node's
}

// entryTo answers from where a port of a part can be called: through the Services that select it and the routes to
// them, or on the node itself.
func entryTo(r *snapshot.Reader, p *Platform, w *part, port int32) entry {
	found := entry{class: expose.None}
	if w.Spec.HostNetwork || onNode(w, port) {
		found.class = expose.Node
	}
	for _, ref := range p.Services {
		svc, ok := r.Get(ref).(*model.Service)
		if !ok || svc.Namespace != w.Namespace || !selects(svc.Selector, w.Labels) || !leads(svc, w, port) {
			continue
		}
		if c := expose.Service(r, svc); c > found.class {
			found = entry{c, svc.Name}
		}
	}
	return found
}

// onNode reports whether a container port is bound to the node.
func onNode(w *part, port int32) bool {
	for i := range w.Spec.Containers {
		for _, p := range w.Spec.Containers[i].Ports {
			if p.ContainerPort == port && p.HostPort != 0 {
				return true
			}
		}
	}
	return false
}

// leads reports whether a Service has a port that ends at this one of the part.
func leads(svc *model.Service, w *part, port int32) bool {
	number := strconv.Itoa(int(port))
	return slices.ContainsFunc(svc.Ports, func(s model.ServicePort) bool {
		if s.TargetPort == number || (s.TargetPort == "" || s.TargetPort == "0") && s.Port == port {
			return true
		}
		for i := range w.Spec.Containers {
			for _, p := range w.Spec.Containers[i].Ports {
				if p.ContainerPort == port && p.Name != "" && p.Name == s.TargetPort {
					return true
				}
			}
		}
		return false
	})
}

// words continue a message: `, also from the internet through Service gateway`.
func (x entry) words() string {
	from := ""
	switch x.class {
	case expose.Node:
		from = ", on every node"
	case expose.Private:
		from = ", from the private network"
	case expose.Internet:
		from = ", from the internet"
	default:
		return ""
	}
	if x.service != "" {
		from += " through Service " + x.service
	}
	return from
}

// callers is words as a clause of its own.
func (x entry) callers() string {
	if x.class < expose.Node {
		return ""
	}
	return "; callers reach it" + strings.TrimPrefix(x.words(), ",")
}

// leadsTo is entryTo in words for a message; open says whether callers outside the cluster reach the port.
func leadsTo(e *check.Eval, p *Platform, w *part, port string) (words string, open bool) {
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return "", false
	}
	way := entryTo(e.Reader, p, w, int32(number))
	return way.words(), way.class >= expose.Node
}

// callable reports whether the judged function can be called from outside the cluster.
func callable(e *check.Eval) bool { return expose.Of.Get(e.Reader, e.F.Key).Class >= expose.Node }
