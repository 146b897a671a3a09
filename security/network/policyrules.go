package network

import (
	"slices"
	"strconv"

	"github.com/fn9s/fn9s/security/check"
	"github.com/fn9s/fn9s/security/expose"
	"github.com/fn9s/fn9s/security/model"
	"github.com/fn9s/fn9s/security/reach"
)

// wide is a rule of a network policy that lets much through.
type wide struct {
	policy *reach.Policy
	index  int
	ports  reach.Ports
}

func (w *wide) at(d reach.Direction) check.At {
	return check.At{Object: w.policy.Ref, Path: "spec." + d.String() + "[" + strconv.Itoa(w.index) + "]"}
}

// wideRules lists the rules of that width that apply to the function, each once, unless policies of the whole cluster
// take back what they allow.
func wideRules(e *check.Eval, d reach.Direction, width reach.Width) []wide {
	s := subjectFor(e)
	if s == nil {
		return nil
	}
	var out []wide
	isolated := false
	for i := range s.pods {
		p := &s.pods[i]
		for _, policy := range direction(s.iso[i], d).Policies {
			isolated = true
			for j := range policy.Rules[d] {
				rule := &policy.Rules[d][j]
				if rule.Width() != width || slices.ContainsFunc(out, func(w wide) bool { return w.policy == policy && w.index == j }) {
					continue
				}
				if !reach.Stopped(e.Reader, *p, d, width) {
					out = append(out, wide{policy, j, rule.Ports(p.Ports)})
				}
			}
		}
		if len(direction(s.iso[i], d).Missing) > 0 {
			e.Unknown(direction(s.iso[i], d).Missing...)
		}
	}
	if !isolated {
		e.NA("no network policy applies to it")
	}
	return out
}

func ingressFromAnywhere(e *check.Eval) {
	for _, w := range wideRules(e, reach.Ingress, reach.Anywhere) {
		f := e.Fail(w.at(reach.Ingress), "the rule lets every address and every pod in, on ports "+w.ports.String())
		if s := frontDoor(e); s != "" {
			f.As(check.Info).Message += ": Service " + s + " passes calls from outside on directly, so it has to"
		}
	}
}

// frontDoor names a Service by which callers from outside reach the pods without a gateway, empty when there is none.
func frontDoor(e *check.Eval) string {
	x := expose.Of.Get(e.Reader, e.F.Key)
	for i := range x.Routes {
		if r := &x.Routes[i]; r.Direct() && r.Shared == "" && r.Class >= expose.Node {
			return r.Via.Name
		}
	}
	return ""
}

func ingressFromEveryNamespace(e *check.Eval) {
	for _, w := range wideRules(e, reach.Ingress, reach.EveryPod) {
		e.Fail(w.at(reach.Ingress), "the rule lets the pods of all namespaces in, on ports "+w.ports.String())
	}
}

func egressToAnywhere(e *check.Eval) {
	for _, w := range wideRules(e, reach.Egress, reach.Anywhere) {
		f := e.Fail(w.at(reach.Egress), "the rule lets it connect to every address, on ports "+w.ports.String())
		if onlyDNS(w.ports) {
			f.As(check.Low).Message += ": name servers of anybody"
		}
	}
}

// onlyDNS reports whether the ports are those of name servers, and nothing else.
func onlyDNS(p reach.Ports) bool {
	for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
		for _, text := range p.Lists(protocol) {
			if text != "53" && text != "5353" {
				return false
			}
		}
	}
	return len(p) > 0
}

// adminOverride compares what network policies say with what is in force.
func adminOverride(e *check.Eval) {
	s := subjectFor(e)
	if s == nil {
		return
	}
	for i := range s.pods {
		for _, way := range []reach.Direction{reach.Ingress, reach.Egress} {
			d := direction(s.iso[i], way)
			by := clusterWide(d.By)
			switch isolated := len(d.Policies) > 0; {
			case d.State == reach.Undecided || len(by) == 0:
			case isolated && d.State == reach.Open:
				e.Fail(check.At{Object: by[0]}, names(by)+" lets "+way.String()+" through before "+d.Policies[0].Ref.String()+" is asked").As(check.Medium)
				return
			case !isolated && d.State == reach.Closed:
				e.Fact(check.At{Object: by[0]}, names(by)+" isolates it for "+way.String()+", though no network policy does")
				return
			}
		}
	}
}

// clusterWide keeps the policies that apply in all namespaces.
func clusterWide(by []model.Ref) []model.Ref {
	var out []model.Ref
	for _, r := range by {
		if r.Namespace == "" {
			out = append(out, r)
		}
	}
	return out
}
